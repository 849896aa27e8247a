"""``sklearn.preprocessing._discretization``: KBinsDiscretizer."""

from typing import Any

import numpy as np
import torch
from sklearn.preprocessing import KBinsDiscretizer
from torch import Tensor

from ...core.module import Module, refuse
from ...core.registry import OnnxGap, register


@register(KBinsDiscretizer, gaps=(OnnxGap.METHOD, OnnxGap.PRECISION))
class KBinsDiscretizerModule(Module):
    """KBinsDiscretizer: the bin of each value, as a number or as a column per bin; the way back gives bins' centres.

    Notes
    -----
    The result is dense, also with ``encode="onehot"``.
    """

    edges: Tensor
    starts: Tensor
    centers: Tensor
    n_bins_: Tensor

    __constants__ = ("casts", "is_onehot")

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        bins = [int(n) for n in estimator.n_bins_]
        inner = [np.asarray(edges, dtype=np.float64)[1:-1] for edges in estimator.bin_edges_]
        # NaN pads the shorter rows: no value is at or above it.
        table = np.full((len(inner), max(1, max(map(len, inner)))), np.nan)
        for row, edges in zip(table, inner, strict=True):
            row[: len(edges)] = edges
        self.add_buffer("edges", table)
        self.add_buffer("n_bins_", np.array(bins))
        self.is_onehot = estimator.encode != "ordinal"
        self.casts = estimator.dtype is not None and np.dtype(estimator.dtype) == np.float32
        self.widths = bins
        self.offsets = [0, *np.cumsum(bins[:-1]).tolist()]
        self.add_buffer("starts", np.array(self.offsets))
        centers = np.concatenate([(part[1:] + part[:-1]) * 0.5 for part in estimator.bin_edges_]).astype(np.float64)
        if self.casts and not self.is_onehot:  # the bins come back as float32, and so do their centres
            centers = centers.astype(np.float32).astype(np.float64)
        self.add_buffer("centers", centers)
        self.n_features_out = sum(bins) if self.is_onehot else len(bins)
        self.tile_rows = max(1, min(4096, 2**21 // max(self.n_features_out, table.size)))

    def _transform(self, x: Tensor) -> Tensor:
        if self.casts:
            x = x.to(torch.float32).to(x.dtype)
        bins = (x.unsqueeze(2) >= self.edges).sum(dim=2)
        if not self.is_onehot:
            return bins.to(x.dtype)
        result = x.new_zeros((x.shape[0], self.n_features_out))
        return result.scatter(1, bins + self.starts, torch.ones_like(x))

    def _inverse_transform(self, x: Tensor) -> Tensor:
        if self.is_onehot:
            columns: list[Tensor] = []
            for i, width in enumerate(self.widths):
                part = x[:, self.offsets[i] : self.offsets[i] + width]
                self._require(part.sum(dim=1) != 0, "zeros only for a feature")
                columns.append(part.argmax(dim=1))
            bins = torch.stack(columns, dim=1)
        else:
            bins = torch.trunc(x).to(torch.int64)
            inside = (bins >= 0) & (bins < self.n_bins_)
            self._require(inside.all(dim=1), "a bin that does not exist")
            bins = torch.where(inside, bins, torch.zeros_like(bins))
        return self.centers.index_select(0, (bins + self.starts).flatten()).reshape(bins.shape)

    def _require(self, good: Tensor, what: str) -> None:
        if not torch.jit.is_scripting():
            if torch.compiler.is_compiling():
                return
        if not bool(good.all()):
            row = int(good.to(torch.int64).argmin())
            refuse(f"{self.estimator_name}.inverse_transform got {what} at row {row}")
