"""Codes of a column of words: each distinct word is looked up once where the frame knows how to find those."""

from itertools import repeat
from typing import Any

import numpy as np

from ..errors import InputError
from .arrays import as_array, code_of_gap, is_other_gap, kind_of, refuse_unimputable
from .columns import Column
from .rules import refuses_numbers


def word_codes(values: Any, column: Column) -> np.ndarray:
    """Codes of words, float64: -1 for what is no word of the vocabulary, by type too.

    Parameters
    ----------
    values : ndarray, series of pandas, or one of another library in narwhals' form
    column : Column

    Raises
    ------
    InputError
        The column has a dtype of numbers, booleans or dates where scikit-learn cannot compare those with words.
    """
    if hasattr(values, "to_native"):
        import narwhals

        if values.dtype in (narwhals.Categorical, narwhals.Enum):
            values = values.cast(narwhals.String)
        if values.dtype == narwhals.String:
            return _codes_of_series(values, column)
    elif hasattr(values, "cat"):  # pandas' categorical
        categories = values.cat.categories
        if kind_of(categories) == "O":
            return np.append(codes_of_objects(_objects(categories), column), np.nan)[np.asarray(values.cat.codes)]
    elif hasattr(values, "iloc") and not isinstance(values.dtype, np.dtype) and kind_of(values) == "O":
        places, distinct = values.factorize()
        gap = values.dtype.na_value
        code = code_of_gap(gap, column.rules, -1.0) if is_other_gap(gap) and (places < 0).any() else np.nan
        return np.append(codes_of_objects(_objects(distinct), column), code)[places]
    refuse_unimputable(values, column.rules)
    array = as_array(values)
    if array.dtype.kind in "OU":
        return codes_of_objects(array, column)
    if refuses_numbers(column.rules, not hasattr(values, "to_native")):
        raise InputError(
            f"is of dtype {array.dtype}, was fitted on words, with which scikit-learn cannot compare it: pass words, "
            "or use .astype(object) for a column of gaps"
        )
    return np.where(array != array, np.nan, -1.0)


def _objects(values: Any) -> np.ndarray:
    result = np.empty(len(values), dtype=object)
    result[:] = list(values)
    return result


def _codes_of_series(series: Any, column: Column) -> np.ndarray:
    """Codes of a series of strings of polars or pyarrow, in narwhals' form; its null is None."""
    native = series.to_native()
    words = [word for word in column.words if word is not None]
    table = np.array([column.codes[word] for word in words], dtype=np.float64)
    if series.implementation.is_pyarrow():
        import pyarrow
        import pyarrow.compute

        places = pyarrow.compute.index_in(native, value_set=pyarrow.array(words, native.type))
        codes = np.append(table, -1.0)[places.fill_null(-1).to_numpy()]
    elif series.implementation.is_polars():
        old, new = type(native)(words, dtype=native.dtype), type(native)(table)
        codes = native.replace_strict(old, new, default=-1.0, return_dtype=new.dtype).to_numpy()
    else:
        return codes_of_objects(_objects(series.to_list()), column)
    return np.where(series.is_null().to_numpy(), column.codes[None], codes)


def codes_of_objects(values: np.ndarray, column: Column) -> np.ndarray:
    """Codes of an array of objects or strings; NaN of any type of float is NaN."""
    found = map({**column.codes, np.nan: np.nan}.get, values.tolist(), repeat(-1.0))
    codes = np.fromiter(found, dtype=np.float64, count=len(values))
    if values.dtype == object:
        for row in np.flatnonzero(codes == -1).tolist():
            value = values[row]
            if isinstance(value, (float, np.floating)) and value != value:
                codes[row] = np.nan
            elif is_other_gap(value):
                codes[row] = code_of_gap(value, column.rules, -1.0)
    return codes
