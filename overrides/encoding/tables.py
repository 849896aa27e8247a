"""Frames, lists, dicts and arrays as the one tensor that a module takes: column by column, never row by row.

Shared by the modules and by loaded artifacts: it knows the columns (:class:`Columns`) and nothing of scikit-learn.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import repeat
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..errors import InputError
from .columns import ANY, DATE, DOCUMENT, NUMBER, UNUSED, WORD, Column, Columns
from .documents import Rows, documents_of
from .documents.rows import of_sparse

INFREQUENT = "infrequent_sklearn"
"""What scikit-learn's encoders call the categories that they put together; infinity in a column of numbers."""


def encode_table(data: Any, columns: Columns, name: str) -> Tensor:
    """Rows from outside as float64 tensor of shape (n_samples, n_features).

    Parameters
    ----------
    data : data frame (pandas, polars, pyarrow, whatever narwhals knows), dict of columns, list of dicts, array-like,
        sparse matrix or Tensor
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
        return data.to(torch.float64)
    if hasattr(data, "toarray"):
        if columns.has_documents:
            return of_sparse(data)
        data = data.toarray()
    if isinstance(data, np.ndarray) and data.dtype.kind in "biuf":
        return torch.tensor(np.array(data, dtype=np.float64))
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


def _plain(getter: Callable[[int], Any], i: int, columns: Columns, name: str) -> np.ndarray:
    """Codes or numbers of a column; NaN where it is unused."""
    column = columns.columns[i]
    if column.kind == UNUSED:
        return np.array(np.nan)
    try:
        return _encode_column(getter(i), column)
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
        if column.kind == NUMBER and part.dtype == object:
            part = np.where(np.equal(part, INFREQUENT), np.inf, part)
        encoded[:, i] = _encode_column(part, column)
    return encoded


def _columns_of(data: Any, columns: Columns, name: str) -> tuple[Callable[[int], Any], int]:
    """A function that gives the values of a column by its position among the fitted ones, and the number of rows."""
    if isinstance(data, Mapping):
        return _of_mapping(data, columns, name)
    if isinstance(data, (list, tuple)) and data and all(isinstance(row, Mapping) for row in data):
        keys = columns.names if columns.names is not None else tuple(data[0])
        present = set().union(*data)
        table = {key: [row.get(key) for row in data] for key in keys if key in present}
        return _of_mapping(table, columns, name)
    if not isinstance(data, (list, tuple, np.ndarray)):
        frame = _frame(data, name)
        if frame is not None:
            return _of_frame(frame, columns, name)
    values = _table(data, name)
    if values.shape[1] != len(columns):
        raise InputError(f"{name} was fitted with {len(columns)} features, got rows of {values.shape[1]}")
    return lambda i: values[:, i], values.shape[0]


def _of_mapping(data: Mapping[Any, Any], columns: Columns, name: str) -> tuple[Callable[[int], Any], int]:
    keys = _keys(list(data), columns, name)
    parts = {i: _flat(data[key]) for i, key in keys.items()}
    lengths = {len(part) for part in parts.values()}
    if len(lengths) > 1:
        raise InputError(f"{name}: the columns have different lengths, {sorted(lengths)}")
    return parts.__getitem__, lengths.pop() if lengths else 0


def _flat(values: Any) -> Any:
    """A column of a dict: an array or series as it is, a list as an array of objects."""
    if isinstance(values, (list, tuple)):
        column = np.empty(len(values), dtype=object)
        column[:] = values
        return column
    return values


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


def _encode_column(values: Any, column: Column) -> np.ndarray:
    if column.kind == WORD:
        codes = _codes(values, column)
        if column.strict:
            _refuse_unknown(values, codes)
        return codes
    if column.kind == DATE:
        return _dates(values)
    if column.kind == ANY and not _is_numeric(values):
        return _codes(values, column)
    return _numbers(values)


def _refuse_unknown(values: Any, codes: np.ndarray) -> None:
    unknown = np.flatnonzero(codes == -1)
    if len(unknown):
        row = int(unknown[0])
        value = values.iloc[row] if hasattr(values, "iloc") else values[row]
        raise InputError(f"has {value!r} at row {row}, which was not there in fit")


def _codes(values: Any, column: Column) -> np.ndarray:
    """Codes of words: each distinct word is looked up once where the frame knows how to find those."""
    if hasattr(values, "cat"):  # pandas' categorical, or a series of narwhals, which has the accessor in any case
        if hasattr(values, "iloc"):
            return _looked_up(list(values.cat.categories), column)[np.asarray(values.cat.codes)]
    if hasattr(values, "iloc") and values.dtype != object and None not in column.words:
        codes, distinct = values.factorize()
        return _looked_up(list(distinct), column)[codes]
    if hasattr(values, "to_native"):
        return _codes_of_series(values, column)
    return _codes_of_objects(np.asarray(values), column)


def _codes_of_series(series: Any, column: Column) -> np.ndarray:
    """Codes of a series of polars or pyarrow, in narwhals' clothes; its null is None."""
    import narwhals

    if series.dtype in (narwhals.Categorical, narwhals.Enum):
        series = series.cast(narwhals.String)
    null = column.codes[None]
    if series.dtype != narwhals.String:
        return np.where(series.is_null().to_numpy(), null, -1.0)
    native = series.to_native()
    words = [word for word in column.words if word is not None]
    table = np.array([column.codes[word] for word in words], dtype=np.float64)
    if series.implementation.is_pyarrow():
        import pyarrow
        import pyarrow.compute

        places = pyarrow.compute.index_in(native, value_set=pyarrow.array(words, native.type))
        codes = np.append(table, -1.0)[places.fill_null(-1).to_numpy()]
        return np.where(series.is_null().to_numpy(), null, codes)
    if series.implementation.is_polars():
        old, new = type(native)(words, dtype=native.dtype), type(native)(table)
        codes = native.replace_strict(old, new, default=-1.0, return_dtype=new.dtype).to_numpy()
        return np.where(series.is_null().to_numpy(), null, codes)
    return _codes_of_objects(np.array(series.to_list(), dtype=object), column)


