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


def exact_index_by_column(table: Tensor, starts: Tensor, stops: Tensor, longest: int, x: Tensor) -> Tensor:
    """As :func:`exact_index`, with a table of its own for every column.

    Parameters
    ----------
    table : Tensor of shape (n_entries,)
        The tables of the columns, each ascending and without duplicates, one behind the other; one may be empty.
    starts, stops : Tensor of int64, shape (n_columns,)
        Where the table of each column begins and ends.
    longest : int
        Entries of the longest table.
    x : Tensor of shape (n_samples, n_columns)

    Returns
    -------
    Tensor of int64, shape (n_samples, n_columns)
        Counted from the start of the column's table.
    """
    position = torch.zeros_like(x, dtype=torch.int64)
    if longest == 0:
        return position - 1
    last = table.shape[0] - 1
    step = 1
    while step * 2 <= longest:
        step = step * 2
    position = position + starts
    while step > 0:
        candidate = position + step
        inside = candidate < stops
        entry = table[torch.where(inside, candidate, position).clamp(max=last)]
        position = torch.where(inside & (entry <= x), candidate, position)
        step = step // 2
    equal = (table[position.clamp(max=last)] == x) & (starts < stops)
    return torch.where(equal, position - starts, torch.full_like(position, -1))
