"""Copies of a user's kernel or metric in which what asks for values lets traced rows pass."""

import functools
import math
import types
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.spatial import distance
from sklearn.metrics import pairwise

from .pair_rows import TracedRow
from .tracer import TracedArray

_DEPTH = 4
"""How deep calls of the user's own functions are followed."""

_LIBRARIES = ("numpy", "scipy", "sklearn", "torch", "pandas", "math")


def with_stand_ins(function: Callable[..., Any], depth: int = _DEPTH) -> Callable[..., Any]:
    """A copy of a function that computes the same, and lets traced rows pass: anything else as it is.

    Kernels and distances of scikit-learn, ``cdist``, ``float`` and the functions of :mod:`math` ask for values. In the
    copy they are functions that compute by numpy for traced rows, and are themselves for arrays; ``min`` and ``max``
    compare traced numbers place by place.
    """
    if isinstance(function, functools.partial):
        return functools.partial(with_stand_ins(function.func, depth), *function.args, **function.keywords)
    try:
        traced = _TRACED.get(function)
    except TypeError:  # not hashable
        traced = None
    if traced is not None:
        return _for_traced(traced, function)
    if not isinstance(function, types.FunctionType) or depth <= 0 or _is_library(function):
        return function
    scope = {"float": _float, "min": _least, "max": _most, **function.__globals__}
    for name in set(function.__code__.co_names) & scope.keys():
        scope[name] = _stand_in(scope[name], depth)
    closure = function.__closure__
    if closure is not None:
        closure = tuple(types.CellType(_stand_in(cell.cell_contents, depth)) for cell in closure)
    copy = types.FunctionType(function.__code__, scope, function.__name__, function.__defaults__, closure)
    copy.__kwdefaults__ = function.__kwdefaults__
    return copy


def _is_library(function: types.FunctionType) -> bool:
    return (function.__module__ or "").split(".")[0] in _LIBRARIES


def _stand_in(value: Any, depth: int) -> Any:
    if isinstance(value, types.ModuleType):
        return _Parts(value) if value.__name__ in _MODULES else value
    if isinstance(value, types.BuiltinFunctionType):
        return _of_math(value) if getattr(math, getattr(value, "__name__", ""), None) is value else value
    return with_stand_ins(value, depth - 1) if callable(value) else value


def _for_traced(traced: Callable[..., Any], function: Callable[..., Any]) -> Callable[..., Any]:
    def either(first: Any, *args: Any, **keywords: Any) -> Any:
        is_traced = isinstance(first, (TracedArray, TracedRow))
        return traced(first, *args, **keywords) if is_traced else function(first, *args, **keywords)

    return either


def _float(value: Any = 0.0) -> Any:
    return value if isinstance(value, TracedRow) else float(value)


def _least(*values: Any, **options: Any) -> Any:
    return _best(values, options, min, lambda value, best: value < best)


def _most(*values: Any, **options: Any) -> Any:
    return _best(values, options, max, lambda value, best: value > best)


def _best(values: Any, options: Any, builtin: Any, is_better: Callable[[Any, Any], Any]) -> Any:
    """``min`` or ``max``, which keep the first of numbers that do not compare."""
    parts = list(values[0]) if len(values) == 1 else values
    if not any(isinstance(part, TracedRow) for part in parts):
        return builtin(parts, **options)
    return functools.reduce(lambda best, value: np.where(is_better(value, best), value, best), parts)


