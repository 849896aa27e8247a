"""QuickScorer for small trees: which leaves the value of each column leaves possible, in one word per tree.

After Lucchese et al., "QuickScorer: a fast algorithm to rank documents with additive ensembles of regression trees"
(SIGIR 2015), with tables in the place of its loop over thresholds: a table has, by the rank of a value among the sorted
thresholds of its column, the leaves that every tree may still end in. What all columns leave possible is one leaf.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from .ranks import rank_thresholds, rank_values

MOST_LEAVES, MOST_COLUMNS = 64, 64
"""Bits of a word, and columns beyond which packed nodes are faster: each column costs a look-up of all trees."""

MOST_BYTES = 1 << 25
"""Of the tables."""

TOGETHER = 1 << 20
"""Bytes of words up to which those of all columns are looked up at once: fewer operators, more memory."""


@dataclass(frozen=True)
class BitmaskTrees:
    """Tables of small trees.

    Attributes
    ----------
    limits : float ndarray of shape (n_columns, n_limits)
        Thresholds of each column, ascending, each once; filled up with inf.
    possible : uint8, int32 or int64 ndarray of shape (n_columns, n_limits + 2, n_trees)
        By rank of the value, NaN last: a bit for each leaf that remains possible.
    place : int64 ndarray of shape (n_trees * n_bits,) or (n_trees * 256,)
        Place in the level order of the nodes of the leaf that each bit stands for, or each word of 8 bits.
    """

    limits: np.ndarray
    possible: np.ndarray
    place: np.ndarray


def mask_trees(
    child: np.ndarray, column: np.ndarray, threshold: np.ndarray, missing_right: np.ndarray, n_trees: int
) -> BitmaskTrees | None:
    """Tables of trees; None where they have more than 64 leaves, more columns than pays, or become too large.

    Parameters
    ----------
    child : int64 ndarray of shape (n_nodes,)
        As in :class:`~.layout.TreeLayout`.
    column : int64 ndarray of shape (n_nodes,)
        Numbered without gaps.
    threshold : float ndarray of shape (n_nodes,)
        Finite or -inf where a node has children.
    missing_right : bool ndarray of shape (n_nodes,)
        Whether NaN goes right.
    n_trees : int
    """
    is_leaf = child == np.arange(len(child))
    n_columns = int(column.max()) + 1
    inner = np.flatnonzero(~is_leaf)
    if n_columns > MOST_COLUMNS or not len(inner) or len(child) > (2 * MOST_LEAVES - 1) * n_trees:
        return None
    tree, first, n_leaves = leaf_ranges(child, is_leaf, n_trees)
    most = int(n_leaves[:n_trees].max())
    if most > MOST_LEAVES:
        return None
    limits, rank = rank_thresholds(column[inner], threshold[inner], n_columns)
    kind = np.uint8 if most <= 8 else np.uint32 if most <= 32 else np.uint64
    shape = (n_columns, limits.shape[1] + 2, n_trees)
    if np.prod(shape) * np.dtype(kind).itemsize > MOST_BYTES:
        return None
    left = child[inner]
    all_but_left, all_but_right = (
        (~(_bits(n_leaves[k]) << first[k].astype(np.uint64))).astype(kind) for k in (left, left + 1)
    )
    all_leaves = _bits(n_leaves[:n_trees]).astype(kind)
    above, below = np.full(shape, all_leaves), np.full(shape, all_leaves)
    # Ranks count the thresholds below a value: from rank + 1 on it goes right, up to rank left.
    where = (column[inner], rank, tree[inner])
    np.bitwise_and.at(above, (where[0], rank + 1, where[2]), all_but_left)
    np.bitwise_and.at(below, where, all_but_right)
    possible = np.bitwise_and.accumulate(above, axis=1)
    possible &= np.bitwise_and.accumulate(below[:, ::-1], axis=1)[:, ::-1]
    possible[:, -1] = all_leaves
    remain = np.where(missing_right[inner], all_but_left, all_but_right)
    np.bitwise_and.at(possible, (where[0], shape[1] - 1, where[2]), remain)
    leaves = np.flatnonzero(is_leaf)
    place = np.zeros((n_trees, 256 if kind == np.uint8 else most), dtype=np.int64)
    place[tree[leaves], 1 << first[leaves] if kind == np.uint8 else first[leaves]] = leaves
    signed = {np.uint8: np.uint8, np.uint32: np.int32, np.uint64: np.int64}[kind]
    return BitmaskTrees(limits, possible.view(signed), place.reshape(-1))


def _bits(count: np.ndarray) -> np.ndarray:
    """Words with the lowest bits set, one at least: all may be, which a shift by their number would not do."""
    return ~np.uint64(0) >> (64 - count).astype(np.uint64)


def leaf_ranges(child: np.ndarray, is_leaf: np.ndarray, n_trees: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Which leaves are below each node, counted from the left of its tree.

    Parameters
    ----------
    child : int64 ndarray of shape (n_nodes,)
        As in :class:`~.layout.TreeLayout`.
    is_leaf : bool ndarray of shape (n_nodes,)
    n_trees : int

    Returns
    -------
    tree, first, n_leaves : int64 ndarray of shape (n_nodes,)
        Tree of the node, the number of its first leaf, and how many it has.
    """
    levels = [np.arange(n_trees)]
    while len(levels[-1]):
        parents = levels[-1][~is_leaf[levels[-1]]]
        levels.append(np.stack([child[parents], child[parents] + 1], axis=1).ravel())
    n_leaves = np.ones(len(child), dtype=np.int64)
    for level in reversed(levels):
        parents = level[~is_leaf[level]]
        n_leaves[parents] = n_leaves[child[parents]] + n_leaves[child[parents] + 1]
    tree, first = np.zeros(len(child), dtype=np.int64), np.zeros(len(child), dtype=np.int64)
    tree[:n_trees] = levels[0]
    for level in levels:
        parents = level[~is_leaf[level]]
        left = child[parents]
        tree[left] = tree[left + 1] = tree[parents]
        first[left] = first[parents]
        first[left + 1] = first[parents] + n_leaves[left]
    return tree, first, n_leaves


