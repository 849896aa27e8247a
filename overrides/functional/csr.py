"""Rows in compressed form: torch's sparse CSR tensors cut into tiles, into columns, and multiplied."""

import functools
import warnings
from typing import Optional

import torch
from torch import Tensor, nn

TILE_ELEMENTS = 2**22
"""Elements of a dense tile that is made of compressed rows: 32 MiB of float64."""


@functools.cache
def _silence() -> None:
    """Let torch say once, unheard, that CSR tensors are in beta, and that it does not check their indices."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        index = torch.zeros(1, dtype=torch.int64)
        torch.sparse_csr_tensor(torch.tensor([0, 1]), index, torch.zeros(1), (1, 1)).to_dense().to_sparse_csr()


def csr(crow: Tensor, col: Tensor, values: Tensor, n_columns: int) -> Tensor:
    """Compressed rows of their parts.

    Parameters
    ----------
    crow : Tensor of int64, shape (n_samples + 1,)
    col : Tensor of int64, shape (n_elements,)
        Ascending within a row, without duplicates.
    values : Tensor of shape (n_elements,)
    n_columns : int

    Returns
    -------
    Tensor of shape (n_samples, n_columns), sparse CSR
    """
    if not torch.jit.is_scripting():
        _silence()
    size = [crow.shape[0] - 1, n_columns]
    return torch.sparse_csr_tensor(crow, col, values, size, dtype=values.dtype, device=values.device)


def row_index(x: Tensor) -> Tensor:
    """Row of each element of compressed rows, shape (n_elements,), int64."""
    crow = x.crow_indices().to(torch.int64)
    return torch.repeat_interleave(torch.arange(x.shape[0], device=crow.device), crow[1:] - crow[:-1])


def tile_of_csr(x: Tensor, most: int, elements: int = TILE_ELEMENTS) -> int:
    """Compressed rows to make dense at once: at least one, and ``most``, of as many elements as fit."""
    return max(1, min(most, elements // max(x.shape[1], 1)))


def rows_between(x: Tensor, start: int, size: int) -> Tensor:
    """At most ``size`` rows from ``start`` on, dense, of dense or of compressed rows."""
    if x.layout == torch.strided:
        return x[start : start + size]
    stop = min(start + size, x.shape[0])
    crow = x.crow_indices()[start : stop + 1].to(torch.int64)
    first, last = int(crow[0]), int(crow[-1])
    row = torch.repeat_interleave(torch.arange(stop - start, device=crow.device), crow[1:] - crow[:-1])
    col, values = x.col_indices()[first:last].to(torch.int64), x.values()[first:last]
    dense = torch.zeros((stop - start) * x.shape[1], dtype=values.dtype, device=values.device)
    return dense.index_add(0, row * x.shape[1] + col, values).reshape(stop - start, x.shape[1])


def rows_with_gaps(x: Tensor, start: int, size: int) -> Tensor:
    """At most ``size`` compressed rows from ``start`` on, dense, with NaN for what they have not."""
    stop = min(start + size, x.shape[0])
    crow = x.crow_indices()[start : stop + 1].to(torch.int64)
    first, last = int(crow[0]), int(crow[-1])
    row = torch.repeat_interleave(torch.arange(stop - start, device=crow.device), crow[1:] - crow[:-1])
    col, values = x.col_indices()[first:last].to(torch.int64), x.values()[first:last]
    dense = torch.full([(stop - start) * x.shape[1]], float("nan"), dtype=values.dtype, device=values.device)
    return dense.index_put([row * x.shape[1] + col], values).reshape(stop - start, x.shape[1])


def column_range(x: Tensor, start: int, stop: int) -> Tensor:
    """Columns from ``start`` to ``stop``, of dense or of compressed rows."""
    if x.layout == torch.strided:
        return x[:, start:stop]
    col = x.col_indices()
    return _kept(x, col - start, (col >= start) & (col < stop), stop - start)


def select_columns(x: Tensor, places: Tensor, n_columns: int) -> Tensor:
    """Compressed rows with some of their columns, each at a new place.

    Parameters
    ----------
    x : Tensor of shape (n_samples, n_features), sparse CSR
    places : Tensor of int64, shape (n_features,)
        New place of each column, ascending; -1 for one that is left out.
    n_columns : int
        Width of the result.
    """
    col = places.index_select(0, x.col_indices())
    return _kept(x, col, col >= 0, n_columns)


def _kept(x: Tensor, col: Tensor, kept: Tensor, n_columns: int) -> Tensor:
    """Some elements of compressed rows, at other columns."""
    counts = torch.cumsum(kept.to(torch.int64), 0)
    counts = torch.cat([torch.zeros(1, dtype=torch.int64, device=col.device), counts])
    return csr(counts.index_select(0, x.crow_indices()), col[kept], x.values()[kept], n_columns)


def scaled(x: Tensor, factor: Tensor) -> Tensor:
    """Dense or compressed rows times a number."""
    if x.layout == torch.strided:
        return x * factor
    return csr(x.crow_indices(), x.col_indices(), x.values() * factor, x.shape[1])


def scaled_columns(x: Tensor, factors: Tensor) -> Tensor:
    """Compressed rows, each column times a number of its own.

    Parameters
    ----------
    x : Tensor of shape (n_samples, n_features), sparse CSR
    factors : Tensor of shape (n_features,)
    """
    col = x.col_indices()
    return csr(x.crow_indices(), col, x.values() * factors.index_select(0, col), x.shape[1])


def side_by_side(parts: list[Tensor]) -> Tensor:
    """The columns of several, one behind the other: dense, or compressed rows where one of them is."""
    compressed = False
    for part in parts:
        compressed = compressed or part.layout != torch.strided
    if not compressed:
        return torch.cat(parts, dim=1)
    rows: list[Tensor] = []
    cols: list[Tensor] = []
    values: list[Tensor] = []
    crow = torch.zeros(parts[0].shape[0] + 1, dtype=torch.int64, device=parts[0].device)
    width = 0
    for part in parts:
        if part.layout == torch.strided:
            part = part.to_sparse_csr()
        rows.append(row_index(part))
        cols.append(part.col_indices().to(torch.int64) + width)
        values.append(part.values())
        crow = crow + part.crow_indices().to(torch.int64)
        width += part.shape[1]
    order = torch.argsort(torch.cat(rows), stable=True)
    return csr(crow, torch.cat(cols).index_select(0, order), torch.cat(values).index_select(0, order), width)


def linear(x: Tensor, weight: Tensor, bias: Optional[Tensor] = None) -> Tensor:  # noqa: UP045  TorchScript reads it so
    """Dense or compressed rows times the transpose of a matrix, and a bias.

    Parameters
    ----------
    x : Tensor of shape (n_samples, n_features)
    weight : Tensor of shape (n_outputs, n_features)
    bias : Tensor of shape (n_outputs,), optional

    Returns
    -------
    Tensor of shape (n_samples, n_outputs)

    Notes
    -----
    torch's product with compressed rows copies ``weight`` to transpose it. Where that has more columns than there are
    elements, those that are needed are looked up instead.
    """
    if x.layout == torch.strided or x.values().shape[0] > weight.shape[1]:
        return nn.functional.linear(x, weight, bias)
    products = weight.index_select(1, x.col_indices()) * x.values()
    result = torch.zeros((weight.shape[0], x.shape[0]), dtype=weight.dtype, device=weight.device)
    result = result.index_add(1, row_index(x), products).t()
    return result if bias is None else result + bias