_OF_NUMPY = {"pow": np.power, "fabs": np.abs, "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan, "dist": None}


def _of_math(function: Any) -> Any:
    """A function of :mod:`math`, by numpy for traced numbers."""
    name = function.__name__
    of_numpy = _OF_NUMPY.get(name, getattr(np, name, None))
    if not callable(of_numpy):
        return function

    def either(*args: Any) -> Any:
        return of_numpy(*args) if any(isinstance(arg, TracedRow) for arg in args) else function(*args)

    return either


class _Parts:
    """A module of a library, with stand-ins for parts of it."""

    def __init__(self, module: types.ModuleType) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        return _stand_in(getattr(self._module, name), 1)


_MODULES = ("math", "sklearn", "sklearn.metrics", "sklearn.metrics.pairwise", "scipy.spatial", "scipy.spatial.distance")

# What the libraries compute, of traced rows and others that are known.


def _squares(X: Any, Y: Any) -> Any:
    center = np.mean(Y, axis=0)
    X, Y = X - center, Y - center
    squares = np.sum(X * X, axis=1)[:, None] - 2.0 * (X @ Y.T) + np.sum(Y * Y, axis=1)
    return np.maximum(squares, 0.0)


def _by_features(X: Any, Y: Any, of_two: Callable[[Any, Any], Any]) -> Any:
    parts = [of_two(X[:, j : j + 1], Y[:, j]) for j in range(Y.shape[1])]
    return functools.reduce(lambda total, part: total + part, parts)


def _manhattan(X: Any, Y: Any) -> Any:
    return _by_features(X, Y, lambda x, y: np.abs(x - y))


def _gamma(gamma: Any, X: Any) -> float:
    return 1.0 / X.shape[1] if gamma is None else float(gamma)


def _linear(X: Any, Y: Any) -> Any:
    return X @ Y.T


def _polynomial(X: Any, Y: Any, degree: float = 3, gamma: Any = None, coef0: float = 1) -> Any:
    return (_gamma(gamma, X) * (X @ Y.T) + coef0) ** degree


def _sigmoid(X: Any, Y: Any, gamma: Any = None, coef0: float = 1) -> Any:
    return np.tanh(_gamma(gamma, X) * (X @ Y.T) + coef0)


def _rbf(X: Any, Y: Any, gamma: Any = None) -> Any:
    return np.exp(-_gamma(gamma, X) * _squares(X, Y))


def _laplacian(X: Any, Y: Any, gamma: Any = None) -> Any:
    return np.exp(-_gamma(gamma, X) * _manhattan(X, Y))


def _cosine(X: Any, Y: Any) -> Any:
    norms = np.sqrt(np.sum(X * X, axis=1))[:, None]
    tiny = 10 * np.finfo(np.float64).eps
    return (X / np.where(norms < tiny, 1.0, norms)) @ pairwise.normalize(Y).T


def _euclidean(X: Any, Y: Any, *, squared: bool = False) -> Any:
    squares = _by_features(X, Y, lambda x, y: (x - y) ** 2)
    return squares if squared else np.sqrt(squares)


def _cdist(X: Any, Y: Any, metric: str = "euclidean") -> Any:
    if metric == "sqeuclidean":
        return _euclidean(X, Y, squared=True)
    return _manhattan(X, Y) if metric == "cityblock" else _euclidean(X, Y)


def _between(of_row: Callable[[Any], Any]) -> Callable[..., Any]:
    return lambda u, v: of_row(u - v)


_TRACED: dict[Any, Callable[..., Any]] = {
    pairwise.linear_kernel: _linear,
    pairwise.polynomial_kernel: _polynomial,
    pairwise.sigmoid_kernel: _sigmoid,
    pairwise.rbf_kernel: _rbf,
    pairwise.laplacian_kernel: _laplacian,
    pairwise.cosine_similarity: _cosine,
    pairwise.euclidean_distances: _euclidean,
    pairwise.manhattan_distances: _manhattan,
    distance.cdist: _cdist,
    distance.euclidean: _between(lambda row: np.sqrt(np.sum(row * row))),
    distance.sqeuclidean: _between(lambda row: np.sum(row * row)),
    distance.cityblock: _between(lambda row: np.sum(np.abs(row))),
    distance.chebyshev: _between(lambda row: np.max(np.abs(row))),
}
"""Functions of libraries, and what stands in for them; verified against them as part of the user's function."""
