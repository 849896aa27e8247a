"""The table of numpy's other functions that are recorded, and of the methods of arrays."""

from collections.abc import Callable
from typing import Any

from ..functional import recorded
from .tracer import NotTraceable, TracedArray

FUNCTIONS: dict[Any, Callable[..., Any]] = {}
"""Numpy's function to what records it."""

METHODS: dict[str, Callable[..., Any]] = {}
"""Name of a method of arrays to what records it; the array comes first."""


def trace_function(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The result of one of numpy's functions on recorded arrays."""
    if func not in FUNCTIONS:
        raise NotTraceable(f"it calls np.{func.__name__}, which is not recorded")
    if kwargs.pop("out", None) is not None:
        raise NotTraceable(f"it calls np.{func.__name__} with out=, which is not recorded")
    try:
        return FUNCTIONS[func](*args, **kwargs)
    except TypeError as error:
        raise NotTraceable(f"it calls np.{func.__name__} with arguments that are not recorded: {error}") from error


def records(*functions: Any, method: str = "") -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorate the handler of functions of numpy, and of the method of arrays that does the same."""

    def note(handler: Callable[..., Any]) -> Callable[..., Any]:
        FUNCTIONS.update(dict.fromkeys(functions, handler))
        if method:
            METHODS[method] = handler
        return handler

    return note


def first_traced(values: Any) -> TracedArray:
    """The first recorded array among values."""
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


def whole_numbers(whole: TracedArray) -> TracedArray:
    """Whole numbers in the dtype of the rows."""
    return whole.make(recorded.as_numbers, whole, whole.recorder.rows)
