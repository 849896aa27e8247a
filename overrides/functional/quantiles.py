"""The rank of a value among the quantiles of its column, and the way back: QuantileTransformer._transform_col."""

import torch
from torch import Tensor

from .interpolation import knots_below_by_column


def rank_between(x: Tensor, quantiles: Tensor, references: Tensor) -> Tensor:
    """Mean of the two linear interpolations of a column's quantiles, from below and from above.

    They differ where quantiles are equal: the rank of such a value is the middle of theirs.

    Parameters
    ----------
    x : Tensor of shape (n_samples, n_columns)
    quantiles : Tensor of shape (n_columns, n_quantiles)
        Each row ascending.
    references : Tensor of shape (n_quantiles,)
        Strictly ascending.

    Returns
    -------
    Tensor of shape (n_samples, n_columns)
        ``0.5 * (interp(x, q, r) - interp(-x, -q[::-1], -r[::-1]))``, rounded as ``np.interp`` rounds.
    """
    n_columns, count = quantiles.shape
    low, high = quantiles[:, 0], quantiles[:, -1]
    first, last = references[0], references[-1]
    if count == 1:
        return torch.zeros_like(x) + first
    flat = quantiles.flatten()
    starts = torch.arange(n_columns, device=x.device) * count
    j = (knots_below_by_column(x, quantiles, True) - 1).clamp(0, count - 2)
    x_low, x_high = flat[starts + j], flat[starts + j + 1]
    r_low, r_high = references[j], references[j + 1]
    # Equal quantiles are hit exactly or not at all: the slope between them is never used, and must not be NaN.
    width = torch.where(x_low == x_high, torch.ones_like(x), x_high - x_low)
    slope = (r_high - r_low) / width
    up = torch.where(x >= high, last, torch.where(x < low, first, slope * (x - x_low) + r_low))
    # Coming from above, the knot that a value equals is the first of the equal ones.
    m = knots_below_by_column(x, quantiles, False).clamp(1, count - 1)
    x_low, x_high = flat[starts + m - 1], flat[starts + m]
    r_low, r_high = references[m - 1], references[m]
    width = torch.where(x_low == x_high, torch.ones_like(x), x_high - x_low)
    slope = (r_high - r_low) / width
    down = torch.where(x <= low, first, torch.where(x > high, last, r_high - slope * (x_high - x)))
    return 0.5 * (up + down)


def value_at_rank(p: Tensor, quantiles: Tensor, references: Tensor) -> Tensor:
    """Linear interpolation of each column's quantiles at the references.

    Parameters
    ----------
    p : Tensor of shape (n_samples, n_columns)
    quantiles : Tensor of shape (n_columns, n_quantiles)
    references : Tensor of shape (n_quantiles,)
        Strictly ascending.

    Returns
    -------
    Tensor of shape (n_samples, n_columns)
    """
    n_columns, count = quantiles.shape
    low, high = quantiles[:, 0], quantiles[:, -1]
    if count == 1:
        return torch.zeros_like(p) + low
    starts = torch.arange(n_columns, device=p.device) * count
    knots = references.unsqueeze(0).expand(n_columns, count)
    j = (knots_below_by_column(p, knots.contiguous(), True) - 1).clamp(0, count - 2)
    flat = quantiles.flatten()
    x_low, r_low = flat[starts + j], references[j]
    slope = (flat[starts + j + 1] - x_low) / (references[j + 1] - r_low)
    value = slope * (p - r_low) + x_low
    return torch.where(p >= references[-1], high, torch.where(p < references[0], low, value))
