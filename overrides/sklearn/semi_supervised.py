"""``sklearn.semi_supervised``: labels that spread among neighbours, and a classifier that trained itself."""

import math
from typing import Any, Final

import numpy as np
import torch
from sklearn.semi_supervised import LabelPropagation, LabelSpreading
from sklearn.semi_supervised import SelfTrainingClassifier as SkSelfTrainingClassifier
from torch import Tensor, nn

from ..core.delegate import Delegate, delegating
from ..core.module import Module
from ..core.pairwise_kernel import PairwiseKernel
from ..core.registry import OnnxGap, register
from ..errors import CorruptEstimatorError
from ..tracing.pairwise_function import function_of_rows, objection_to_function
from .neighbors._base import declines_search
from .neighbors._points import Points


@register(LabelPropagation, LabelSpreading, gaps=OnnxGap.CONVERTER)
class LabelSpread(Module):
    """LabelPropagation and LabelSpreading: the labels of fitted rows, by their kernel or those of the nearest ones.

    Attributes
    ----------
    points : Points
        The fitted rows, ``points.X``.
    label_distributions_ : Tensor of shape (n_points, n_classes)

    Notes
    -----
    Beyond the reach of the kernel all probabilities are 0 by 0, NaN as in scikit-learn, and the first class comes out.
    """

    n_neighbors: Final[int]
    classes_: Tensor
    label_distributions_: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        is_search = not callable(estimator.kernel) and estimator.kernel == "knn"
        self.n_neighbors = int(estimator.n_neighbors) if is_search else 0
        self.set_classes(estimator.classes_)
        self.add_parameter("label_distributions_", estimator.label_distributions_)
        nearest = _nearest(estimator)
        self.points = Points.of(nearest)
        if self.label_distributions_.shape != (self.points.n_points, len(estimator.classes_)):
            raise CorruptEstimatorError(f"{self.estimator_name} has points without a distribution over its classes")
        self.tile_rows = self.points.tile_rows
        gamma = float(estimator.gamma)
        # Probabilities are quotients of kernels, however small.
        kernel = _function(estimator) if callable(estimator.kernel) else "rbf"
        self.kernel = PairwiseKernel(kernel, self.points.X, gamma=gamma, weight=math.inf)
        if self.n_neighbors == 0:
            self.tile_rows = self.kernel.tile_rows

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """A kernel that is a function which cannot be traced, and neighbours that are left to the processor."""
        if not callable(estimator.kernel) and estimator.kernel == "knn":
            return declines_search(estimator.nn_fit, estimator.n_neighbors)
        return objection_to_function(estimator, "kernel", estimator.kernel, lambda: _function(estimator))

    def _shares(self, x: Tensor) -> Tensor:
        if self.n_neighbors > 0:
            index = self.points.nearest(x, self.n_neighbors, False)[1]
            found = self.label_distributions_.index_select(0, index.flatten())
            return found.view(x.shape[0], self.n_neighbors, self.label_distributions_.shape[1]).sum(1)
        return torch.mm(self.kernel(x, self.points.X), self.label_distributions_)

    def _predict(self, x: Tensor) -> Tensor:
        return self.classes_.index_select(0, self._shares(x).argmax(1))

    def _predict_proba(self, x: Tensor) -> Tensor:
        shares = self._shares(x)
        return shares / shares.sum(1, keepdim=True)


def _function(estimator: Any) -> nn.Module:
    return function_of_rows(estimator.kernel, estimator.X_, turned=True)


def _nearest(estimator: Any) -> Any:
    """The estimator of neighbours that was fitted, or one that only holds the rows."""
    if not callable(estimator.kernel) and estimator.kernel == "knn":
        return estimator.nn_fit
    from sklearn.neighbors import NearestNeighbors

    rows = estimator.X_.toarray() if hasattr(estimator.X_, "toarray") else np.asarray(estimator.X_)
    return NearestNeighbors(algorithm="brute").fit(rows)


@register(SkSelfTrainingClassifier, gaps=OnnxGap.METHOD)
class SelfTrainingClassifier(delegating("estimator_"), Delegate):  # type: ignore[misc]
    """SelfTrainingClassifier: every method is that of ``estimator_``, trained on the labels that it gave itself."""
