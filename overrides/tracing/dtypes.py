"""Numpy's types of numbers, as the tensors of a graph hold them.

Truth values are bool tensors; integers of any type int64 ones, wrapped around where the type ends; floats are of the
dtype of the rows, rounded where the type is narrower than float64.
"""

from typing import Any

import numpy as np

from ..functional import integers, traced
from ..functional.special.arithmetic import to_float32
from .dispatch import NotTraceable

BOOL, INT64, FLOAT64 = np.dtype(bool), np.dtype(np.int64), np.dtype(np.float64)
UINT64 = np.dtype(np.uint64)
DATE, SPAN, OBJECT = np.dtype("datetime64[ns]"), np.dtype("timedelta64[ns]"), np.dtype(object)
"""Moments and spans of time are float64 microseconds, NaN is none; objects are codes of words."""

_ROUND = {np.dtype(np.float32): to_float32, np.dtype(np.float16): traced.to_float16}


def checked(dtype: Any) -> np.dtype[Any]:
    """A type of numbers that is traced."""
    found: np.dtype[Any] = np.dtype(dtype)
    if found.kind not in "biuf" or found.itemsize > 8:
        raise NotTraceable(f"it computes with {found}: only numbers of up to 64 bits are traced")
    return found


def is_integer(dtype: np.dtype[Any]) -> bool:
    """Whether it is a type of integers."""
    return dtype.kind in "iu"


def cast_steps(old: np.dtype[Any], new: np.dtype[Any]) -> list[tuple[Any, tuple[Any, ...]]]:
    """Functions, and their arguments behind the tensor, that bring a tensor from one type to another.

    ``"rows"`` among the arguments stands for the rows themselves.
    """
    if old == new:
        return []
    if new == BOOL:
        return [(traced.truth_of, ())]
    if is_integer(new):
        bits, signed = new.itemsize * 8, new.kind == "i"
        if is_integer(old):
            return [(integers.wrapped, (bits, signed))] if bits < 64 else []
        return [(integers.to_integers, (bits, signed))]
    steps: list[tuple[Any, tuple[Any, ...]]] = []
    if old == UINT64:
        steps.append((integers.from_uint64, ("rows",)))
    elif old.kind != "f":
        steps.append((traced.as_numbers, ("rows",)))
    if new in _ROUND and (old.kind != "f" or old.itemsize > new.itemsize):
        steps.append((_ROUND[new], ()))
    return steps


def rounding_steps(dtype: np.dtype[Any]) -> list[tuple[Any, tuple[Any, ...]]]:
    """What brings a result of int64 or float64 arithmetic into the type that numpy computes it in."""
    if is_integer(dtype):
        return cast_steps(INT64, dtype)
    return [(_ROUND[dtype], ())] if dtype in _ROUND else []


def held(array: np.ndarray) -> np.ndarray:
    """Numbers of the function's own as a buffer holds them."""
    if array.dtype.kind == "b":
        return array
    if is_integer(array.dtype):
        with np.errstate(all="ignore"):
            return array.astype(np.int64)
    return array.astype(np.float64)
