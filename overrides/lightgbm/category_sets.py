"""The sets of categories by which trees of LightGBM split, as tables of sides.

Codes that are in the same sets are one class: what a feature of a hundred thousand codes needs is a class of each, and
a side of each class and set.
"""

from dataclasses import dataclass

import numpy as np

from .text_model import TextModel

BLOCK = 32
"""Sets of one feature that are looked up at once: a row of the table is copied, not single bits."""


@dataclass(frozen=True)
class CategorySets:
    """Tables of sides; a set has its place in the last dimension of a block, and a block the sets of one feature.

    Attributes
    ----------
    categorical : int64 ndarray of shape (n_categorical,)
        Features that are split by sets.
    n_codes : int64 ndarray of shape (n_categorical,)
        Codes of each that may be in a set; the code behind them stands for all others.
    class_of : int64 ndarray
        By code, one feature behind the other: the codes that are in the same sets, 0 for those in none.
    class_start : int64 ndarray of shape (n_categorical,)
        Where each feature begins in ``class_of``.
    block_feature : int64 ndarray of shape (n_blocks,)
        Place in ``categorical`` of the feature of each block.
    block_start : int64 ndarray of shape (n_blocks,)
        Row of ``goes_right`` for class 0 of each block.
    goes_right : bool ndarray of shape (n_rows, BLOCK)
    """

    categorical: np.ndarray
    n_codes: np.ndarray
    class_of: np.ndarray
    class_start: np.ndarray
    block_feature: np.ndarray
    block_start: np.ndarray
    goes_right: np.ndarray

    @property
    def n_sides(self) -> int:
        """Columns that know a side."""
        return len(self.block_feature) * BLOCK


def category_sets(model: TextModel) -> tuple[CategorySets, np.ndarray]:
    """Tables of the sets of a model.

    Returns
    -------
    sets : CategorySets
    side : int64 ndarray of shape (n_set_splits,)
        For each split by a set, in the order of the splits: its column among those that know a side.
    """
    splits = np.flatnonzero(model.is_set)
    side = np.zeros(len(splits), dtype=np.int64)
    categorical, place = np.unique(model.feature[splits], return_inverse=True)
    codes, classes, features, starts, tables = [], [], [], [], []
    n_rows = n_blocks = 0
    for i in range(len(categorical)):
        own = np.flatnonzero(place.reshape(-1) == i)
        code, member = _members(model, splits[own])
        # A set that several splits ask for is one column.
        distinct, split_set = np.unique(member, axis=0, return_inverse=True)
        patterns, pattern = np.unique(distinct.T, axis=0, return_inverse=True)
        n_codes = int(code.max(initial=-1)) + 1
        class_of = np.zeros(n_codes + 1, dtype=np.int64)
        class_of[code] = pattern.reshape(-1) + 1
        size = -(-len(distinct) // BLOCK)
        goes_right = np.ones((len(patterns) + 1, size * BLOCK), dtype=bool)
        goes_right[1:, : len(distinct)] = ~patterns
        side[own] = n_blocks * BLOCK + split_set.reshape(-1)
        tables.append(goes_right.reshape(-1, size, BLOCK).transpose(1, 0, 2).reshape(-1, BLOCK))
        starts += [n_rows + k * len(goes_right) for k in range(size)]
        features += [i] * size
        codes.append(n_codes)
        classes.append(class_of)
        n_rows, n_blocks = n_rows + len(tables[-1]), n_blocks + size
    sizes = np.array([len(part) for part in classes], dtype=np.int64)
    sets = CategorySets(
        categorical=categorical.astype(np.int64),
        n_codes=np.array(codes, dtype=np.int64),
        class_of=np.concatenate([*classes, np.zeros(0, dtype=np.int64)]),
        class_start=np.cumsum(sizes) - sizes,
        block_feature=np.array(features, dtype=np.int64),
        block_start=np.array(starts, dtype=np.int64),
        goes_right=np.concatenate([*tables, np.zeros((0, BLOCK), dtype=bool)]),
    )
    return sets, side


def _members(model: TextModel, splits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Codes that are in one of the sets, and for each split which of them are in its own."""
    start, stop = model.bounds[model.set_of[splits]], model.bounds[model.set_of[splits] + 1]
    lengths = stop - start
    split = np.repeat(np.arange(len(splits)), lengths)
    word = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    bits = model.words[word + np.repeat(start, lengths)]
    row, bit = np.nonzero((bits[:, None] >> np.arange(32, dtype=np.uint32)) & 1)
    code, index = np.unique(word[row] * 32 + bit, return_inverse=True)
    member = np.zeros((len(splits), len(code)), dtype=bool)
    member[split[row], index.reshape(-1)] = True
    return code, member
