"""Numpy's functions of one argument as tensor expressions, known by identity, never by name or source."""

from typing import Any

import numpy as np
import torch
from scipy import special
from torch import Tensor

from .normal import erf, erfc, ndtr
from .trigonometry import arccos, arcsin, arctan, tan

UFUNCS: dict[Any, str] = {
    np.abs: "abs",
    np.fabs: "abs",
    np.negative: "negative",
    np.positive: "identity",
    np.sign: "sign",
    np.square: "square",
    np.sqrt: "sqrt",
    np.cbrt: "cbrt",
    np.reciprocal: "reciprocal",
    np.exp: "exp",
    np.exp2: "exp2",
    np.expm1: "expm1",
    np.log: "log",
    np.log2: "log2",
    np.log10: "log10",
    np.log1p: "log1p",
    np.sin: "sin",
    np.cos: "cos",
    np.sinh: "sinh",
    np.cosh: "cosh",
    np.tanh: "tanh",
    np.arcsinh: "arcsinh",
    np.arctanh: "arctanh",
    np.floor: "floor",
    np.ceil: "ceil",
    np.rint: "rint",
    np.trunc: "trunc",
    np.tan: "tan",
    np.arcsin: "arcsin",
    np.arccos: "arccos",
    np.arctan: "arctan",
    np.arccosh: "arccosh",
    np.degrees: "degrees",
    np.rad2deg: "degrees",
    np.radians: "radians",
    np.deg2rad: "radians",
    special.expit: "expit",
    special.logit: "logit",
    special.log_expit: "log_expit",
    special.erf: "erf",
    special.erfc: "erfc",
    special.ndtr: "ndtr",
    special.cbrt: "cbrt",
    special.exp2: "exp2",
    special.exp10: "exp10",
    special.expm1: "expm1",
    special.log1p: "log1p",
}
"""The functions that :func:`ufunc` knows, with its names for them."""


def ufunc(x: Tensor, name: str) -> Tensor:
    """A function of numpy or scipy, element by element.

    Parameters
    ----------
    x : Tensor of any shape
    name : str
        A value of :data:`UFUNCS`.

    Returns
    -------
    Tensor of the same shape

    Notes
    -----
    Exported programs have the hyperbolic functions and their inverses written out in exponentials and logarithms:
    onnxruntime has them in float32 only.
    """
    if name == "identity":
        return x
    if name == "abs":
        return torch.abs(x)
    if name == "negative":
        return torch.neg(x)
    if name == "sign":
        return torch.where(torch.isnan(x), x, torch.sign(x))
    if name == "square":
        return x * x
    if name == "sqrt":
        return torch.sqrt(x)
    if name == "cbrt":
        return cbrt(x)
    if name == "reciprocal":
        return torch.reciprocal(x)
    if name == "floor":
        return torch.floor(x)
    if name == "ceil":
        return torch.ceil(x)
    if name == "rint":
        return torch.round(x)
    if name == "trunc":
        return torch.trunc(x)
    if name == "degrees":
        return x * 57.29577951308232
    if name == "radians":
        return x * 0.017453292519943295
    return _trigonometric(x, name)


def _trigonometric(x: Tensor, name: str) -> Tensor:
    if name == "sin":
        return torch.sin(x)
    if name == "cos":
        return torch.cos(x)
    if name == "tan":
        return tan(x)
    if name == "arcsin":
        return arcsin(x)
    if name == "arccos":
        return arccos(x)
    if name == "arctan":
        return arctan(x)
    return _of_exponentials(x, name)


def _of_exponentials(x: Tensor, name: str) -> Tensor:
    if name == "exp":
        return torch.exp(x)
    if name == "exp2":
        return torch.exp2(x)
    if name == "expm1":
        return torch.expm1(x)
    if name == "log":
        return torch.log(x)
    if name == "log2":
        return _log_to_base(x, 2.0)
    if name == "log10":
        return _log_to_base(x, 10.0)
    if name == "log1p":
        return torch.log1p(x)
    if name == "expit":
        return torch.sigmoid(x)
    if name == "logit":
        return torch.log(x / (1.0 - x))
    if name == "log_expit":
        # The exponential of what is at most 0 cannot overflow.
        return torch.clamp(x, max=0.0) - torch.log1p(torch.exp(-torch.abs(x)))
    if name == "exp10":
        return torch.pow(torch.full_like(x, 10.0), x)
    if name == "erf":
        return erf(x)
    if name == "erfc":
        return erfc(x)
    if name == "ndtr":
        return ndtr(x)
    return _hyperbolic(x, name)


def _log_to_base(x: Tensor, base: float) -> Tensor:
    if not torch.jit.is_scripting():
        if torch.compiler.is_exporting():
            # The ONNX exporter of torch divides by the logarithm of the base in float32.
            return torch.log(x) / torch.log(torch.full((1,), base, dtype=x.dtype, device=x.device))
    return torch.log2(x) if base == 2.0 else torch.log10(x)


def _hyperbolic(x: Tensor, name: str) -> Tensor:
    if not torch.jit.is_scripting():
        if torch.compiler.is_exporting():
            return _hyperbolic_written_out(x, name)
    if name == "sinh" or name == "cosh":
        # Torch's own overflow before numpy's do.
        near = torch.clamp(x, -700.0, 700.0)
        near = torch.sinh(near) if name == "sinh" else torch.cosh(near)
        return torch.where(torch.abs(x) <= 700.0, near, _hyperbolic_written_out(x, name))
    if name == "tanh":
        return torch.tanh(x)
    if name == "arcsinh":
        return torch.asinh(x)
    if name == "arccosh":
        return torch.acosh(x)
    return torch.atanh(x)


def _hyperbolic_written_out(x: Tensor, name: str) -> Tensor:
    if name == "arcsinh":
        # The square would overflow: beyond 2^27, sqrt(x^2 + 1) is |x| in float64.
        size = torch.abs(x)
        capped = torch.clamp(size, max=134217728.0)
        near = torch.log1p(capped + capped * capped / (1.0 + torch.sqrt(capped * capped + 1.0)))
        far = torch.log(torch.clamp(size, min=1.0)) + torch.log(torch.full_like(x, 2.0))
        return torch.sign(x) * torch.where(size > 134217728.0, far, near)
    if name == "arccosh":
        # As above: beyond 2^27 the root is x; below 1 there is no real number.
        beyond = torch.clamp(x, max=134217728.0) - 1.0
        near = torch.log1p(beyond + torch.sqrt(beyond) * torch.sqrt(beyond + 2.0))
        far = torch.log(torch.clamp(x, min=1.0)) + torch.log(torch.full_like(x, 2.0))
        return torch.where(x > 134217728.0, far, near)
    if name == "arctanh":
        return 0.5 * (torch.log1p(x) - torch.log1p(-x))
    if name == "tanh":
        # exp of the negative size cannot overflow.
        small = torch.exp(-2.0 * torch.abs(x))
        return torch.sign(x) * (1.0 - small) / (1.0 + small)
    # Half of exp(x) as a product of two roots: exp(x) itself overflows before it does.
    up, down = torch.exp(0.5 * x), torch.exp(-0.5 * x)
    if name == "sinh":
        return 0.5 * up * up - 0.5 * down * down
    return 0.5 * up * up + 0.5 * down * down


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
