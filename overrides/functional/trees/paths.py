"""The nodes that rows pass on their way to a leaf."""

from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor

from .layout import TreeLayout


def path_bounds(layout: TreeLayout, n_nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """Places of nodes in depth-first order: the subtree of a node is ``[begin, end)``; nothing for a node cut off.

    Parameters
    ----------
    layout : TreeLayout
    n_nodes : int
        In the order of the library, those that no root leads to included.

    Returns
    -------
    begin, end : int32 or int64 ndarray of shape (n_nodes,)
        By ``node_id``: a node is on the way to the leaves whose ``begin`` lies in ``[begin, end)`` of its own.
    """
    dtype: type[np.signedinteger[Any]] = np.int32 if n_nodes < 2**31 else np.int64
    is_inner = ~layout.is_leaf
    levels = [slice(0, layout.n_trees)]
    for _ in range(layout.depth):
        start, stop = levels[-1].start, levels[-1].stop
        levels.append(slice(stop, stop + 2 * int(is_inner[start:stop].sum())))
    size, place = np.ones(len(is_inner), dtype=dtype), np.zeros(len(is_inner), dtype=dtype)
    above = list(pairwise(levels))
    for level, below in reversed(above):
        size[level][is_inner[level]] += size[below].reshape(-1, 2).sum(axis=1, dtype=dtype)
    for level, below in above:
        first = place[level][is_inner[level]] + 1
        place[below][0::2] = first
        place[below][1::2] = first + size[below][0::2]
    begin, end = (np.full(n_nodes, -1, dtype=dtype) for _ in range(2))
    begin[layout.node_id] = place
    end[layout.node_id] = place + size
    return begin, end


def decision_path(leaf: Tensor, begin: Tensor, end: Tensor, tree_of: Tensor) -> Tensor:
    """Which nodes each row passes.

    Parameters
    ----------
    leaf : int64 Tensor of shape (n_samples, n_trees)
        ``node_id`` of the leaves reached.
    begin, end, tree_of : int64 Tensor of shape (n_nodes,)
        As in :class:`~.layout.TreeLayout`.

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
