"""Systems of linear equations, many small ones at once, by operators that every runtime has."""

import torch
from torch import Tensor


def solve_positive(matrices: Tensor, right: Tensor) -> Tensor:
    """Solutions of systems with positive definite matrices, by elimination without pivots.

    Parameters
    ----------
    matrices : Tensor of shape (n_systems, n, n)
    right : Tensor of shape (n_systems, n)

    Returns
    -------
    Tensor of shape (n_systems, n)
    """
    n = matrices.shape[2]
    work = torch.cat([matrices, right.unsqueeze(2)], 2)
    for _ in range(n):
        # The first row leaves, solved for its own unknown, and goes behind the others, off which it is taken.
        first = work[:, 0:1] / work[:, 0:1, 0:1]
        rest = work[:, 1:]
        rest = rest - rest[:, :, 0:1] * first
        work = torch.cat([rest, first], 1)[:, :, 1:]
    return work.squeeze(2)
