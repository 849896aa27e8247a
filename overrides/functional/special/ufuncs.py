"""Numpy's functions of one argument as tensor expressions, known by identity, never by name or source.

Exported programs have the hyperbolic functions and their inverses written out in exponentials and logarithms:
onnxruntime has them in float32 only.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from scipy import special
from torch import Tensor

from ..graph import in_export
from .normal import erf, erfc, ndtr
from .trigonometry import arccos, arcsin, arctan, tan


def identity(x: Tensor) -> Tensor:
    """``np.positive``."""
    return x


def sign(x: Tensor) -> Tensor:
    """``np.sign``: NaN stays, which torch makes 0 of."""
    return torch.where(torch.isnan(x), x, torch.sign(x))


def degrees(x: Tensor) -> Tensor:
    """``np.degrees``."""
    return x * 57.29577951308232


def radians(x: Tensor) -> Tensor:
    """``np.radians``."""
    return x * 0.017453292519943295


def log2(x: Tensor) -> Tensor:
    """``np.log2``."""
    return _log_to_base(x, 2.0)


def log10(x: Tensor) -> Tensor:
    """``np.log10``."""
    return _log_to_base(x, 10.0)


def logit(x: Tensor) -> Tensor:
    """``scipy.special.logit``."""
    return torch.log(x / (1.0 - x))


def log_expit(x: Tensor) -> Tensor:
    """``scipy.special.log_expit``: the exponential of what is at most 0 cannot overflow."""
    return torch.clamp(x, max=0.0) - torch.log1p(torch.exp(-torch.abs(x)))


def exp10(x: Tensor) -> Tensor:
    """``scipy.special.exp10``."""
    return torch.pow(torch.full_like(x, 10.0), x)


def square(x: Tensor) -> Tensor:
    """``np.square``."""
    return x * x


def sinh(x: Tensor) -> Tensor:
    """``np.sinh``; torch's own overflows before numpy's does."""
    up, down = torch.exp(0.5 * x), torch.exp(-0.5 * x)
    written_out = 0.5 * up * up - 0.5 * down * down
    if not torch.jit.is_scripting():
        if in_export():
            return written_out
    return torch.where(torch.abs(x) <= 700.0, torch.sinh(torch.clamp(x, -700.0, 700.0)), written_out)


def cosh(x: Tensor) -> Tensor:
    """``np.cosh``; half of exp(x) is a product of two roots, for exp(x) itself overflows before it does."""
    up, down = torch.exp(0.5 * x), torch.exp(-0.5 * x)
    written_out = 0.5 * up * up + 0.5 * down * down
    if not torch.jit.is_scripting():
        if in_export():
            return written_out
    return torch.where(torch.abs(x) <= 700.0, torch.cosh(torch.clamp(x, -700.0, 700.0)), written_out)


def tanh(x: Tensor) -> Tensor:
    """``np.tanh``; written out, the exponential of the negative size cannot overflow."""
    if not torch.jit.is_scripting():
        if in_export():
            small = torch.exp(-2.0 * torch.abs(x))
            return torch.sign(x) * (1.0 - small) / (1.0 + small)
    return torch.tanh(x)


def arcsinh(x: Tensor) -> Tensor:
    """``np.arcsinh``; written out, the square would overflow: beyond 2^27, sqrt(x^2 + 1) is |x| in float64."""
    if not torch.jit.is_scripting():
        if in_export():
            size = torch.abs(x)
            capped = torch.clamp(size, max=134217728.0)
            near = torch.log1p(capped + capped * capped / (1.0 + torch.sqrt(capped * capped + 1.0)))
            far = torch.log(torch.clamp(size, min=1.0)) + torch.log(torch.full_like(x, 2.0))
            return torch.sign(x) * torch.where(size > 134217728.0, far, near)
    return torch.asinh(x)


def arccosh(x: Tensor) -> Tensor:
    """``np.arccosh``; written out, the root is x beyond 2^27; below 1 there is no real number."""
    if not torch.jit.is_scripting():
        if in_export():
            beyond = torch.clamp(x, max=134217728.0) - 1.0
            near = torch.log1p(beyond + torch.sqrt(beyond) * torch.sqrt(beyond + 2.0))
            far = torch.log(torch.clamp(x, min=1.0)) + torch.log(torch.full_like(x, 2.0))
            return torch.where(x > 134217728.0, far, near)
    return torch.acosh(x)


def arctanh(x: Tensor) -> Tensor:
    """``np.arctanh``."""
    if not torch.jit.is_scripting():
        if in_export():
            return 0.5 * (torch.log1p(x) - torch.log1p(-x))
    return torch.atanh(x)


def _log_to_base(x: Tensor, base: float) -> Tensor:
    if not torch.jit.is_scripting():
        if in_export():
            # The ONNX exporter of torch divides by the logarithm of the base in float32.
            return torch.log(x) / torch.log(torch.full((1,), base, dtype=x.dtype, device=x.device))
    return torch.log2(x) if base == 2.0 else torch.log10(x)


def cbrt(x: Tensor) -> Tensor:
    """Cube root, as ``np.cbrt`` computes it: real for negative numbers too.

    Parameters
    ----------
    x : Tensor of any shape

    Returns
    -------
    Tensor of the same shape

    Notes
    -----
    A power with the exponent 1/3, which is rounded, and one step of Newton's that repairs what the rounding did.
    """
    third = torch.ones_like(x) / 3.0
    regular = (x != 0.0) & torch.isfinite(x)
    size = torch.where(regular, torch.abs(x), torch.ones_like(x))
    root = torch.pow(size, third)
    root = root - (root - size / (root * root)) / 3.0
    return torch.where(regular, torch.sign(x) * root, x)


UFUNCS: dict[Any, Callable[[Tensor], Tensor]] = {
    np.abs: torch.abs,
    np.fabs: torch.abs,
    np.negative: torch.neg,
    np.positive: identity,
    np.sign: sign,
    np.square: square,
    np.sqrt: torch.sqrt,
    np.cbrt: cbrt,
    np.reciprocal: torch.reciprocal,
    np.exp: torch.exp,
    np.exp2: torch.exp2,
    np.expm1: torch.expm1,
    np.log: torch.log,
    np.log2: log2,
    np.log10: log10,
    np.log1p: torch.log1p,
    np.sin: torch.sin,
    np.cos: torch.cos,
    np.tan: tan,
    np.arcsin: arcsin,
    np.arccos: arccos,
    np.arctan: arctan,
    np.sinh: sinh,
    np.cosh: cosh,
    np.tanh: tanh,
    np.arcsinh: arcsinh,
    np.arccosh: arccosh,
    np.arctanh: arctanh,
    np.floor: torch.floor,
    np.ceil: torch.ceil,
    np.rint: torch.round,
    np.trunc: torch.trunc,
    np.degrees: degrees,
    np.rad2deg: degrees,
    np.radians: radians,
    np.deg2rad: radians,
    special.expit: torch.sigmoid,
    special.logit: logit,
    special.log_expit: log_expit,
    special.erf: erf,
    special.erfc: erfc,
    special.ndtr: ndtr,
    special.cbrt: cbrt,
    special.exp2: torch.exp2,
    special.exp10: exp10,
    special.expm1: torch.expm1,
    special.log1p: torch.log1p,
}
"""Function of numpy or scipy to the same on tensors, element by element; each scripts."""
