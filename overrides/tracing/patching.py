"""Copies of functions in which the parts of numpy that make arrays let traced ones pass."""

import functools
import sys
import types
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from .dispatch import NotTraceable
from .frames import TracedFrame, TracedSeries, make_frame, make_series, put_together, to_moments
from .tracer import TracedArray

_DEPTH = 6
"""How deep calls of the user's own functions are followed."""


def patched(function: Callable[..., Any], depth: int = _DEPTH) -> Callable[..., Any]:
    """A copy of a Python function that sees numpy as the tracing wants it; anything else as it is.

    ``np.asarray(x)`` asks for values, and asks nobody whether there are any. In the copy, names that stand for numpy,
    or for such parts of it, stand for others, and the functions that it calls by name are copies too. Neither numpy
    nor the function itself is changed.
    """
    if isinstance(function, functools.partial):
        return functools.partial(patched(function.func, depth), *function.args, **function.keywords)
    if isinstance(function, types.MethodType):
        return types.MethodType(patched(function.__func__, depth), function.__self__)
    maker = _maker_of(function)
    if maker is not None:
        return maker
    if not isinstance(function, types.FunctionType) or depth <= 0 or _is_library(function):
        return function
    names = {*function.__code__.co_names, *_names_within(function.__code__)}
    scope = dict(function.__globals__)
    if "type" in names:
        scope.setdefault("type", _Type)
    for name in names & scope.keys():
        scope[name] = _stand_in(scope[name], depth)
    closure = function.__closure__
    if closure is not None:
        closure = tuple(types.CellType(_stand_in(cell.cell_contents, depth)) for cell in closure)
    copy = types.FunctionType(function.__code__, scope, function.__name__, function.__defaults__, closure)
    copy.__kwdefaults__ = function.__kwdefaults__
    return copy


def _names_within(code: types.CodeType) -> set[str]:
    """Names that functions inside a function use."""
    found: set[str] = set()
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            found |= {*constant.co_names, *_names_within(constant)}
    return found


def _is_library(function: types.FunctionType) -> bool:
    return (function.__module__ or "").split(".")[0] in ("numpy", "scipy", "torch", "pandas", "sklearn")


def _stand_in(value: Any, depth: int) -> Any:
    if isinstance(value, types.ModuleType):
        return _Library(value) if value.__name__ in ("numpy", "scipy", "scipy.special", "pandas") else value
    if isinstance(value, (types.FunctionType, type)) or callable(value):
        maker = _maker_of(value)
        return patched(value, depth - 1) if maker is None else maker
    return value


def _maker_of(value: Any) -> Any:
    """What stands in for a part of a library that makes arrays, or None."""
    pandas = sys.modules.get("pandas")
    if pandas is not None:
        if value is pandas.DataFrame:
            return _Frame
        if value is pandas.Series:
            return _Series
        if value is pandas.concat:
            return put_together
        if value is pandas.to_datetime:
            return to_moments
    try:
        return _MAKERS.get(value)
    except TypeError:  # not hashable
        return None


class _Library:
    """A module of a library, but for its parts that make arrays."""

    def __init__(self, module: types.ModuleType) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._module, name)
        if value is np.c_:
            return _Columns()
        return _stand_in(value, 0)


class _StandIn(type):
    """Metaclass of classes that stand for one of a library's: traced arrays are among its instances."""

    name: str
    home: str

    def _real(cls) -> Any:
        return getattr(sys.modules[cls.home], cls.name)

    def __instancecheck__(cls, value: Any) -> bool:
        if isinstance(value, TracedArray):
            return _class_of(value) is cls
        return isinstance(value, cls._real())

    def __call__(cls, *args: Any, **options: Any) -> Any:
        return _CONSTRUCTORS[cls.name](*args, **options)

    def __getattr__(cls, name: str) -> Any:
        return getattr(cls._real(), name)


class _Frame(metaclass=_StandIn):
    name, home = "DataFrame", "pandas"


class _Series(metaclass=_StandIn):
    name, home = "Series", "pandas"


class _Array(metaclass=_StandIn):
    name, home = "ndarray", "numpy"


class _Type(metaclass=_StandIn):
    name, home = "type", "builtins"


_CONSTRUCTORS: dict[str, Callable[..., Any]] = {
    "DataFrame": make_frame,
    "Series": make_series,
    "ndarray": np.ndarray,
    "type": lambda value, *others: type(value, *others) if others else _class_of(value),
}


def _class_of(value: Any) -> Any:
    """``type(value)`` as the function would see it."""
    if isinstance(value, TracedArray):
        return _Frame if isinstance(value, TracedFrame) else _Series if isinstance(value, TracedSeries) else _Array
    return type(value)


def _as_array(value: Any, *args: Any, **options: Any) -> Any:
    if isinstance(value, TracedArray):
        dtype = args[0] if args else options.get("dtype")
        array = value.values if isinstance(value, (TracedFrame, TracedSeries)) else value
        return array.copy() if dtype is None else array.astype(dtype)
    if isinstance(value, (list, tuple)) and any(isinstance(part, TracedArray) for part in value):
        return np.stack(value)
    return np.array(value, *args, **options)


class _Columns:
    """``np.c_``."""

    def __getitem__(self, key: Any) -> Any:
        parts = key if isinstance(key, tuple) else (key,)
        if any(isinstance(part, TracedArray) for part in parts):
            return np.column_stack(parts)
        return np.c_[key]


def _one_by_one(*args: Any, **options: Any) -> Any:
    raise NotTraceable("it goes through values one by one (np.vectorize, np.frompyfunc)")


def _logsumexp(a: TracedArray, axis: Any = None, *, keepdims: bool = False) -> Any:
    largest = np.max(a, axis=axis, keepdims=True)
    largest = np.where(np.isfinite(largest), largest, 0.0)
    result = np.log(np.sum(np.exp(a - largest), axis=axis, keepdims=True)) + largest
    return result if keepdims else np.squeeze(result, axis)


def _softmax(x: TracedArray, axis: Any = None) -> Any:
    power = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return power / np.sum(power, axis=axis, keepdims=True)


def _log_softmax(x: TracedArray, axis: Any = None) -> Any:
    return x - _logsumexp(x, axis=axis, keepdims=True)


_MAKERS: dict[Any, Any] = {
    np.ndarray: _Array,
    np.asarray: _as_array,
    np.array: _as_array,
    np.asanyarray: _as_array,
    np.ascontiguousarray: _as_array,
    np.asfortranarray: _as_array,
    np.vectorize: _one_by_one,
    np.frompyfunc: _one_by_one,
    special.logsumexp: _logsumexp,
    special.softmax: _softmax,
    special.log_softmax: _log_softmax,
}
