"""Tangents and inverse trigonometric functions, as numpy computes them.

Exported programs have them written out in sums, products and roots: onnxruntime has them in float32 only. The quotient
of polynomials there interpolates ``arctan(x) / x`` at Chebyshev nodes, computed with 60 digits.
"""

import torch
from torch import Tensor

from ..graph import in_export
from .arithmetic import is_infinite
from .normal import polynomial

_ARCTAN_P = (
    1.0,
    2.2299660496047453,
    1.7100629404575416,
    0.5228298575987511,
    0.054152569366252436,
    0.0008556779600691004,
)
_ARCTAN_Q = (1.0, 2.5632993829380784, 2.3644960681035676, 0.9411924799027879, 0.15005869740332925, 0.006519948709384931)


def tan(x: Tensor) -> Tensor:
    """``np.tan``; of any shape."""
    if not torch.jit.is_scripting():
        if in_export():
            return torch.sin(x) / torch.cos(x)
    return torch.tan(x)


def arctan(x: Tensor) -> Tensor:
    """``np.arctan``; of any shape."""
    if not torch.jit.is_scripting():
        if in_export():
            return _arctan_written_out(x)
    return torch.atan(x)


def _arctan_written_out(x: Tensor) -> Tensor:
    size = torch.abs(x)
    is_far = size > 1.0
    small = torch.where(is_far, 1.0 / torch.clamp(size, min=1.0), size)
    # arctan(t) = pi/4 + arctan((t - 1) / (t + 1)) brings it below tan(pi/8).
    is_middle = small > 0.41421356237309503
    small = torch.where(is_middle, (small - 1.0) / (small + 1.0), small)
    square = small * small
    angle = small * polynomial(square, _ARCTAN_P) / polynomial(square, _ARCTAN_Q)
    angle = torch.where(is_middle, angle + 0.7853981633974483, angle)
    angle = torch.where(is_far, 1.5707963267948966 - angle, angle)
    return torch.where(x < 0, -angle, angle)


def arcsin(x: Tensor) -> Tensor:
    """``np.arcsin``; of any shape."""
    if not torch.jit.is_scripting():
        if in_export():
            # A quotient by 0 is infinite, and its arctangent a right angle.
            return _arctan_written_out(x / torch.sqrt((1.0 - x) * (1.0 + x)))
    return torch.asin(x)


def arccos(x: Tensor) -> Tensor:
    """``np.arccos``; of any shape."""
    if not torch.jit.is_scripting():
        if in_export():
            return 2.0 * _arctan_written_out(torch.sqrt((1.0 - x) / (1.0 + x)))
    return torch.acos(x)


def arctan2(y: Tensor, x: Tensor) -> Tensor:
    """``np.arctan2``: the angle of the point (x, y); of shapes that broadcast."""
    if not torch.jit.is_scripting():
        if in_export():
            return _arctan2_written_out(y, x)
    return torch.atan2(y, x)


def _arctan2_written_out(y: Tensor, x: Tensor) -> Tensor:
    height, width = torch.abs(y), torch.abs(x)
    same = (height == width) & ((height == 0) | is_infinite(height))
    quotient = torch.where(same, torch.where(height == 0, height, 1.0), height / torch.where(same, 1.0, width))
    angle = _arctan_written_out(quotient)
    is_left = (x < 0) | ((x == 0) & (1.0 / x < 0))
    angle = torch.where(is_left, 3.141592653589793 - angle, angle)
    is_below = (y < 0) | ((y == 0) & (1.0 / y < 0))
    return torch.where(is_below, -angle, angle)
