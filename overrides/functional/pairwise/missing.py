"""Distances of rows with gaps, as sklearn/metrics/pairwise.py defines them."""

import torch
from torch import Tensor


def nan_euclidean_distances(x: Tensor, x_gaps: Tensor, y: Tensor, y_gaps: Tensor, y_norms: Tensor) -> Tensor:
    """``sqrt(n_features / n_present * sum((x - y)^2))`` over the features that both rows have; NaN where none are.

    Parameters
    ----------
    x : Tensor of shape (n_samples, n_features)
    x_gaps : bool Tensor of shape (n_samples, n_features)
        Gaps of ``x``, whatever stands in them.
    y : Tensor of shape (n_others, n_features)
        0 in its gaps.
    y_gaps : Tensor of shape (n_others, n_features)
        1 in the gaps of ``y``, 0 elsewhere, of the dtype of ``y``.
    y_norms : Tensor of shape (n_others,)
        Squared norms of ``y``.

    Returns
    -------
    Tensor of shape (n_samples, n_others)

    Notes
    -----
    As scikit-learn does, squared distances come from one matrix product, and what a row has in the gaps of the other is
    taken off them: equal rows may be some 1e-8 apart.
    """
    missing = x_gaps.to(y.dtype)
    x = torch.where(x_gaps, torch.zeros_like(x), x)
    squares = x * x
    distances = torch.mm(x, y.t()) * -2.0 + squares.sum(1, keepdim=True) + y_norms
    distances = torch.clamp_min(distances, 0.0)
    distances = distances - torch.mm(squares, y_gaps.t()) - torch.mm(missing, (y * y).t())
    distances = torch.clamp_min(distances, 0.0)
    present = torch.mm(1.0 - missing, (1.0 - y_gaps).t())
    alone = present == 0
    distances = distances / torch.clamp_min(present, 1.0) * float(y.shape[1])
    coincide = distances == 0
    roots = distances.masked_fill(coincide, 1.0).sqrt().masked_fill(coincide, 0.0)
    return roots.masked_fill(alone, float("nan"))
