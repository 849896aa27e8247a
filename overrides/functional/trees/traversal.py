"""Traversal strategies that compare at nodes, level by level: all reach the same leaves.

:func:`descend` exports; :func:`descend_all_nodes` takes fewest operators, for one row; :func:`descend_one_tree` is for
many rows of one tree, which would take longer to make ready for another strategy than to go down.
"""

import torch
from torch import Tensor

UNROLLED_LEVELS = 12
"""Deeper trees than this become a loop in an exported graph, which otherwise repeats the operators of a level."""


def descend(columns: Tensor, column: Tensor, threshold: Tensor, child: Tensor, n_trees: int, depth: int) -> Tensor:
    """The leaf that each row reaches in each tree.

    Parameters
    ----------
    columns : Tensor of shape (n_samples, n_columns)
    column, threshold, child : Tensor of shape (n_nodes,)
        As in :class:`~.layout.TreeLayout`.
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


def descend_all_nodes(
    columns: Tensor, column: Tensor, threshold: Tensor, child: Tensor, n_trees: int, depth: int
) -> Tensor:
    """The leaf that one row reaches in each tree, as :func:`descend` finds it: compares at all nodes first.

    Parameters
    ----------
    columns : Tensor of shape (1, n_columns)
    column, threshold, child : Tensor of shape (n_nodes,)
        As in :class:`~.layout.TreeLayout`.
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
    """The leaf that each row reaches in one tree, as :func:`descend` finds it.

    Parameters
    ----------
    rows : float Tensor of shape (n_samples, n_features)
        Without NaN: only the numbers that are compared are rounded to float32.
    feature : int64 Tensor of shape (n_nodes,)
        The feature that a node looks at.
    threshold, child : Tensor of shape (n_nodes,)
        As in :class:`~.layout.TreeLayout`.
    depth : int

    Returns
    -------
    int64 Tensor of shape (n_samples, 1)
    """
    flat = rows.reshape(-1)
    first = torch.arange(rows.shape[0], device=rows.device).mul_(rows.shape[1])
    node = torch.zeros_like(first)
    for _ in range(depth):
        place = feature.index_select(0, node).add_(first)
        value = flat.index_select(0, place).to(torch.float32)
        node = child.index_select(0, node).add_(value > threshold.index_select(0, node))
    return node.unsqueeze(1)
