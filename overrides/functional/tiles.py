"""Results of tiles, put together."""

import torch
from torch import Tensor


def room_for(part: Tensor, n_rows: int, size: int) -> Tensor:
    """A tensor to write the results of all tiles into, or the first one itself where that cannot be done.

    Parameters
    ----------
    part : Tensor
        Result of the first tile.
    n_rows : int
        Rows of the whole batch.
    size : int
        Rows of a tile; 0 where there is but one.

    Returns
    -------
    Tensor
        Of ``n_rows`` rows and not yet written; or ``part``, where it has all of them, is on the way of a gradient, is
        sparse, or has another number of rows than went into it.
    """
    if size == 0 or n_rows <= size or part.shape[0] != size or part.requires_grad or part.layout != torch.strided:
        return part
    shape = list(part.shape)
    shape[0] = n_rows
    return part.new_empty(shape)
