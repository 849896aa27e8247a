"""Rows from outside as the tensor that a model's methods take, and back: of a module and of a loaded artifact alike."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..errors import InputError
from .columns import Column, Columns
from .documents.rows import of_sparse
from .labels import Labels
from .tables import as_real, encode_result, encode_table


@dataclass(frozen=True)
class RowCodec:
    """How rows, or labels, enter a float64 tensor, and leave it.

    Attributes
    ----------
    name : str
        Estimator's name, for messages.
    columns : Columns, or None
        Of the rows; None where the model takes something else than columns.
    columns_out : tuple of Column
        Of the results of ``transform``; those beyond are numbers.
    labels : Labels, or None
        For a model that takes labels, one or a set of them per row, instead of columns.
    """

    name: str
    columns: Columns | None = None
    columns_out: tuple[Column, ...] = ()
    labels: Labels | None = None

    def encode(self, data: Any) -> Tensor:
        """Rows as the tensor that most methods take."""
        if self.labels is not None:
            return self.labels.encode(data, self.name)
        if self.columns is not None:
            return encode_table(data, self.columns, self.name)
        return encode_numbers(data, self.name)

    def encode_inverse(self, data: Any) -> Tensor:
        """Results of ``transform`` as the tensor that ``inverse_transform`` takes."""
        return encode_numbers(encode_result(data, self.columns_out), self.name)

    def decode(self, rows: Tensor) -> Any:
        """Rows as :meth:`encode` makes them and ``inverse_transform`` returns them, codes in words again."""
        rows = rows.detach().cpu()
        if self.labels is not None:
            return self.labels.decode(rows)
        if self.columns is None:
            raise InputError(f"{self.name} has no columns to decode")
        return self.columns.decode(rows)


def encode_numbers(data: Any, name: str) -> Tensor:
    """Array-like, sparse matrix, data frame or tensor of numbers as a float64 tensor of the same shape."""
    if isinstance(data, Tensor):
        return as_real(data, name)
    if hasattr(data, "toarray"):
        return of_sparse(as_real(data, name))
    try:
        return torch.tensor(np.array(as_real(np.asarray(data), name), dtype=np.float64))
    except (TypeError, ValueError) as error:
        raise InputError(
            f"{name} takes numbers, got {type(data).__name__} that numpy cannot read as such: {error}"
        ) from error
