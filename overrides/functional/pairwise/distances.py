"""Pairwise distances as sklearn/metrics/_dist_metrics.pyx.tp and scipy/spatial/distance.py define them.

Most metrics have a *reduced* distance, which ranks alike and is cheaper: the squared one of the Euclidean. Sums run
over the features in their order, one matrix of the result's size per step: rounding, and with it what counts as equal,
is that of scikit-learn.
"""

import torch
from torch import Tensor

from ..special.trigonometry import arcsin

OF_DIFFERENCES = (
    "euclidean",
    "seuclidean",
    "manhattan",
    "chebyshev",
    "minkowski",
    "mahalanobis",
    "canberra",
    "braycurtis",
    "scipy braycurtis",
    "haversine",
    "hamming",
)
"""Metrics for :func:`reduced_distances`."""

OF_SETS = ("jaccard", "dice", "rogerstanimoto", "russellrao", "sokalsneath", "yule")
"""Metrics for :func:`set_distances`."""

OF_PRODUCTS = ("expanded euclidean", "cosine", "correlation")
"""Metrics for :func:`product_distances`."""


def reduced_distances(metric: str, x: Tensor, y: Tensor, p: Tensor, weights: Tensor, matrix: Tensor) -> Tensor:
    """Reduced distances by one of :data:`OF_DIFFERENCES`.

    Parameters
    ----------
    metric : str
    x : Tensor of shape (n_samples, n_features)
    y : Tensor of shape (n_features, n_others) or (n_features, n_samples, n_others)
        The others, the same for all rows of ``x`` or some for each row.
    p : Tensor of shape ()
        Power of "minkowski".
    weights : Tensor of shape (n_features,)
        Weights of "minkowski", variances of "seuclidean".
    matrix : Tensor of shape (n_features, n_features)
        Inverse covariance of "mahalanobis".

    Returns
    -------
    Tensor of shape (n_samples, n_others)
    """
    if metric == "euclidean" or metric == "seuclidean":
        total = _zeros(x, y)
        for j in range(x.shape[1]):
            difference = x[:, j].unsqueeze(1) - y[j]
            square = difference * difference
            total = total + (square if metric == "euclidean" else square / weights[j])
        return total
    elif metric == "manhattan":
        total = _zeros(x, y)
        for j in range(x.shape[1]):
            total = total + (x[:, j].unsqueeze(1) - y[j]).abs()
        return total
    elif metric == "chebyshev":
        total = _zeros(x, y)
        for j in range(x.shape[1]):
            total = torch.maximum(total, (x[:, j].unsqueeze(1) - y[j]).abs())
        return total
    elif metric == "minkowski":
        return _minkowski(x, y, p, weights)
    elif metric == "mahalanobis":
        return _mahalanobis(x, y, matrix)
    elif metric == "canberra" or metric == "braycurtis" or metric == "scipy braycurtis":
        return _quotients(metric, x, y)
    elif metric == "haversine":
        latitude, longitude = x[:, 0].unsqueeze(1), x[:, 1].unsqueeze(1)
        across, along = ((latitude - y[0]) * 0.5).sin(), ((longitude - y[1]) * 0.5).sin()
        return across * across + latitude.cos() * y[0].cos() * along * along
    unequal = _zeros(x, y)
    for j in range(x.shape[1]):
        unequal = unequal + (x[:, j].unsqueeze(1) != y[j]).to(x.dtype)
    return unequal / float(x.shape[1])


def _zeros(x: Tensor, y: Tensor) -> Tensor:
    return x.new_zeros((x.shape[0], y.shape[y.dim() - 1]))


def _minkowski(x: Tensor, y: Tensor, p: Tensor, weights: Tensor) -> Tensor:
    total = _zeros(x, y)
    for j in range(x.shape[1]):
        distance = (x[:, j].unsqueeze(1) - y[j]).abs()
        nothing = distance == 0  # where a power below 1 has no gradient
        total = total + weights[j] * torch.pow(distance.masked_fill(nothing, 1.0), p).masked_fill(nothing, 0.0)
    return total


def _mahalanobis(x: Tensor, y: Tensor, matrix: Tensor) -> Tensor:
    differences = torch.stack([x[:, j].unsqueeze(1) - y[j] for j in range(x.shape[1])])
    turned = torch.mm(matrix, differences.flatten(1)).view_as(differences)
    return (turned * differences).sum(0)


def _quotients(metric: str, x: Tensor, y: Tensor) -> Tensor:
    """A sum of quotients for "canberra", a quotient of sums for "braycurtis"; 0 over 0 is 0.

    scipy's "braycurtis" has the absolute sums of two numbers below, scikit-learn's the sums of their absolute values;
    and 0 over 0 is NaN there.
    """
    above, below = _zeros(x, y), _zeros(x, y)
    for j in range(x.shape[1]):
        row, other = x[:, j].unsqueeze(1), y[j]
        difference = (row - other).abs()
        size = (row + other).abs() if metric == "scipy braycurtis" else row.abs() + other.abs()
        if metric == "canberra":
            above = above + difference / size.masked_fill(size == 0, 1.0)
        else:
            above, below = above + difference, below + size
    if metric == "canberra":
        return above
    elif metric == "scipy braycurtis":
        return above / below
    nothing = below == 0
    return above.masked_fill(nothing, 0.0) / below.masked_fill(nothing, 1.0)


