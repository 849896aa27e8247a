"""Trees of histogram gradient boosting as flat trees: float64 thresholds, and sets of categories as columns.

Follows ``sklearn/ensemble/_hist_gradient_boosting/_predictor.pyx`` (``_predict_one_from_raw_data``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ...errors import CorruptEstimatorError
from .columns import ColumnTrees, number_splits
from .flat import lay_out, tree_levels

BLOCK = 32
"""Sets of categories of one feature that are looked up at once: a row of the table is copied, not single bits."""


@dataclass(frozen=True)
class HistTrees(ColumnTrees):
    """Flat trees, of which a column knows the side for each distinct set of categories.

    Attributes
    ----------
    set_feature : int64 ndarray of shape (n_blocks,)
        Which categorical feature, in their order, each block of sets is of.
    goes_right : bool ndarray of shape (n_blocks, n_codes + 1, BLOCK)
        By code of a category and set; the last code is for what is missing or not known.
    """

    set_feature: np.ndarray
    goes_right: np.ndarray


def flatten_hist_trees(
    predictors: Sequence[Any], features: np.ndarray, n_categorical: int, known: np.ndarray, n_codes: int
) -> HistTrees:
    """Lay out fitted trees.

    Parameters
    ----------
    predictors : sequence of TreePredictor
        Or anything with its arrays ``nodes`` and ``raw_left_cat_bitsets``.
    features : int64 ndarray of shape (n_features,)
        Feature of the rows behind each feature of the trees; the categorical ones come first.
    n_categorical : int
        Number of categorical features.
    known : uint32 ndarray of shape (n_categorical, 8)
        Bitsets of the categories that are known.
    n_codes : int
        Codes that a category can have, of any feature; at most 256.

    Raises
    ------
    CorruptEstimatorError
        An index is out of range, or the nodes do not make a tree.
    """
    if not len(predictors):
        raise CorruptEstimatorError("no tree at all: fit the estimator again")
    nodes = np.concatenate([predictor.nodes for predictor in predictors])
    counts = np.array([len(predictor.nodes) for predictor in predictors])
    is_leaf = nodes["is_leaf"].astype(bool)
    feature = nodes["feature_idx"].astype(np.int64)
    is_set = nodes["is_categorical"].astype(bool) & ~is_leaf
    is_number = ~is_set & ~is_leaf
    if not ((feature >= 0) & (feature < np.where(is_set, n_categorical, len(features))))[~is_leaf].all():
        raise CorruptEstimatorError(f"a tree is damaged: it splits on none of {len(features)} features")
    is_left = nodes["missing_go_to_left"].astype(bool)

    numbers = number_splits(
        feature=features[feature[is_number]],
        threshold=nodes["num_threshold"][is_number].astype(np.float64),
        missing_left=is_left[is_number],
        negative=np.zeros(int(is_number.sum()), dtype=bool),
    )
    n_numbers = len(numbers.columns["feature"])
    sets = _sets(predictors, nodes, counts, is_set, known, n_codes)
    labelled = np.column_stack([feature[is_set], sets])
    distinct, inverse = np.unique(labelled, axis=0, return_inverse=True)
    set_feature, place = _blocks(distinct[:, 0].astype(np.int64), n_categorical)
    goes_right = np.zeros((len(set_feature) * BLOCK, n_codes + 1), dtype=bool)
    goes_right[place] = distinct[:, 1:]

    column, threshold = np.zeros(len(nodes), dtype=np.int64), np.full(len(nodes), np.inf)
    column[is_number], threshold[is_number] = numbers.column, numbers.threshold
    column[is_set], threshold[is_set] = n_numbers + place[inverse.reshape(-1)], 0.5
    left, right, order, depth = tree_levels(counts, nodes["left"], nodes["right"], is_leaf)
    node_id, child = lay_out(order[: len(counts)], left, right, is_leaf, order)
    return HistTrees(
        column=column[node_id],
        threshold=threshold[node_id],
        child=child,
        node_id=node_id,
        n_trees=len(counts),
        depth=depth,
        n_sides=len(goes_right),
        set_feature=set_feature,
        goes_right=goes_right.reshape(-1, BLOCK, n_codes + 1).transpose(0, 2, 1),
        **numbers.columns,
    )


def _blocks(feature: np.ndarray, n_categorical: int) -> tuple[np.ndarray, np.ndarray]:
    """Feature of each block, and the place of each set among those of all blocks; sets come in order of features."""
    counts = np.bincount(feature, minlength=n_categorical)
    n_blocks = -(-counts // BLOCK)
    first_set, first_block = np.cumsum(counts) - counts, np.cumsum(n_blocks) - n_blocks
    place = np.arange(len(feature)) - first_set[feature] + first_block[feature] * BLOCK
    return np.repeat(np.arange(n_categorical), n_blocks), place


def _sets(
    predictors: Sequence[Any],
    nodes: np.ndarray,
    counts: np.ndarray,
    is_set: np.ndarray,
    known: np.ndarray,
    n_codes: int,
) -> np.ndarray:
    """By categorical split and code: whether the category goes right; the last column is for what is missing."""
    bitsets = [np.asarray(predictor.raw_left_cat_bitsets, dtype=np.uint32) for predictor in predictors]
    sizes = np.array([len(part) for part in bitsets])
    tree = np.repeat(np.arange(len(counts)), counts)[is_set]
    index = nodes["bitset_idx"][is_set].astype(np.int64)
    if any(part.shape[1:] != (8,) for part in bitsets) or not (index < sizes[tree]).all():
        raise CorruptEstimatorError("a tree is damaged: a categorical split has no set of categories")
    first = np.cumsum(sizes) - sizes
    goes_left = _bits(np.concatenate(bitsets)[first[tree] + index], n_codes)
    is_known = _bits(known[nodes["feature_idx"][is_set]], n_codes)
    missing_right = nodes["missing_go_to_left"][is_set, None] == 0
    return np.hstack([np.where(goes_left | is_known, ~goes_left, missing_right), missing_right])


def _bits(bitsets: np.ndarray, n_codes: int) -> np.ndarray:
    code = np.arange(n_codes)
    return (bitsets[:, code // 32] >> (code % 32).astype(np.uint32)) & 1 == 1


def category_codes(x: Tensor, categories: Tensor) -> Tensor:
    """Codes of categories: their place among the sorted ones of their feature.

    Parameters
    ----------
    x : Tensor of shape (n_samples, n_categorical)
    categories : Tensor of shape (n_categorical, n_codes)
        Ascending in each row, NaN behind; ``n_codes`` is a power of two.

    Returns
    -------
    int64 Tensor of shape (n_samples, n_categorical)
        ``n_codes`` for what is no category, NaN included.

    Notes
    -----
    Follows ``OrdinalEncoder`` with unknown values encoded as NaN. Bisection, for ``searchsorted`` is not in ONNX.
    """
    n_codes = categories.shape[1]
    first = torch.arange(categories.shape[0], device=x.device) * n_codes
    flat = categories.reshape(-1)
    code = torch.zeros_like(x, dtype=torch.int64)
    step = n_codes // 2
    while step > 0:
        entry = flat.index_select(0, (first + code + step).reshape(-1)).reshape(x.shape)
        code = torch.where(entry <= x, code + step, code)
        step = step // 2
    entry = flat.index_select(0, (first + code).reshape(-1)).reshape(x.shape)
    return torch.where(entry == x, code, torch.full_like(code, n_codes))


def set_columns(codes: Tensor, set_feature: Tensor, goes_right: Tensor) -> Tensor:
    """Columns of categorical splits: whether the category of the row goes right.

    Parameters
    ----------
    codes : int64 Tensor of shape (n_samples, n_categorical)
        As :func:`category_codes` gives them.
    set_feature : int64 Tensor of shape (n_blocks,)
    goes_right : bool Tensor of shape (n_blocks, n_codes + 1, n_sets)
        As in :class:`HistTrees`.

    Returns
    -------
    bool Tensor of shape (n_samples, n_blocks * n_sets)
    """
    n_blocks, n_codes, n_sets = goes_right.shape
    place = codes.index_select(1, set_feature) + torch.arange(n_blocks, device=codes.device) * n_codes
    return goes_right.reshape(-1, n_sets).index_select(0, place.reshape(-1)).reshape(-1, n_blocks * n_sets)
