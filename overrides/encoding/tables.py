"""Frames, lists, dicts and arrays as the one tensor that a module takes: column by column, never row by row.

Shared by the modules and by loaded artifacts: it knows the columns (:class:`Columns`) and nothing of scikit-learn.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..errors import InputError
from .columns import DOCUMENT, HASH, NUMBER, UNUSED, Column, Columns
from .documents import Rows, documents_of
from .documents.rows import of_sparse
from .dtypes import check_dtype
from .records import as_table
from .values import encode_column

INFREQUENT = "infrequent_sklearn"
"""What scikit-learn's encoders call the categories that they put together; infinity in a column of numbers."""


def encode_table(data: Any, columns: Columns, name: str) -> Tensor:
    """Rows from outside as float64 tensor of shape (n_samples, n_features).

    Parameters
    ----------
    data : data frame (pandas, polars, pyarrow, whatever narwhals knows), dict of columns, dict or series that is one
        record, list of dicts, array-like, structured array, sparse matrix or Tensor
        Columns of frames and dicts are found by name where the model has names, whatever their order; others are
        ignored. An array of numbers, a sparse matrix or a tensor is taken as it is: it holds codes for words and counts
        for documents already. Of documents without a table, any iterable.
    columns : Columns
    name : str
        Estimator's name, for messages.

    Raises
    ------
    InputError
        A column is missing, or holds what its kind cannot be, or has an unknown word where a step refuses those.
    """
    if isinstance(data, Tensor):
        return as_real(data, name)
    if hasattr(data, "toarray"):
        return of_sparse(as_real(data, name))
    # Whole numbers may be categories that are hashed; floats have the hashes already.
    if isinstance(data, np.ndarray) and data.dtype.kind in ("f" if HASH in columns.kinds else "biuf"):
        return _of_numbers(data, columns, name)
    if columns.is_flat:
        getter, n_rows = _of_documents(data, name)
    else:
        getter, n_rows = _columns_of(data, columns, name)
    if columns.has_documents:
        return _with_documents(getter, n_rows, columns, name)
    result = np.empty((n_rows, len(columns)), dtype=np.float64)
    for i in range(len(columns)):
        result[:, i] = _plain(getter, i, columns, name)
    return torch.from_numpy(result)


def as_real(data: Any, name: str) -> Any:
    """Data of real numbers as they are, a tensor in float64; complex ones are refused, as scikit-learn refuses them."""
    if data.is_complex() if isinstance(data, Tensor) else getattr(getattr(data, "dtype", None), "kind", "") == "c":
        raise InputError(f"{name} takes real numbers, got complex ones: pass their real part if that is what you mean")
    return data.to(torch.float64) if isinstance(data, Tensor) else data


def _of_numbers(data: np.ndarray, columns: Columns, name: str) -> Tensor:
    """An array of numbers as it is, where its type is one that the model was traced for."""
    numbers = np.array(data, dtype=np.float64)
    if data.ndim == 2 and data.shape[1] == len(columns):
        for i, column in enumerate(columns.columns):
            try:
                check_dtype(data, numbers[:, i], column)
            except InputError as error:
                raise InputError(f"{name}: {columns.label(i)} {error}") from error
    return torch.from_numpy(numbers)


def _plain(getter: Callable[[int], Any], i: int, columns: Columns, name: str) -> np.ndarray:
    """Codes or numbers of a column; NaN where it is unused."""
    column = columns.columns[i]
    if column.kind == UNUSED:
        return np.array(np.nan)
    try:
        values = getter(i)
        codes = encode_column(values, column)
        check_dtype(values, codes, column)
        return codes
    except InputError as error:
        raise InputError(f"{name}: {columns.label(i)} {error}") from error
    except Exception as error:  # each kind of frame has exceptions of its own
        raise InputError(f"{name} takes {column.kind}s in {columns.label(i)}, got others: {error}") from error


def _with_documents(getter: Callable[[int], Any], n_rows: int, columns: Columns, name: str) -> Tensor:
    """Rows of codes, numbers and counts, dense or sparse CSR by their width."""
    *starts, width = columns.starts
    rows = Rows(n_rows, width)
    for i, (column, start) in enumerate(zip(columns.columns, starts, strict=True)):
        if column.kind != DOCUMENT:
            rows.put_column(start, np.broadcast_to(_plain(getter, i, columns, name), n_rows))
        if column.readers:
            where = name if columns.is_flat else f"{name}: {columns.label(i)}"
            try:
                documents = documents_of(getter(i))
                for reader in column.readers:
                    rows.put_counts(start + column.start_of(reader), reader.count(documents))
            except InputError as error:
                raise InputError(f"{where} {error}") from error
            except Exception as error:  # of functions of the user's, among others
                raise InputError(f"{where} cannot count what is in the documents: {error}") from error
    return rows.tensor()


