"""What is recorded of functions along the columns of a row: sums, norms, orders."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from ...functional import recorded
from ..dispatch import axis_of, records, whole_numbers
from ..tracer import NotTraceable, TracedArray
from .indexing import take


def _reduces(name: str, target: Callable[..., Any], *functions: Any, truth: bool = False, method: bool = True) -> None:
    def handler(
        a: TracedArray, axis: Any = None, *, keepdims: Any = False, dtype: Any = None, **others: Any
    ) -> TracedArray:
        ddof = [int(others.pop("ddof", 0))] if target is recorded.variance else []
        if others and any(value is not np._NoValue for value in others.values()):
            raise NotTraceable(f"it calls {name} with {', '.join(others)}=, which is not recorded")
        keeps = bool(keepdims) and keepdims is not np._NoValue
        dim = axis_of(a, axis, name)
        shape = (*a.shape[:dim], *([1] if keeps else []), *a.shape[dim + 1 :])
        rows = a.truth() if truth else a.numbers()
        return a.make(target, rows, dim, keeps, *ddof, shape=shape, truth=truth)

    records(*functions, method=name if method else "")(handler)


_reduces("sum", torch.sum, np.sum)
_reduces("mean", torch.mean, np.mean)
_reduces("max", recorded.amax, np.max, np.amax)
_reduces("min", recorded.amin, np.min, np.amin)
_reduces("var", recorded.variance, np.var)
_reduces("median", recorded.median, np.median, method=False)
_reduces("any", torch.any, np.any, truth=True)
_reduces("all", torch.all, np.all, truth=True)


@records(np.std, method="std")
def _std(a: TracedArray, axis: Any = None, **options: Any) -> Any:
    return np.sqrt(np.var(a, axis, **options))


@records(np.prod, method="prod")
def _prod(a: TracedArray, axis: Any = None, *, keepdims: Any = False, **others: Any) -> Any:
    dim = axis_of(a, axis, "prod")
    parts = [take(a.numbers(), [i], dim) for i in range(a.shape[dim])]
    result = parts[0] if parts else 1.0 + 0.0 * np.sum(a, axis, keepdims=True)
    for part in parts[1:]:
        result = result * part
    return result if bool(keepdims) and keepdims is not np._NoValue else np.squeeze(result, dim)


@records(np.ptp)
def _ptp(a: TracedArray, axis: Any = None, **options: Any) -> Any:
    return np.max(a, axis, **options) - np.min(a, axis, **options)


@records(np.nansum)
def _nansum(a: TracedArray, axis: Any = None, **options: Any) -> Any:
    return np.sum(np.where(np.isnan(a), 0.0, a), axis, **options)


@records(np.nanmean)
def _nanmean(a: TracedArray, axis: Any = None, **options: Any) -> Any:
    return np.nansum(a, axis, **options) / np.sum(~np.isnan(a), axis, **options)


@records(np.nanmax)
def _nanmax(a: TracedArray, axis: Any = None, **options: Any) -> Any:
    largest = np.max(np.where(np.isnan(a), -np.inf, a), axis, **options)
    return np.where(np.all(np.isnan(a), axis, **options), np.nan, largest)


@records(np.nanmin)
def _nanmin(a: TracedArray, axis: Any = None, **options: Any) -> Any:
    return -np.nanmax(-a, axis, **options)


@records(np.count_nonzero)
def _count_nonzero(a: TracedArray, axis: Any = None, **options: Any) -> Any:
    return np.sum(a.truth(), axis, **options)


@records(np.average)
def _average(a: TracedArray, axis: Any = None, weights: Any = None, **options: Any) -> Any:
    if weights is None:
        return np.mean(a, axis, **options)
    weights = np.asarray(weights, dtype=np.float64)
    return np.sum(a * weights, axis, **options) / weights.sum()


@records(np.argmax, method="argmax")
def _argmax(a: TracedArray, axis: Any = None, **options: Any) -> Any:
    return _chosen(torch.argmax, a, axis, "argmax", **options)


@records(np.argmin, method="argmin")
def _argmin(a: TracedArray, axis: Any = None, **options: Any) -> Any:
    return _chosen(torch.argmin, a, axis, "argmin", **options)


def _chosen(target: Callable[..., Any], a: TracedArray, axis: Any, name: str) -> TracedArray:
    dim = axis_of(a, axis, name)
    shape = (*a.shape[:dim], *a.shape[dim + 1 :])
    return whole_numbers(a.make(target, a.numbers(), dim, shape=shape))


@records(np.linalg.norm)
def _norm(x: TracedArray, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    dim = axis_of(x, axis, "norm")
    if ord == 1:
        return np.sum(np.abs(x), dim, keepdims=keepdims)
    if ord == np.inf:
        return np.max(np.abs(x), dim, keepdims=keepdims)
    if ord not in (None, 2):
        raise NotTraceable(f"it takes the norm of order {ord}: 1, 2 and infinity are recorded")
    shape = (*x.shape[:dim], *([1] if keepdims else []), *x.shape[dim + 1 :])
    return x.make(recorded.euclidean_norm, x.numbers(), dim, bool(keepdims), shape=shape)


@records(np.cumsum, method="cumsum")
def _cumsum(a: TracedArray, axis: Any = None) -> TracedArray:
    return a.make(torch.cumsum, a.numbers(), axis_of(a, axis, "cumsum"))


@records(np.diff)
def _diff(a: TracedArray, n: int = 1, axis: int = -1) -> TracedArray:
    dim = axis_of(a, axis, "diff")
    for _ in range(n):
        size = a.shape[dim]
        a = take(a, list(range(1, size)), dim) - take(a, list(range(size - 1)), dim)
    return a
