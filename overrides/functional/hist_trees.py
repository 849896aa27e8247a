"""Trees of histogram gradient boosting as flat trees: float64 thresholds, and sets of categories as columns.

Follows ``sklearn/ensemble/_hist_gradient_boosting/_predictor.pyx`` (``_predict_one_from_raw_data``). Every split
becomes "column above threshold", which :func:`~.trees.descend` compares, by giving it a column that already knows the
rest: what stands for NaN there, or, of a categorical split, which side the category of the row goes to.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..errors import CorruptEstimatorError
from .trees import FlatTrees, flatten_trees

PLAIN, INFINITE, NAN = 0, 1, 2

BLOCK = 32
"""Sets of categories of one feature that are looked up at once: a row of the table is copied, not single bits."""


@dataclass(frozen=True)
class HistTrees:
    """Flat trees over columns: those of numbers first, then one for each distinct set of categories.

    Attributes
    ----------
    flat : FlatTrees
        The layout. ``column`` counts in the columns of this class; ``feature``, ``missing`` and ``threshold`` mean
        nothing.
    threshold : float64 ndarray of shape (n_nodes,)
        In the order of ``flat``.
    feature : int64 ndarray of shape (n_columns,)
        The feature that each column of numbers copies.
    missing : float64 ndarray of shape (n_columns,)
        What stands for NaN in it: inf goes right, -inf left.
    lowest, highest : float64 ndarray of shape (n_columns,)
        Bounds that it is clamped to. They are infinite but for splits that part the missing from all others.
    set_feature : int64 ndarray of shape (n_blocks,)
        Which categorical feature, in their order, each block of sets is of.
    goes_right : bool ndarray of shape (n_blocks, n_codes + 1, BLOCK)
        By code of a category and set; the last code is for what is missing or not known.
    """

    flat: FlatTrees
    threshold: np.ndarray
    feature: np.ndarray
    missing: np.ndarray
    lowest: np.ndarray
    highest: np.ndarray
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

    column = np.zeros(len(nodes), dtype=np.int64)
    limit = nodes["num_threshold"][is_number].astype(np.float64)
    kind = np.where(np.isnan(limit), NAN, np.where(np.isposinf(limit), INFINITE, PLAIN))
    key = (feature[is_number] * 3 + kind) * 2 + is_left[is_number]
    used, column[is_number] = np.unique(key, return_inverse=True)
    used_kind = used // 2 % 3

    sets = _sets(predictors, nodes, counts, is_set, known, n_codes)
    labelled = np.column_stack([feature[is_set], sets])
    distinct, inverse = np.unique(labelled, axis=0, return_inverse=True)
    set_feature, place = _blocks(distinct[:, 0].astype(np.int64), n_categorical)
    column[is_set] = len(used) + place[inverse.reshape(-1)]
    goes_right = np.zeros((len(set_feature) * BLOCK, n_codes + 1), dtype=bool)
    goes_right[place] = distinct[:, 1:]

    threshold = np.zeros(len(nodes))
    threshold[is_number] = np.where(kind == PLAIN, limit, 0.5)
    threshold[is_set] = 0.5
    threshold[is_leaf] = np.inf
    flat = _layout(nodes, counts, column, is_leaf, len(used) + len(goes_right))
    return HistTrees(
        flat=flat,
        threshold=threshold[flat.node_id],
        feature=features[used // 6],
        missing=np.where(used % 2 == 1, -np.inf, np.inf),
        # All that is not missing goes left of an infinite threshold, and right of NaN.
        lowest=np.where(used_kind == NAN, 1.0, -np.inf),
        highest=np.where(used_kind == INFINITE, 0.0, np.inf),
        set_feature=set_feature,
        goes_right=goes_right.reshape(-1, BLOCK, n_codes + 1).transpose(0, 2, 1),
    )


def _blocks(feature: np.ndarray, n_categorical: int) -> tuple[np.ndarray, np.ndarray]:
    """Feature of each block, and the place of each set among those of all blocks; sets come in order of features."""
    counts = np.bincount(feature, minlength=n_categorical)
    n_blocks = -(-counts // BLOCK)
    first_set, first_block = np.cumsum(counts) - counts, np.cumsum(n_blocks) - n_blocks
    place = np.arange(len(feature)) - first_set[feature] + first_block[feature] * BLOCK
    return np.repeat(np.arange(n_categorical), n_blocks), place


def _layout(nodes: np.ndarray, counts: np.ndarray, column: np.ndarray, is_leaf: np.ndarray, width: int) -> FlatTrees:
    """The trees as if each column were a feature."""
    left = np.where(is_leaf, -1, nodes["left"].astype(np.int64))
    right = np.where(is_leaf, -1, nodes["right"].astype(np.int64))
    nothing = np.zeros(len(nodes))
    ends = np.cumsum(counts)
    trees = [
        SimpleNamespace(
            children_left=left[start:end],
            children_right=right[start:end],
            feature=column[start:end],
            threshold=nothing[start:end],
            missing_go_to_left=nothing[start:end],
        )
        for start, end in zip(ends - counts, ends, strict=True)
    ]
    flat = flatten_trees(trees, width)
    # It leaves out columns that no split looks at, as there are at the end of a block.
    return replace(flat, column=flat.feature[flat.column] if len(flat.feature) else flat.column)


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


def hist_columns(x: Tensor, feature: Tensor, missing: Tensor, lowest: Tensor, highest: Tensor) -> Tensor:
    """Columns of numbers as a descent compares them.

    Parameters
    ----------
    x : Tensor of shape (n_samples, n_features)
    feature, missing, lowest, highest : Tensor of shape (n_columns,)
        As in :class:`HistTrees`.

    Returns
    -------
    Tensor of shape (n_samples, n_columns)
        Of the dtype of ``x``, without gradient.
    """
    columns = x.detach().index_select(1, feature)
    bounded = torch.minimum(torch.maximum(columns, lowest), highest)
    return torch.where(torch.isnan(columns), missing, bounded)


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
