"""The tables of what is traced: numpy's functions, methods of arrays, and what the syntax of an array calls."""

from collections.abc import Callable
from typing import Any


class NotTraceable(Exception):
    """What a function does cannot be written down as a graph; says what it is."""


FUNCTIONS: dict[Any, Callable[..., Any]] = {}
"""Numpy's function to what traces it."""

METHODS: dict[str, Callable[..., Any]] = {}
"""Name of a method of arrays to what traces it; the array comes first."""

SYNTAX: dict[str, Callable[..., Any]] = {}
"""Name of a special method of arrays, ``__getitem__`` for one, to what traces it; the array comes first."""


def traces(*functions: Any, method: str = "") -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorate the handler of functions of numpy, and of the method of arrays that does the same."""

    def note(handler: Callable[..., Any]) -> Callable[..., Any]:
        FUNCTIONS.update(dict.fromkeys(functions, handler))
        if method:
            (SYNTAX if method.startswith("__") else METHODS)[method] = handler
        return handler

    return note


def trace_function(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The result of one of numpy's functions on traced arrays."""
    if func not in FUNCTIONS:
        raise NotTraceable(f"it calls np.{func.__name__}, which is not traced")
    if kwargs.pop("out", None) is not None:
        raise NotTraceable(f"it calls np.{func.__name__} with out=, which is not traced")
    try:
        return FUNCTIONS[func](*args, **kwargs)
    except TypeError as error:
        raise NotTraceable(f"it calls np.{func.__name__} with arguments that are not traced: {error}") from error
