"""Records as columns: dicts of columns or of values, lists of dicts, labelled series, structured arrays."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..errors import InputError
from .columns import Columns


def as_table(data: Any, columns: Columns, name: str) -> dict[Any, Any] | None:
    """Columns by key: an array or series of a dtype as it is, values without one as a list. None for no records.

    Parameters
    ----------
    data : object
        A dict of columns; a dict, labelled series or structured scalar that is one record; a list of dicts; a
        structured array. A record that lacks a key which others have holds NaN there, as in a data frame.
    columns : Columns
    name : str
        Estimator's name, for messages.
    """
    if isinstance(data, (np.ndarray, np.void)) and data.dtype.names is not None:
        rows = np.atleast_1d(np.asarray(data))
        if rows.ndim != 1:
            raise InputError(f"{name} takes a structured array of one dimension, got {rows.ndim}")
        return {key: rows[key] for key in data.dtype.names}
    if isinstance(data, Mapping):
        return _of_mapping(data, columns, name)
    if getattr(data, "ndim", 0) == 1 and hasattr(data, "iloc") and columns.names is not None:
        if set(columns.names) & set(data.index):
            return {key: [value] for key, value in data.items()}
        raise InputError(f"{name} takes a frame or 2-D rows, got one series: pass series.to_frame().T for one record")
    if isinstance(data, (list, tuple)) and data and all(isinstance(row, Mapping) for row in data):
        known = columns.names if columns.names is not None else tuple(data[0])
        present = set().union(*data)
        return {key: [row.get(key, np.nan) for row in data] for key in known if key in present}
    return None


def _of_mapping(data: Mapping[Any, Any], columns: Columns, name: str) -> dict[Any, Any]:
    """A dict of columns, or one record, a dict of values: then every column has one row."""
    used = {key: value for key, value in data.items() if columns.names is None or key in columns.names}
    single = [key for key, value in used.items() if _is_single(value)]
    if not single:
        return {key: list(value) if isinstance(value, tuple) else value for key, value in data.items()}
    documents = {key for key, column in zip(columns.names or data, columns.columns, strict=False) if column.readers}
    mixed = [key for key in used if key not in single and key not in documents]
    if mixed:
        raise InputError(
            f"{name} takes a dict of columns or one of values, got both: {single[0]!r} is one value, {mixed[0]!r} "
            "a column"
        )
    return {key: [value] for key, value in used.items()}


def _is_single(value: Any) -> bool:
    """Whether a value of a dict is no column: a str, bytes, or what has no length."""
    return isinstance(value, (str, bytes)) or not hasattr(value, "__len__") or getattr(value, "ndim", 1) == 0
