"""Sparse codes over a dictionary, by every algorithm of scikit-learn's."""

from typing import Any, Final

import numpy as np
import torch
from sklearn.decomposition import DictionaryLearning, MiniBatchDictionaryLearning, SparseCoder
from torch import Tensor

from ...core.installed import sklearn_at_least
from ...core.module import Module
from ...core.registry import OnnxGap, register
from ...errors import CorruptEstimatorError
from ...functional.solvers.lars import lars_gram
from ...functional.solvers.sparse_codes import gram_omp, lasso_gram


def _regularization(estimator: Any, n_features: int, n_components: int) -> float:
    """The number of atoms of omp and lars, the penalty of the others, as ``sparse_encode`` finds it."""
    if estimator.transform_algorithm in ("omp", "lars"):
        count = estimator.transform_n_nonzero_coefs
        return int(min(max(n_features / 10, 1), n_components) if count is None else count)
    alpha = estimator.transform_alpha
    if alpha is None:
        alpha = getattr(estimator, "alpha", None)
    return 1.0 if alpha is None else float(alpha)


def _dictionary(estimator: Any) -> np.ndarray:
    return np.asarray(estimator.dictionary if isinstance(estimator, SparseCoder) else estimator.components_)


_OF_ATOMS_DTYPE = ("lars", "lasso_lars", "lasso_cd")
"""Algorithms whose codes scikit-learn computes in the dtype of the atoms, whatever that of the rows."""


@register(SparseCoder, DictionaryLearning, MiniBatchDictionaryLearning, gaps=OnnxGap.CONVERTER)
class SparseCoding(Module):
    """SparseCoder and dictionary learning: codes of the rows over the atoms in ``components_``; the atoms back.

    Notes
    -----
    ``transform`` is piecewise smooth: which atoms a row chooses is a step. Of a dictionary in float32 it keeps the
    products of the atoms, also where ``components_`` are changed afterwards.

    Where atoms of omp, lars or lasso_lars are multiples of each other, or more are asked for than are independent,
    rounding decides between equals, in scikit-learn too: a row alone has another code there than among others.
    """

    rounds_as_fitted = True
    components_: Tensor
    gram: Tensor
    alpha: Tensor
    eps: Tensor
    tol: Tensor
    n_features: Tensor
    alpha_min: Tensor
    tolerance: Tensor
    digits: Tensor
    pivot: Tensor
    algorithm: Final[str]
    count: Final[int]
    max_iter: Final[int]
    splits: Final[bool]
    positive: Final[bool]
    keeps_gram: Final[bool]

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """Options that scikit-learn finds at odds when ``transform`` is called."""
        algorithm, name = estimator.transform_algorithm, type(estimator).__name__
        if estimator.positive_code and algorithm in ("omp", "lars"):
            return f"{name} has no positive codes with transform_algorithm={algorithm!r}: its own transform raises"
        dictionary = _dictionary(estimator)
        count = _regularization(estimator, dictionary.shape[1], len(dictionary))
        if algorithm == "omp" and count > len(dictionary):
            return f"{name} cannot choose {count:.0f} of {len(dictionary)} atoms: its own transform raises"
        return None

    @classmethod
    def precision_note(cls, estimator: Any) -> str:
        """Codes that scikit-learn computes in float32."""
        return super().precision_note(estimator) if estimator.transform_algorithm in _OF_ATOMS_DTYPE else ""

    @classmethod
    def float64_parts(cls, estimator: Any) -> dict[int, Any]:
        """The dictionary, where it has a limit."""
        return super().float64_parts(estimator) if estimator.transform_algorithm in _OF_ATOMS_DTYPE else {}

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        dictionary = _dictionary(estimator)
        if self.n_features_in_ < 0:  # a SparseCoder of before scikit-learn 1.8 reads it off its dictionary
            self.n_features_in_ = dictionary.shape[-1]
        if dictionary.ndim != 2 or dictionary.shape[1] != self.n_features_in_:
            raise CorruptEstimatorError(
                f"{self.estimator_name} has a dictionary of shape {dictionary.shape} for {self.n_features_in_} "
                "features: it is damaged"
            )
        n_components, n_features = dictionary.shape
        self.add_parameter("components_", dictionary)
        self.keeps_gram = dictionary.dtype != np.float64 and estimator.transform_algorithm not in _OF_ATOMS_DTYPE
        if self.keeps_gram:
            self.add_buffer("gram", np.dot(dictionary, dictionary.T).astype(np.float64))
        self.algorithm = estimator.transform_algorithm
        self.splits = bool(estimator.split_sign)
        self.positive = bool(estimator.positive_code)
        self.n_features_out = n_components * (2 if self.splits else 1)
        regularization = _regularization(estimator, n_features, n_components)
        is_counted = self.algorithm in ("omp", "lars")
        self.count = int(regularization) if is_counted else n_components
        self.max_iter = self.count if is_counted else int(estimator.transform_max_iter)
        # None is of shape (): ONNX exporters drop a number that is nearly 0 or 1.
        scale = n_features if self.algorithm == "lasso_cd" else 1
        share = 0.0 if is_counted else regularization / n_features
        self.add_buffer(
            "alpha", np.array([regularization if self.algorithm == "threshold" else share * scale], np.float64)
        )
        self.add_buffer("alpha_min", np.array([share]))
        self.add_buffer("n_features", np.array([n_features], dtype=np.float64))
        self.add_buffer("tol", np.array([1e-8 if sklearn_at_least("1.8") else 1e-4]))
        self.add_buffer("eps", np.array([np.finfo(np.float64).eps]))
        self.add_buffer("tolerance", np.array([np.finfo(np.float32).eps], dtype=np.float64))
        self.add_buffer("digits", np.array([10.0 ** np.finfo(np.float64).precision]))
        self.add_buffer("pivot", np.array([1e-7]))
        width = n_components * self.count if self.algorithm in ("omp", "lars", "lasso_lars") else n_components
        self.tile_rows = max(16, min(1024, 2**19 // max(width, 1)))

    def _transform(self, x: Tensor) -> Tensor:
        code = self._code(x)
        return torch.cat([code.clamp(min=0.0), (-code).clamp(min=0.0)], dim=1) if self.splits else code

    def _code(self, x: Tensor) -> Tensor:
        atoms = self.components_
        if self.algorithm == "lasso_cd":
            norms, xy = x.square().sum(dim=1), torch.mm(atoms, x.t())
            return lasso_gram(self._gram(), xy, norms, self.alpha, self.tol, self.max_iter, self.positive).t()
        xy = torch.mm(x, atoms.t())
        if self.algorithm == "threshold":
            if self.positive:
                return (xy - self.alpha).clamp(min=0.0)
            return torch.sign(xy) * (xy.abs() - self.alpha).clamp(min=0.0)
        if self.algorithm == "omp":
            return gram_omp(self._gram(), xy, self.count, self.eps)
        limits = [self.n_features, self.alpha_min, self.tolerance, self.digits, self.eps, self.pivot]
        slots = min(self.count, self.max_iter, atoms.shape[0])
        return lars_gram(self._gram(), xy, limits, slots, self.max_iter, self.algorithm == "lasso_lars", self.positive)

    def _gram(self) -> Tensor:
        if self.keeps_gram:
            return self.gram
        else:
            return torch.mm(self.components_, self.components_.t())

    def _inverse_transform(self, x: Tensor) -> Tensor:
        if self.splits:
            width = self.components_.shape[0]
            x = x[:, :width] - x[:, width:]
        return x @ self.components_
