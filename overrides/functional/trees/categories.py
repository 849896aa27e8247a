"""Splits by a set of categories as columns of directions: one for each distinct set, asked once for each row."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

BLOCK = 32
"""Sets of one feature that are looked up at once: a row of the table is copied, not single bits."""


@dataclass(frozen=True)
class CategorySets:
    """The sets of categories that splits ask for; members go right.

    Attributes
    ----------
    feature : int64 ndarray of shape (n_categorical,)
        Columns of the rows that have categories.
    categories : float64 ndarray of shape (n_categorical, n_codes)
        What stands for each of them in the rows, ascending, NaN behind; ``n_codes`` is a power of two.
    set_feature : int64 ndarray of shape (n_blocks,)
        Which of ``feature`` each block of sets is of.
    goes_right : bool ndarray of shape (n_blocks, n_codes + 2, BLOCK)
        By code of a category and set; behind the codes come what is no category, and NaN.
    direction : int64 ndarray of shape (n_splits,)
        Column of the set of each split, for :class:`~.layout.TreeNodes`.
    """

    feature: np.ndarray
    categories: np.ndarray
    set_feature: np.ndarray
    goes_right: np.ndarray
    direction: np.ndarray

    @property
    def n_directions(self) -> int:
        """Columns of directions."""
        return len(self.set_feature) * BLOCK


def category_sets(feature: np.ndarray, members: Sequence[np.ndarray], missing_right: np.ndarray) -> CategorySets:
    """The sets of the splits of all trees.

    Members go right, everything else goes left; where a library sends members left, exchange the children of the node.

    Parameters
    ----------
    feature : int ndarray of shape (n_splits,)
        Column of the rows that each split looks at.
    members : sequence of float ndarray
        The set of each split, without NaN.
    missing_right : bool ndarray of shape (n_splits,)
        Whether NaN goes right.

    Examples
    --------
    >>> sets = category_sets(np.array([2, 2]), [np.array([1.0, 3.0]), np.array([3.0])], np.array([True, False]))
    >>> sets.direction, sets.categories
    (array([1, 0]), array([[1., 3.]]))
    """
    features, index = np.unique(np.asarray(feature, dtype=np.int64), return_inverse=True)
    known = [
        np.unique(np.concatenate([part for part, k in zip(members, index, strict=True) if k == i] or [np.zeros(0)]))
        for i in range(len(features))
    ]
    n_codes = code_count([len(part) for part in known])
    categories = np.full((len(features), n_codes), np.nan)
    for row, part in zip(categories, known, strict=True):
        row[: len(part)] = part
    goes_right = np.zeros((len(index), n_codes + 2), dtype=bool)
    for row, part, k in zip(goes_right, members, index, strict=True):
        row[np.searchsorted(known[k], part)] = True
    goes_right[:, -1] = missing_right
    return CategorySets(features, categories, *set_blocks(index, goes_right))


def code_count(sizes: Sequence[int]) -> int:
    """The smallest power of two that is enough codes for each number of categories."""
    return 1 << max(max(sizes, default=1) - 1, 0).bit_length()


def set_blocks(feature: np.ndarray, goes_right: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Distinct sets in blocks of one feature each.

    Parameters
    ----------
    feature : int64 ndarray of shape (n_splits,)
        Number of the categorical feature.
    goes_right : bool ndarray of shape (n_splits, n_codes + 2)

    Returns
    -------
    set_feature, goes_right, direction
        As in :class:`CategorySets`.
    """
    keys = np.hstack([feature.astype(">u4").view(np.uint8).reshape(-1, 4), np.packbits(goes_right, axis=1)])
    _, example, inverse = np.unique(
        np.ascontiguousarray(keys).view(f"V{keys.shape[1]}").reshape(-1), return_index=True, return_inverse=True
    )
    owner = feature[example]
    counts = np.bincount(owner)
    n_blocks = -(-counts // BLOCK)
    first_set, first_block = np.cumsum(counts) - counts, np.cumsum(n_blocks) - n_blocks
    place = np.arange(len(owner)) - first_set[owner] + first_block[owner] * BLOCK
    table = np.zeros((int(n_blocks.sum()) * BLOCK, goes_right.shape[1]), dtype=bool)
    table[place] = goes_right[example]
    blocks = np.ascontiguousarray(table.reshape(-1, BLOCK, goes_right.shape[1]).transpose(0, 2, 1))
    return np.repeat(np.arange(len(counts)), n_blocks), blocks, place[inverse.reshape(-1)]


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
        As in :class:`CategorySets`.

    Returns
    -------
    bool Tensor of shape (n_samples, n_blocks * n_sets)
    """
    n_blocks, n_codes, n_sets = goes_right.shape
    place = codes.index_select(1, set_feature) + torch.arange(n_blocks, device=codes.device) * n_codes
    return goes_right.reshape(-1, n_sets).index_select(0, place.reshape(-1)).reshape(-1, n_blocks * n_sets)
