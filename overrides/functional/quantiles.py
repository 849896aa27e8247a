"""The rank of a value among the quantiles of its column, and the way back: QuantileTransformer._transform_col.

Columns come first here: a row of every tensor is a column of the data, where a look-up reads contiguous memory.
"""

import torch
from torch import Tensor

from .interpolation import knots_below_by_column


def rank_between(x: Tensor, quantiles: Tensor, references: Tensor, has_ties: bool = True) -> Tensor:
    """Mean of the two linear interpolations of a column's quantiles, from below and from above.

    They differ where quantiles are equal: the rank of such a value is the middle of theirs.

    Parameters
    ----------
    x : Tensor of shape (n_columns, n_samples)
    quantiles : Tensor of shape (n_columns, n_quantiles)
        Each row ascending.
    references : Tensor of shape (n_quantiles,)
        Strictly ascending.
    has_ties : bool
        Whether a column has equal quantiles; without them one search less tells the rank.

    Returns
    -------
    Tensor of shape (n_columns, n_samples)
        ``0.5 * (interp(x, q, r) - interp(-x, -q[::-1], -r[::-1]))``, rounded as ``np.interp`` rounds.
    """
    n_columns, count = quantiles.shape
    if count == 1:
        return torch.zeros_like(x) + references
    ranks = references.expand(n_columns, count)
    not_above = knots_below_by_column(x, quantiles, True)
    j = (not_above - 1).clamp(0, count - 2)
    x_low, x_high = quantiles.gather(1, j), quantiles.gather(1, j + 1)
    r_low, r_high = ranks.gather(1, j), ranks.gather(1, j + 1)
    # Between equal quantiles is no value: the slope there is never used, and must not be NaN.
    slope = (r_high - r_low) / torch.where(x_low == x_high, 1.0, x_high - x_low)
    # A value that equals quantiles has the rank of the last of them from below, of the first of them from above.
    if has_ties:
        below = knots_below_by_column(x, quantiles, False)
        is_quantile = not_above > below
        last, first = ranks.gather(1, (not_above - 1).clamp(min=0)), ranks.gather(1, below.clamp(max=count - 1))
        at_quantile = 0.5 * (last + first)
    else:
        is_quantile = (x == x_low) | (x == x_high)
        at_quantile = torch.where(x == x_high, r_high, r_low)
    between = 0.5 * ((slope * (x - x_low) + r_low) + (r_high - slope * (x_high - x)))
    rank = torch.where(is_quantile, at_quantile, between)
    rank = torch.where(x < quantiles[:, :1], references[0], rank)
    return torch.where(x > quantiles[:, -1:], references[-1], rank)


def value_at_rank(p: Tensor, quantiles: Tensor, references: Tensor) -> Tensor:
    """Linear interpolation of each column's quantiles at the references.

    Parameters
    ----------
    p : Tensor of shape (n_columns, n_samples)
    quantiles : Tensor of shape (n_columns, n_quantiles)
    references : Tensor of shape (n_quantiles,)
        Strictly ascending.

    Returns
    -------
    Tensor of shape (n_columns, n_samples)
    """
    n_columns, count = quantiles.shape
    if count == 1:
        return torch.zeros_like(p) + quantiles
    ranks = references.expand(n_columns, count)
    j = (knots_below_by_column(p, ranks.contiguous(), True) - 1).clamp(0, count - 2)
    x_low, r_low = quantiles.gather(1, j), ranks.gather(1, j)
    slope = (quantiles.gather(1, j + 1) - x_low) / (ranks.gather(1, j + 1) - r_low)
    value = slope * (p - r_low) + x_low
    value = torch.where(p < references[0], quantiles[:, :1], value)
    return torch.where(p >= references[-1], quantiles[:, -1:], value)
