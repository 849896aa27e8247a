"""Binary decision trees laid out flat, and the descent of rows through all of them at once.

Follows ``sklearn/tree/_tree.pyx`` (``_apply_dense``, ``_decision_path_dense``): a row is cast to float32 and goes left
where it is ``<=`` the float64 threshold; NaN goes where ``missing_go_to_left`` says.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ...errors import CorruptEstimatorError

UNROLLED_LEVELS = 12
"""Deeper trees than this become a loop in an exported graph, which otherwise repeats the operators of a level."""


@dataclass(frozen=True)
class FlatTrees:
    """Trees in one set of arrays, in the order of the levels, so that the two children of a node are neighbours.

    A leaf is its own child under a threshold that nothing exceeds: a descent may go on below it and stays. NaN needs no
    test on the way: a feature has a column for each direction that NaN takes, with an infinity in its place there.

    Attributes
    ----------
    feature : int64 ndarray of shape (n_columns,)
        The feature that each column copies.
    missing : float ndarray of shape (n_columns,)
        What stands for NaN in each column: inf goes right, -inf left.
    column : int64 ndarray of shape (n_nodes,)
        The column that a node looks at.
    threshold : float ndarray of shape (n_nodes,)
        What is above it in the column goes right.
    child : int64 ndarray of shape (n_nodes,)
        Left child; the right one is next to it.
    node_id : int64 ndarray of shape (n_nodes,)
        Number of a node in the order of the model, counted through all trees.
    n_trees : int
        The roots are the first nodes.
    depth : int
        Levels below the roots.
    """

    feature: np.ndarray
    missing: np.ndarray
    column: np.ndarray
    threshold: np.ndarray
    child: np.ndarray
    node_id: np.ndarray
    n_trees: int
    depth: int


@dataclass(frozen=True)
class FittedTrees(FlatTrees):
    """scikit-learn's own trees: thresholds are the largest float32 not above its float64 ones.

    ``x <= t`` stays the same for every float32 ``x``.

    Attributes
    ----------
    begin, end : int32 ndarray of shape (n_nodes,)
        By ``node_id``: a node is on the way to the leaves whose ``begin`` lies in ``[begin, end)`` of its own.
    tree_of : int32 ndarray of shape (n_nodes,)
        By ``node_id``: the tree that a node belongs to.
    """

    begin: np.ndarray
    end: np.ndarray
    tree_of: np.ndarray


def flatten_trees(trees: Sequence[Any], n_features: int) -> FittedTrees:
    """Lay out fitted trees.

    Parameters
    ----------
    trees : sequence of sklearn.tree._tree.Tree
        Or anything with its arrays ``children_left``, ``children_right``, ``feature``, ``threshold``,
        ``missing_go_to_left``.
    n_features : int

    Raises
    ------
    CorruptEstimatorError
        A child or a feature is out of range, a node is reached twice, or arrays differ in length.
    """
    counts = np.array([len(tree.children_left) for tree in trees], dtype=np.int64)
    if not len(counts) or not counts.all():
        raise CorruptEstimatorError("a tree without nodes, or no tree at all: fit the estimator again")
    first = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64)
    n_nodes = int(counts.sum())
    # A forest of many nodes is wanted in no more memory than needed: small numbers, and no array longer than needed.
    index: type[np.signedinteger[Any]] = np.int32 if n_nodes < 2**31 else np.int64
    left, right, pair = (np.empty(n_nodes, dtype=index) for _ in range(3))
    limit = np.empty(n_nodes, dtype=np.float32)
    for tree, start, count in zip(trees, first, counts, strict=True):
        _join(tree, slice(start, start + count), n_features, left, right, pair, limit)

    node_id, bounds = _level_order(first, left, right)
    begin, end = _intervals(node_id, bounds, left)
    is_leaf = left[node_id] < 0
    del left, right
    inner = np.flatnonzero(~is_leaf).astype(index)
    child = np.arange(len(node_id))
    # Children follow level by level in pairs, in the order of their parents.
    child[inner] = np.arange(len(first), len(first) + 2 * len(inner), 2)

    pair = pair[node_id]
    used = np.flatnonzero(np.bincount(pair[inner], minlength=1))
    numbers = np.zeros(int(used[-1]) + 1 if len(used) else 1, dtype=np.int64)
    numbers[used] = np.arange(len(used))
    column = np.zeros(len(node_id), dtype=np.int64)
    column[inner] = numbers[pair[inner]]
    return FittedTrees(
        feature=used // 2,
        missing=np.where(used % 2 == 1, -np.inf, np.inf).astype(np.float32),
        column=column,
        threshold=limit[node_id],
        child=child,
        node_id=node_id.astype(np.int64),
        n_trees=len(counts),
        depth=len(bounds) - 2,
        begin=begin,
        end=end,
        tree_of=np.repeat(np.arange(len(counts), dtype=index), counts),
    )


def _join(
    tree: Any,
    place: slice,
    n_features: int,
    left: np.ndarray,
    right: np.ndarray,
    pair: np.ndarray,
    limit: np.ndarray,
) -> None:
    """Put the nodes of a tree where they belong among those of all trees; a leaf has no children, -1.

    ``pair`` is twice the feature, and one more where NaN goes left; ``limit`` the threshold as float32.
    """
    count = place.stop - place.start
    names = ("children_left", "children_right", "feature", "threshold", "missing_go_to_left")
    arrays = [np.asarray(getattr(tree, name)) for name in names]
    for name, array in zip(names, arrays, strict=True):
        if array.shape != (count,):
            raise CorruptEstimatorError(f"a tree has {count} nodes and an array {name} of shape {array.shape}")
    to_left, to_right, feature, threshold, goes_left = arrays
    is_leaf = to_left == -1
    inside = (to_left >= 0) & (to_left < count) & (to_right >= 0) & (to_right < count)
    _check_nodes(inside | is_leaf, "has a child outside of its tree")
    _check_nodes(((feature >= 0) & (feature < n_features)) | is_leaf, f"splits on none of {n_features} features")
    left[place] = np.where(is_leaf, -1, to_left + place.start)
    right[place] = np.where(is_leaf, -1, to_right + place.start)
    pair[place] = np.where(is_leaf, 0, feature * 2 + goes_left.astype(bool))
    limit[place] = np.where(is_leaf, np.float32(np.inf), floor_to_float32(threshold))


def tree_levels(
    counts: np.ndarray, left: np.ndarray, right: np.ndarray, is_leaf: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """Children counted through all trees, the nodes level by level, and how many levels there are below the roots.

    Parameters
    ----------
    counts : int64 ndarray of shape (n_trees,)
        Nodes of each tree; its root is the first of them.
    left, right : int ndarray of shape (n_nodes,)
        Children, counted within their tree; those of leaves do not count.
    is_leaf : bool ndarray of shape (n_nodes,)

    Raises
    ------
    CorruptEstimatorError
        A child is out of range, or a node is reached twice.
    """
    first = np.cumsum(counts) - counts
    low, high = np.repeat(first, counts), np.repeat(first + counts, counts)
    left, right = left.astype(np.int64) + low, right.astype(np.int64) + low
    inside = (left >= low) & (left < high) & (right >= low) & (right < high)
    _check_nodes(inside | is_leaf, "has a child outside of its tree", low)
    left[is_leaf] = right[is_leaf] = -1
    order, bounds = _level_order(first, left, right)
    return left, right, order, len(bounds) - 2


def lay_out(
    roots: np.ndarray, left: np.ndarray, right: np.ndarray, is_leaf: np.ndarray, order: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """``node_id`` and ``child`` of :class:`FlatTrees`: the roots, then the children of each node that has any.

    Parameters
    ----------
    roots : int64 ndarray of shape (n_trees,)
    left, right : int64 ndarray of shape (n_nodes,)
    is_leaf : bool ndarray of shape (n_nodes,)
    order : int64 ndarray
        The nodes that are reached, each once, level by level; leaves do not count.

    Notes
    -----
    A node that several nodes lead to has as many places, with one and the same pair of children.
    """
    parents = order[~is_leaf[order]]
    node_id = np.concatenate([roots, np.stack([left[parents], right[parents]], axis=1).ravel()])
    pair = np.zeros(len(is_leaf), dtype=np.int64)
    pair[parents] = len(roots) + 2 * np.arange(len(parents))
    return node_id, np.where(is_leaf[node_id], np.arange(len(node_id)), pair[node_id])


def floor_to_float32(threshold: np.ndarray) -> np.ndarray:
    """The largest finite float32 not above each threshold; NaN, below which scikit-learn finds nothing, is -inf.

    Parameters
    ----------
    threshold : ndarray of float64

    Returns
    -------
    ndarray of float32
    """
    threshold = np.asarray(threshold, dtype=np.float64)
    with np.errstate(over="ignore"):
        near = threshold.astype(np.float32)
        floor = np.where(near > threshold, np.nextafter(near, np.float32(-np.inf)), near)
    # An infinite threshold parts the missing from all others: it is below what stands for NaN.
    return np.where(np.isnan(floor), np.float32(-np.inf), np.minimum(floor, np.finfo(np.float32).max))


def _check_nodes(fine: np.ndarray, what: str, first: np.ndarray | None = None) -> None:
    """Nodes are counted from the first ones of their trees, where there are several."""
    if not fine.all():
        node = int(np.argmin(fine))
        node -= 0 if first is None else int(first[node])
        raise CorruptEstimatorError(f"a tree is damaged: its node {node} {what}")


def _level_order(roots: np.ndarray, left: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, list[int]]:
    """Nodes of all trees level by level, the children of a node next to each other; and where each level begins.

    The end of the last level is the last of these bounds. Nodes that no root leads to are left out.
    """
    order, place = np.empty(len(left), dtype=left.dtype), np.full(len(left), -1, dtype=left.dtype)
    bounds, level = [0], roots
    while len(level):
        start, stop = bounds[-1], bounds[-1] + len(level)
        numbers = np.arange(start, stop, dtype=left.dtype)
        # Of a node that comes twice, the second number replaces the first.
        twice = (place[level] >= 0).any()
        place[level] = numbers
        if twice or (place[level] != numbers).any():
            raise CorruptEstimatorError("a tree is damaged: one of its nodes has two parents")
        order[start:stop] = level
        bounds.append(stop)
        parents = level[left[level] >= 0]
        level = np.stack([left[parents], right[parents]], axis=1).ravel()
    return order[: bounds[-1]], bounds


def _intervals(node_id: np.ndarray, bounds: list[int], left: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places of nodes in depth-first order: the subtree of a node is ``[begin, end)``; nothing for a node cut off."""
    is_inner = left[node_id] >= 0
    size, place = np.ones(len(node_id), dtype=left.dtype), np.zeros(len(node_id), dtype=left.dtype)
    levels = [slice(*pair) for pair in pairwise(bounds)]
    above = list(pairwise(levels))
    for level, below in reversed(above):
        size[level][is_inner[level]] += size[below].reshape(-1, 2).sum(axis=1, dtype=left.dtype)
    for level, below in above:
        first = place[level][is_inner[level]] + 1
        place[below][0::2] = first
        place[below][1::2] = first + size[below][0::2]
    begin, end = (np.full(len(left), -1, dtype=left.dtype) for _ in range(2))
    begin[node_id] = place
    end[node_id] = place + size
    return begin, end


