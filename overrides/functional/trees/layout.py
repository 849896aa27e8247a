"""Binary decision trees of any library in one layout, which every traversal strategy reads.

Every split is "column above threshold". A column already knows the rest: what stands for NaN there, that the number
counts with its sign changed, or, of a split that no order decides, the direction that the row takes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ...errors import CorruptEstimatorError
from .columns import columns_of, floor_to_float32, split_codes


class TreeNodes(NamedTuple):
    """The nodes of one decision tree as a library has them, in its order; the root is the first of them.

    Parameters
    ----------
    left, right : int ndarray of shape (n_nodes,)
        Children, counted within the tree; -1 for both at a leaf.
    feature : int ndarray of shape (n_nodes,)
        Column of the rows that a node looks at; of leaves and of splits by a set it does not count.
    threshold : float ndarray of shape (n_nodes,)
        Rows with ``x <= threshold`` go left. ``x < t`` is ``x <= nextafter(t, -inf)`` in the precision of the rows.
        Infinity sends everything but NaN left, NaN everything but NaN right.
    missing_left : bool ndarray of shape (n_nodes,)
        Whether NaN goes left.
    direction : int ndarray of shape (n_nodes,), optional
        Of a split by a set, its column in :class:`~.categories.CategorySets`, which sends members right; of other
        nodes -1.
    """

    left: np.ndarray
    right: np.ndarray
    feature: np.ndarray
    threshold: np.ndarray
    missing_left: np.ndarray
    direction: np.ndarray | None = None


@dataclass(frozen=True)
class TreeLayout:
    """Trees in one set of arrays, in the order of the levels, so that the two children of a node are neighbours.

    A leaf is its own child under a threshold that nothing exceeds: a traversal may go on below it and stays. NaN needs
    no test on the way: a feature has a column for each direction that NaN takes, with an infinity in its place there.

    Attributes
    ----------
    feature : int64 ndarray of shape (n_columns,)
        The feature that each column of numbers copies; behind them come the columns of directions.
    missing : float ndarray of shape (n_columns,)
        What stands for NaN in each column: inf goes right, -inf left.
    lowest, highest : float ndarray of shape (n_columns,)
        Bounds that a column is clamped to. They are infinite but for splits that part the missing from all others.
    negative : bool ndarray of shape (n_columns,)
        The column has the number with its sign changed: ``x >= t`` is ``-x <= -t`` in every precision, while
        ``not x <= t`` for the next lower ``t`` would hold in one only.
    column : int64 ndarray of shape (n_nodes,)
        The column that a node looks at.
    threshold : float ndarray of shape (n_nodes,)
        What is above it in the column goes right.
    child : int64 ndarray of shape (n_nodes,)
        Left child; the right one is next to it.
    node_id : int64 ndarray of shape (n_nodes,)
        Number of a node in the order of the library, counted through all trees.
    n_trees : int
        The roots are the first nodes.
    depth : int
        Levels below the roots.
    n_directions : int
        Columns of directions: 1 where the row goes right, 0 where it goes left.
    rounds_rows : bool
        Whether rows are rounded to float32 before they are compared.
    """

    feature: np.ndarray
    missing: np.ndarray
    lowest: np.ndarray
    highest: np.ndarray
    negative: np.ndarray
    column: np.ndarray
    threshold: np.ndarray
    child: np.ndarray
    node_id: np.ndarray
    n_trees: int
    depth: int
    n_directions: int = 0
    rounds_rows: bool = False

    @property
    def is_leaf(self) -> np.ndarray:
        """Of each node."""
        return self.child == np.arange(len(self.child))

    @property
    def is_shared(self) -> bool:
        """Whether several nodes have the same children, so that nodes are in no order of levels."""
        # All places but those of the roots are pairs of children.
        return len(self.child) - int(self.is_leaf.sum()) > (len(self.child) - self.n_trees) // 2


def lay_out(trees: Sequence[TreeNodes], n_features: int, rounds_rows: bool, n_directions: int = 0) -> TreeLayout:
    """Lay out the trees of a library, with every index checked.

    Parameters
    ----------
    trees : sequence of TreeNodes
    n_features : int
        Columns of the rows.
    rounds_rows : bool
        Whether the library rounds rows to float32 (the nearest one) before it compares: then thresholds are kept as the
        largest float32 not above them, for which ``x <= threshold`` stays the same for every float32 ``x``. Otherwise
        rows and thresholds are compared in float64.
    n_directions : int
        Columns of :class:`~.categories.CategorySets`.

    Raises
    ------
    CorruptEstimatorError
        A child, a feature or a direction is out of range, a node is reached twice, or arrays differ in length.

    Examples
    --------
    One split of ``x[1]`` at 0.5, where NaN goes right, and leaves that are the nodes 1 and 2:

    >>> import torch
    >>> from bridge.overrides.forests.forest import Forest
    >>> nodes = TreeNodes(
    ...     left=np.array([1, -1, -1]),
    ...     right=np.array([2, -1, -1]),
    ...     feature=np.array([1, 0, 0]),
    ...     threshold=np.array([0.5, 0.0, 0.0]),
    ...     missing_left=np.array([False, False, False]),
    ... )
    >>> forest = Forest(lay_out([nodes], n_features=2, rounds_rows=False))
    >>> forest.leaf_index(torch.tensor([[0.0, 0.5], [0.0, 0.6], [0.0, torch.nan]])).tolist()
    [[1], [2], [2]]
    """
    counts = np.array([len(tree.left) for tree in trees], dtype=np.int64)
    if not len(counts) or not counts.all():
        raise CorruptEstimatorError("a tree without nodes, or no tree at all: fit the estimator again")
    first = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64)
    n_nodes = int(counts.sum())
    # A forest of many nodes is wanted in no more memory than needed: small numbers, and no array longer than needed.
    index: type[np.signedinteger[Any]] = np.int32 if max(n_nodes, 12 * n_features) < 2**31 else np.int64
    left, right, code = (np.empty(n_nodes, dtype=index) for _ in range(3))
    limit = np.empty(n_nodes, dtype=np.float32 if rounds_rows else np.float64)
    for tree, start, count in zip(trees, first, counts, strict=True):
        _join(tree, slice(start, start + count), n_features, n_directions, left, right, code, limit)

    node_id, depth = level_order(first, left, right)
    is_leaf = left[node_id] < 0
    del left, right
    inner = np.flatnonzero(~is_leaf).astype(index)
    child = np.arange(len(node_id))
    # Children follow level by level in pairs, in the order of their parents.
    child[inner] = np.arange(len(first), len(first) + 2 * len(inner), 2)
    column = np.zeros(len(node_id), dtype=np.int64)
    columns, column[inner] = columns_of(code[node_id[inner]], limit.dtype)
    return TreeLayout(
        **columns,
        column=column,
        threshold=limit[node_id],
        child=child,
        node_id=node_id.astype(np.int64),
        n_trees=len(counts),
        depth=depth,
        n_directions=n_directions,
        rounds_rows=rounds_rows,
    )


def _join(
    tree: TreeNodes,
    place: slice,
    n_features: int,
    n_directions: int,
    left: np.ndarray,
    right: np.ndarray,
    code: np.ndarray,
    limit: np.ndarray,
) -> None:
    """Put the nodes of a tree where they belong among those of all trees."""
    count = place.stop - place.start
    for name, array in tree._asdict().items():
        if array is not None and array.shape != (count,):
            raise CorruptEstimatorError(f"a tree has {count} nodes and an array {name} of shape {array.shape}")
    is_leaf = tree.left == -1
    inside = (tree.left >= 0) & (tree.left < count) & (tree.right >= 0) & (tree.right < count)
    _check_nodes(inside | is_leaf, "has a child outside of its tree")
    is_set = np.zeros(count, dtype=bool) if tree.direction is None else (tree.direction >= 0) & ~is_leaf
    is_number = ~(is_set | is_leaf)
    _check_nodes(
        ((tree.feature >= 0) & (tree.feature < n_features)) | ~is_number, f"splits on none of {n_features} features"
    )
    left[place] = np.where(is_leaf, -1, tree.left + place.start)
    right[place] = np.where(is_leaf, -1, tree.right + place.start)
    threshold = floor_to_float32(tree.threshold) if limit.dtype == np.float32 else tree.threshold
    codes, limits = split_codes(np.where(is_number, tree.feature, 0), threshold, tree.missing_left.astype(bool))
    if tree.direction is not None:
        _check_nodes((tree.direction < n_directions) | ~is_set, f"splits by none of {n_directions} sets")
        codes[is_set], limits[is_set] = -1 - tree.direction[is_set], 0.5
    limits[is_leaf] = np.inf
    code[place], limit[place] = codes, limits


def place_nodes(
    roots: np.ndarray, left: np.ndarray, right: np.ndarray, is_leaf: np.ndarray, order: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """``node_id`` and ``child`` of :class:`TreeLayout` where nodes may have several parents, as those of ONNX may.

    Parameters
    ----------
    roots : int64 ndarray of shape (n_trees,)
    left, right : int64 ndarray of shape (n_nodes,)
    is_leaf : bool ndarray of shape (n_nodes,)
    order : int64 ndarray
        The nodes that are reached, each once, level by level; leaves do not count.

    Notes
    -----
    The roots, then the children of each node that has any. A node that several nodes lead to has as many places, with
    one and the same pair of children.
    """
    parents = order[~is_leaf[order]]
    node_id = np.concatenate([roots, np.stack([left[parents], right[parents]], axis=1).ravel()])
    pair = np.zeros(len(is_leaf), dtype=np.int64)
    pair[parents] = len(roots) + 2 * np.arange(len(parents))
    return node_id, np.where(is_leaf[node_id], np.arange(len(node_id)), pair[node_id])


def _check_nodes(fine: np.ndarray, what: str) -> None:
    if not fine.all():
        raise CorruptEstimatorError(f"a tree is damaged: its node {int(np.argmin(fine))} {what}")


def level_order(roots: np.ndarray, left: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, int]:
    """Nodes of all trees level by level, the children of a node next to each other; and the levels below the roots.

    Nodes that no root leads to are left out.
    """
    order, place = np.empty(len(left), dtype=left.dtype), np.full(len(left), -1, dtype=left.dtype)
    stop, depth, level = 0, -1, roots
    while len(level):
        start, stop = stop, stop + len(level)
        numbers = np.arange(start, stop, dtype=left.dtype)
        # Of a node that comes twice, the second number replaces the first.
        twice = (place[level] >= 0).any()
        place[level] = numbers
        if twice or (place[level] != numbers).any():
            raise CorruptEstimatorError("a tree is damaged: one of its nodes has two parents")
        order[start:stop] = level
        depth += 1
        parents = level[left[level] >= 0]
        level = np.stack([left[parents], right[parents]], axis=1).ravel()
    return order[:stop], depth
