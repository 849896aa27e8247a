"""One column of data as float64: numbers, dates or the codes of words, by the rules of the steps that read it."""

import datetime
import decimal
import numbers
from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import InputError
from .arrays import as_array, code_of_gap, is_other_gap, kind_of, refuse_unimputable
from .columns import ANY, DATE, HASH, WORD, Column
from .rules import (
    APART,
    CAST,
    CAST_LATER,
    IMPUTED,
    KNOWS_NONE,
    NANOSECONDS,
    NONE_IS_NAN,
    OBJECTS,
    OWN_FLOATS,
    TYPED,
    UNKNOWN,
    refuses_numbers,
)
from .word_hashes import word_hashes
from .words import word_codes

_PLAIN = {int, float, bool, np.float64, np.int64}


def encode_column(values: Any, column: Column) -> np.ndarray:
    """Codes or numbers of a column.

    Parameters
    ----------
    values : list, ndarray, series of pandas, or one of another library in narwhals' form
        A list has no dtype: where the fit saw numbers, None in it is NaN.
    column : Column

    Returns
    -------
    ndarray of float64, shape (n_samples,)

    Raises
    ------
    InputError
        The values are not what the column holds, or one is unknown where a step refuses those.
    """
    if column.kind == HASH:
        return word_hashes(values)
    if isinstance(values, list):
        values = _as_frames_read(values, column)
    if kind_of(values) == "c":
        raise InputError("has complex numbers, which scikit-learn does not take: pass the real part")
    if column.kind == WORD or (column.kind == ANY and not _is_numeric(values)):
        codes = word_codes(values, column)
        unknown = codes == -1
    elif column.kind == DATE:
        codes = _dates(values, NANOSECONDS in column.rules)
        unknown = np.isneginf(codes)
    else:
        codes = _numbers(values, column)
        unknown = np.isneginf(codes) & (TYPED in column.rules)
        if APART in column.rules and KNOWS_NONE not in column.rules:
            unknown |= codes == column.none
    if column.strict and unknown.any():
        row = int(unknown.argmax())
        value = values.iloc[row] if hasattr(values, "iloc") else values[row]
        raise InputError(f"has {value!r} at row {row}, which was not there in fit")
    return codes


def _as_frames_read(values: list[Any], column: Column) -> np.ndarray:
    """Values without a dtype as objects; None among numbers as NaN, as data frames read it, unless fit saw objects."""
    result = np.empty(len(values), dtype=object)
    result[:] = values
    if column.kind != WORD and OBJECTS not in column.rules:
        result[[value is None for value in values]] = np.nan
    return result


def _is_numeric(values: Any) -> bool:
    if hasattr(values, "to_native"):
        return bool(values.dtype.is_numeric())
    if kind_of(values) in "biuf":
        return True
    return not any(issubclass(kind, (str, bytes)) for kind in set(map(type, np.asarray(values, dtype=object).tolist())))


def _numbers(values: Any, column: Column) -> np.ndarray:
    """Numbers as float64, missing ones NaN; moments as the count of their own unit, as numpy casts them."""
    refuse_unimputable(values, column.rules)
    array = as_array(values)
    if array.dtype.kind in "mM":
        if column.rules & {TYPED, IMPUTED}:
            raise InputError(f"is of dtype {array.dtype}, was fitted on others")
        if CAST in column.told_apart:
            return array.astype(np.int64).astype(np.float64)  # NaT too, as numpy casts it
        return np.where(np.isnat(array), np.nan, array.astype(np.int64).astype(np.float64))
    if array.dtype.kind in "iuf" and refuses_numbers(column.rules, not hasattr(values, "to_native")):
        raise InputError(
            f"is of dtype {array.dtype}, was fitted on Python objects, with which scikit-learn cannot compare it: use "
            ".astype(object)"
        )
    if array.dtype.kind in "biuf":
        result = array.astype(np.float64)
        infinite = np.isinf(result)
        if infinite.any() and column.rules & {TYPED, IMPUTED} and NONE_IS_NAN not in column.rules:
            if not {IMPUTED, OBJECTS} <= column.rules:
                raise InputError(f"has an infinite value at row {int(infinite.argmax())}")
            result[infinite & (TYPED in column.rules)] = UNKNOWN  # an imputer of objects hands it on
        return result
    return _of_objects(array.astype(object), column)


def _of_objects(array: np.ndarray, column: Column) -> np.ndarray:
    """Objects as numbers: where a step compares, each equal to its object, else as Python casts them."""
    rules = column.rules
    if set(map(type, array.tolist())) <= _PLAIN:
        result = array.astype(np.float64)
        if TYPED not in rules or not np.abs(result[result == result]).max(initial=0.0) >= 2**53:
            return result
    read = _comparing(column) if TYPED in rules else _casting(column)
    found = np.fromiter(map(read, array.tolist()), dtype=np.float64, count=len(array))
    if CAST in rules or (TYPED in rules and CAST_LATER in rules):
        apart = np.isneginf(found) & (TYPED in rules)
        if APART in rules:
            apart |= found == column.none
        if apart.any():
            row = int(apart.argmax())
            raise InputError(
                f"has {array[row]!r} at row {row}, a category to one step and a number to another: no tensor holds "
                "both. Pass NaN for a gap, or convert with none_is_nan=True"
            )
    return found


def _casting(column: Column) -> Callable[[Any], float]:
    """A function from an object to the float that Python makes of it."""
    none, rules = column.none, column.told_apart - {OWN_FLOATS}

    def read(value: Any) -> float:
        if value is None:
            return none
        if is_other_gap(value) and rules != {CAST}:
            return code_of_gap(value, rules, float("nan"))
        return float(value)

    return read


def _comparing(column: Column) -> Callable[[Any], float]:
    """A function from an object to the float that equals it; what equals none is unknown."""
    none, rules = column.none, column.rules

    def read(value: Any) -> float:
        if value is None:
            return none
        if is_other_gap(value):
            return code_of_gap(value, rules, UNKNOWN)
        if not isinstance(value, (numbers.Number, decimal.Decimal, np.bool_)):
            return UNKNOWN
        if isinstance(value, numbers.Real) and value != value:
            return float("nan")
        try:
            real: Any = value.real if isinstance(value, numbers.Complex) else value
            number = float(real)
        except (OverflowError, ValueError):
            return UNKNOWN
        return number if number == value and abs(number) < 2.0**100 else UNKNOWN

    return read


def _dates(values: Any, in_nanoseconds: bool) -> np.ndarray:
    """Moments as nanoseconds since 1970; text and what else is no moment is unknown, as its type differs."""
    array = as_array(values)
    if array.dtype.kind == "M":
        moments = array.astype("datetime64[ns]")
        exact = np.isnat(array) | (moments.astype(array.dtype) == array)
        result = np.where(np.isnat(moments), np.nan, moments.astype(np.int64).astype(np.float64))
        return np.where(exact, result, UNKNOWN)
    if array.dtype.kind not in "OU":
        raise InputError(f"is of dtype {array.dtype}, was fitted on dates")
    return np.array([_moment(value, in_nanoseconds) for value in array.tolist()], dtype=np.float64)


def _moment(value: Any, in_nanoseconds: bool) -> float:
    if is_other_gap(value) or (isinstance(value, (float, np.datetime64)) and value != value):
        return float("nan")
    is_equal = isinstance(value, datetime.datetime) and not (in_nanoseconds and type(value) is datetime.datetime)
    if isinstance(value, np.datetime64) or (is_equal and value.tzinfo is None):
        return float(np.array(value, dtype="datetime64[ns]").astype(np.int64))
    return UNKNOWN
