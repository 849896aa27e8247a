"""The choice among the ways down a forest: all give the same leaves.

*Level by level* (:func:`~.trees.descend`): the one that exports. *Packed* (:mod:`.packed_trees`): fewest look-ups. *All
nodes* (:func:`descend_all_nodes`): fewest operators, for one row. *One tree* (:func:`descend_one_tree`): many rows of
one tree, which would take longer to make ready for any other way than to go down.
"""

import torch
from torch import Tensor

from ..graph import in_graph
from .flat import descend
from .packed import descend_packed, row_keys


def find_leaves(
    columns: Tensor,
    column: Tensor,
    threshold: Tensor,
    child: Tensor,
    record: Tensor,
    shift: int,
    mask: int,
    n_trees: int,
    stages: list[int],
) -> Tensor:
    """The leaf that each row reaches in each tree.

    Parameters
    ----------
    columns : float32 Tensor of shape (n_samples, n_columns)
        As :func:`~.trees.tree_columns` gives them.
    column, threshold, child : Tensor of shape (n_nodes,)
        As in :class:`~.trees.FlatTrees`.
    record : int64 Tensor
    shift, mask : int
    stages : list of int
        As in :class:`~.packed_trees.PackedTrees`; no record where the trees cannot be packed.
    n_trees : int

    Returns
    -------
    int64 Tensor of shape (n_samples, n_trees)
        Places in the level order of the nodes.
    """
    depth = sum(stages)
    if in_graph() or depth == 0 or record.shape[0] == 0:
        return descend(columns, column, threshold, child, n_trees, depth)
    # In the time that the operators of a level take to be called, 3,000 nodes are compared.
    if columns.shape[0] == 1 and child.shape[0] <= 3000 * (depth + 1):
        return descend_all_nodes(columns, column, threshold, child, n_trees, depth)
    return descend_packed(row_keys(columns), record, shift, mask, n_trees, stages)


def descend_all_nodes(
    columns: Tensor, column: Tensor, threshold: Tensor, child: Tensor, n_trees: int, depth: int
) -> Tensor:
    """The leaf that one row reaches in each tree, as :func:`~.trees.descend` finds it: compares at all nodes first.

    Parameters
    ----------
    columns : Tensor of shape (1, n_columns)
    column, threshold, child : Tensor of shape (n_nodes,)
        As in :class:`~.trees.FlatTrees`.
    n_trees : int
    depth : int
        Levels to go down, one at least.

    Returns
    -------
    int64 Tensor of shape (1, n_trees)
    """
    following = child + (columns.reshape(-1).index_select(0, column) > threshold)
    node = following.narrow(0, 0, n_trees)
    for _ in range(depth - 1):
        node = following.index_select(0, node)
    return node.unsqueeze(0)


def descend_one_tree(rows: Tensor, feature: Tensor, threshold: Tensor, child: Tensor, depth: int) -> Tensor:
    """The leaf that each row reaches in one tree, as :func:`~.trees.descend` finds it.

    Parameters
    ----------
    rows : float Tensor of shape (n_samples, n_features)
        Without NaN: only the numbers that are compared are rounded to float32 and bounded.
    feature : int64 Tensor of shape (n_nodes,)
        The feature that a node looks at.
    threshold, child : Tensor of shape (n_nodes,)
        As in :class:`~.trees.FlatTrees`.
    depth : int

    Returns
    -------
    int64 Tensor of shape (n_samples, 1)
    """
    flat = rows.reshape(-1)
    first = torch.arange(rows.shape[0], device=rows.device).mul_(rows.shape[1])
    largest = 3.4028234663852886e38  # of float32
    node = torch.zeros_like(first)
    for _ in range(depth):
        place = feature.index_select(0, node).add_(first)
        value = flat.index_select(0, place).to(torch.float32).clamp(-largest, largest)
        node = child.index_select(0, node).add_(value > threshold.index_select(0, node))
    return node.unsqueeze(1)


def value_of_leaves(value: Tensor, node_id: Tensor, place: Tensor) -> Tensor:
    """One number of each leaf that was reached.

    Parameters
    ----------
    value : Tensor of shape (n_nodes,)
        By ``node_id``.
    node_id : int64 Tensor of shape (n_nodes,)
        As in :class:`~.trees.FlatTrees`.
    place : int64 Tensor of shape (n_samples, n_trees)
        Places in the level order of the nodes.

    Returns
    -------
    Tensor of shape (n_samples, n_trees)
    """
    n_trees = place.shape[1]
    place = place.reshape(-1)
    if place.shape[0] > 2 * value.shape[0]:
        return value.index_select(0, node_id).index_select(0, place).reshape(-1, n_trees)
    return value.index_select(0, node_id.index_select(0, place)).reshape(-1, n_trees)
