"""KNNImputer: a gap takes the mean of the nearest fitted rows that have a value there."""

from typing import Any

import numpy as np
import torch
from sklearn.impute import KNNImputer as SkKNNImputer
from torch import Tensor

from ...core.registry import OnnxGap, register
from ...functional.csr import tile_of_csr
from ...functional.graph import in_graph
from ...functional.pairwise.missing import nan_euclidean_distances
from ...functional.pairwise.nearest import smallest
from ...functional.selection import take_columns
from ._simple import Masked, fitted_indicator


@register(SkKNNImputer, gaps=(OnnxGap.PRECISION, OnnxGap.SPEED))
class KNNImputer(Masked):
    """A gap takes the mean of the nearest fitted rows that have a value in its column, uniform or by distance.

    Attributes
    ----------
    fit_X : Tensor of shape (n_samples_fit, n_features)
        The fitted rows, 0 in their gaps.
    gaps : Tensor of shape (n_samples_fit, n_features)
        1 in the gaps of the fitted rows, 0 elsewhere.
    means : Tensor of shape (n_features,)
        Mean of each column, for rows with no distance to any donor.

    Notes
    -----
    Follows ``KNNImputer.transform`` (sklearn/impute/_knn.py). Which of several donors at one distance are taken is left
    to the partition of numpy, and differs by processor; here they are the first ones.
    """

    fit_X: Tensor
    gaps: Tensor
    norms: Tensor
    means: Tensor
    indicated: Tensor
    kept: Tensor
    is_empty: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        gaps = np.asarray(estimator._mask_fit_X, dtype=bool)
        rows = np.where(gaps, 0.0, np.asarray(estimator._fit_X, dtype=np.float64))
        present = np.asarray(estimator._valid_mask, dtype=bool)
        self.add_buffer("fit_X", rows)
        self.add_buffer("gaps", gaps.astype(np.float64))
        self.add_buffer("norms", np.einsum("ij,ij->i", rows, rows))
        masked = np.ma.array(estimator._fit_X, mask=gaps)  # of float32, whose mean is rounded, where that was fitted
        self.add_buffer(
            "means",
            np.array([masked[:, i].mean() if present[i] else 0.0 for i in range(len(present))], dtype=np.float64),
        )
        self.n_neighbors = int(estimator.n_neighbors)
        self.weighs = estimator.weights == "distance"
        self.donors = [int(count) for count in (~gaps).sum(0)]
        self.has_empty = min(self.donors, default=1) == 0
        self.add_buffer("is_empty", np.array(self.donors) == 0)
        self.keeps_empty = bool(estimator.keep_empty_features)
        self.keeps_all = bool(present.all() or self.keeps_empty)
        self.add_buffer("kept", np.arange(len(present)) if self.keeps_all else np.flatnonzero(present))
        indicated = fitted_indicator(estimator)
        self.has_indicator = indicated is not None
        self.add_buffer("indicated", np.zeros(0, dtype=np.int64) if indicated is None else indicated)
        self._settle_placeholder(estimator.missing_values, self.reads())
        self.tile_rows = max(16, 2**17 // max(1, len(rows)))

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """Weights or a metric that are functions."""
        if callable(estimator.weights):
            return (
                f"KNNImputer weights donors by a Python function, weights={estimator.weights!r}, which no graph holds"
            )
        if callable(estimator.metric):
            return f"KNNImputer measures by a Python function, metric={estimator.metric!r}, which no graph holds"
        return None

    def _tile(self, x: Tensor) -> int:
        """Dense rows are not cut here but in :meth:`_filled`: those without gaps, and columns without, cost nothing."""
        return 0 if x.layout == torch.strided else tile_of_csr(x, self.tile_rows)

    def _transform(self, x: Tensor) -> Tensor:
        mask = self._mask(x)
        indicator = take_columns(mask, self.indicated).to(x.dtype)
        filled = self._filled(x, mask)
        if not self.keeps_all:
            filled = take_columns(filled, self.kept)
        return torch.cat([filled, indicator], dim=1) if self.has_indicator else filled

    def _filled(self, x: Tensor, mask: Tensor) -> Tensor:
        if not in_graph():
            rows = mask.any(1).nonzero().squeeze(1)
            filled = self._without_empty(x)
            if rows.shape[0] == 0:
                return filled
            size = self.tile_rows if x.device.type == "cpu" else self.tile_rows * 256
            parts: list[Tensor] = []
            for some in rows.split(size):
                parts.append(self._imputed(x.index_select(0, some), mask.index_select(0, some)))
            return filled.index_copy(0, rows, torch.cat(parts))
        return self._imputed(x, mask)

    def _without_empty(self, x: Tensor) -> Tensor:
        """Columns that held nothing in the fit are 0, whatever the rows have there."""
        return torch.where(self.is_empty, 0.0, x) if self.has_empty else x

    def _imputed(self, x: Tensor, mask: Tensor) -> Tensor:
        distances = nan_euclidean_distances(x, mask, self.fit_X, self.gaps, self.norms)
        distances = distances.masked_fill(torch.isnan(distances), float("inf"))
        columns: list[Tensor] = []
        for i, count in enumerate(self.donors):
            if count == 0:
                columns.append(torch.zeros_like(x[:, i]))
                continue
            receives = mask[:, i]
            if not in_graph():
                rows = receives.nonzero().squeeze(1)
                if rows.shape[0] == 0:
                    columns.append(x[:, i])
                    continue
                values = self._donated(distances.index_select(0, rows), i, count)
                columns.append(x[:, i].index_copy(0, rows, values))
            else:
                columns.append(torch.where(receives, self._donated(distances, i, count), x[:, i]))
        return torch.stack(columns, 1)

    def _donated(self, distances: Tensor, column: int, count: int) -> Tensor:
        """What the donors give to a column of every row, shape (n_samples,)."""
        blocked = self.gaps[:, column] != 0
        near, index = smallest(distances.masked_fill(blocked, float("inf")), min(self.n_neighbors, count))
        known = torch.isfinite(near)
        zeros, ones = torch.zeros_like(near), torch.ones_like(near)
        if self.weighs:
            at_once = near == 0
            weights = 1.0 / torch.where(at_once | ~known, ones, near)
            weights = torch.where(at_once.any(1, keepdim=True), at_once.to(near.dtype), weights)
            weights = torch.where(known, weights, zeros)
        else:
            weights = known.to(near.dtype)
        total = weights.sum(1)
        nothing = total == 0
        values = self.fit_X[:, column].index_select(0, index.flatten()).view_as(near)
        mean = (values * weights).sum(1) / torch.where(nothing, torch.ones_like(total), total)
        return torch.where(nothing, self.means[column], mean)