def find_leaves_by_masks(
    columns: Tensor, limits: Tensor, possible: Tensor, place: Tensor, together: int = TOGETHER
) -> Tensor:
    """The leaf that each row reaches in each tree.

    Parameters
    ----------
    columns : Tensor of shape (n_columns, n_samples)
        Contiguous; NaN where missing.
    limits, possible, place : Tensor
        As in :class:`BitmaskTrees`.
    together : int
        As :data:`TOGETHER`.

    Returns
    -------
    int64 Tensor of shape (n_samples, n_trees)
        Places in the level order of the nodes.
    """
    n_trees = possible.shape[2]
    remain = _remaining(rank_values(columns, limits), possible, together)
    n_words = place.shape[0] // n_trees
    # One bit is left: a word of 8 is looked up as it is; of others, the exponent of a power of two is the bit's place.
    if remain.dtype == torch.uint8:
        bit = remain.to(torch.int32)
    elif remain.dtype == torch.int32:
        bit = torch.view_copy(remain.to(torch.float32), dtype=torch.int32).bitwise_right_shift_(23)
        bit.bitwise_and_(255).sub_(127)
    else:
        bit = torch.view_copy(remain.to(torch.float64), dtype=torch.int64).bitwise_right_shift_(52)
        bit.bitwise_and_(2047).sub_(1023)
    first = torch.arange(n_trees, device=columns.device, dtype=bit.dtype) * n_words
    return place.index_select(0, bit.add_(first).reshape(-1)).reshape(columns.shape[1], n_trees)


def _remaining(ranks: Tensor, possible: Tensor, together: int) -> Tensor:
    """What all columns leave possible, a word for each row and tree."""
    n_columns, n_samples = ranks.shape
    n_trees = possible.shape[2]
    if ranks.numel() * n_trees * possible.element_size() > together:
        tables, rank = possible.unbind(0), ranks.unbind(0)
        remain = tables[0].index_select(0, rank[0])
        for k in range(1, n_columns):
            remain.bitwise_and_(tables[k].index_select(0, rank[k]))
        return remain
    first = torch.arange(n_columns, device=ranks.device).mul_(possible.shape[1]).unsqueeze(1)
    words = possible.reshape(-1, n_trees).index_select(0, ranks.add_(first).reshape(-1)).reshape(n_columns, -1)
    size = n_columns
    while size > 1:
        half = size // 2
        words.narrow(0, 0, half).bitwise_and_(words.narrow(0, size - half, half))
        size = size - half
    return words[0].reshape(n_samples, n_trees)
