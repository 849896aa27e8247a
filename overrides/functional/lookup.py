"""Exact look-up of values in a sorted table, by bisection in tensor operations that every exporter knows."""

import torch
from torch import Tensor


def exact_index(table: Tensor, x: Tensor) -> Tensor:
    """Position of each value in a table, -1 where it is not in it; NaN is in no table.

    Parameters
    ----------
    table : Tensor of shape (n_entries,)
        Ascending, without duplicates; may be empty.
    x : Tensor of any shape
        Compared in the promoted dtype of both.

    Returns
    -------
    Tensor of int64, shape of ``x``

    Notes
    -----
    ``torch.searchsorted`` has no counterpart in ONNX. This takes log2(n_entries) steps and no memory beyond ``x``.
    """
    size = table.shape[0]
    position = torch.zeros_like(x, dtype=torch.int64)
    if size == 0:
        return position - 1
    step = 1
    while step * 2 <= size:
        step = step * 2
    while step > 0:
        # The largest position whose entry is not above x.
        candidate = position + step
        inside = candidate < size
        entry = table[torch.where(inside, candidate, position)]
        position = torch.where(inside & (entry <= x), candidate, position)
        step = step // 2
    return torch.where(table[position] == x, position, torch.full_like(position, -1))
