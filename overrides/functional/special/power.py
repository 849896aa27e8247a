"""Power transforms and their inverses, a power per column: scipy.stats and sklearn/preprocessing/_data.py.

Every function takes ``x`` of shape (n_samples, n_features) and ``powers`` of shape (n_features,). NaN stays NaN. Both
sides of a branch are computed on numbers that it can bear, so that gradients are finite.
"""

import torch
from torch import Tensor


def yeojohnson(x: Tensor, powers: Tensor) -> Tensor:
    """``((1 + x)^p - 1) / p`` from 0 on, ``-((1 - x)^(2 - p) - 1) / (2 - p)`` below; logarithms where p is 0 or 2.

    scipy.stats._morestats._yeojohnson_transform.
    """
    is_up = x >= 0
    up = torch.where(is_up, x, torch.zeros_like(x)).log1p()
    down = torch.where(is_up, torch.zeros_like(x), -x).log1p()
    return torch.where(is_up, _expm1_over(up, powers), -_expm1_over(down, 2.0 - powers))


def inverse_yeojohnson(x: Tensor, powers: Tensor) -> Tensor:
    """Inverse of :func:`yeojohnson`, NaN beyond its range; PowerTransformer._yeo_johnson_inverse_transform."""
    is_up = x >= 0
    up = torch.where(is_up, x, torch.zeros_like(x))
    down = torch.where(is_up, torch.zeros_like(x), -x)
    return torch.where(is_up, _root(up, powers) - 1.0, 1.0 - _root(down, 2.0 - powers))


def boxcox(x: Tensor, powers: Tensor) -> Tensor:
    """``(x^p - 1) / p``, the logarithm where p is 0; for x above 0. scipy.special.boxcox."""
    return _expm1_over(x.log(), powers)


def inv_boxcox(x: Tensor, powers: Tensor) -> Tensor:
    """Inverse of :func:`boxcox`, NaN beyond its range; scipy.special.inv_boxcox."""
    is_zero, divisor = _split(powers)
    return torch.where(is_zero, x, (x * powers).log1p() / divisor).exp()


def _expm1_over(logs: Tensor, powers: Tensor) -> Tensor:
    """``expm1(p * logs) / p``, and its limit ``logs`` where p is 0."""
    is_zero, divisor = _split(powers)
    return torch.where(is_zero, logs, (logs * powers).expm1() / divisor)


def _root(x: Tensor, powers: Tensor) -> Tensor:
    """``(x p + 1)^(1 / p)``, and its limit ``exp(x)`` where p is 0."""
    is_zero, divisor = _split(powers)
    exponent = torch.ones_like(powers) / divisor
    limit = torch.where(is_zero, x, torch.zeros_like(x)).exp()
    return torch.where(is_zero, limit, torch.pow(x * powers + 1.0, exponent))


def _split(powers: Tensor) -> tuple[Tensor, Tensor]:
    """Whether a power counts as 0, below the machine epsilon, and what to divide by: 1 there."""
    is_zero = powers.abs() < 2.220446049250313e-16
    return is_zero, torch.where(is_zero, torch.ones_like(powers), powers)
