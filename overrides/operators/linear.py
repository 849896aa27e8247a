"""LinearRegressor and LinearClassifier, in float64; a float64 input keeps it to the end."""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import UnsupportedOperatorError
from ..functional.post_transforms import post_transform, second_class
from .nodes import ML, attributes, float_type, require, result
from .nodes import post_transform as post_transform_of
from .words import class_labels


class LinearRegressor(nn.Module):
    """``x @ coefficients.T + intercepts``: ``forward`` gives (n_samples, n_targets).

    Parameters
    ----------
    coefficients : ndarray of shape (n_targets, n_features)
    intercepts : ndarray of shape (n_targets,)
    transform : str
        Post transform; as in onnxruntime only PROBIT acts on a single target.
    """

    def __init__(self, coefficients: np.ndarray, intercepts: np.ndarray, transform: str) -> None:
        super().__init__()
        self.coefficients = nn.Parameter(torch.tensor(coefficients.astype(np.float64)))
        self.intercepts = nn.Parameter(torch.tensor(intercepts.astype(np.float64)))
        self.transform = "NONE" if len(coefficients) == 1 and transform != "PROBIT" else transform

    def forward(self, x: Tensor) -> Tensor:
        """Result in the input's float type, float32 for whole numbers."""
        score = torch.mm(x.to(self.coefficients.dtype), self.coefficients.t()) + self.intercepts
        return post_transform(score, self.transform).to(float_type(x))


class LinearClassifier(nn.Module):
    """Labels and linear scores: ``forward`` gives (n_samples,) and (n_samples, n_classes).

    Parameters
    ----------
    coefficients : ndarray of shape (n_scores, n_features)
    intercepts : ndarray of shape (n_scores,)
    labels : ndarray of int64, shape (n_classes,)
    words : list of str
        Vocabulary of the codes in ``labels``; empty where they are numbers.
    transform : str
        Post transform.

    Notes
    -----
    Two classes with one score: the second class where the score is positive, and onnxruntime's two scores.
    """

    words: list[str]
    labels: Tensor

    def __init__(
        self, coefficients: np.ndarray, intercepts: np.ndarray, labels: np.ndarray, words: list[str], transform: str
    ) -> None:
        super().__init__()
        self.coefficients = nn.Parameter(torch.tensor(coefficients.astype(np.float64)))
        self.intercepts = nn.Parameter(torch.tensor(intercepts.astype(np.float64)))
        self.register_buffer("labels", torch.tensor(labels))
        self.words = words
        self.transform = transform
        self.single = len(coefficients) == 1

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Scores are in the input's float type, float32 for whole numbers."""
        scores = torch.mm(x.to(self.coefficients.dtype), self.coefficients.t()) + self.intercepts
        if self.single:
            best = (scores[:, 0] > 0).to(torch.int64)
            scores = second_class(scores, self.transform, True)
        else:
            best = torch.argmax(scores, dim=1)
            scores = post_transform(scores, self.transform)
        return self.labels.index_select(0, best), scores.to(float_type(x))


def _numbers(operator: str, values: dict[str, Any], n_rows: int) -> tuple[np.ndarray, np.ndarray]:
    coefficients = np.asarray(values.get("coefficients", np.zeros(0)))
    intercepts = np.asarray(values.get("intercepts", np.zeros(0)))
    intercepts = intercepts if len(intercepts) > 0 else np.zeros(max(n_rows, 1))
    whole = n_rows > 0 and len(coefficients) > 0 and len(coefficients) % n_rows == 0
    require(operator, whole, f"{len(coefficients)} coefficients for {n_rows} scores")
    require(operator, len(intercepts) == n_rows, f"{len(intercepts)} intercepts for {n_rows} scores")
    return coefficients.reshape(n_rows, -1), intercepts


def _convert_regressor(node: Any, graph: Any) -> Any:
    values = attributes(node)
    operator = "LinearRegressor"
    coefficients, intercepts = _numbers(operator, values, int(values.get("targets", 1)))
    return result(node, LinearRegressor(coefficients, intercepts, post_transform_of(values, operator)))


def _convert_classifier(node: Any, graph: Any) -> Any:
    values = attributes(node)
    operator = "LinearClassifier"
    transform = post_transform_of(values, operator)
    labels, words = class_labels(values, "classlabels_ints", graph)
    n_scores = len(values.get("intercepts", ())) or len(labels)
    require(operator, len(labels) >= 2, f"{len(labels)} class labels")
    require(operator, n_scores == len(labels) or (n_scores == 1 and len(labels) == 2), f"{n_scores} intercepts")
    if n_scores == 1 and transform == "PROBIT":
        raise UnsupportedOperatorError(
            f"{operator}: PROBIT of one score for two classes leaves the second score undefined"
        )
    coefficients, intercepts = _numbers(operator, values, n_scores)
    return result(node, LinearClassifier(coefficients, intercepts, labels, words, transform))


CONVERTERS = {
    (ML, "LinearRegressor", 1): _convert_regressor,
    (ML, "LinearClassifier", 1): _convert_classifier,
}
