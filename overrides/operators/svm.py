"""SVMRegressor and SVMClassifier.

onnxruntime is followed where the specification is silent; it computes in float32. Here the arithmetic is float64, and
a float64 input keeps it to the end, where the specification rounds the result to float32.
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..core.pairwise_kernel import PairwiseKernel
from ..errors import UnsupportedOperatorError
from ..functional.post_transforms import post_transform, second_class
from ..functional.solvers.coupling import multiclass_probability, pair_matrix, pair_places, sigmoid_predict
from .nodes import ML, attributes, float_type, require, result
from .nodes import post_transform as post_transform_of
from .words import class_labels

KERNELS = ("LINEAR", "POLY", "RBF", "SIGMOID")

_ELEMENTS = 1 << 20
"""Support vectors times rows worked on at once on a processor."""


class SupportVectors(nn.Module):
    """Kernel between rows and support vectors: ``forward`` gives (n_samples, n_support_vectors).

    Parameters
    ----------
    kernel : str
        Among :data:`KERNELS`.
    parameters : ndarray of shape (3,)
        gamma, coef0 and degree.
    vectors : ndarray of shape (n_support_vectors, n_features)
    weight : float
        Sum of the sizes of the coefficients of one value.
    """

    def __init__(self, kernel: str, parameters: np.ndarray, vectors: np.ndarray, weight: float = 1.0) -> None:
        super().__init__()
        self.support_vectors = nn.Parameter(torch.tensor(vectors.astype(np.float64)))
        gamma, coef0, degree = parameters.astype(np.float64).tolist()
        options = {"gamma": gamma, "coef0": coef0, "degree": degree, "weight": weight}
        self.kernel = PairwiseKernel(kernel.lower(), self.support_vectors, **options)

    def forward(self, x: Tensor) -> Tensor:
        """Kernel of rows in the dtype of the support vectors."""
        kernel: Tensor = self.kernel(x, self.support_vectors)
        return kernel


class Tiled(nn.Module):
    """Rows cut into tiles that bound the memory."""

    tile_rows: int

    def tile(self, x: Tensor) -> int:
        """Rows to work on at once; 0 for all of them, as a graph of torch.export must."""
        if not torch.jit.is_scripting():
            if torch.compiler.is_compiling():
                return 0
        size = self.tile_rows if x.device.type == "cpu" else self.tile_rows * 256
        return 0 if x.shape[0] <= size else size


class SVMRegressor(Tiled):
    """Decision values, or their signs: ``forward`` gives (n_samples, 1).

    Parameters
    ----------
    vectors : SupportVectors
        One vector, the coefficients themselves, with the kernel LINEAR where there are none.
    coefficients : ndarray of shape (n_support_vectors,)
    rho : float
        The addend.
    one_class : bool
        1 where the value is positive and -1 elsewhere.

    Notes
    -----
    As in onnxruntime no post transform is applied.
    """

    def __init__(self, vectors: SupportVectors, coefficients: np.ndarray, rho: float, one_class: bool) -> None:
        super().__init__()
        self.kernel = vectors
        self.coefficients = nn.Parameter(torch.tensor(coefficients.astype(np.float64)))
        self.rho = nn.Parameter(torch.tensor(float(rho), dtype=torch.float64))
        self.one_class = one_class
        self.tile_rows = max(1, _ELEMENTS // max(len(coefficients), 1))

    def forward(self, x: Tensor) -> Tensor:
        """Result in the input's float type, float32 for whole numbers."""
        size = self.tile(x)
        if size == 0:
            return self.rows(x)
        parts: list[Tensor] = []
        for start in range(0, x.shape[0], size):
            parts.append(self.rows(x[start : start + size]))
        return torch.cat(parts)

    def rows(self, x: Tensor) -> Tensor:
        """One tile of rows."""
        kernel = self.kernel(x.to(self.coefficients.dtype))
        value = torch.mm(kernel, self.coefficients.unsqueeze(1)) + self.rho
        if self.one_class:
            value = torch.where(value > 0, torch.ones_like(value), -torch.ones_like(value))
        return value.to(float_type(x))


