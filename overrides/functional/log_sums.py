"""Sums of numbers given by their logarithms."""

import torch
from torch import Tensor


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
