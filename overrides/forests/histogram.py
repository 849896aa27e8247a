"""Trees of histogram gradient boosting: float64 thresholds, and sets of categories.

Follows ``sklearn/ensemble/_hist_gradient_boosting/_predictor.pyx`` (``_predict_one_from_raw_data``).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import CorruptEstimatorError
from ..functional.trees.categories import CategorySets, code_count, set_blocks
from ..functional.trees.layout import TreeNodes, lay_out
from .forest import Forest


class HistogramForest(Forest):
    """All trees of a model; their path is the fitted attribute that held them.

    Parameters
    ----------
    predictors : sequence of TreePredictor
        Or anything with its arrays ``nodes`` and ``raw_left_cat_bitsets``.
    features : int64 ndarray of shape (n_features,)
        Feature of the rows behind each feature of the trees; the categorical ones come first.
    counts : list of int
        Categories of each categorical feature.
    known : uint32 ndarray of shape (n_categorical, 8)
        Bitsets of the codes that are known.

    Raises
    ------
    CorruptEstimatorError
        An index is out of range, or the nodes do not make a tree.

    Notes
    -----
    :meth:`settle` says what stands for the categories in the rows, before the first of them come.

    Attributes
    ----------
    value : Parameter of shape (n_nodes,)
        Values of the nodes, tree after tree, in scikit-learn's order; those of leaves enter results and train.
    """

    def __init__(self, predictors: Sequence[Any], features: np.ndarray, counts: list[int], known: np.ndarray) -> None:
        sets = _category_sets(predictors, features[: len(counts)], known, code_count(counts))
        ends = np.cumsum([0, *(_set_splits(part.nodes).sum() for part in predictors)])
        trees = [
            _nodes(part.nodes, features, sets.direction[start:stop])
            for part, start, stop in zip(predictors, ends, ends[1:], strict=False)
        ]
        super().__init__(lay_out(trees, int(features.max(initial=-1)) + 1, False, sets.n_directions), sets)
        self.value = nn.Parameter(torch.tensor(np.concatenate([part.nodes["value"] for part in predictors])))
        self.by_code = sets.goes_right

    def settle(self, values: list[np.ndarray]) -> None:
        """Take the numbers that stand for the categories of each categorical feature, in the order of their codes."""
        goes_right = self.by_code.copy()
        set_feature = self.set_feature.cpu().numpy()
        table = np.full((len(values), goes_right.shape[1] - 2), np.nan)
        for i, part in enumerate(values):
            order = np.argsort(part)
            table[i, : len(part)] = part[order]
            sets = np.flatnonzero(set_feature == i)
            goes_right[sets, : len(part)] = self.by_code[sets][:, order]
        self.register_buffer("categories", torch.tensor(table))
        self.register_buffer("goes_right", torch.tensor(goes_right))

    def leaf_values(self, x: Tensor) -> Tensor:
        """Values of the leaves reached, shape (n_samples, n_trees)."""
        return self.look_up(self.value, x)

    def sum(self, x: Tensor) -> Tensor:
        """Sum over the trees of the values of their leaves, shape (n_samples, 1)."""
        return self.sum_of(self.value, x)


def _set_splits(nodes: np.ndarray) -> np.ndarray:
    """Which nodes ask for a set."""
    return nodes["is_categorical"].astype(bool) & ~nodes["is_leaf"].astype(bool)


def _nodes(nodes: np.ndarray, features: np.ndarray, direction: np.ndarray) -> TreeNodes:
    is_leaf, is_set = nodes["is_leaf"].astype(bool), _set_splits(nodes)
    feature = nodes["feature_idx"].astype(np.int64)
    if not ((feature >= 0) & (feature < len(features)))[~is_leaf].all():
        raise CorruptEstimatorError(f"a tree is damaged: it splits on none of {len(features)} features")
    directions = np.full(len(nodes), -1)
    directions[is_set] = direction
    return TreeNodes(
        left=np.where(is_leaf, -1, nodes["left"].astype(np.int64)),
        right=nodes["right"].astype(np.int64),
        feature=features[np.where(is_leaf, 0, feature)],
        threshold=nodes["num_threshold"].astype(np.float64),
        missing_left=nodes["missing_go_to_left"].astype(bool),
        direction=directions,
    )


def _category_sets(predictors: Sequence[Any], features: np.ndarray, known: np.ndarray, n_codes: int) -> CategorySets:
    """The sets of the splits of all trees, by code: what stands for the codes is settled later."""
    if not len(predictors):
        raise CorruptEstimatorError("no tree at all: fit the estimator again")
    bitsets = [np.asarray(predictor.raw_left_cat_bitsets, dtype=np.uint32) for predictor in predictors]
    splits = [predictor.nodes[_set_splits(predictor.nodes)] for predictor in predictors]
    nodes = np.concatenate(splits)
    tree = np.repeat(np.arange(len(splits)), [len(part) for part in splits])
    sizes = np.array([len(part) for part in bitsets])
    index, feature = nodes["bitset_idx"].astype(np.int64), nodes["feature_idx"].astype(np.int64)
    if any(part.shape[1:] != (8,) for part in bitsets) or not (index < sizes[tree]).all():
        raise CorruptEstimatorError("a tree is damaged: a categorical split has no set of categories")
    if not ((feature >= 0) & (feature < len(features))).all():
        raise CorruptEstimatorError(f"a tree is damaged: it splits on none of {len(features)} features")
    first = np.cumsum(sizes) - sizes
    goes_left = _bits(np.concatenate(bitsets)[first[tree] + index], n_codes)
    is_known = _bits(known[feature], n_codes)
    # What is not known goes where NaN goes.
    missing_right = nodes["missing_go_to_left"][:, None] == 0
    goes_right = np.hstack([np.where(goes_left | is_known, ~goes_left, missing_right), missing_right, missing_right])
    return CategorySets(features, np.full((len(features), n_codes), np.nan), *set_blocks(feature, goes_right))


def _bits(bitsets: np.ndarray, n_codes: int) -> np.ndarray:
    code = np.arange(n_codes)
    return (bitsets[:, code // 32] >> (code % 32).astype(np.uint32)) & 1 == 1