class SVMClassifier(Tiled):
    """Votes of pairs of classes: ``forward`` gives labels (n_samples,) and scores.

    Scores are probabilities (n_samples, n_classes) where the node has ``prob_a``; otherwise the values of the pairs
    (n_samples, n_pairs), of which two classes make two.

    Parameters
    ----------
    vectors : SupportVectors
    coefficients : ndarray of shape (n_classes - 1, n_support_vectors)
    counts : ndarray of int64, shape (n_classes,)
        Support vectors of each class.
    rho : ndarray of shape (n_pairs,)
    prob_a, prob_b : ndarray of shape (n_pairs,) or (0,)
    labels : ndarray of int64, shape (n_classes,)
    words : list of str
        Vocabulary of the codes in ``labels``; empty where they are numbers.
    transform : str
        Post transform.
    """

    words: list[str]
    counts: list[int]
    labels: Tensor
    first: Tensor
    second: Tensor
    of_first: Tensor
    of_second: Tensor
    place: Tensor
    low: Tensor
    high: Tensor

    def __init__(
        self,
        vectors: SupportVectors,
        coefficients: np.ndarray,
        counts: np.ndarray,
        rho: np.ndarray,
        prob_a: np.ndarray,
        prob_b: np.ndarray,
        labels: np.ndarray,
        words: list[str],
        transform: str,
    ) -> None:
        super().__init__()
        n_classes = len(labels)
        self.kernel = vectors
        self.coefficients = nn.Parameter(torch.tensor(coefficients.astype(np.float64)))
        self.rho = nn.Parameter(torch.tensor(rho.astype(np.float64)))
        self.prob_a = nn.Parameter(torch.tensor(prob_a.astype(np.float64)))
        self.prob_b = nn.Parameter(torch.tensor(prob_b.astype(np.float64)))
        self.has_probabilities = len(prob_a) > 0
        self.register_buffer("labels", torch.tensor(labels))
        self.words = words
        self.transform = transform
        self.n_classes = n_classes
        self.counts = counts.tolist()
        first, second = np.triu_indices(n_classes, 1)
        self.register_buffer("first", torch.tensor(first))
        self.register_buffer("second", torch.tensor(second))
        # Class i has a row of coefficients for each other class: that of j is row j - 1 where j > i, else row j.
        self.register_buffer("of_first", torch.tensor(first * (n_classes - 1) + second - 1))
        self.register_buffer("of_second", torch.tensor(second * (n_classes - 1) + first))
        self.register_buffer("place", pair_places(n_classes))
        self.register_buffer("low", torch.tensor(1e-7, dtype=torch.float64))
        self.register_buffer("high", torch.tensor(1 - 1e-7, dtype=torch.float64))
        self.tile_rows = max(1, _ELEMENTS // max(int(counts.sum()), n_classes * n_classes))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Scores are in the input's float type, float32 for whole numbers."""
        size = self.tile(x)
        if size == 0:
            return self.rows(x)
        labels: list[Tensor] = []
        scores: list[Tensor] = []
        for start in range(0, x.shape[0], size):
            part = self.rows(x[start : start + size])
            labels.append(part[0])
            scores.append(part[1])
        return torch.cat(labels), torch.cat(scores)

    def rows(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """One tile of rows."""
        kernel = self.kernel(x.to(self.coefficients.dtype))
        sums: list[Tensor] = []
        start = 0
        for count in self.counts:
            own = self.coefficients[:, start : start + count]
            sums.append(torch.mm(kernel[:, start : start + count], own.t()))
            start = start + count
        both = torch.cat(sums, dim=1)
        values = both.index_select(1, self.of_first) + both.index_select(1, self.of_second) + self.rho
        winner = torch.where(values > 0, self.first, self.second)
        votes = torch.zeros_like(kernel[:, :1]).expand(-1, self.n_classes)
        votes = votes.scatter_add(1, winner, torch.ones_like(values))
        labels = self.labels.index_select(0, torch.argmax(votes, dim=1))
        return labels, self.scores(values).to(float_type(x))

    def scores(self, values: Tensor) -> Tensor:
        """Scores of the values of pairs."""
        if self.has_probabilities:
            pairs = sigmoid_predict(values, self.prob_a, self.prob_b, self.low, self.high)
            return post_transform(multiclass_probability(pair_matrix(pairs, self.place)), self.transform)
        elif self.n_classes == 2:
            return second_class(values, self.transform, self.transform != "NONE")
        return post_transform(values, self.transform)


class LinearSVMClassifier(nn.Module):
    """SVMClassifier without support vectors: a linear score per class.

    Parameters
    ----------
    coefficients : ndarray of shape (n_classes, n_features)
    rho : float
        The addend of every score.
    labels, words, transform
        As in :class:`SVMClassifier`.

    Notes
    -----
    Of two classes onnxruntime takes the second wherever the higher score is positive, or, if no coefficient is
    negative, at least 0.5; elsewhere the class of the higher score.
    """

    words: list[str]
    labels: Tensor

    def __init__(
        self, coefficients: np.ndarray, rho: float, labels: np.ndarray, words: list[str], transform: str
    ) -> None:
        super().__init__()
        self.coefficients = nn.Parameter(torch.tensor(coefficients.astype(np.float64)))
        self.rho = nn.Parameter(torch.tensor(float(rho), dtype=torch.float64))
        self.register_buffer("labels", torch.tensor(labels))
        self.words = words
        self.transform = transform
        self.n_classes = len(labels)
        self.positive = bool((coefficients >= 0).all())

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Labels (n_samples,) and scores (n_samples, n_classes) in the input's float type."""
        scores = torch.mm(x.to(self.coefficients.dtype), self.coefficients.t()) + self.rho
        best = torch.argmax(scores, dim=1)
        if self.n_classes == 2:
            high = torch.amax(scores, dim=1)
            second = high >= 0.5 if self.positive else high > 0
            best = torch.where(second, torch.ones_like(best), best)
        return self.labels.index_select(0, best), post_transform(scores, self.transform).to(float_type(x))


def _floats(values: dict[str, Any], name: str) -> np.ndarray:
    return np.asarray(values.get(name, np.zeros(0)), dtype=np.float32)


def _kernel(operator: str, values: dict[str, Any], coefficients: np.ndarray) -> SupportVectors:
    """Support vectors with the kernel of a node, and a column of coefficients each."""
    n_vectors = coefficients.shape[1]
    kernel = values.get("kernel_type", "LINEAR")
    require(operator, kernel in KERNELS, f"kernel_type is {kernel!r}, none of {', '.join(KERNELS)}")
    parameters = _floats(values, "kernel_params")
    require(operator, len(parameters) in (0, 3), f"{len(parameters)} kernel_params instead of gamma, coef0, degree")
    vectors = _floats(values, "support_vectors")
    whole = n_vectors > 0 and len(vectors) % n_vectors == 0
    require(operator, whole and len(vectors) > 0, f"{len(vectors)} numbers for {n_vectors} support vectors")
    weight = float(np.abs(coefficients).max(axis=0).sum())
    return SupportVectors(
        kernel, parameters if len(parameters) else np.zeros(3), vectors.reshape(n_vectors, -1), weight
    )


def _convert_regressor(node: Any, graph: Any) -> Any:
    values = attributes(node)
    operator = "SVMRegressor"
    post_transform_of(values, operator)
    coefficients, rho = _floats(values, "coefficients"), _floats(values, "rho")
    require(operator, len(rho) >= 1 and len(coefficients) >= 1, "rho or coefficients are empty")
    n_vectors = int(values.get("n_supports", 0))
    if n_vectors > 0:
        require(operator, len(coefficients) == n_vectors, f"{len(coefficients)} coefficients for {n_vectors} vectors")
        kernel = _kernel(operator, values, coefficients[None])
    else:
        kernel, coefficients = SupportVectors("LINEAR", np.zeros(3), coefficients[None]), np.ones(1)
    return result(node, SVMRegressor(kernel, coefficients, float(rho[0]), bool(values.get("one_class", 0))))


def _convert_classifier(node: Any, graph: Any) -> Any:
    values = attributes(node)
    operator = "SVMClassifier"
    transform = post_transform_of(values, operator)
    labels, words = class_labels(values, "classlabels_ints", graph)
    n_classes = len(labels)
    require(operator, n_classes >= 2, f"{n_classes} class labels")
    coefficients, rho = _floats(values, "coefficients"), _floats(values, "rho")
    counts = np.asarray(values.get("vectors_per_class", np.zeros(0)), dtype=np.int64)
    require(operator, (counts >= 0).all() and len(rho) >= 1, "vectors_per_class is negative or rho is empty")
    n_vectors = int(counts.sum())
    if n_vectors == 0:
        whole = len(coefficients) > 0 and len(coefficients) % n_classes == 0
        require(operator, whole, f"{len(coefficients)} coefficients for {n_classes} classes")
        linear = LinearSVMClassifier(coefficients.reshape(n_classes, -1), float(rho[0]), labels, words, transform)
        return result(node, linear)
    n_pairs = n_classes * (n_classes - 1) // 2
    prob_a, prob_b = _floats(values, "prob_a"), _floats(values, "prob_b")
    require(operator, len(counts) == n_classes, f"vectors_per_class of {len(counts)} classes, {n_classes} labels")
    require(operator, len(coefficients) == (n_classes - 1) * n_vectors, f"{len(coefficients)} coefficients")
    require(operator, len(rho) == n_pairs, f"{len(rho)} numbers in rho for {n_pairs} pairs")
    require(
        operator, len(prob_a) == len(prob_b) and len(prob_a) in (0, n_pairs), "prob_a or prob_b is not one per pair"
    )
    if transform == "PROBIT" and n_classes == 2 and len(prob_a) == 0:
        raise UnsupportedOperatorError(
            f"{operator}: PROBIT of one score for two classes leaves the second score undefined"
        )
    coefficients = coefficients.reshape(n_classes - 1, n_vectors)
    module = SVMClassifier(
        _kernel(operator, values, coefficients),
        coefficients,
        counts,
        rho,
        prob_a,
        prob_b,
        labels,
        words,
        transform,
    )
    return result(node, module)


CONVERTERS = {
    (ML, "SVMRegressor", 1): _convert_regressor,
    (ML, "SVMClassifier", 1): _convert_classifier,
}
