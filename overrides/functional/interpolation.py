"""Piecewise linear interpolation, with the edges and the rounding of the two routines that scikit-learn ends in."""

import torch
from torch import Tensor

COUNTED = 1024
"""Knots up to which an exported program counts comparisons; beyond, it halves, and its memory stays bounded."""


def knots_below(x: Tensor, knots: Tensor, or_equal: bool) -> Tensor:
    """Number of knots below each value: ``np.searchsorted``, side "right" where equal knots count, else "left".

    Parameters
    ----------
    x : Tensor of shape (n_samples,)
    knots : Tensor of shape (n_knots,)
        Ascending.
    or_equal : bool
        Count knots equal to the value as well.

    Returns
    -------
    Tensor of shape (n_samples,), int64
        What it is for NaN is not defined.

    Notes
    -----
    The ONNX exporter of torch has no ``searchsorted``: an exported program compares instead.
    """
    if not torch.jit.is_scripting():
        if torch.compiler.is_compiling():
            return _knots_below_compared(x, knots, or_equal)
    return torch.searchsorted(knots, x.contiguous(), right=or_equal)


def _knots_below_compared(x: Tensor, knots: Tensor, or_equal: bool) -> Tensor:
    count = knots.shape[0]
    if count <= COUNTED:
        below = knots <= x.unsqueeze(1) if or_equal else knots < x.unsqueeze(1)
        return below.sum(dim=1)
    found = torch.zeros_like(x, dtype=torch.int64)
    stride = 1 << (count.bit_length() - 1)
    while stride > 0:
        # The knots below a value come first: if the last of the next `stride` ones is below it, all of them are.
        last = found + (stride - 1)
        knot = knots.index_select(0, last.clamp(max=count - 1))
        below = (knot <= x if or_equal else knot < x) & (last < count)
        found = torch.where(below, found + stride, found)
        stride >>= 1
    return found


def knots_below_by_column(x: Tensor, knots: Tensor, or_equal: bool) -> Tensor:
    """As :func:`knots_below`, with knots of its own for every column; columns come first.

    Parameters
    ----------
    x : Tensor of shape (n_columns, n_samples)
        Contiguous.
    knots : Tensor of shape (n_columns, n_knots)
        Each row ascending.
    or_equal : bool
        Count knots equal to the value as well.

    Returns
    -------
    Tensor of shape (n_columns, n_samples), int64
    """
    if not torch.jit.is_scripting():
        if torch.compiler.is_compiling():
            return _knots_below_by_column_halving(x, knots, or_equal)
    return torch.searchsorted(knots, x, right=or_equal)


def _knots_below_by_column_halving(x: Tensor, knots: Tensor, or_equal: bool) -> Tensor:
    count = knots.shape[1]
    found = torch.zeros_like(x, dtype=torch.int64)
    stride = (1 << count.bit_length()) >> 1  # 0 where there are no knots
    while stride > 0:
        last = found + (stride - 1)
        knot = knots.gather(1, last.clamp(max=count - 1))
        below = (knot <= x if or_equal else knot < x) & (last < count)
        found = torch.where(below, found + stride, found)
        stride >>= 1
    return found


def interp(x: Tensor, xp: Tensor, fp: Tensor) -> Tensor:
    """``np.interp``: linear between knots, the outermost value beyond them, NaN for NaN.

    Parameters
    ----------
    x : Tensor of shape (n_samples,)
    xp : Tensor of shape (n_knots,)
        At least two knots, strictly ascending.
    fp : Tensor of shape (n_knots,)
        Values at the knots.

    Returns
    -------
    Tensor of shape (n_samples,)
        Differentiable in all three; at a knot, the slope is that of the interval on its right.

    Notes
    -----
    Follows ``arr_interp`` of numpy's ``compiled_base.c``: a value equal to a knot belongs to the interval on its right,
    and ``slope * (x - xp[j]) + fp[j]`` is rounded in that order.
    """
    j = (knots_below(x, xp, True) - 1).clamp(0, xp.shape[0] - 2)
    value = _on_segment(x, xp, fp, j)
    value = torch.where(x < xp[0], fp[0], value)
    return torch.where(x >= xp[-1], fp[-1], value)


def interp1d(x: Tensor, xp: Tensor, fp: Tensor) -> Tensor:
    """``scipy.interpolate.interp1d(xp, fp, kind="linear")`` of float32 arrays, inside the knots.

    Parameters
    ----------
    x : Tensor of shape (n_samples,)
        Between the first and the last knot.
    xp, fp : Tensor of shape (n_knots,)
        At least two knots, strictly ascending, and the values at them.

    Returns
    -------
    Tensor of shape (n_samples,)

    Notes
    -----
    Follows ``interp1d._call_linear``, scipy's way for arrays that are not float64: a value equal to a knot belongs
    to the interval on its left, so that the value of a knot is hit up to rounding only.
    """
    j = knots_below(x, xp, False).clamp(1, xp.shape[0] - 1) - 1
    return _on_segment(x, xp, fp, j)


def _on_segment(x: Tensor, xp: Tensor, fp: Tensor, j: Tensor) -> Tensor:
    x_low, f_low = xp.index_select(0, j), fp.index_select(0, j)
    slope = (fp.index_select(0, j + 1) - f_low) / (xp.index_select(0, j + 1) - x_low)
    return slope * (x - x_low) + f_low
