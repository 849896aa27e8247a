"""Circular convolution, by which PolynomialCountSketch multiplies its sketches (sklearn/kernel_approximation.py)."""

import math

import torch
from torch import Tensor

from .graph import in_graph


def convolution_of_rows(rows: Tensor, cosines: Tensor, sines: Tensor) -> Tensor:
    """Circular convolution over dimension 1 of the vectors in the last dimension.

    Parameters
    ----------
    rows : Tensor of shape (n_samples, n_factors, size)
    cosines, sines : Tensor of shape (size,)
        See :func:`convolution_tables`.

    Returns
    -------
    Tensor of shape (n_samples, size)
    """
    if in_graph():
        return _by_matrices(rows, cosines, sines)
    if rows.shape[0] == 0:  # the transform of no rows is an error
        return rows.sum(1)
    spectra = torch.fft.rfft(rows)
    product = spectra[:, 0]
    for i in range(1, rows.shape[1]):
        product = product * spectra[:, i]
    return torch.fft.irfft(product, n=rows.shape[2])


def convolution_tables(size: int) -> tuple[Tensor, Tensor]:
    """Cosines and sines of the ``size`` angles of the Fourier transform."""
    # Angles up to an eighth of a turn, mirrored, would be a little more exact; numpy's and torch's FFT are not either.
    angles = torch.arange(size, dtype=torch.float64) * (2.0 * math.pi / size)
    return angles.cos(), angles.sin()


def _by_matrices(rows: Tensor, cosines: Tensor, sines: Tensor) -> Tensor:
    """The same in real numbers: onnxruntime has no exact FFT in double precision."""
    size = rows.shape[2]
    half = size // 2 + 1
    angle = torch.arange(size, device=rows.device)
    angle = torch.remainder(angle.unsqueeze(1) * angle[:half], size).reshape(-1)
    # Real and imaginary part of exp(-i * angle), shape (size, half).
    real_matrix = cosines.index_select(0, angle).view(size, half)
    imaginary_matrix = sines.index_select(0, angle).view(size, half).neg()
    real, imaginary = torch.matmul(rows, real_matrix), torch.matmul(rows, imaginary_matrix)
    re, im = real[:, 0], imaginary[:, 0]
    for i in range(1, rows.shape[1]):
        re, im = re * real[:, i] - im * imaginary[:, i], re * imaginary[:, i] + im * real[:, i]
    # Frequencies above the half are the conjugates of those below: count these twice.
    twice = torch.ones_like(cosines[:half]) + 1.0
    once = torch.zeros_like(twice)
    once[0] = 1.0
    if size % 2 == 0:
        once[half - 1] = 1.0
    weight = (twice - once) / size
    return torch.mm(re * weight, real_matrix.t()) + torch.mm(im * weight, imaginary_matrix.t())