def set_distances(metric: str, x: Tensor, y: Tensor) -> Tensor:
    """Distances by one of :data:`OF_SETS`; a feature that is not 0 is in the set.

    Parameters
    ----------
    metric : str
    x : Tensor of shape (n_samples, n_features)
    y : Tensor of shape (n_others, n_features)

    Returns
    -------
    Tensor of shape (n_samples, n_others)
        Where a quotient is 0 by 0, 0 for "jaccard" and "yule", NaN for "dice" and "sokalsneath".
    """
    rows, others = (x != 0).to(x.dtype), (y != 0).to(x.dtype)
    size = float(x.shape[1])
    both = torch.mm(rows, others.t())
    first, second = rows.sum(1, keepdim=True), others.sum(1)
    unequal = first + second - both * 2.0
    if metric == "jaccard":
        either = first + second - both
        nothing = either == 0
        return (either - both) / either.masked_fill(nothing, 1.0)
    elif metric == "dice":
        return unequal / (both * 2.0 + unequal)
    elif metric == "russellrao":
        return (size - both) / size
    elif metric == "sokalsneath":
        return unequal / (both * 0.5 + unequal)
    elif metric == "yule":
        half = (first - both) * (second - both)
        neither = size - first - second + both
        nothing = half == 0
        return (half * 2.0) / (both * neither + half).masked_fill(nothing, 1.0)
    return (unequal * 2.0) / (unequal + size)


def product_distances(metric: str, x: Tensor, y: Tensor, norms: Tensor) -> Tensor:
    """Reduced distances by one of :data:`OF_PRODUCTS`: squared Euclidean ones, cosine and correlation distances.

    Parameters
    ----------
    metric : str
    x : Tensor of shape (n_samples, n_features)
    y : Tensor of shape (n_others, n_features)
    norms : Tensor of shape (n_others,)
        Squared norms of ``y``, for "expanded euclidean".

    """
    if metric == "expanded euclidean":
        return squares_of_products(x, torch.mm(x, y.t()), norms)
    elif metric == "correlation":
        rows, others = x - x.mean(1, keepdim=True), y - y.mean(1, keepdim=True)
        return 1.0 - torch.mm(_unit(rows, False), _unit(others, False).t()).clamp(-1.0, 1.0)
    return (1.0 - torch.mm(_unit(x, True), _unit(y, True).t())).clamp(0.0, 2.0)


def squares_of_products(x: Tensor, products: Tensor, norms: Tensor) -> Tensor:
    """Squared Euclidean distances from scalar products.

    Parameters
    ----------
    x : Tensor of shape (n_samples, n_features)
    products : Tensor of shape (n_samples, n_others)
    norms : Tensor of shape (n_others,) or (n_samples, n_others)
        Squared norms of the others.

    Notes
    -----
    ``||x||^2 - 2 <x, y> + ||y||^2`` is what scikit-learn computes by brute force, off by the rounding of norms, some
    1e-8 of the size of the rows. What is no more than that is 0 here. In scikit-learn it is the noise of the linear
    algebra underneath, which differs by machine, and mostly 0 too.
    """
    squares = (x * x).sum(1, keepdim=True)
    return without_noise((squares + products * -2.0) + norms, squares + norms)


def without_noise(reduced: Tensor, size: Tensor) -> Tensor:
    """Squared distances, 0 where they are not above the rounding of squares of a given size."""
    rounding = 2.3e-16 if reduced.dtype == torch.float64 else 1.2e-7
    return reduced.masked_fill(reduced <= size * (8.0 * rounding), 0.0)


def _unit(rows: Tensor, keeps_tiny: bool) -> Tensor:
    norms = torch.linalg.vector_norm(rows, dim=1, keepdim=True)
    if keeps_tiny:  # _handle_zeros_in_scale in sklearn/utils/extmath.py: ten times the machine precision
        norms = norms.masked_fill(norms < 2.220446049250313e-15, 1.0)
    return rows / norms


def distances_of_reduced(metric: str, reduced: Tensor, p: Tensor) -> Tensor:
    """Distances from reduced ones, with a gradient of 0 where the distance is 0.

    Parameters
    ----------
    metric : str
    reduced : Tensor
    p : Tensor of shape ()
        Power of "minkowski".
    """
    if metric == "minkowski":
        nothing = reduced <= 0
        return torch.pow(reduced.masked_fill(nothing, 1.0), 1.0 / p).masked_fill(nothing, 0.0)
    elif metric == "haversine":
        return arcsin(_root(reduced)) * 2.0
    elif metric == "euclidean" or metric == "seuclidean" or metric == "mahalanobis" or metric == "expanded euclidean":
        return _root(reduced)
    return reduced


def _root(squares: Tensor) -> Tensor:
    nothing = squares <= 0
    return squares.masked_fill(nothing, 1.0).sqrt().masked_fill(nothing, 0.0)
