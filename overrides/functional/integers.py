"""Arithmetic of numpy's integer types on int64 tensors: it wraps around where the type ends.

An integer of any type of numpy's is an int64 here: every runtime computes with those, and few with the others. Those of
uint64 beyond 2^63 are negative then, which sums, differences and products do not see.
"""

import torch
from torch import Tensor


def wrapped(x: Tensor, bits: int, signed: bool) -> Tensor:
    """Integers as a type of so many bits holds them."""
    if bits == 64:
        return x
    if signed:
        half = 1 << (bits - 1)
        return torch.bitwise_and(x + half, (1 << bits) - 1) - half
    return torch.bitwise_and(x, (1 << bits) - 1)


def to_integers(x: Tensor, bits: int, signed: bool) -> Tensor:
    """Numbers or truth values as integers: towards 0, and as the type holds them."""
    return wrapped(x.to(torch.int64), bits, signed)


def from_uint64(x: Tensor, like: Tensor) -> Tensor:
    """Integers of uint64 as numbers in the dtype of ``like``."""
    low = torch.bitwise_and(x, 4294967295)
    high = torch.floor_divide(x, 4294967296)
    high = torch.where(high < 0, high + 4294967296, high)
    return high.to(like.dtype) * 4294967296.0 + low.to(like.dtype)


def floor_divide(x: Tensor, y: Tensor) -> Tensor:
    """``np.floor_divide``; over 0 it is 0.

    Of torch's ways to divide, this is the one that is exported in integers, and not by way of floats.
    """
    is_zero = y == 0
    quotient = torch.floor_divide(x, torch.where(is_zero, torch.ones_like(y), y))
    return torch.where(is_zero, torch.zeros_like(quotient), quotient)


def remainder(x: Tensor, y: Tensor) -> Tensor:
    """``np.remainder``: of the sign of ``y``; of 0 it is 0."""
    is_zero = y == 0
    rest = torch.remainder(x, torch.where(is_zero, torch.ones_like(y), y))
    return torch.where(is_zero, torch.zeros_like(rest), rest)


def fmod(x: Tensor, y: Tensor) -> Tensor:
    """``np.fmod``: of the sign of ``x``; of 0 it is 0."""
    rest = remainder(x, y)
    other = (rest != 0) & ((x < 0) != (y < 0))
    return torch.where(other, rest - y, rest)


def power(x: Tensor, exponent: int) -> Tensor:
    """``x`` to a power that is no less than 0, by products, which wrap around."""
    result = torch.ones_like(x)
    for _ in range(exponent):
        result = result * x
    return result


def invert(x: Tensor) -> Tensor:
    """``np.invert``: all bits turned."""
    return -x - 1


def sign(x: Tensor) -> Tensor:
    """``np.sign``."""
    return (x > 0).to(torch.int64) - (x < 0).to(torch.int64)


def maximum(x: Tensor, y: Tensor) -> Tensor:
    """``np.maximum``."""
    return torch.where(x >= y, x, y)


def minimum(x: Tensor, y: Tensor) -> Tensor:
    """``np.minimum``."""
    return torch.where(x <= y, x, y)


def absolute(x: Tensor) -> Tensor:
    """``np.abs``."""
    return torch.where(x < 0, -x, x)


def amax(x: Tensor, dim: int, keepdim: bool) -> Tensor:
    """``np.max`` along a dimension."""
    return torch.amax(x, dim=dim, keepdim=keepdim)


def amin(x: Tensor, dim: int, keepdim: bool) -> Tensor:
    """``np.min`` along a dimension."""
    return torch.amin(x, dim=dim, keepdim=keepdim)
