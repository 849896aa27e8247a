"""Post transforms of the operators of ai.onnx.ml, as onnxruntime computes them (``ml_common.h``)."""

import torch
from torch import Tensor


def probit(x: Tensor) -> Tensor:
    """``sqrt(2) * erfinv(2 x - 1)`` by Winitzki's approximation of erfinv with a = 0.147.

    The approximation, off by up to 2e-3, is what the operators mean by PROBIT.
    """
    centred = 2.0 * x - 1.0
    log = torch.log((1.0 - centred) * (1.0 + centred))
    half = 2.0 / (3.14159 * 0.147) + 0.5 * log
    inverse = torch.sqrt(torch.sqrt(half * half - log / 0.147) - half)
    return 1.41421356 * torch.where(centred < 0, -inverse, inverse)


def softmax_zero(x: Tensor) -> Tensor:
    """Softmax of a row that leaves out the entries within 1e-7 of zero: they stay near zero.

    Parameters
    ----------
    x : Tensor of shape (n_samples, n_scores)
    """
    high = torch.amax(x, dim=1, keepdim=True)
    counts = torch.abs(x) > 1e-7
    # Entries left out must not overflow: their exponential is replaced, not multiplied by zero.
    powers = torch.where(counts, torch.exp(torch.where(counts, x - high, torch.zeros_like(x))), x * torch.exp(-high))
    total = torch.sum(torch.where(counts, powers, torch.zeros_like(x)), dim=1, keepdim=True)
    return powers / total


def post_transform(x: Tensor, name: str) -> Tensor:
    """Scores of shape (n_samples, n_scores) after the post transform of that name."""
    if name == "LOGISTIC":
        return torch.sigmoid(x)
    elif name == "SOFTMAX":
        return torch.softmax(x, dim=1)
    elif name == "SOFTMAX_ZERO":
        return softmax_zero(x)
    elif name == "PROBIT":
        return probit(x)
    return x


def second_class(x: Tensor, name: str, complement: bool) -> Tensor:
    """One score per row made two, as the operators do where a binary model has a single one.

    Parameters
    ----------
    x : Tensor of shape (n_samples, 1)
    name : str
        Post transform.
    complement : bool
        The scores are ``1 - s`` and ``s``; otherwise ``-s`` and ``s``.

    Notes
    -----
    Of the post transforms only LOGISTIC acts here: on ``-s`` and ``s`` in both forms.
    """
    if name == "LOGISTIC":
        return torch.cat([torch.sigmoid(-x), torch.sigmoid(x)], dim=1)
    elif complement:
        return torch.cat([1.0 - x, x], dim=1)
    return torch.cat([-x, x], dim=1)
