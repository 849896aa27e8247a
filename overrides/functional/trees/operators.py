"""Trees as one operator of an ONNX graph, instead of the operators of a descent level by level.

While ONNX is written, :func:`tree_operators` makes trees leave operators of the domain :data:`DOMAIN` in the graph,
which hold the tensors of the trees; who writes the file replaces each by what its format has for trees. They compute
nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import torch
from torch import Tensor

from ..graph import in_export

DOMAIN = "bridge"
LEAVES = "TreeLeaves"
SUM = "TreeSum"

_WANTED: ContextVar[bool] = ContextVar("tree operators are wanted", default=False)


@contextmanager
def tree_operators() -> Iterator[None]:
    """Let torch.export put an operator in the place of every descent, in this thread and task alone."""
    token = _WANTED.set(True)
    try:
        yield
    finally:
        _WANTED.reset(token)


def wants_operators() -> bool:
    """Whether trees are to leave an operator in the graph that is being made."""
    return in_export() and _WANTED.get()


def leaves_operator(
    n_trees: int,
    rows: Tensor,
    feature: Tensor | None,
    missing: Tensor | None,
    column: Tensor,
    threshold: Tensor,
    child: Tensor,
    node_id: Tensor,
) -> Tensor:
    """The operator that gives the leaf which each row reaches in each tree.

    Parameters
    ----------
    n_trees : int
    rows : Tensor of shape (n_samples, n_features)
        Of the dtype that thresholds are compared in.
    feature, missing : Tensor of shape (n_columns,), or None
        As in :class:`~.layout.TreeLayout`; None where the rows are the columns already, without NaN.
    column, threshold, child, node_id : Tensor of shape (n_nodes,)
        As in :class:`~.layout.TreeLayout`.

    Returns
    -------
    int64 Tensor of shape (n_samples, n_trees)
        ``node_id`` of the leaves; here zeros.
    """
    inputs = [_as_double(rows), feature, missing, column, threshold, child, node_id]
    return _operator(LEAVES, inputs, n_trees, torch.int64, (rows.shape[0], n_trees))


def sum_operator(
    n_trees: int,
    value: Tensor,
    rows: Tensor,
    feature: Tensor | None,
    missing: Tensor | None,
    column: Tensor,
    threshold: Tensor,
    child: Tensor,
    node_id: Tensor,
) -> Tensor:
    """The operator that sums one value over the leaves which each row reaches, in no order that one could rely on.

    Parameters
    ----------
    n_trees : int
    value : float Tensor of n_nodes elements
        By ``node_id``.
    rows, feature, missing, column, threshold, child, node_id
        As in :func:`leaves_operator`.

    Returns
    -------
    float64 Tensor of shape (n_samples, 1)
        Here zeros.
    """
    inputs = [_as_double(rows), feature, missing, column, threshold, child, node_id, value]
    return _operator(SUM, inputs, n_trees, torch.float64, (rows.shape[0], 1))


def _as_double(rows: Tensor) -> Tensor:
    return rows.detach().to(torch.float64)


def _operator(
    name: str, inputs: list[Tensor | None], n_trees: int, dtype: torch.dtype, shape: tuple[int | torch.SymInt, ...]
) -> Tensor:
    from torch.onnx import ops

    return ops.symbolic(f"{DOMAIN}::{name}", inputs, {"n_trees": n_trees}, dtype=dtype, shape=shape, version=1)
