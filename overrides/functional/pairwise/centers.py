"""Distances from rows to a few centres, and the nearest of them, by the same formula as scikit-learn."""

import torch
from torch import Tensor

from ..graph import in_graph


def euclidean_distances(x: Tensor, centers: Tensor) -> Tensor:
    """``||x - c||`` by a matrix product, in the order of ``euclidean_distances`` (sklearn/metrics/pairwise.py).

    Parameters
    ----------
    x : Tensor of shape (n_samples, n_features)
    centers : Tensor of shape (n_centers, n_features)

    Returns
    -------
    Tensor of shape (n_samples, n_centers)

    Notes
    -----
    The square is off by a rounding error of the size of ``||x||^2``, scikit-learn's by another one: where a row lies on
    a centre both return about ``1e-8 ||x||`` or 0. The gradient of a distance of 0 is 0.
    """
    squares = torch.mm(x * -2.0, centers.t())
    squares += (x * x).sum(dim=1, keepdim=True)
    squares += (centers * centers).sum(dim=1)
    if not squares.requires_grad:
        return squares.clamp_(min=0.0).sqrt_()
    return root(squares)


def root(squares: Tensor) -> Tensor:
    """Square root, 0 where rounding left a negative number; the gradient there is 0, not NaN."""
    nothing = squares <= 0.0
    return squares.masked_fill(nothing, 1.0).sqrt().masked_fill(nothing, 0.0)


def nearest(x: Tensor, centers: Tensor) -> Tensor:
    """Index of the nearest centre, the first of equally near ones.

    Parameters
    ----------
    x : Tensor of shape (n_samples, n_features)
    centers : Tensor of shape (n_centers, n_features)
        At least one.

    Returns
    -------
    Tensor of int64, shape (n_samples,)

    Notes
    -----
    Compares ``||c||^2 - 2 <x, c>``, as ``_update_chunk_dense`` (sklearn/cluster/_k_means_lloyd.pyx) and ``ArgKmin``
    (sklearn/metrics/_pairwise_distances_reduction) do.
    """
    scores = center_scores(x, centers)
    if in_graph():
        return scores.argmin(dim=1)
    return scores.min(dim=1)[1]  # faster than argmin, and the first of equal ones too


def center_scores(x: Tensor, centers: Tensor) -> Tensor:
    """``||c||^2 - 2 <x, c>`` of shape (n_samples, n_centers): least where ``c`` is nearest."""
    return torch.addmm((centers * centers).sum(dim=1), x, centers.t(), alpha=-2.0)
