"""Numpy's functions of two arguments as tensor expressions, where torch's own differ, or cannot be exported exactly.

Arguments are of shapes that broadcast, and so is the result.
"""

import torch
from torch import Tensor


def to_float32(x: Tensor) -> Tensor:
    """Numbers rounded to float32, in the dtype that they have.

    A sum, a difference, a product or a quotient of two float32 numbers, computed in float64 and rounded by this, is
    that of float32 arithmetic: 53 bits are enough for rounding twice to change nothing.
    """
    return x.to(torch.float32).to(x.dtype)


def is_infinite(x: Tensor) -> Tensor:
    """``np.isinf``: torch's own is exported as one of float32, to which 1e39 is infinite."""
    return torch.abs(x) == float("inf")


def remainder(x: Tensor, y: Tensor) -> Tensor:
    """``np.remainder``, exact: of the sign of ``y``."""
    rest = torch.fmod(x, y)
    return torch.where((rest != 0) & ((rest < 0) != (y < 0)), rest + y, rest)


def floor_divide(x: Tensor, y: Tensor) -> Tensor:
    """``np.floor_divide``, exact: numpy's npy_divmod, which takes the quotient of what the remainder leaves."""
    rest = torch.fmod(x, y)
    quotient = (x - rest) / y
    quotient = torch.where((rest != 0) & ((rest < 0) != (y < 0)), quotient - 1.0, quotient)
    below = torch.floor(quotient)
    below = torch.where(quotient - below > 0.5, below + 1.0, below)
    return torch.where(y == 0, x / y, below)


def fmax(x: Tensor, y: Tensor) -> Tensor:
    """``np.fmax``: the larger one, or the one that is a number."""
    return torch.where(torch.isnan(x), y, torch.where(torch.isnan(y), x, torch.maximum(x, y)))


def fmin(x: Tensor, y: Tensor) -> Tensor:
    """``np.fmin``: the smaller one, or the one that is a number."""
    return torch.where(torch.isnan(x), y, torch.where(torch.isnan(y), x, torch.minimum(x, y)))


def hypot(x: Tensor, y: Tensor) -> Tensor:
    """``np.hypot``: ``sqrt(x^2 + y^2)``, whose squares do not overflow."""
    x, y = torch.abs(x), torch.abs(y)
    large, small = torch.maximum(x, y), torch.minimum(x, y)
    regular = (large > 0) & torch.isfinite(large)
    quotient = small / torch.where(regular, large, 1.0)
    size = torch.where(regular, large * torch.sqrt(1.0 + quotient * quotient), large)
    return torch.where(is_infinite(x) | is_infinite(y), float("inf"), size)


def logaddexp(x: Tensor, y: Tensor) -> Tensor:
    """``np.logaddexp``: ``log(exp(x) + exp(y))``."""
    distance = torch.where(x == y, 0.0, torch.abs(x - y))
    return torch.maximum(x, y) + torch.log1p(torch.exp(-distance))


def copysign(x: Tensor, y: Tensor) -> Tensor:
    """``np.copysign``: the size of ``x`` with the sign of ``y``, of a zero too."""
    is_negative = (y < 0) | ((y == 0) & (1.0 / y < 0))
    return torch.where(is_negative, -torch.abs(x), torch.abs(x))


def heaviside(x: Tensor, y: Tensor) -> Tensor:
    """``np.heaviside``: 0 below 0, 1 above, ``y`` at 0."""
    step = torch.where(x < 0, 0.0, torch.where(x == 0, y, 1.0))
    return torch.where(torch.isnan(x), x, step)


def xlogy(x: Tensor, y: Tensor) -> Tensor:
    """``scipy.special.xlogy``: ``x log(y)``, and 0 where ``x`` is 0 and ``y`` no NaN."""
    is_zero = (x == 0) & ~torch.isnan(y)
    return torch.where(is_zero, 0.0, x * torch.log(torch.where(is_zero, 1.0, y)))


def xlog1py(x: Tensor, y: Tensor) -> Tensor:
    """``scipy.special.xlog1py``: ``x log(1 + y)``, and 0 where ``x`` is 0 and ``y`` no NaN."""
    is_zero = (x == 0) & ~torch.isnan(y)
    return torch.where(is_zero, 0.0, x * torch.log1p(torch.where(is_zero, 0.0, y)))
