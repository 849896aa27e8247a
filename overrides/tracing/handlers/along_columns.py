"""What is traced of functions along the columns of a row: sums, norms, orders."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from ...functional import integers, traced
from ..dispatch import NotTraceable, traces
from ..dtypes import BOOL, FLOAT64, INT64, UINT64, checked, is_integer, rounding_steps
from ..tracer import TracedArray
from .arguments import axis_of
from .indexing import take


def _reduces(name: str, target: Callable[..., Any], *functions: Any, kind: str, method: bool = True) -> None:
    """Register a reduction; its result is of the ``kind`` "sum", "mean", "same" or "truth"."""

    def handler(
        a: TracedArray, axis: Any = None, *, keepdims: Any = False, dtype: Any = None, **others: Any
    ) -> TracedArray:
        ddof = [int(others.pop("ddof", 0))] if target is traced.variance else []
        if others and any(value is not np._NoValue for value in others.values()):
            raise NotTraceable(f"it calls {name} with {', '.join(others)}=, which is not traced")
        keeps = bool(keepdims) and keepdims is not np._NoValue
        dim = axis_of(a, axis, name)
        shape = (*a.shape[:dim], *([1] if keeps else []), *a.shape[dim + 1 :])
        result = _reduced_dtype(a.dtype, kind) if dtype is None else checked(dtype)
        if result.kind == "f" and result != FLOAT64 and kind != "same":
            raise NotTraceable(f"numpy computes {name} in {result} there, whose last digit no tensor repeats")
        table = _OF_INTEGERS if is_integer(result) else _OF_TRUTHS if result == BOOL else {}
        function = table.get(target, target)
        made = a.make(function, a.cast(result), dim, keeps, *ddof, shape=shape, dtype=result)
        return made.followed_by(rounding_steps(result), result)

    traces(*functions, method=name if method else "")(handler)


_OF_INTEGERS: dict[Any, Callable[..., Any]] = {traced.amax: integers.amax, traced.amin: integers.amin}
_OF_TRUTHS: dict[Any, Callable[..., Any]] = {traced.amax: torch.any, traced.amin: torch.all}


def _reduced_dtype(dtype: np.dtype[Any], kind: str) -> np.dtype[Any]:
    """What numpy reduces a type to."""
    if kind == "truth":
        return BOOL
    if kind == "mean":
        return FLOAT64 if dtype.kind != "f" else dtype
    if kind == "same" and dtype == UINT64:
        raise NotTraceable("it orders numbers of uint64, which is not traced: take them as float64")
    if kind == "same":
        return dtype
    return np.sum(np.zeros(1, dtype=dtype)).dtype


_reduces("sum", torch.sum, np.sum, kind="sum")
_reduces("mean", torch.mean, np.mean, kind="mean")
_reduces("max", traced.amax, np.max, np.amax, kind="same")
_reduces("min", traced.amin, np.min, np.amin, kind="same")
_reduces("var", traced.variance, np.var, kind="mean")
_reduces("median", traced.median, np.median, kind="mean", method=False)
_reduces("any", torch.any, np.any, kind="truth")
_reduces("all", torch.all, np.all, kind="truth")


@traces(np.std, method="std")
def _std(a: TracedArray, axis: Any = None, **options: Any) -> Any:
    return np.sqrt(np.var(a, axis, **options))


@traces(np.prod, method="prod")
def _prod(a: TracedArray, axis: Any = None, *, keepdims: Any = False, **others: Any) -> Any:
    dim = axis_of(a, axis, "prod")
    a = a.cast(_reduced_dtype(a.dtype, "sum"))
    parts = [take(a, [i], dim) for i in range(a.shape[dim])]
    result = parts[0] if parts else 1.0 + 0.0 * np.sum(a, axis, keepdims=True)
    for part in parts[1:]:
        result = result * part
    return result if bool(keepdims) and keepdims is not np._NoValue else np.squeeze(result, dim)


@traces(np.ptp)
def _ptp(a: TracedArray, axis: Any = None, **options: Any) -> Any:
    return np.max(a, axis, **options) - np.min(a, axis, **options)


@traces(np.nansum)
def _nansum(a: TracedArray, axis: Any = None, **options: Any) -> Any:
    return np.sum(np.where(np.isnan(a), 0.0, a) if a.dtype.kind == "f" else a, axis, **options)


@traces(np.nanmean)
def _nanmean(a: TracedArray, axis: Any = None, **options: Any) -> Any:
    return np.nansum(a, axis, **options) / np.sum(~np.isnan(a), axis, **options)


@traces(np.nanmax)
def _nanmax(a: TracedArray, axis: Any = None, **options: Any) -> Any:
    if a.dtype.kind != "f":
        return np.max(a, axis, **options)
    largest = np.max(np.where(np.isnan(a), -np.inf, a), axis, **options)
    return np.where(np.all(np.isnan(a), axis, **options), np.nan, largest)


@traces(np.nanmin)
def _nanmin(a: TracedArray, axis: Any = None, **options: Any) -> Any:
    return np.min(a, axis, **options) if a.dtype.kind != "f" else -np.nanmax(-a, axis, **options)


@traces(np.count_nonzero)
def _count_nonzero(a: TracedArray, axis: Any = None, **options: Any) -> Any:
    return np.sum(a.truth(), axis, **options)


@traces(np.average)
def _average(a: TracedArray, axis: Any = None, weights: Any = None, **options: Any) -> Any:
    if weights is None:
        return np.mean(a, axis, **options)
    weights = np.asarray(weights, dtype=np.float64)
    return np.sum(a * weights, axis, **options) / weights.sum()


@traces(np.argmax, method="argmax")
def _argmax(a: TracedArray, axis: Any = None, **options: Any) -> Any:
    return _chosen(torch.argmax, a, axis, "argmax", **options)


@traces(np.argmin, method="argmin")
def _argmin(a: TracedArray, axis: Any = None, **options: Any) -> Any:
    return _chosen(torch.argmin, a, axis, "argmin", **options)


def _chosen(target: Callable[..., Any], a: TracedArray, axis: Any, name: str) -> TracedArray:
    dim = axis_of(a, axis, name)
    shape = (*a.shape[:dim], *a.shape[dim + 1 :])
    return a.make(target, a.numbers(), dim, shape=shape, dtype=INT64)


@traces(np.linalg.norm)
def _norm(x: TracedArray, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    dim = axis_of(x, axis, "norm")
    if ord == 1:
        return np.sum(np.abs(x), dim, keepdims=keepdims)
    if ord == np.inf:
        return np.max(np.abs(x), dim, keepdims=keepdims)
    if ord not in (None, 2):
        raise NotTraceable(f"it takes the norm of order {ord}: 1, 2 and infinity are traced")
    shape = (*x.shape[:dim], *([1] if keepdims else []), *x.shape[dim + 1 :])
    return x.make(traced.euclidean_norm, x.numbers(), dim, bool(keepdims), shape=shape)


@traces(np.cumsum, method="cumsum")
def _cumsum(a: TracedArray, axis: Any = None) -> TracedArray:
    a = a.cast(_reduced_dtype(a.dtype, "sum"))
    return a.make(torch.cumsum, a, axis_of(a, axis, "cumsum"), dtype=a.dtype)


@traces(np.diff)
def _diff(a: TracedArray, n: int = 1, axis: int = -1) -> TracedArray:
    dim = axis_of(a, axis, "diff")
    for _ in range(n):
        size = a.shape[dim]
        a = take(a, list(range(1, size)), dim) - take(a, list(range(size - 1)), dim)
    return a
