"""Weights of terms in documents: logarithms of counts, inverse document frequencies, rows of unit norm.

Follows ``TfidfTransformer.transform`` (sklearn/feature_extraction/text.py) and the row norms of compressed rows
(sklearn/utils/sparsefuncs_fast.pyx).
"""

import torch
from torch import Tensor


def sublinear(counts: Tensor) -> Tensor:
    """``1 + log(count)``, and 0 for no count; NaN for a negative one."""
    occurs = counts != 0
    return torch.where(occurs, torch.log(torch.where(occurs, counts, torch.ones_like(counts))) + 1.0, counts)


def rounded(x: Tensor, single: bool) -> Tensor:
    """Numbers as single precision has them, in their own dtype; as they are without ``single``."""
    return x.to(torch.float32).to(x.dtype) if single else x


def unit_rows(x: Tensor, norm: str, single: bool = False) -> Tensor:
    """Rows divided by their norm; a row of zeros stays.

    Parameters
    ----------
    x : Tensor of shape (n_samples, n_features)
    norm : {"l1", "l2"}
    single : bool
        Whether scikit-learn has the rows in single precision: it squares and divides so, and adds up in double.
    """
    total = _terms(x, norm, single).sum(dim=1, keepdim=True)
    return rounded(torch.where(x != 0, x / _divisor(total, norm), x), single)


def unit_values(values: Tensor, rows: Tensor, n_rows: int, norm: str, single: bool = False) -> Tensor:
    """As :func:`unit_rows`, of the elements of compressed rows.

    Parameters
    ----------
    values : Tensor of shape (n_elements,)
    rows : Tensor of int64, shape (n_elements,)
        The row of each element.
    n_rows : int
    norm : {"l1", "l2"}
    single : bool
    """
    total = torch.zeros(n_rows, dtype=values.dtype, device=values.device)
    total = total.index_add(0, rows, _terms(values, norm, single))
    return rounded(values / _divisor(total, norm).index_select(0, rows), single)


def _terms(x: Tensor, norm: str, single: bool) -> Tensor:
    """What the norm of a row adds up."""
    return x.abs() if norm == "l1" else rounded(x * x, single)


def _divisor(total: Tensor, norm: str) -> Tensor:
    """The norm of each row from its sum, 1 where that is 0."""
    total = torch.where(total == 0, torch.ones_like(total), total)
    return total if norm == "l1" else torch.sqrt(total)
