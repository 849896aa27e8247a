"""Values of the leaves that rows reach, looked up and added up as a loop over the trees adds them."""

import torch
from torch import Tensor


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


def value_of_leaves(value: Tensor, node_id: Tensor, place: Tensor) -> Tensor:
    """One number of each leaf that was reached.

    Parameters
    ----------
    value : Tensor of shape (n_nodes,)
        By ``node_id``.
    node_id : int64 Tensor of shape (n_places,)
        The node in each place.
    place : Tensor of int32 or int64, shape (n_samples, n_trees)
        Of the leaves.

    Returns
    -------
    Tensor of shape (n_samples, n_trees)
    """
    n_trees = place.shape[1]
    place = place.reshape(-1)
    if place.shape[0] > 2 * node_id.shape[0]:
        return value.index_select(0, node_id).index_select(0, place).reshape(-1, n_trees)
    return value.index_select(0, node_id.index_select(0, place)).reshape(-1, n_trees)
