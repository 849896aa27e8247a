"""Counts of documents put together with columns of numbers: one tensor, dense where it is narrow, else compressed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ...functional.csr import csr

DENSE_WIDTH = 1024
"""Rows of more columns than this are compressed, sparse CSR tensors, where documents are among the columns."""


@dataclass(frozen=True)
class Counts:
    """What was counted in documents: elements of a matrix, none of them twice.

    Attributes
    ----------
    rows, columns : ndarray of int64, shape (n_elements,)
    values : ndarray of float64, shape (n_elements,)
    """

    rows: np.ndarray
    columns: np.ndarray
    values: np.ndarray

    @classmethod
    def summed(cls, rows: np.ndarray, columns: np.ndarray, values: np.ndarray, width: int) -> "Counts":
        """Of elements that may occur more than once, in the dtype of the values."""
        key = rows * width + columns
        order = np.argsort(key, kind="stable")
        key = key[order]
        first = np.flatnonzero(np.append(True, key[1:] != key[:-1])) if len(key) else np.empty(0, dtype=np.int64)
        total = np.add.reduceat(values[order], first) if len(first) else values
        return cls(key[first] // width, key[first] % width, total.astype(np.float64))

    @classmethod
    def of_lists(cls, lengths: list[int], columns: list[int], values: list[Any]) -> "Counts":
        """Of elements row by row, each with so many."""
        rows = np.repeat(np.arange(len(lengths)), lengths)
        return cls(rows, np.array(columns, dtype=np.int64), np.array(values, dtype=np.float64))


class Rows:
    """A matrix that is filled block by block of its columns.

    Parameters
    ----------
    n_rows, n_columns : int
    compressed : bool
        Compressed also where it is narrow.
    """

    def __init__(self, n_rows: int, n_columns: int, compressed: bool = False) -> None:
        self.n_rows, self.n_columns = n_rows, n_columns
        self.dense = None if compressed or n_columns > DENSE_WIDTH else np.zeros((n_rows, n_columns))
        self.parts: list[Counts] = []

    def put_counts(self, start: int, counts: Counts) -> None:
        """Put a block of counts at a column."""
        if self.dense is not None:
            self.dense[counts.rows, start + counts.columns] = counts.values
        else:
            self.parts.append(Counts(counts.rows, start + counts.columns, counts.values))

    def put_column(self, place: int, values: np.ndarray) -> None:
        """Put a column of numbers at its place."""
        if self.dense is not None:
            self.dense[:, place] = values
        else:
            rows = np.flatnonzero(values != 0)  # NaN among them
            self.parts.append(Counts(rows, np.full(len(rows), place), values[rows]))

    def tensor(self) -> Tensor:
        """The matrix as float64 tensor of shape (n_rows, n_columns), dense or sparse CSR."""
        if self.dense is not None:
            return torch.from_numpy(self.dense)
        rows, columns, values = (
            np.concatenate([getattr(part, name) for part in self.parts]) for name in ("rows", "columns", "values")
        )
        order = np.argsort(rows * self.n_columns + columns, kind="stable")
        crow = np.append(0, np.cumsum(np.bincount(rows, minlength=self.n_rows)))
        return csr(
            torch.from_numpy(crow.astype(np.int64)),
            torch.from_numpy(columns[order]),
            torch.from_numpy(values[order]),
            self.n_columns,
        )


SMALL = 2**20
"""Numbers of a sparse matrix that are worth no compression: 8 MiB of float64."""


def of_sparse(matrix: Any) -> Tensor:
    """A sparse matrix of scipy as float64 tensor: sparse CSR, dense where it is narrow and small."""
    if matrix.shape[1] <= DENSE_WIDTH and matrix.shape[0] * matrix.shape[1] <= SMALL:
        return torch.from_numpy(np.array(matrix.toarray(), dtype=np.float64))
    coo = matrix.tocoo()
    rows = Rows(matrix.shape[0], matrix.shape[1], compressed=True)
    values = np.asarray(coo.data, dtype=np.float64)
    rows.put_counts(0, Counts.summed(coo.row.astype(np.int64), coo.col.astype(np.int64), values, matrix.shape[1]))
    return rows.tensor()


def documents_of(values: Any) -> list[Any]:
    """The documents of a series, array, column or any other iterable, as a list."""
    if hasattr(values, "to_native"):
        return list(values.to_list())
    if hasattr(values, "to_pylist"):
        return list(values.to_pylist())
    if hasattr(values, "tolist") and getattr(values, "ndim", 1) == 1:
        return list(values.tolist())
    if isinstance(values, Mapping):
        return [values]
    return list(values)
