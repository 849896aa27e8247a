"""The median of weighted values, as boosting of regressors takes it."""

import torch
from torch import Tensor


def weighted_median(values: Tensor, weights: Tensor) -> Tensor:
    """The first value, in ascending order, at which the weights so far reach half of all.

    Parameters
    ----------
    values : Tensor of shape (n_samples, n_values)
    weights : Tensor of shape (n_values,)

    Returns
    -------
    Tensor of shape (n_samples,)

    Notes
    -----
    Follows ``AdaBoostRegressor._get_median_predict`` (sklearn/ensemble/_weight_boosting.py). Neither sort keeps the
    order of equal values: the result is the same, unless the weights reach half up to their last digit.
    """
    ordered, order = torch.sort(values, dim=1)
    reached = weights.index_select(0, order.reshape(-1)).reshape(order.shape).cumsum(dim=1)
    is_above = reached >= 0.5 * reached[:, -1:]
    place = is_above.to(torch.int64).argmax(dim=1, keepdim=True)
    return ordered.gather(1, place).squeeze(1)


def weighted_medians(values: Tensor, weights: Tensor) -> Tensor:
    """:func:`weighted_median` of the first value, of the first two, and so on.

    Parameters
    ----------
    values : Tensor of shape (n_samples, n_values)
    weights : Tensor of shape (n_values,)

    Returns
    -------
    Tensor of shape (n_samples, n_values)

    Notes
    -----
    Values are sorted once: those that do not count yet weigh nothing, which changes no sum.
    """
    n_values = values.shape[1]
    ordered, order = torch.sort(values, dim=1)
    ordered_weights = weights.index_select(0, order.reshape(-1)).reshape(order.shape)
    places: list[Tensor] = []
    for k in range(n_values):
        counts = order <= k
        reached = (ordered_weights * counts).cumsum(dim=1)
        is_above = (reached >= 0.5 * reached[:, -1:]) & counts
        places.append(is_above.to(torch.int64).argmax(dim=1))
    return ordered.gather(1, torch.stack(places, dim=1))
