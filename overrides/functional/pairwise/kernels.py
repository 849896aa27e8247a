"""Pairwise kernels, as sklearn/metrics/pairwise.py and libsvm define them: rows by rows, a matrix out.

Every function takes ``x`` of shape (n_samples, n_features) and ``y`` of shape (n_others, n_features) and returns
(n_samples, n_others). Those that work on differences keep one matrix of the result's size per step, never
(n_samples, n_others, n_features) of a batch.
"""

import torch
from torch import Tensor

from ..graph import in_graph


def rbf_kernel(x: Tensor, y: Tensor, gamma: Tensor, center: Tensor, reach: Tensor) -> Tensor:
    """``exp(-gamma ||x - y||^2)`` by one matrix product of centred rows.

    Parameters
    ----------
    x : Tensor of shape (n_samples, n_features)
    y : Tensor of shape (n_others, n_features)
    gamma : Tensor of shape ()
    center : Tensor of shape (n_features,)
        Near the middle of ``y``: the smaller the centred rows, the smaller the rounding error.
    reach : Tensor of shape ()
        Centred features are clipped to ``[-reach, reach]``, where the kernel is 0 already, so that none overflows.

    Notes
    -----
    See :func:`rbf_error` for the error and :func:`rbf_frame` for ``center`` and ``reach``.
    """
    rows, others = (x - center).clamp(-reach, reach), y - center
    if in_graph():  # runtimes have a fast exp, and a slow exp2 or none
        norms = torch.addmm((others * others).sum(1), rows, others.t(), alpha=-2.0)
        return torch.exp((norms + (rows * rows).sum(1, keepdim=True)) * -gamma)
    scale = gamma * 1.4426950408889634  # log2(e)
    exponent = torch.addmm((others * others).sum(1) * -scale, rows * (scale * 2.0), others.t())
    return torch.exp2(exponent - (rows * rows).sum(1, keepdim=True) * scale)


def rbf_kernel_of_differences(x: Tensor, y: Tensor, gamma: Tensor) -> Tensor:
    """``exp(-gamma ||x - y||^2)`` from differences: exact wherever the rows lie, and faster for a single row."""
    if in_graph():
        return torch.exp(squared_distances(x, y) * -gamma)
    return torch.exp2(squared_distances(x, y) * (gamma * -1.4426950408889634))


def laplacian_kernel(x: Tensor, y: Tensor, gamma: Tensor) -> Tensor:
    """``exp(-gamma ||x - y||_1)``."""
    return torch.exp(manhattan_distances(x, y) * -gamma)


def cosine_similarity(x: Tensor, y: Tensor, tiny: Tensor) -> Tensor:
    """``<x, y> / (||x|| ||y||)``; rows of a norm below ``tiny`` are taken as they are.

    Parameters
    ----------
    x : Tensor of shape (n_samples, n_features)
    y : Tensor of shape (n_others, n_features)
    tiny : Tensor of shape ()
        Ten times the machine precision in scikit-learn (``_handle_zeros_in_scale``).
    """
    return torch.mm(_unit_rows(x, tiny), _unit_rows(y, tiny).t())


def additive_chi2_kernel(x: Tensor, y: Tensor) -> Tensor:
    """``-sum((x - y)^2 / (x + y))`` over features where ``x + y`` is not 0."""
    result = x.new_zeros((x.shape[0], y.shape[0]))
    step = _feature_step(x, y)
    others = y.t().contiguous()
    for start in range(0, x.shape[1], step):
        a = x[:, start : start + step].t().unsqueeze(2)
        b = others[start : start + step].unsqueeze(1)
        total, difference = a + b, a - b
        nothing = total == 0
        term = difference * difference / torch.where(nothing, torch.ones_like(total), total)
        result = result - torch.where(nothing, torch.zeros_like(term), term).sum(0)
    return result


def chi2_kernel(x: Tensor, y: Tensor, gamma: Tensor) -> Tensor:
    """``exp(gamma * additive_chi2_kernel(x, y))``."""
    return torch.exp(additive_chi2_kernel(x, y) * gamma)


