"""``sklearn.preprocessing._data``: QuantileTransformer."""

from typing import Any

import numpy as np
import torch
from sklearn.preprocessing import QuantileTransformer
from torch import Tensor

from ...core.module import Module
from ...core.registry import OnnxGap, register
from ...functional.quantiles import rank_between, value_at_rank
from ...functional.special.normal import ndtr, ndtri

_THRESHOLD = 1e-7
"""``BOUNDS_THRESHOLD`` of scikit-learn's file: how near an end of the range counts as the end."""


@register(QuantileTransformer, gaps=OnnxGap.CONVERTER)
class QuantileTransformerModule(Module):
    """QuantileTransformer: the rank of each value among the quantiles of its feature, and the way back; NaN stays NaN.

    Notes
    -----
    Zeros are numbers like others, as in dense rows of scikit-learn, which leaves the implicit zeros of sparse rows as
    they are.
    """

    in_own_floats = True

    quantiles_: Tensor
    references_: Tensor
    threshold: Tensor
    lowest: Tensor
    highest: Tensor

    __constants__ = ("is_normal",)

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.n_features_out = self.n_features_in_
        self.is_normal = estimator.output_distribution == "normal"
        self.add_parameter("quantiles_", estimator.quantiles_)
        self.has_ties = not bool((np.diff(estimator.quantiles_, axis=0) > 0).all())
        # Some twenty numbers are made of each: those of a tile stay in the cache.
        self.tile_rows = max(64, min(4096, 2**15 // self.n_features_in_))
        self.add_buffer("references_", estimator.references_)
        self.add_buffer("threshold", _THRESHOLD)
        # Probabilities whose normal quantiles are the ends that scikit-learn clips to.
        nearest = _THRESHOLD - np.spacing(1)
        self.add_buffer("lowest", nearest)
        self.add_buffer("highest", 1 - nearest)

    def _transform(self, x: Tensor) -> Tensor:
        # Columns first: a search goes through the quantiles of one.
        x = x.t().contiguous()
        quantiles = self.quantiles_.t().contiguous()
        low, high = quantiles[:, :1], quantiles[:, -1:]
        rank = rank_between(x, quantiles, self.references_, self.has_ties)
        if self.is_normal:
            is_low, is_high = x - self.threshold < low, x + self.threshold > high
            rank = torch.where(is_high | (rank > self.highest), self.highest, rank)
            rank = torch.where(is_low | (rank < self.lowest), self.lowest, rank)
            rank = ndtri(rank)
        else:
            rank = torch.where(x == high, 1.0, rank)
            rank = torch.where(x == low, 0.0, rank)
        return torch.where(torch.isnan(x), x, rank).t()

    def _inverse_transform(self, x: Tensor) -> Tensor:
        x = x.t().contiguous()
        quantiles = self.quantiles_.t().contiguous()
        if self.is_normal:
            rank = ndtr(x)
            is_low, is_high = rank - self.threshold < 0, rank + self.threshold > 1
        else:
            rank = x
            is_low, is_high = x == 0, x == 1
        value = value_at_rank(rank, quantiles, self.references_)
        value = torch.where(is_high, quantiles[:, -1:], value)
        value = torch.where(is_low, quantiles[:, :1], value)
        return torch.where(torch.isnan(x), x, value).t()
