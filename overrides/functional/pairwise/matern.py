"""The Matern correlation of any smoothness, by polynomials on octaves: tensor operations that every exporter knows."""

import numpy as np
import torch
from numpy.polynomial import chebyshev
from scipy.special import gamma, kve
from torch import Tensor

LOWEST, HIGHEST, DEGREE = -540, 10, 20
"""Octaves of the table: from the smallest distance that is not 0, sqrt(5e-324), to where the correlation is 0."""


def matern_table(nu: float) -> np.ndarray:
    """Coefficients for :func:`matern`.

    Parameters
    ----------
    nu : float
        Smoothness, above 0.

    Returns
    -------
    ndarray of shape (DEGREE + 1, HIGHEST - LOWEST)
        Of the polynomial in ``2 x / 2^k - 3``, from -1 to 1, on each octave ``[2^k, 2^(k + 1)]``: the highest power
        first. It gives the correlation times ``exp(x)``, which changes slowly.

    Notes
    -----
    The correlation is ``2^(1 - nu) / gamma(nu) * x^nu * K_nu(x)``. Its only singularity is at 0, three half-widths from
    the middle of an octave: a polynomial of degree d is good to ``5.8^-d``.
    """

    def scaled(x: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            value = 2.0 ** (1.0 - nu) / gamma(nu) * x**nu * kve(nu, x)
            power = x**nu
        # Where the power vanishes or the Bessel function overflows, x is next to 0, and the correlation 1.
        near = (power < 1e-290) | ~np.isfinite(value)
        return np.where(near, np.exp(np.minimum(x, 700.0)), value)

    t = np.cos(np.pi * (np.arange(DEGREE + 1) + 0.5) / (DEGREE + 1))
    values = scaled(np.exp2(np.arange(LOWEST, HIGHEST) - 1.0).reshape(-1, 1) * (t + 3.0))
    basis = chebyshev.chebvander(t, DEGREE)
    coefficients = values @ basis * (np.where(np.arange(DEGREE + 1) == 0, 1.0, 2.0) / (DEGREE + 1))
    # What is rounding only would be as much of each power, of which one takes the other away.
    coefficients[np.abs(coefficients) < 2e-16 * np.abs(coefficients).max(axis=1, keepdims=True)] = 0.0
    powers = np.zeros((DEGREE + 1, DEGREE + 1))
    for k in range(DEGREE + 1):
        powers[k, : k + 1] = chebyshev.cheb2poly(np.eye(k + 1)[k])
    return np.ascontiguousarray((coefficients @ powers)[:, ::-1].T)


def matern(x: Tensor, table: Tensor) -> Tensor:
    """``2^(1 - nu) / gamma(nu) * x^nu * K_nu(x)``, as ``Matern.__call__`` (sklearn/gaussian_process/kernels.py) has it.

    Parameters
    ----------
    x : Tensor of any shape
        Above 0.
    table : Tensor of shape (DEGREE + 1, n_octaves)
        :func:`matern_table` of ``nu``.
    """
    octave = torch.floor(torch.log2(x.detach())).clamp(-540, table.shape[1] - 541)
    octave = torch.where(torch.isnan(octave), torch.zeros_like(octave), octave)
    # A power of two of which the exponent is far from 0 is exact as a product of two.
    half = torch.floor(octave * 0.5)
    t = (2.0 * (x / (torch.exp2(half) * torch.exp2(octave - half))) - 3.0).clamp(-1.0625, 1.0625)
    place = (octave + 540).to(torch.int64).flatten()
    result = table[0].index_select(0, place).reshape(x.shape)
    for k in range(1, table.shape[0]):
        result = result * t + table[k].index_select(0, place).reshape(x.shape)
    return result * torch.exp(-x)
