"""A traced row as a function of two rows sees it: an array of one dimension, and the numbers that are made of it."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from .tracer import NotTraceable, TracedArray

_OVER_THE_ROW = {
    np.sum: "sum",
    np.mean: "mean",
    np.max: "max",
    np.min: "min",
    np.prod: "prod",
    np.var: "var",
    np.std: "std",
    np.any: "any",
    np.all: "all",
    np.nansum: "nansum",
    np.median: "median",
    np.count_nonzero: "count_nonzero",
    np.linalg.norm: "norm",
}
"""Functions that make one number of a row, which are traced along the columns."""

_PRODUCTS = (np.dot, np.inner, np.vdot)

_METHODS = {name: function for function, name in _OVER_THE_ROW.items() if hasattr(np.ndarray, name)}


class TracedRow(NDArrayOperatorsMixin):
    """One row of many, all of which are traced at once.

    Parameters
    ----------
    rows : TracedArray of shape (ROWS, width)
    ndim : int
        1 for an array, 0 for a number, of which there is one column.
    """

    __array_priority__ = 2000.0

    def __init__(self, rows: TracedArray, ndim: int = 1) -> None:
        self.rows, self.ndim = rows, ndim

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the row, or () of a number."""
        return self.rows.shape[1:] if self.ndim else ()

    @property
    def size(self) -> int:
        """How many numbers."""
        return int(self.rows.shape[1])

    @property
    def T(self) -> "TracedRow":
        """The row itself."""
        return self

    def __len__(self) -> int:
        return self.size

    def __iter__(self) -> Iterator["TracedRow"]:
        return (self[i] for i in range(self.size))

    def __getitem__(self, key: Any) -> "TracedRow":
        if self.ndim and isinstance(key, (int, np.integer)):
            place = range(self.size)[int(key)]
            return TracedRow(self.rows[:, place : place + 1], 0)
        if self.ndim and isinstance(key, slice):
            return TracedRow(self.rows[:, key])
        raise NotTraceable("it picks numbers of a row otherwise than by a place or a range of places")

    def __bool__(self) -> bool:
        raise NotTraceable("it decides by the values of a row (if, while, and, or): use np.where")

    def _as_number(self) -> Any:
        raise NotTraceable("it hands a row to code that wants its values")

    __float__ = __int__ = __index__ = __complex__ = item = tolist = _as_number

    def __array__(self, *args: Any, **kwargs: Any) -> np.ndarray:
        raise NotTraceable("it hands a row to code that wants its values")

    def __getattr__(self, name: str) -> Any:
        if name == "dot":
            return lambda other: _product(self, other)
        if name.startswith("_") or name not in _METHODS:
            raise AttributeError(name)
        function: Any = _METHODS[name]
        return lambda *args, **kwargs: function(self, *args, **kwargs)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        out = options.pop("out", (None,))[0]
        if method != "__call__" or options:
            raise NotTraceable(f"it calls np.{ufunc.__name__} of a row otherwise than plainly")
        result = _product(*inputs) if ufunc is np.matmul else _of_places(ufunc, inputs, {})
        if out is None:
            return result
        if not isinstance(out, TracedRow) or out.shape != result.shape:
            raise NotTraceable("it writes into an array of its own (out=), or into one of another size")
        out.rows = result.rows
        return out

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if func in _PRODUCTS:
            return _product(*args, **kwargs)
        if func in _OVER_THE_ROW:
            return _over_the_row(func, *args, **kwargs)
        return _of_places(func, args, kwargs)


def number_of(result: Any) -> TracedArray:
    """What a function of two rows returns: a number for each pair, shape (ROWS,)."""
    if not isinstance(result, TracedRow):
        raise NotTraceable(f"it returns a {type(result).__name__}, which does not depend on the rows")
    if result.size != 1:
        raise NotTraceable(f"it returns {result.size} numbers for two rows, and not one")
    number: TracedArray = result.rows[:, 0]
    return number


def _plain(value: Any) -> Any:
    return value.rows if isinstance(value, TracedRow) else value


def _of_places(function: Any, inputs: tuple[Any, ...], options: dict[str, Any]) -> TracedRow:
    """A function of numbers, place by place."""
    if any(isinstance(value, (list, tuple)) for value in inputs):
        raise NotTraceable(f"it puts rows together with np.{function.__name__}")
    ndim = max(np.ndim(value) if isinstance(value, np.ndarray) else getattr(value, "ndim", 0) for value in inputs)
    if ndim > 1:
        raise NotTraceable("it computes with a row and an array of more dimensions")
    result = function(*map(_plain, inputs), **{name: _plain(value) for name, value in options.items()})
    if not isinstance(result, TracedArray) or result.ndim != 2:
        raise NotTraceable(f"it calls np.{function.__name__} of a row, which is not traced")
    return TracedRow(result, ndim)


def _over_the_row(function: Any, row: Any, *args: Any, **options: Any) -> TracedRow:
    if not isinstance(row, TracedRow):
        raise NotTraceable(f"it calls np.{function.__name__} of several rows")
    axis = options.pop("axis", None)
    if axis not in (None, 0, -1) or options.pop("keepdims", False):
        raise NotTraceable(f"it calls np.{function.__name__} of a row with axis={axis!r} or keepdims=")
    if function is not np.linalg.norm and args:
        raise NotTraceable(f"it calls np.{function.__name__} of a row with {args!r}")
    rows = function(row.rows, *args, axis=1, **options)
    return TracedRow(rows[:, None], 0)


def _product(first: Any, second: Any) -> TracedRow:
    """``first @ second``: of two rows, or of a row and numbers."""
    if isinstance(first, TracedRow) and isinstance(second, TracedRow):
        if not first.ndim or not second.ndim:
            return first * second
        return _over_the_row(np.sum, first * second)
    row, numbers = (first, second) if isinstance(first, TracedRow) else (second, first)
    numbers = np.asarray(numbers, dtype=np.float64)
    if numbers.ndim == 0 or not row.ndim:
        result: TracedRow = row * numbers
        return result
    if numbers.ndim == 1:
        return _over_the_row(np.sum, row * numbers)
    return TracedRow(row.rows @ (numbers if row is first else numbers.T))
