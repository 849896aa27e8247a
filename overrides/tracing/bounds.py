"""In which types of numbers a function gives something else than in float64, and from which size on."""

import functools
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from torch import nn

from .dtypes import FLOAT64
from .rows import LARGEST, Types, typed
from .verify import as_array, error_of, result_of

_INTEGERS = ("bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64")
_SIZES = (2**31, 2**24, 2**15, 2**10, 2**7, 1)
_ROUNDING = 0.05
"""Error of float16 that is no more than its rounding; larger numbers overflow in it."""


def bounds_of(
    function: Callable[[Any], Any],
    module: nn.Module,
    types: Types,
    numbers: list[float],
    form: Callable[[np.ndarray, Types], Any],
) -> tuple[tuple[tuple[str, float], ...], ...]:
    """Types in which a function of rows gives something else than its trace for float64 does.

    Parameters
    ----------
    function : callable
    module : nn.Module
        The trace of the function.
    types : tuple of numpy.dtype
        Of the columns; those of float64 that the trace reads are taken in the other types, all in the same one.
    numbers : list of float
        Numbers that the function names.
    form : callable
        Makes of rows and types what the function takes.

    Returns
    -------
    tuple of tuple of (str, float)
        For each column, none where it is not read: name of a type, and the largest size of a number up to which it
        agrees; -1 where it never does.
    """
    used = _used(module, len(types))
    free = tuple(kind == FLOAT64 and j in used for j, kind in enumerate(types))
    agree = functools.partial(_agree, function, module, types, free, numbers, form)
    found = []
    for name in _INTEGERS:
        dtype = np.dtype(name)
        whole = 1 if name == "bool" else min(np.iinfo(dtype).max, LARGEST)
        sizes = [whole, *(size for size in _SIZES if size < whole)]
        size = next((size for size in sizes if agree(dtype, size, 1e-8)), -1)
        if size < whole:
            found.append((name, float(size)))
    if not agree(np.dtype(np.float16), np.inf, _ROUNDING):
        found.append(("float16", -1.0))
    return tuple(tuple(found) if is_free else () for is_free in free)


def _result(function: Callable[[Any], Any], rows: Any) -> np.ndarray | None:
    """What a function makes of rows; None where it raises."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return as_array(function(rows))
    except Exception:  # what a function raises is its own affair
        return None


def _used(module: nn.Module, width: int) -> set[int]:
    """Columns that the result depends on."""
    random = np.random.default_rng(2)
    rows = np.concatenate([random.normal(size=(64, width)) * 30, np.round(random.normal(size=(64, width)) * 3)])
    whole, used = result_of(module, rows), set()
    for j in range(width):
        other = rows.copy()
        other[:, j] = random.permutation(rows[:, j])
        if not np.array_equal(result_of(module, other), whole, equal_nan=True):
            used.add(j)
    return used


def _agree(
    function: Callable[[Any], Any],
    module: nn.Module,
    types: Types,
    free: tuple[bool, ...],
    numbers: list[float],
    form: Callable[[np.ndarray, Types], Any],
    dtype: np.dtype[Any],
    size: float,
    tolerance: float,
) -> bool:
    own = tuple(dtype if is_free else kind for kind, is_free in zip(types, free, strict=True))
    random = np.random.default_rng(1)
    for block in (0, 1, 2, 3):
        rows = typed(random.normal(size=(24, len(types))) * 3, own, numbers, block, size)
        if dtype.kind == "f":
            rows[:, list(free)] = rows[:, list(free)].astype(dtype)
        reference = _result(function, form(rows, own))
        if reference is None:
            if _result(function, form(rows, types)) is None:
                continue
            return False  # scikit-learn raises too, and in float64 it does not
        given = result_of(module, rows)
        if given.shape != reference.shape or (error_of(given, reference) > tolerance).any():
            return False
    return True
