"""Columns of rows, picked."""

import torch
from torch import Tensor

from .graph import in_export


def take_columns(x: Tensor, index: Tensor) -> Tensor:
    """``x[:, index]``.

    Parameters
    ----------
    x : Tensor of shape (n_samples, n_features)
    index : int64 Tensor of shape (n_columns,)

    Returns
    -------
    Tensor of shape (n_samples, n_columns)

    Notes
    -----
    ``index_select`` copies numbers of eight bytes and truth values one by one: ``gather`` takes a quarter of its time.
    A graph would hold an index as long as the result for that.
    """
    if not torch.jit.is_scripting():
        if in_export():
            return x.index_select(1, index)
    return x.gather(1, index.expand(x.shape[0], index.shape[0]))
