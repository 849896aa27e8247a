"""The k nearest points: themselves, their votes, and their mean."""

from typing import Any

import numpy as np
import torch
from sklearn.neighbors import KNeighborsClassifier as SkKNeighborsClassifier
from sklearn.neighbors import KNeighborsRegressor as SkKNeighborsRegressor
from sklearn.neighbors import NearestNeighbors as SkNearestNeighbors
from torch import Tensor

from ...core.registry import OnnxGap, register
from ...functional.graph import in_graph
from ._base import Neighbors, Voters, declines_search, inverse_distances


@register(SkNearestNeighbors, gaps=OnnxGap.METHOD)
class NearestNeighbors(Neighbors):
    """NearestNeighbors: ``kneighbors`` returns distances and places of the nearest points.

    ``radius_neighbors`` has another number of neighbours for each row, which is no tensor: it is left out, as it is in
    ``RadiusNeighborsClassifier`` and its kin.
    """

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.n_neighbors = int(estimator.n_neighbors)

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """Functions, and neighbours that scikit-learn does not find or leaves to the processor."""
        return Neighbors.unsupported_reason(estimator) or declines_search(estimator, estimator.n_neighbors)

    @staticmethod
    def multi_output_methods(estimator: Any) -> tuple[str, ...]:
        """Neighbours are distances and places."""
        return ("kneighbors",)

    def _kneighbors(self, x: Tensor) -> list[Tensor]:
        near, index = self.points.nearest(x, self.n_neighbors, True)
        return [near, index]


@register(SkKNeighborsClassifier, gaps=(OnnxGap.PRECISION, OnnxGap.METHOD, OnnxGap.SPEED))
class KNeighborsClassifier(Voters):
    """KNeighborsClassifier: the class that most of the nearest points have, or that weighs most by inverse distance.

    Votes for one class do not change with the rows, so that ``predict_proba`` has no gradient but by ``weights``.
    """

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.n_neighbors = int(estimator.n_neighbors)
        self.weighs = estimator.weights == "distance"

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """Functions, and neighbours that scikit-learn does not find or leaves to the processor."""
        return Neighbors.unsupported_reason(estimator) or declines_search(estimator, estimator.n_neighbors)

    def _kneighbors(self, x: Tensor) -> list[Tensor]:
        near, index = self.points.nearest(x, self.n_neighbors, True)
        return [near, index]

    def _votes(self, x: Tensor) -> list[Tensor]:
        # A graph has the neighbours once, in the order of kneighbors.
        near, index = self.points.nearest(x, self.n_neighbors, in_graph())
        weights = inverse_distances(near) if self.weighs else torch.ones_like(near)
        votes: list[Tensor] = []
        for i, count in enumerate(self.n_classes):
            labels = self.labels[i].index_select(0, index.flatten()).view_as(index)
            votes.append(x.new_zeros((x.shape[0], count)).scatter_add(1, labels, weights))
        return votes

    def _predict(self, x: Tensor) -> Tensor:
        places: list[Tensor] = []
        for votes in self._votes(x):
            places.append(votes.argmax(1))
        return self._labelled(places)

    def _predict_proba(self, x: Tensor):  # type: ignore[no-untyped-def]
        parts: list[Tensor] = []
        for votes in self._votes(x):
            parts.append(votes / votes.sum(1, keepdim=True))
        if self.is_multi_output:
            return parts
        else:
            return parts[0]


@register(SkKNeighborsRegressor, gaps=(OnnxGap.PRECISION, OnnxGap.METHOD, OnnxGap.SPEED))
class KNeighborsRegressor(NearestNeighbors):
    """KNeighborsRegressor: the mean of the targets of the nearest points, plain or weighted by inverse distance.

    Attributes
    ----------
    _y : Tensor of shape (n_points, n_outputs)
    """

    _y: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        targets = np.asarray(estimator._y, dtype=np.float64)
        self.is_flat = targets.ndim == 1
        self.add_parameter("_y", targets.reshape(len(targets), -1))
        self.weighs = estimator.weights == "distance"

    def _predict(self, x: Tensor) -> Tensor:
        # A graph has the neighbours once, in the order of kneighbors.
        near, index = self.points.nearest(x, self.n_neighbors, in_graph())
        values = self._y.index_select(0, index.flatten()).view(x.shape[0], self.n_neighbors, self._y.shape[1])
        if self.weighs:
            weights = inverse_distances(near)
            mean = (values * weights.unsqueeze(2)).sum(1) / weights.sum(1, keepdim=True)
        else:
            mean = values.mean(1)
        return mean.squeeze(1) if self.is_flat else mean