def _looked_up(distinct: list[Any], column: Column) -> np.ndarray:
    """Code of each distinct word, and NaN behind them, where an index of -1 finds it."""
    words = np.empty(len(distinct), dtype=object)
    words[:] = distinct
    return np.append(_codes_of_objects(words, column), np.nan)


def _codes_of_objects(values: np.ndarray, column: Column) -> np.ndarray:
    """Codes of an array of words and missing values, of any object type."""
    table = dict(column.codes)
    pandas = sys.modules.get("pandas")
    for missing in (np.nan, *(() if pandas is None else (pandas.NA, pandas.NaT))):
        table.setdefault(missing, float("nan"))
    codes = np.fromiter(map(table.get, values.tolist(), repeat(-1.0)), dtype=np.float64, count=len(values))
    if values.dtype == object:
        unknown = np.flatnonzero(codes == -1)  # NaN objects other than np.nan among them
        left = values[unknown]
        codes[unknown[np.not_equal(left, left).astype(bool)]] = np.nan
    return codes


def _is_numeric(values: Any) -> bool:
    dtype: Any = getattr(values, "dtype", None)
    if hasattr(values, "to_native"):
        return bool(dtype.is_numeric())
    kind = getattr(dtype, "kind", "O")
    return kind in "biuf" or (kind == "O" and str not in set(map(type, np.asarray(values, dtype=object).tolist())))


def _numbers(values: Any) -> np.ndarray:
    """Numbers as float64, missing ones NaN; moments as the count of their own unit, as numpy casts them."""
    if hasattr(values, "to_native"):
        import narwhals

        if values.dtype.is_temporal():
            return _numbers(values.to_numpy())
        return np.array(values.cast(narwhals.Float64).to_numpy(), dtype=np.float64)
    if hasattr(values, "iloc"):
        values = values.to_numpy()
    array = np.asarray(values)
    if array.dtype.kind in "mM":
        return np.where(np.isnat(array), np.nan, array.astype(np.int64).astype(np.float64))
    if array.dtype != object:
        return array.astype(np.float64)
    try:
        return array.astype(np.float64)
    except TypeError:
        pandas = sys.modules.get("pandas")
        if pandas is None:
            raise
        return np.where(pandas.isna(array), np.nan, array).astype(np.float64)


def _dates(values: Any) -> np.ndarray:
    """Moments as nanoseconds since 1970."""
    if hasattr(values, "to_native") or hasattr(values, "iloc"):
        values = values.to_numpy()
    moments = np.asarray(values, dtype="datetime64[ns]")
    return np.where(np.isnat(moments), np.nan, moments.astype(np.int64).astype(np.float64))