def tree_columns(x: Tensor, feature: Tensor, missing: Tensor) -> Tensor:
    """Rows as a descent compares them: float32, finite, with infinities in the place of NaN.

    Parameters
    ----------
    x : Tensor of shape (n_samples, n_features)
    feature, missing : Tensor of shape (n_columns,)
        As in :class:`FlatTrees`.

    Returns
    -------
    Tensor of shape (n_samples, n_columns)
        float32, without gradient.
    """
    columns = x.detach().to(torch.float32).index_select(1, feature)
    largest = 3.4028234663852886e38  # of float32
    return torch.where(torch.isnan(columns), missing, columns.clamp(-largest, largest))


def descend(columns: Tensor, column: Tensor, threshold: Tensor, child: Tensor, n_trees: int, depth: int) -> Tensor:
    """The leaf that each row reaches in each tree.

    Parameters
    ----------
    columns : Tensor of shape (n_samples, n_columns)
    column, threshold, child : Tensor of shape (n_nodes,)
        As in :class:`FlatTrees`.
    n_trees : int
    depth : int
        Levels to go down.

    Returns
    -------
    int64 Tensor of shape (n_samples, n_trees)
        Places in the level order of the nodes.
    """
    node = torch.arange(n_trees, device=columns.device).expand(columns.shape[0], n_trees)
    if not torch.jit.is_scripting():
        if torch.compiler.is_compiling() and depth > UNROLLED_LEVELS:
            return _descend_in_graph(columns, column, threshold, child, node, depth)
    for _ in range(depth):
        node = next_level(columns, column, threshold, child, node)
    return node


