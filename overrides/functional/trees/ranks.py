"""Values as ranks among the thresholds of their column: whole numbers that compare as the values do."""

import numpy as np
import torch
from torch import Tensor


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
        Each once, ascending; filled up with inf.
    rank : int64 ndarray of shape (n_nodes,)
    """
    order = np.lexsort((threshold, column))
    columns, values = column[order], threshold[order]
    is_new = np.ones(len(order), dtype=bool)
    is_new[1:] = (columns[1:] != columns[:-1]) | (values[1:] != values[:-1])
    counts = np.bincount(columns[is_new], minlength=n_columns)
    ranks = np.cumsum(is_new) - 1 - (np.cumsum(counts) - counts)[columns]
    limits = np.full((n_columns, counts.max(initial=1)), np.inf, dtype=threshold.dtype)
    limits[columns, ranks] = values
    rank = np.zeros(len(order), dtype=np.int64)
    rank[order] = ranks
    return limits, rank


def rank_values(columns: Tensor, limits: Tensor) -> Tensor:
    """How many thresholds are below each value: above a threshold is what has a larger number than its rank.

    Parameters
    ----------
    columns : Tensor of shape (n_columns, n_samples)
        Contiguous.
    limits : Tensor of shape (n_columns, n_limits)
        As :func:`rank_thresholds` gives them.

    Returns
    -------
    int64 Tensor of shape (n_columns, n_samples)
        ``n_limits + 1`` for NaN.
    """
    return torch.searchsorted(limits, columns).masked_fill_(torch.isnan(columns), limits.shape[1] + 1)
