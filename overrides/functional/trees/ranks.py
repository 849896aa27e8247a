"""Values as ranks among the thresholds of their column: whole numbers that compare as the values do."""

import numpy as np
import torch
from torch import Tensor

_MANY_VALUES = 2048
"""From here on operators cost less than the values that they work on."""


def rank_thresholds(column: np.ndarray, threshold: np.ndarray, n_columns: int) -> tuple[np.ndarray, np.ndarray]:
    """Sorted thresholds of each column, and the rank of each threshold among them.

    Parameters
    ----------
    column : int64 ndarray of shape (n_nodes,)
    threshold : float ndarray of shape (n_nodes,)
        No NaN.
    n_columns : int

    Returns
    -------
    limits : ndarray of shape (n_columns, n_limits)
        Each once, ascending; filled up with inf to a power of two less one, as bisection takes them.
    rank : int64 ndarray of shape (n_nodes,)
    """
    order = np.lexsort((threshold, column))
    columns, values = column[order], threshold[order]
    is_new = np.ones(len(order), dtype=bool)
    is_new[1:] = (columns[1:] != columns[:-1]) | (values[1:] != values[:-1])
    counts = np.bincount(columns[is_new], minlength=n_columns)
    ranks = np.cumsum(is_new) - 1 - (np.cumsum(counts) - counts)[columns]
    width = (1 << int(counts.max(initial=1)).bit_length()) - 1
    limits = np.full((n_columns, width), np.inf, dtype=threshold.dtype)
    limits[columns, ranks] = values
    rank = np.zeros(len(order), dtype=np.int64)
    rank[order] = ranks
    return limits, rank


def rank_values(columns: Tensor, limits: Tensor, many: int = _MANY_VALUES) -> Tensor:
    """How many thresholds are below each value: above a threshold is what has a larger number than its rank.

    Parameters
    ----------
    columns : Tensor of shape (n_columns, n_samples)
        Contiguous.
    limits : Tensor of shape (n_columns, n_limits)
        As :func:`rank_thresholds` gives them.
    many : int
        How many values are bisected by steps that all of them take together.

    Returns
    -------
    int32 Tensor of shape (n_columns, n_samples)
        0 for NaN.
    """
    n_columns, n_limits = limits.shape
    if columns.device.type != "cpu" or columns.numel() < many:
        ranks = torch.searchsorted(limits, columns, out_int32=True)
        return ranks.masked_fill_(torch.isnan(columns), 0)
    # Step by step for all values: searchsorted goes value by value, and waits for each of its guesses.
    first = torch.arange(n_columns, device=columns.device, dtype=torch.int32).mul_(n_limits).unsqueeze(1)
    place, flat, values = first.repeat(1, columns.shape[1]).reshape(-1), limits.reshape(-1), columns.reshape(-1)
    step = (n_limits + 1) // 2
    while step > 0:
        middle = flat.narrow(0, step - 1, flat.shape[0] - step + 1).index_select(0, place)
        place.add_(values > middle, alpha=step)
        step = step // 2
    return place.reshape(n_columns, -1).sub_(first)
