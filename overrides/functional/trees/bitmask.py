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

MOST_LEAVES = 64
"""Bits of a word."""

MOST_BYTES = 1 << 25
"""Of the tables."""

TOGETHER = 1 << 20
"""Bytes of words up to which those of all columns are looked up at once: fewer operators, more memory."""

_WORDS = {"uint8": "uint8", "uint16": "int16", "uint32": "int32", "uint64": "int64"}
"""As numpy makes them, and as torch works on them."""


@dataclass(frozen=True)
class BitmaskTrees:
    """Tables of small trees.

    Attributes
    ----------
    limits : float ndarray of shape (n_columns, n_limits)
        Thresholds of each column, ascending, each once; filled up with inf.
    possible : uint8, int16, int32 or int64 ndarray of shape (n_columns, n_ranks + 1, n_trees)
        By rank of the value, NaN last: a bit for each leaf that remains possible.
    place : int64 ndarray of shape (n_trees * n_bits,)
        Place in the level order of the nodes of the leaf that each bit stands for, by hash of the bit.
    """

    limits: np.ndarray
    possible: np.ndarray
    place: np.ndarray


def mask_trees(
    child: np.ndarray,
    column: np.ndarray,
    threshold: np.ndarray,
    missing_right: np.ndarray,
    n_trees: int,
    most_bytes: float = np.inf,
) -> BitmaskTrees | None:
    """Tables of trees; None where they have more than 64 leaves, more bytes than pays, or become too large.

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
    most_bytes : float
        Of the words of all columns that a row looks up for each tree.
    """
    is_leaf = child == np.arange(len(child))
    n_columns = int(column.max()) + 1
    inner = np.flatnonzero(~is_leaf)
    if not len(inner) or len(child) > (2 * MOST_LEAVES - 1) * n_trees:
        return None
    tree, first, n_leaves = leaf_ranges(child, is_leaf, n_trees)
    most = int(n_leaves[:n_trees].max())
    kind = next((kind for kind in _WORDS if most <= 8 * np.dtype(kind).itemsize), None)
    if kind is None or n_columns * np.dtype(kind).itemsize > most_bytes:
        return None
    limits, rank = rank_thresholds(column[inner], threshold[inner], n_columns)
    shape = (n_columns, int(rank.max()) + 3, n_trees)
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
    np.bitwise_and.at(possible[:, -1], (where[0], where[2]), remain)
    leaves = np.flatnonzero(is_leaf)
    signed, n_bits = _WORDS[kind], 8 * np.dtype(kind).itemsize
    bits = (np.uint64(1) << np.arange(n_bits, dtype=np.uint64)).astype(kind).view(signed)
    place = np.zeros((n_trees, n_bits), dtype=np.int64)
    place[tree[leaves], _hash_bits(torch.from_numpy(bits)).numpy()[first[leaves]]] = leaves
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
    Tensor of int32 or int64, shape (n_samples, n_trees)
        Where ``place`` has the place of the leaf.
    """
    n_trees = possible.shape[2]
    ranks = rank_values(columns, limits)
    # masked_fill_, for `where` would make the ranks wider.
    ranks.masked_fill_(torch.isnan(columns), possible.shape[1] - 1)
    bit = _hash_bits(_remaining(ranks, possible, together))
    return bit.add_(torch.arange(n_trees, device=columns.device, dtype=bit.dtype) * (place.shape[0] // n_trees))


def _hash_bits(word: Tensor) -> Tensor:
    """A number of its own for each word of which one bit is set: Leiserson, Prokop and Randall's, by multiplication."""
    if word.dtype == torch.uint8:
        return (word * 0x17).bitwise_right_shift_(5).to(torch.int32)
    if word.dtype == torch.int16:
        return (word * 0x09AF).bitwise_right_shift_(12).bitwise_and_(15).to(torch.int32)
    if word.dtype == torch.int32:
        return (word * 0x077CB531).bitwise_right_shift_(27).bitwise_and_(31)
    return (word * 0x03F79D71B4CB0A89).bitwise_right_shift_(58).bitwise_and_(63)


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
    first = torch.arange(n_columns, device=ranks.device, dtype=ranks.dtype).mul_(possible.shape[1]).unsqueeze(1)
    words = possible.reshape(-1, n_trees).index_select(0, ranks.add_(first).reshape(-1)).reshape(n_columns, -1)
    size = n_columns
    while size > 1:
        half = size // 2
        words.narrow(0, 0, half).bitwise_and_(words.narrow(0, size - half, half))
        size = size - half
    return words[0].reshape(n_samples, n_trees)
