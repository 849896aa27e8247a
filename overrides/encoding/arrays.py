"""A column of a frame of any library as the array that scikit-learn sees in its place."""

import sys
from typing import Any

import numpy as np

from ..errors import InputError
from .rules import IMPUTED, NONE_IS_NAN, OBJECTS


def as_array(values: Any) -> np.ndarray:
    """A column as an array of its dtype: gaps of numbers are NaN, those of dates NaT, all others stay objects.

    Parameters
    ----------
    values : ndarray, series of pandas, or one of another library in narwhals' form

    Returns
    -------
    ndarray of shape (n_samples,)
    """
    if hasattr(values, "to_native"):
        return _of_narwhals(values)
    dtype: Any = getattr(values, "dtype", None)
    if hasattr(values, "iloc") and not isinstance(dtype, np.dtype) and str(getattr(dtype, "kind", "O")) in "biuf":
        # scikit-learn casts a nullable boolean to float, with gaps or without.
        gaps = bool(values.isna().any()) or dtype.kind == "b"
        return np.asarray(values.to_numpy(dtype=np.float64, na_value=np.nan) if gaps else values.to_numpy())
    return np.asarray(values)


def _of_narwhals(series: Any) -> np.ndarray:
    import narwhals

    dtype, gaps = series.dtype, series.is_null()
    if len(series) and gaps.all() and not (dtype == narwhals.String or dtype == narwhals.Boolean):
        return np.full(len(series), np.nan)  # a column of nothing but null has no dtype, and numpy makes it NaN
    if dtype.is_integer() or dtype.is_float():
        return np.asarray((series.cast(narwhals.Float64) if gaps.any() else series).to_numpy())
    if dtype.is_temporal() and dtype != narwhals.Time:
        return np.asarray(series.to_numpy())
    objects = np.empty(len(series), dtype=object)
    objects[:] = series.to_list()
    return objects


def kind_of(values: Any) -> str:
    """Numpy's letter for the dtype of a column; "O" for a series of narwhals."""
    return "O" if hasattr(values, "to_native") else str(getattr(getattr(values, "dtype", None), "kind", "O"))


def is_other_gap(value: Any) -> bool:
    """Whether a value is pd.NA or pd.NaT."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and (value is pandas.NA or value is pandas.NaT)


def code_of_gap(value: Any, rules: frozenset[str], unknown: float) -> float:
    """Code of pd.NA or NaT among objects: to scikit-learn they are neither None nor NaN.

    Raises
    ------
    InputError
        An imputer of NaN compares pd.NA with itself, which is neither true nor false.
    """
    if NONE_IS_NAN in rules or not rules:
        return float("nan")
    if IMPUTED in rules:
        if repr(value) == "NaT":
            return float("nan")
        raise InputError(
            "has pd.NA, which scikit-learn's imputers of NaN refuse: use NaN, as .astype('str') does, or convert with "
            "none_is_nan=True"
        )
    return unknown


def refuse_unimputable(values: Any, rules: frozenset[str]) -> None:
    """Refuse a column that an imputer of NaN cannot take: booleans among numbers, gaps of nullable dtypes, dates.

    Raises
    ------
    InputError
    """
    if IMPUTED not in rules or NONE_IS_NAN in rules:
        return
    if kind_of(values) in "mM" or (hasattr(values, "to_native") and values.dtype.is_temporal()):
        raise InputError("has dates, which were not there in fit: pass what the model was fitted on")
    is_nullable = hasattr(values, "iloc") and not isinstance(values.dtype, np.dtype) and not hasattr(values, "cat")
    if OBJECTS in rules:
        if is_nullable and kind_of(values) in "biuf" and values.isna().any():
            code_of_gap(values.dtype.na_value, rules, np.nan)
        return
    is_boolean = kind_of(values) == "b" and not is_nullable
    if hasattr(values, "to_native"):
        is_boolean = str(values.dtype) == "Boolean" and not values.is_null().any()
    if is_boolean:
        raise InputError("has booleans, which scikit-learn's imputers of numbers refuse: use numbers")
