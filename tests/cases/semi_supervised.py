"""Cases of sklearn.semi_supervised."""

from typing import Any

import numpy as np
from scipy.spatial.distance import cdist
from sklearn.linear_model import LogisticRegression
from sklearn.metrics.pairwise import laplacian_kernel
from sklearn.semi_supervised import LabelPropagation, LabelSpreading, SelfTrainingClassifier

from . import Case
from .data import Data


def _some(estimator: Any, data: Data) -> None:
    """Two labels of three are unknown."""
    estimator.fit(data.X, np.where(np.arange(len(data.y)) % 3 == 0, data.y, -1))


def _near(estimator: Any, data: Data) -> np.ndarray:
    return data.unseen[:-8]


def _rational(X, Y):
    """A kernel of all rows with each other, that reaches far."""
    return 1.0 / (1.0 + cdist(X, Y, "sqeuclidean"))


CASES = (
    Case(
        id="LabelSpreading-function",
        make=lambda: LabelSpreading(kernel=_rational),
        data="three_classes",
        fit=_some,
        smooth=True,
    ),
    Case(
        id="LabelPropagation-function",
        make=lambda: LabelPropagation(kernel=laplacian_kernel, max_iter=3000),
        data="negative_classes",
        fit=_some,
        rows=_near,
    ),
    Case(
        id="LabelPropagation-rbf",
        make=lambda: LabelPropagation(gamma=0.5),
        data="three_classes",
        fit=_some,
        rows=_near,
        smooth=True,
    ),
    Case(id="LabelPropagation-beyond-reach", make=LabelPropagation, data="three_classes", fit=_some),
    Case(
        id="LabelPropagation-knn",
        make=lambda: LabelPropagation(kernel="knn", n_neighbors=5, max_iter=2000),
        data="grid",
        fit=_some,
    ),
    Case(
        id="LabelSpreading-rbf",
        make=lambda: LabelSpreading(gamma=0.3, alpha=0.4),
        data="negative_classes",
        fit=_some,
        rows=_near,
        smooth=True,
    ),
    Case(id="LabelSpreading-knn", make=lambda: LabelSpreading(kernel="knn"), data="two_classes", fit=_some),
    Case(
        id="SelfTrainingClassifier",
        make=lambda: SelfTrainingClassifier(LogisticRegression()),
        data="three_classes",
        fit=_some,
        smooth=True,
    ),
)