def _of_documents(data: Any, name: str) -> tuple[Callable[[int], Any], int]:
    """Documents themselves in the place of columns; of a frame, its only column."""
    if isinstance(data, str):
        raise InputError(f"{name} takes documents, one after the other, got a str: pass a list of one, [text]")
    frame = data if isinstance(data, (list, tuple, np.ndarray, Mapping)) else _frame(data, name)
    if frame is not None and hasattr(frame, "columns"):
        found = list(frame.columns)
        if len(found) != 1:
            raise InputError(f"{name} takes documents, got a frame of {len(found)} columns: pass the one of documents")
        data = frame.iloc[:, 0] if hasattr(frame, "iloc") else frame[found[0]]
    documents = documents_of(data)
    return lambda i: documents, len(documents)


def encode_result(result: Any, columns: tuple[Column, ...]) -> Any:
    """A result of scikit-learn that has words in it, as the module returns it; one of numbers stays as it is.

    Parameters
    ----------
    result : array-like or data frame of shape (n_samples, n_columns)
    columns : tuple of Column
        The columns of the result; those beyond are numbers.
    """
    values = np.asarray(result.toarray() if hasattr(result, "toarray") else result)
    if values.ndim != 2 or values.dtype.kind in "biuf":
        return result
    encoded = np.empty(values.shape, dtype=np.float64)
    for i in range(values.shape[1]):
        column = replace(columns[i], strict=False) if i < len(columns) else Column()
        part = values[:, i]
        encoded[:, i] = encode_column(part, column)
        if column.kind == NUMBER and part.dtype == object:
            encoded[np.equal(part, INFREQUENT).astype(bool), i] = np.inf
    return encoded


def _columns_of(data: Any, columns: Columns, name: str) -> tuple[Callable[[int], Any], int]:
    """A function that gives the values of a column by its position among the fitted ones, and the number of rows."""
    table = as_table(data, columns, name)
    if table is not None:
        keys = _keys(list(table), columns, name)
        parts = {i: table[key] for i, key in keys.items()}
        lengths = {len(part) for part in parts.values()}
        if len(lengths) > 1:
            raise InputError(f"{name}: the columns have different lengths, {sorted(lengths)}")
        return parts.__getitem__, lengths.pop() if lengths else 0
    if not isinstance(data, (list, tuple, np.ndarray)):
        frame = _frame(data, name)
        if frame is not None:
            return _of_frame(frame, columns, name)
    values = _table(data, name)
    if values.shape[1] != len(columns):
        raise InputError(f"{name} was fitted with {len(columns)} features, got rows of {values.shape[1]}")
    return lambda i: values[:, i], values.shape[0]


def _of_frame(frame: Any, columns: Columns, name: str) -> tuple[Callable[[int], Any], int]:
    found = list(frame.columns)
    keys = _keys(found, columns, name)
    positions = {key: i for i, key in reversed(list(enumerate(found)))}
    if hasattr(frame, "iloc"):
        return lambda i: frame.iloc[:, positions[keys[i]] if columns.names is not None else i], len(frame)
    return lambda i: frame[keys[i]], len(frame)


def _keys(found: list[Any], columns: Columns, name: str) -> dict[int, Any]:
    """Where each fitted column is found: by name, or by position where the fit knew no names."""
    used = [i for i, column in enumerate(columns.columns) if column.kind != UNUSED]
    if columns.names is None:
        if len(found) != len(columns):
            raise InputError(f"{name} was fitted with {len(columns)} features, got {len(found)} columns")
        return {i: found[i] for i in used}
    missing = [columns.names[i] for i in used if columns.names[i] not in set(found)]
    if missing:
        raise InputError(
            f"{name}: columns are missing: {', '.join(map(repr, missing))}; the data have "
            f"{', '.join(repr(str(key)) for key in found[:20])}"
        )
    doubled = [key for key in dict.fromkeys(columns.names[i] for i in used) if found.count(key) > 1]
    if doubled:
        raise InputError(
            f"{name}: the data have more than one column {', '.join(map(repr, doubled))}: rename or drop one"
        )
    return {i: columns.names[i] for i in used}


def _frame(data: Any, name: str) -> Any:
    """A pandas frame as it is, another one in narwhals' clothes, None for what is no frame."""
    if hasattr(data, "iloc") and hasattr(data, "columns"):
        return data
    import narwhals

    frame = narwhals.from_native(data, pass_through=True)
    if isinstance(frame, narwhals.LazyFrame):
        raise InputError(f"{name} takes a frame with its data, got a lazy one: call .collect() first")
    return frame if isinstance(frame, narwhals.DataFrame) else None


def _table(data: Any, name: str) -> np.ndarray:
    """Array-like of shape (n_samples, n_features) as an array of objects or of strings."""
    try:
        if isinstance(data, (list, tuple)) and data and isinstance(data[0], (list, tuple)):
            table = np.empty((len(data), len(data[0])), dtype=object)
            table[:] = data
        else:
            table = np.asarray(data) if hasattr(data, "dtype") else np.asarray(data, dtype=object)
    except ValueError as error:
        raise InputError(f"{name} takes rows of equal length, got {type(data).__name__}: {error}") from error
    if table.ndim != 2:
        raise InputError(f"{name} takes a frame or 2-D rows, got {type(data).__name__} of shape {list(table.shape)}")
    return table
