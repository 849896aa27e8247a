"""The normal distribution, its inverse and the error function, as scipy.special computes them.

Exported programs have them written out in powers, exponentials and logarithms: ONNX has no ``ndtri``, and onnxruntime
its ``Erf`` in float32 only. The quotients of polynomials there interpolate the functions at Chebyshev nodes, computed
with 60 digits.
"""

import torch
from torch import Tensor

from ..graph import in_export

_NDTRI_LOW, _NDTRI_HIGH = 1.125, 5.75
_NDTRI_P = (
    -0.0780251867561173,
    5.882639671473932,
    83.29097996824373,
    444.9541197163045,
    1232.5071266413916,
    1964.2461985102955,
    1861.357298592609,
    1015.9100027367209,
    278.87746651615805,
    27.128310376790374,
)
_NDTRI_Q = (
    1.0,
    13.651880120660035,
    75.40093105650587,
    219.09541081556407,
    366.57752812255274,
    363.2461328329856,
    206.84702691149937,
    58.88880031789598,
    5.864951722175907,
    1.853494262425959e-05,
)

_ERFC_LOW, _ERFC_HIGH = 0.0625, 1.0
_ERFC_P = (
    0.300734221782682,
    0.25897251010793276,
    0.9926201776227952,
    0.8387097185522285,
    1.2021892722471945,
    0.8861951518674065,
    0.6590024478259038,
    0.3281533686845173,
    0.10694469511963321,
)
_ERFC_Q = (
    1.0,
    -0.12113724745217347,
    2.5959906724174773,
    -0.20043907349267875,
    1.9196352838259654,
    -0.0765275269141106,
    0.43957547851629525,
    -0.0056615626728718765,
    0.022085539582390245,
)


def ndtr(x: Tensor) -> Tensor:
    """Probability that a standard normal variable is at most ``x``.

    Parameters
    ----------
    x : Tensor of any shape

    Returns
    -------
    Tensor of the same shape
        Above 0 it is 1 less the tail, rounded once, as in scipy: who adds a small number to it and compares with 1
        gets the same answer.
    """
    # Not the absolute value, whose gradient at 0 is 0.
    z = torch.where(x > 0, x, -x) * 0.7071067811865476
    tail = 0.5 * _erfc(z)
    return torch.where(x > 0, 1.0 - tail, tail)


def erf(x: Tensor) -> Tensor:
    """Error function, as ``scipy.special.erf``; of any shape."""
    if not torch.jit.is_scripting():
        if in_export():
            return 1.0 - erfc(x)
    return torch.erf(x)


def erfc(x: Tensor) -> Tensor:
    """1 less the error function, as ``scipy.special.erfc``; of any shape."""
    tail = _erfc(torch.where(x > 0, x, -x))
    return torch.where(x > 0, tail, 2.0 - tail)


def _erfc(z: Tensor) -> Tensor:
    if not torch.jit.is_scripting():
        if in_export():
            return _erfc_written_out(z)
    return torch.erfc(z)


def _erfc_written_out(z: Tensor) -> Tensor:
    """For 0 and above; beyond 30 it is 0."""
    z = torch.clamp(z, max=30.0)
    t = 2.0 / (2.0 + z)
    v = (t - _ERFC_LOW) / (_ERFC_HIGH - _ERFC_LOW)
    return t * torch.exp(-z * z) * polynomial(v, _ERFC_P) / polynomial(v, _ERFC_Q)


def ndtri(p: Tensor) -> Tensor:
    """Inverse of :func:`ndtr`, for probabilities from 9e-8 to 1 - 9e-8.

    Parameters
    ----------
    p : Tensor of any shape

    Returns
    -------
    Tensor of the same shape
    """
    if not torch.jit.is_scripting():
        if in_export():
            return _ndtri_written_out(p)
    return torch.special.ndtri(p)


def _ndtri_written_out(p: Tensor) -> Tensor:
    root = torch.sqrt(-2.0 * torch.log(torch.minimum(p, 1.0 - p)))
    v = (root - _NDTRI_LOW) / (_NDTRI_HIGH - _NDTRI_LOW)
    size = polynomial(v, _NDTRI_P) / polynomial(v, _NDTRI_Q)
    return torch.where(p < 0.5, -size, size)


def polynomial(x: Tensor, coefficients: tuple[float, ...]) -> Tensor:
    """Value of a polynomial by Horner's rule; the constant comes first. In exported programs only."""
    value = x * coefficients[-1] + coefficients[-2]
    for coefficient in coefficients[-3::-1]:
        value = value * x + coefficient
    return value
