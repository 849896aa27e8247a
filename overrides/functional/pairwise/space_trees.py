"""Search trees over points, kd trees and ball trees: the order in which a query reaches the points.

A query descends to the nearer child first (``_query_single_depthfirst`` of sklearn/neighbors/_binary_tree.pxi.tp). What
it leaves out lies beyond all that it has found, so that the order alone decides which of several points at one distance
it finds.
"""

import torch
from torch import Tensor

from ..special.arithmetic import is_infinite


def order_of_visits(nearness: Tensor, leaves: Tensor) -> Tensor:
    """The points in the order in which a query for each row reaches them.

    Parameters
    ----------
    nearness : Tensor of shape (n_samples, n_nodes)
        Smallest distance of each node's region, of a tree that is complete: the children of node i are 2i+1 and 2i+2.
    leaves : int64 Tensor of shape (n_leaves, max_leaf_size)
        The points of each leaf, from the left, padded with any number.

    Returns
    -------
    int64 Tensor of shape (n_samples, n_leaves * max_leaf_size)
        With the padding.
    """
    rank = torch.zeros_like(nearness[:, :1], dtype=torch.int64)
    first = 1
    while first < nearness.shape[1]:
        width = first + 1
        pairs = nearness.narrow(1, first, width).reshape(-1, width // 2, 2)
        swapped = (pairs[:, :, 0] > pairs[:, :, 1]).to(torch.int64)
        rank = torch.stack([rank * 2 + swapped, rank * 2 + 1 - swapped], 2).flatten(1)
        first += width
    order = torch.sort(rank, dim=1)[1]
    return leaves.index_select(0, order.flatten()).view(nearness.shape[0], leaves.shape[0] * leaves.shape[1])


def box_nearness(x: Tensor, low: Tensor, high: Tensor, p: Tensor) -> Tensor:
    """Smallest reduced Minkowski distance of rows from the boxes of a kd tree.

    Parameters
    ----------
    x : Tensor of shape (n_samples, n_features)
    low, high : Tensor of shape (n_features, n_nodes)
    p : Tensor of shape ()
        Infinity for the largest difference.

    Returns
    -------
    Tensor of shape (n_samples, n_nodes)
    """
    total = x.new_zeros((x.shape[0], low.shape[1]))
    largest = total
    for j in range(x.shape[1]):
        row = x[:, j].unsqueeze(1)
        below, above = low[j] - row, row - high[j]
        distance = ((below + below.abs()) + (above + above.abs())) * 0.5
        total = total + torch.pow(distance, p)
        largest = torch.maximum(largest, distance)
    return torch.where(is_infinite(p), largest, total)


def ball_nearness(distances: Tensor, radius: Tensor, squares: bool) -> Tensor:
    """Smallest distance of rows from the balls of a ball tree.

    Parameters
    ----------
    distances : Tensor of shape (n_samples, n_nodes)
        Distances from the centres.
    radius : Tensor of shape (n_nodes,)
    squares : bool
        As for the Euclidean distance, where balls are compared by squares, in which small differences may vanish.
    """
    nearness = torch.clamp_min(distances - radius, 0.0)
    return nearness * nearness if squares else nearness