def next_level(columns: Tensor, column: Tensor, threshold: Tensor, child: Tensor, node: Tensor) -> Tensor:
    """One level further down; a leaf stays.

    Parameters
    ----------
    columns, column, threshold, child : Tensor
        As in :func:`descend`.
    node : int64 Tensor of shape (n_samples, n_trees)

    Returns
    -------
    int64 Tensor of shape (n_samples, n_trees)
    """
    n_trees = node.shape[1]
    flat = node.reshape(-1)
    value = columns.gather(1, column.index_select(0, flat).reshape(-1, n_trees))
    goes_right = value > threshold.index_select(0, flat).reshape(-1, n_trees)
    return child.index_select(0, flat).reshape(-1, n_trees) + goes_right


@torch.jit.unused
def _descend_in_graph(
    columns: Tensor, column: Tensor, threshold: Tensor, child: Tensor, node: Tensor, depth: int
) -> Tensor:
    def is_above(level: Tensor, node: Tensor) -> Tensor:
        return level < depth

    def go_down(level: Tensor, node: Tensor) -> tuple[Tensor, Tensor]:
        return level + 1, next_level(columns, column, threshold, child, node)

    start = torch.zeros((), dtype=torch.int64, device=columns.device)
    reached: Tensor = torch.while_loop(is_above, go_down, (start, node.contiguous()))[1]
    return reached


