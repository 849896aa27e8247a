"""Graphs of neighbours as dense rows: an edge from each row to its neighbours among the fitted points."""

from typing import Any

import numpy as np
import torch
from sklearn.neighbors import KNeighborsTransformer as SkKNeighborsTransformer
from sklearn.neighbors import RadiusNeighborsTransformer as SkRadiusNeighborsTransformer
from torch import Tensor

from ...core.registry import OnnxGap, register
from ._base import Neighbors, declines_search
from ._nearest import NearestNeighbors


@register(SkKNeighborsTransformer, gaps=OnnxGap.METHOD)
class KNeighborsTransformer(NearestNeighbors):
    """KNeighborsTransformer: distances of the nearest points, or 1, in their columns; 0 elsewhere.

    Distances have one neighbour more than asked for, as a point that is transformed is its own.
    """

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.measures = estimator.mode == "distance"
        self.n_edges = self.n_neighbors + int(self.measures)

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """Functions, and neighbours that scikit-learn does not find or leaves to the processor."""
        n_edges = estimator.n_neighbors + (estimator.mode == "distance")
        return Neighbors.unsupported_reason(estimator) or declines_search(estimator, n_edges)

    def _transform(self, x: Tensor) -> Tensor:
        near, index = self.points.nearest(x, self.n_edges, False)
        edges = near if self.measures else torch.ones_like(near)
        return x.new_zeros((x.shape[0], self.points.n_points)).scatter(1, index, edges)


@register(SkRadiusNeighborsTransformer, gaps=OnnxGap.CONVERTER)
class RadiusNeighborsTransformer(Neighbors):
    """RadiusNeighborsTransformer: distances of the points within the radius, or 1, in their columns; 0 elsewhere."""

    radius: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.measures = estimator.mode == "distance"
        self.add_buffer("radius", np.float64(self.points.reduced_of(float(estimator.radius))))

    def _transform(self, x: Tensor) -> Tensor:
        reduced = self.points.reduced(x, self.points.X)
        within = reduced <= self.radius
        if not self.measures:
            return within.to(x.dtype)
        return self.points.measure(reduced).masked_fill(~within, 0.0)
