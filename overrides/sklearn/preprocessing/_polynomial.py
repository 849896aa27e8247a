"""``sklearn.preprocessing._polynomial``: PolynomialFeatures."""

from typing import Any

import numpy as np
import torch
from sklearn.preprocessing import PolynomialFeatures
from torch import Tensor

from ...core.module import Module
from ...core.registry import OnnxGap, register


@register(PolynomialFeatures, gaps=(OnnxGap.SPEED, OnnxGap.CONVERTER))
class PolynomialFeaturesModule(Module):
    """PolynomialFeatures: products of features, dense, also of sparse rows.

    Notes
    -----
    A term of one degree is a term of the degree below times a feature, as scikit-learn multiplies them: equal to the
    last bit. Terms are rows while they are multiplied, so that picking them copies contiguous memory.
    """

    in_own_floats = True

    factors: Tensor
    partners: Tensor

    __constants__ = ("has_bias", "max_degree", "min_degree")

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.has_bias = bool(estimator.include_bias)
        self.min_degree, self.max_degree = int(estimator._min_degree), int(estimator._max_degree)
        picks = _picks(self.n_features_in_, self.max_degree, bool(estimator.interaction_only))
        # The picks of all degrees from 2 on, one behind the other.
        self.bounds = [0, *np.cumsum([len(factors) for factors, _ in picks]).tolist()]
        self.add_buffer("factors", np.concatenate([np.empty(0, np.int64), *(factors for factors, _ in picks)]))
        self.add_buffer("partners", np.concatenate([np.empty(0, np.int64), *(partners for _, partners in picks)]))
        self.tile_rows = max(1, min(4096, 2**21 // max(1, int(estimator.n_output_features_))))

    def _transform(self, x: Tensor) -> Tensor:
        features = x.t().contiguous()
        parts: list[Tensor] = [features.new_ones((1, x.shape[0]))] if self.has_bias else []
        if self.min_degree <= 1 and self.max_degree >= 1:
            parts.append(features)
        terms = features
        for degree in range(2, self.max_degree + 1):
            start, stop = self.bounds[degree - 2], self.bounds[degree - 1]
            terms = terms.index_select(0, self.factors[start:stop])
            terms = terms * features.index_select(0, self.partners[start:stop])
            if degree >= self.min_degree:
                parts.append(terms)
        return torch.cat(parts).t()


def _picks(n_features: int, max_degree: int, interaction_only: bool) -> list[tuple[np.ndarray, np.ndarray]]:
    """For every degree from 2 on: which terms of the degree below are multiplied by which features, in order."""
    picks = []
    # Where the terms begin whose first feature is the i-th: the later a term, the later its first feature.
    starts = np.arange(n_features + 1)
    for _ in range(2, max_degree + 1):
        end = starts[-1]
        first = starts[1:] if interaction_only else starts[:-1]
        counts = np.maximum(end - first, 0)
        factors = [np.arange(begin, begin + count) for begin, count in zip(first, counts, strict=True)]
        picks.append((np.concatenate(factors).astype(np.int64), np.repeat(np.arange(n_features), counts)))
        starts = np.concatenate([[0], np.cumsum(counts)])
    return picks
