"""The smallest numbers of each row, with ties decided: the first ones, or those that a heap of scikit-learn keeps."""

import torch
from torch import Tensor

from .kernels import is_exporting


def smallest(values: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """The ``k`` smallest numbers of each row in rising order, the first ones where several are equal.

    Parameters
    ----------
    values : Tensor of shape (n_samples, n_values)
        No NaN; ``n_values`` is at least ``k``.
    k : int

    Returns
    -------
    values : Tensor of shape (n_samples, k)
    index : int64 Tensor of shape (n_samples, k)

    Notes
    -----
    ``torch.topk`` takes any of several equal numbers. Rows in which it may have done so are selected again by position.
    """
    if not is_exporting():
        found, index = torch.topk(values, min(k + 1, values.shape[1]), dim=1, largest=False)
        if not bool((found[:, 1:] == found[:, :-1]).any()):
            return found[:, :k], index[:, :k]
    return _first_of_equals(values, k)


def _first_of_equals(values: Tensor, k: int) -> tuple[Tensor, Tensor]:
    n_values = values.shape[1]
    last = torch.topk(values, k, dim=1, largest=False)[0].narrow(1, k - 1, 1)
    below, equal = values < last, values == last
    room = k - below.sum(1, keepdim=True)
    chosen = below | (equal & (equal.to(torch.int64).cumsum(1) <= room))
    position = torch.arange(n_values, device=values.device).expand_as(values)
    index = torch.topk(torch.where(chosen, position, n_values), k, dim=1, largest=False)[0]
    found, order = _stable_sort(values.gather(1, index))
    return found, index.gather(1, order)


def _stable_sort(values: Tensor) -> tuple[Tensor, Tensor]:
    """Rows sorted, and the positions before; equal numbers stay in their order."""
    if is_exporting():  # ONNX has no other sort, and on a processor torch has none either
        return torch.sort(values, dim=1)
    return torch.sort(values, dim=1, stable=True)