def decision_path(leaf: Tensor, begin: Tensor, end: Tensor, tree_of: Tensor) -> Tensor:
    """Which nodes each row passes.

    Parameters
    ----------
    leaf : int64 Tensor of shape (n_samples, n_trees)
        ``node_id`` of the leaves reached.
    begin, end, tree_of : int64 Tensor of shape (n_nodes,)
        As in :class:`FlatTrees`.

    Returns
    -------
    int64 Tensor of shape (n_samples, n_nodes)
        1 where the row passes the node, leaf included.
    """
    n_trees = leaf.shape[1]
    place = begin.index_select(0, leaf.reshape(-1)).reshape(-1, n_trees)
    if n_trees > 1:
        place = place.index_select(1, tree_of)
    return ((place >= begin) & (place < end)).to(torch.int64)


def sum_in_order(start: Tensor, steps: Tensor) -> Tensor:
    """``start`` with the steps added to it one after the other, as a loop over trees adds them.

    Parameters
    ----------
    start : Tensor of shape (n_samples, n_outputs)
    steps : Tensor of shape (n_samples, n_steps, n_outputs)

    Returns
    -------
    Tensor of shape (n_samples, n_outputs)

    Notes
    -----
    A sum over the dimension rounds in another order, which parts what is tied: votes, and scores at a threshold.
    """
    return torch.cat([start.unsqueeze(1), steps], dim=1).cumsum(dim=1)[:, -1]


def stages_in_order(start: Tensor, steps: Tensor) -> Tensor:
    """All sums on the way to that of :func:`sum_in_order`.

    Returns
    -------
    Tensor of shape (n_samples, n_steps, n_outputs)
    """
    return torch.cat([start.unsqueeze(1), steps], dim=1).cumsum(dim=1)[:, 1:]


def add_in_order(start: Tensor, steps: Tensor) -> Tensor:
    """What :func:`sum_in_order` gives, faster; ``steps`` are used up."""
    steps.select(1, 0).add_(start)
    return steps.cumsum(dim=1)[:, -1]
