"""The table of numpy's other functions that are recorded, and of the methods of arrays."""

from collections.abc import Callable
from typing import Any

from ..functional import recorded
from .tracer import NotRecordable, Recorded

FUNCTIONS: dict[Any, Callable[..., Any]] = {}
"""Numpy's function to what records it."""

METHODS: dict[str, Callable[..., Any]] = {}
"""Name of a method of arrays to what records it; the array comes first."""


def record_function(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The result of one of numpy's functions on recorded arrays."""
    if func not in FUNCTIONS:
        raise NotRecordable(f"it calls np.{func.__name__}, which is not recorded")
    if kwargs.pop("out", None) is not None:
        raise NotRecordable(f"it calls np.{func.__name__} with out=, which is not recorded")
    try:
        return FUNCTIONS[func](*args, **kwargs)
    except TypeError as error:
        raise NotRecordable(f"it calls np.{func.__name__} with arguments that are not recorded: {error}") from error


def records(*functions: Any, method: str = "") -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorate the handler of functions of numpy, and of the method of arrays that does the same."""

    def note(handler: Callable[..., Any]) -> Callable[..., Any]:
        FUNCTIONS.update(dict.fromkeys(functions, handler))
        if method:
            METHODS[method] = handler
        return handler

    return note


def first_recorded(values: Any) -> Recorded:
    """The first recorded array among values."""
    found = [value for value in values if isinstance(value, Recorded)]
    if not found:
        raise NotRecordable("it computes with rows in a place where numbers are expected")
    return found[0]


def axis_of(array: Recorded, axis: Any, name: str) -> int:
    """The dimension that an axis means; never that of the rows."""
    if isinstance(axis, tuple) and len(axis) == 1:
        axis = axis[0]
    if axis is None or isinstance(axis, tuple) or axis in (0, -array.ndim):
        raise NotRecordable(
            f"it takes {name} over the rows: a row's result would depend on the others that come with it"
        )
    return range(array.ndim)[axis]


def whole_numbers(whole: Recorded) -> Recorded:
    """Whole numbers in the dtype of the rows."""
    return whole.make(recorded.as_numbers, whole, whole.recorder.rows)