def squared_distances(x: Tensor, y: Tensor) -> Tensor:
    """``||x - y||^2`` from the differences."""
    if not in_graph():
        if x.shape[0] == 1:
            difference = x - y
            return (difference * difference).sum(1).unsqueeze(0)
        if not _is_half(x):
            distances = torch.cdist(x, y, p=2.0, compute_mode="donot_use_mm_for_euclid_dist")
            return distances * distances
    result = x.new_zeros((x.shape[0], y.shape[0]))
    step = _feature_step(x, y)
    for start in range(0, x.shape[1], step):
        difference = x[:, start : start + step].unsqueeze(1) - y[:, start : start + step]
        result = result + (difference * difference).sum(2)
    return result


def manhattan_distances(x: Tensor, y: Tensor) -> Tensor:
    """``||x - y||_1``."""
    if not in_graph() and not _is_half(x):
        return torch.cdist(x, y, p=1.0)
    result = x.new_zeros((x.shape[0], y.shape[0]))
    step = _feature_step(x, y)
    for start in range(0, x.shape[1], step):
        result = result + (x[:, start : start + step].unsqueeze(1) - y[:, start : start + step]).abs().sum(2)
    return result


def rbf_frame(y: Tensor, gamma: float) -> tuple[Tensor, float]:
    """Centre and reach for :func:`rbf_kernel`.

    Parameters
    ----------
    y : Tensor of shape (n_others, n_features)
    gamma : float

    Returns
    -------
    center : Tensor of shape (n_features,)
        Mean of the rows, 0 where there are none.
    reach : float
        Sixteen times the distance at which the kernel is 0 in double precision, so that rows ``y`` that are trained
        have room, as far as squares stay finite; 1 where distance does not matter.
    """
    center = y.mean(0) if y.shape[0] > 0 else y.new_zeros(y.shape[1])
    if y.shape[0] == 0 or gamma == 0:
        return center, 1.0
    zero_at = radius(y, center) + (2000.0 / gamma) ** 0.5
    return center, min(16.0 * zero_at, 1e150)


def rbf_error(y: Tensor, center: Tensor, gamma: float) -> float:
    """Bound of the absolute error of :func:`rbf_kernel` in double precision.

    The matrix product rounds at the size of its largest addends, the squared norms. Rows further from every ``y`` than
    ``sqrt(40 / gamma)`` have a kernel below 1e-17 however their exponent is rounded.
    """
    return _exponent_error(y, center, gamma, 40.0)


def rbf_exponent_error(y: Tensor, center: Tensor, gamma: float) -> float:
    """Bound of the relative error of :func:`rbf_kernel` in double precision, of every kernel that is not 0."""
    return _exponent_error(y, center, gamma, 745.0)


def _exponent_error(y: Tensor, center: Tensor, gamma: float, largest: float) -> float:
    size = radius(y, center)
    return 2.2e-16 * (gamma * size**2 + ((gamma**0.5) * size + largest**0.5) ** 2)


def radius(y: Tensor, center: Tensor) -> float:
    """Largest distance of the rows from ``center``, 0 where there are none."""
    if y.shape[0] == 0:
        return 0.0
    return float(torch.linalg.vector_norm(y - center, dim=1).max())


def _is_half(x: Tensor) -> bool:
    """Whether numbers are of a dtype that torch.cdist does not know."""
    return x.dtype != torch.float64 and x.dtype != torch.float32


def _unit_rows(x: Tensor, tiny: Tensor) -> Tensor:
    norms = torch.linalg.vector_norm(x, dim=1, keepdim=True)
    # In half precision the bound is 0 itself.
    return x / torch.where((norms < tiny) | (norms == 0), torch.ones_like(norms), norms)


def _feature_step(x: Tensor, y: Tensor) -> int:
    """Features per step: all that fit 2**16 numbers; in a graph, which holds every step, so many that 64 steps do."""
    n_features = x.shape[1]
    if in_graph():
        return (n_features + 63) // 64
    return max(1, min(n_features, 65536 // max(1, x.shape[0] * y.shape[0])))
