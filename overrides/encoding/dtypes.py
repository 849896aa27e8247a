"""What the types of a column's numbers mean to functions of the user's, which numpy computes in those types."""

from typing import Any

import numpy as np

from ..errors import InputError
from .columns import Column
from .rules import OWN_FLOATS

MOMENTS = "datetime64[us]"
"""Type of a column of moments of which a function takes the parts."""


def check_dtype(values: Any, numbers: np.ndarray, column: Column) -> None:
    """Refuse values that a function of the model was not traced for.

    Parameters
    ----------
    values : ndarray, series of pandas, or one of another library in narwhals' form
    numbers : ndarray of float64, shape (n_samples,) or (n_samples, n_columns)
        The same values, as the tensor holds them.
    column : Column

    Raises
    ------
    InputError
        The function was traced in a type that does not hold them; or they are of a type in which it gives something
        else than in float64. Or they are of float16, in which scikit-learn's step itself computes.
    """
    if OWN_FLOATS in column.rules and dtype_name(values) == "float16":
        raise InputError(
            "is of type float16, in which scikit-learn computes a step that takes it (a scaler, for one): use "
            ".astype(float) on what the model is fitted on and on what it serves"
        )
    if not column.dtype and not column.bounds:
        return
    if column.dtype == MOMENTS:
        _check_moments(values, numbers)
        return
    name = dtype_name(values)
    if column.dtype:
        if name != column.dtype and not _holds(np.dtype(column.dtype), numbers):
            raise InputError(
                f"has values that {column.dtype} does not hold: the function of a step was traced for {column.dtype}, "
                f"the type of the sample. Convert with a sample of type {name} to serve those"
            )
        return
    bound = dict(column.bounds).get(name)
    if bound is not None and np.abs(numbers[np.isfinite(numbers)]).max(initial=0.0) > bound:
        raise InputError(
            f"is of type {name}, in which numpy computes the function of a step otherwise than in float64 (it wraps "
            "around, rounds or raises): convert with a sample of this type, bridge.to_torch(model, sample), or use "
            ".astype(float) on what the model is fitted on and on what it serves"
        )


def dtype_name(values: Any) -> str:
    """Numpy's name for the type of a column of any library."""
    name = str(getattr(values, "dtype", "object")).removeprefix("torch.").lower()
    return {"boolean": "bool"}.get(name, name)


def _holds(dtype: np.dtype[Any], numbers: np.ndarray) -> bool:
    with np.errstate(all="ignore"):
        held = numbers.astype(dtype).astype(np.float64)
    return bool(np.array_equal(held, numbers, equal_nan=True))


def _check_moments(values: Any, numbers: np.ndarray) -> None:
    if not np.abs(numbers[~np.isnan(numbers)]).max(initial=0.0) < 2.0**63:
        raise InputError("has what is no moment, or one of a time zone: a function of the model takes parts of moments")
    if hasattr(values, "to_native") or hasattr(values, "iloc"):
        values = values.to_numpy()
    moments = np.asarray(values)
    if moments.dtype.kind == "M" and not (np.isnat(moments) | (moments.astype(MOMENTS) == moments)).all():
        raise InputError("has moments of nanoseconds, which no tensor holds: use .dt.floor('us')")
