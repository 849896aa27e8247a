"""What handlers ask of the arguments that they get."""

from typing import Any

import numpy as np

from ..dispatch import NotTraceable
from ..dtypes import checked
from ..tracer import TracedArray


def first_traced(values: Any) -> TracedArray:
    """The first traced array among values."""
    found = [value for value in values if isinstance(value, TracedArray)]
    if not found:
        raise NotTraceable("it computes with rows in a place where numbers are expected")
    return found[0]


def axis_of(array: TracedArray, axis: Any, name: str) -> int:
    """The dimension that an axis means; never that of the rows."""
    if isinstance(axis, tuple) and len(axis) == 1:
        axis = axis[0]
    if axis is None or isinstance(axis, tuple) or axis in (0, -array.ndim):
        raise NotTraceable(
            f"it takes {name} over the rows: a row's result would depend on the others that come with it"
        )
    return range(array.ndim)[axis]


def common_dtype(values: Any) -> np.dtype[Any]:
    """The type that numpy brings operands to that it puts together; a number of Python's takes that of the others."""
    found = [value for value in values if value.weak is None]
    dtype = np.result_type(*(value.dtype for value in found or values))
    for value in values:
        if value.weak is not None and found:
            dtype = np.result_type(dtype, value.weak(0))
    return checked(dtype)
