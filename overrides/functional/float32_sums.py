"""Sums in float32, one term after the other, as a loop in C adds them.

torch's own float32 sums add pairs or accumulate in float64: other last digits, which thresholds behind them may tell.
"""

import torch
from torch import Tensor
from torch.nn import functional

from .graph import in_graph
from .trees.operators import wants_operators


def sum_rows_in_order(table: Tensor, rows: Tensor) -> Tensor:
    """Sum of some rows of a table, added one after the other in the order given.

    Parameters
    ----------
    table : float Tensor of shape (n_rows, n_columns)
        Numbers of float32, in any dtype.
    rows : int64 Tensor of shape (n_samples, n_terms)
        Rows of the table that each sample adds.

    Returns
    -------
    float32 Tensor of shape (n_samples, n_columns)

    Notes
    -----
    ``embedding_bag`` adds so on a processor, and on CUDA. ONNX has no operator for it; there the terms of all samples
    lie one behind the other in the first dimension, along which onnxruntime's ``CumSum`` adds one after the other.
    """
    if not torch.jit.is_scripting():
        if wants_operators():
            terms = table.index_select(0, rows.t().reshape(-1)).to(torch.float32)
            return terms.reshape(rows.shape[1], -1).cumsum(dim=0)[-1].reshape(rows.shape[0], table.shape[1])
    if in_graph() or rows.numel() < table.shape[0]:
        # Fewer numbers to round than the table has: what is added is looked up first.
        table = table.index_select(0, rows.reshape(-1))
        rows = torch.arange(table.shape[0], device=rows.device).reshape(rows.shape)
    return functional.embedding_bag(rows, table.to(torch.float32), mode="sum")
