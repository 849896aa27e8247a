"""LocalOutlierFactor: how much thinner the points are around a row than around its neighbours."""

from typing import Any

import numpy as np
import torch
from sklearn.neighbors import LocalOutlierFactor as SkLocalOutlierFactor
from torch import Tensor

from ...core.registry import OnnxGap, register
from ...errors import CorruptEstimatorError
from ...functional.graph import in_graph
from ._base import Neighbors, declines_search


@register(SkLocalOutlierFactor, gaps=(OnnxGap.METHOD, OnnxGap.PRECISION))
class LocalOutlierFactor(Neighbors):
    """LocalOutlierFactor for novelties: minus the mean density of the neighbours by that of the row.

    Attributes
    ----------
    reach : Tensor of shape (n_points,)
        Distance of each point from the last of its own neighbours.
    densities : Tensor of shape (n_points,)
        Local reachability density of each point.
    offset_ : Tensor of shape ()
    """

    reach: Tensor
    densities: Tensor
    offset_: Tensor
    tiny: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.n_neighbors = int(estimator.n_neighbors)
        self.n_neighbors_ = int(estimator.n_neighbors_)
        self.add_parameter("reach", np.asarray(estimator._distances_fit_X_)[:, self.n_neighbors_ - 1])
        self.add_parameter("densities", estimator._lrd)
        if not len(self.reach) == len(self.densities) == self.points.n_points:
            raise CorruptEstimatorError(f"{self.estimator_name} has points without a density")
        self.add_buffer("offset_", np.float64(estimator.offset_))
        self.add_buffer("tiny", 1e-10)

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """Functions, and neighbours that scikit-learn does not find or leaves to the processor."""
        return Neighbors.unsupported_reason(estimator) or declines_search(estimator, estimator.n_neighbors_)

    @classmethod
    def failing_methods(cls, estimator: Any) -> dict[str, str]:
        """``kneighbors`` where there are fewer points than neighbours asked for."""
        if estimator.n_neighbors <= estimator.n_samples_fit_:
            return {}
        return {
            "kneighbors": f"there are {estimator.n_samples_fit_} points, fewer than {estimator.n_neighbors} neighbours"
        }

    @staticmethod
    def multi_output_methods(estimator: Any) -> tuple[str, ...]:
        """Neighbours are distances and places."""
        return ("kneighbors",)

    def _kneighbors(self, x: Tensor) -> list[Tensor]:
        near, index = self.points.nearest(x, self.n_neighbors, True)
        return [near, index]

    def _score_samples(self, x: Tensor) -> Tensor:
        # A graph has the neighbours once, in the order of kneighbors.
        near, index = self.points.nearest(x, self.n_neighbors_, in_graph())
        reach = torch.maximum(near, self.reach.index_select(0, index.flatten()).view_as(near))
        density = 1.0 / (reach.mean(1) + self.tiny)
        ratios = self.densities.index_select(0, index.flatten()).view_as(near) / density.unsqueeze(1)
        return -ratios.mean(1)

    def _decision_function(self, x: Tensor) -> Tensor:
        return self._score_samples(x) - self.offset_

    def _predict(self, x: Tensor) -> Tensor:
        return 1 - 2 * (self._decision_function(x) < 0).to(torch.int64)
