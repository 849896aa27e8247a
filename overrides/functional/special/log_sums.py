"""Sums of numbers given by their logarithms."""

import torch
from torch import Tensor

from .arithmetic import is_infinite


def logaddexp(x: Tensor, y: Tensor) -> Tensor:
    """``log(exp(x) + exp(y))`` as ``np.logaddexp`` computes it, where minus infinity stands for 0.

    Parameters
    ----------
    x, y : Tensor of the same shape
        Not plus infinity.

    Returns
    -------
    Tensor of the same shape

    Notes
    -----
    ``torch.logaddexp`` becomes NaN in ONNX where both are minus infinity. The gradient there is 0.
    """
    larger, smaller = torch.maximum(x, y), torch.minimum(x, y)
    is_zero = smaller == -torch.inf
    gap = (smaller - larger).masked_fill(is_zero, 0.0)
    return torch.where(is_zero, larger, larger + torch.log1p(torch.exp(gap)))


def log_sum_rows(x: Tensor) -> Tensor:
    """``log(sum(exp(x)))`` of each row, as ``scipy.special.logsumexp`` computes it; minus infinity stands for 0.

    Parameters
    ----------
    x : Tensor of shape (n_samples, n_terms)
        At least one term.

    Returns
    -------
    Tensor of shape (n_samples, 1)

    Notes
    -----
    Where all terms are minus infinity so is the result, and the gradient is 0. Where one is plus infinity so is the
    result.
    """
    largest = x.detach().amax(dim=1, keepdim=True)
    largest = largest.masked_fill(is_infinite(largest), 0.0)
    total = torch.exp(x - largest).sum(dim=1, keepdim=True)
    nothing = total == 0.0
    return (torch.log(total.masked_fill(nothing, 1.0)) + largest).masked_fill(nothing, -torch.inf)
