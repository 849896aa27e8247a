"""Isolation forests."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from sklearn.ensemble import IsolationForest as SkIsolationForest
from sklearn.ensemble._iforest import _average_path_length
from torch import Tensor

from ...core.module import Module
from ...core.registry import OnnxGap, register
from ...errors import CorruptEstimatorError
from ...forests.fitted import FittedForest
from ...functional.trees.sums import sum_in_order
from ._subspaces import are_trees, whole_tree


@register(SkIsolationForest, gaps=(OnnxGap.PRECISION, OnnxGap.METHOD))
class IsolationForest(Module):
    """Lengths of the paths through random trees, as scores: 1 for rows that belong, -1 for those that do not.

    Follows ``_compute_score_samples`` of sklearn/ensemble/_iforest.py.

    Attributes
    ----------
    estimators_ : FittedForest
        All trees; the values of their leaves are the lengths of the paths there, with the mean length that the samples
        left in the leaf would need to be told apart.
    least_depth : Tensor
        The smallest sum of lengths that scikit-learn takes for that of an inlier.

    Notes
    -----
    ``predict`` compares the sum of lengths, which is exact, for a power of two may differ in its last digit from one
    machine to the next: rows whose score is the offset itself, as a given contamination makes them, keep their side.
    """

    offset_: Tensor
    denominator: Tensor
    least_depth: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        trees = list(estimator.estimators_)
        depths, lengths = estimator._decision_path_lengths, estimator._average_path_length_per_tree
        if not are_trees(trees) or not len(trees) == len(depths) == len(lengths) == len(estimator.estimators_features_):
            raise CorruptEstimatorError(f"{self.estimator_name} needs a plain tree for each of its path lengths")
        subsets = (
            estimator.estimators_features_ if estimator._max_features != self.n_features_in_ else [None] * len(trees)
        )
        self.estimators_ = FittedForest(
            [
                whole_tree(tree, (depth + length - 1.0).reshape(-1, 1, 1), features)
                for tree, depth, length, features in zip(trees, depths, lengths, subsets, strict=True)
            ],
            self.n_features_in_,
            with_paths=False,
        )
        self.tile_rows = self.estimators_.tile_rows
        total = len(trees) * _average_path_length([estimator._max_samples])[0]
        # Of trees of one sample, whose paths have no length, every row has the score of depth 1.
        self.is_flat = bool(total == 0)
        self.add_buffer("denominator", np.float64(total))
        self.add_buffer("offset_", np.float64(estimator.offset_))
        self.add_buffer("least_depth", _least(lambda depth: not _decision(depth, total, estimator.offset_) < 0))

    def _depth(self, x: Tensor) -> Tensor:
        start = self.estimators_.value.new_zeros((x.shape[0], 1))
        return sum_in_order(start, self.estimators_.leaf_values(x)).squeeze(1)

    def _score_samples(self, x: Tensor) -> Tensor:
        depth = self._depth(x)
        ratio = torch.ones_like(depth) if self.is_flat else depth / self.denominator
        return -torch.exp2(-ratio)

    def _decision_function(self, x: Tensor) -> Tensor:
        return self._score_samples(x) - self.offset_

    def _predict(self, x: Tensor) -> Tensor:
        return (self._depth(x) >= self.least_depth).to(torch.int64) * 2 - 1


def _decision(depth: float, total: float, offset: float) -> float:
    """scikit-learn's decision value of a sum of path lengths, by numpy's own arithmetic."""
    depths = np.array([depth])
    ratio = np.divide(depths, np.array([total]), out=np.ones_like(depths), where=total != 0)
    value: float = (-(2 ** (-ratio)) - offset)[0]
    return value


def _least(holds: Callable[[float], bool]) -> float:
    """The smallest non-negative double for which what holds for all larger ones holds; infinity if there is none."""
    low, high = -1, int(np.array(np.inf).view(np.int64))
    # Doubles at or above zero are in the order of their bits.
    while high - low > 1:
        middle = (low + high) // 2
        if holds(float(np.array(middle, dtype=np.int64).view(np.float64))):
            high = middle
        else:
            low = middle
    return float(np.array(high, dtype=np.int64).view(np.float64))
