"""What is recorded of numpy's other functions, and of the methods of arrays."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from ..functional import recorded
from ._indexing import picked, take
from ._recording import ROWS, NotRecordable, Recorded, Turned
from ._ufuncs import product

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


def _records(*functions: Any, method: str = "") -> Callable[[Callable[..., Any]], Callable[..., Any]]:
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


# Along the columns.


def axis_of(array: Recorded, axis: Any, name: str) -> int:
    """The dimension that an axis means; never that of the rows."""
    if isinstance(axis, tuple) and len(axis) == 1:
        axis = axis[0]
    if axis is None or isinstance(axis, tuple) or axis in (0, -array.ndim):
        raise NotRecordable(
            f"it takes {name} over the rows: a row's result would depend on the others that come with it"
        )
    return range(array.ndim)[axis]


def _reduces(name: str, target: Callable[..., Any], *functions: Any, truth: bool = False, method: bool = True) -> None:
    def handler(a: Recorded, axis: Any = None, *, keepdims: Any = False, dtype: Any = None, **others: Any) -> Recorded:
        ddof = [int(others.pop("ddof", 0))] if target is recorded.variance else []
        if others and any(value is not np._NoValue for value in others.values()):
            raise NotRecordable(f"it calls {name} with {', '.join(others)}=, which is not recorded")
        keeps = bool(keepdims) and keepdims is not np._NoValue
        dim = axis_of(a, axis, name)
        shape = (*a.shape[:dim], *([1] if keeps else []), *a.shape[dim + 1 :])
        rows = a.truth() if truth else a.numbers()
        return a.make(target, rows, dim, keeps, *ddof, shape=shape, truth=truth)

    _records(*functions, method=name if method else "")(handler)


_reduces("sum", torch.sum, np.sum)
_reduces("mean", torch.mean, np.mean)
_reduces("max", recorded.amax, np.max, np.amax)
_reduces("min", recorded.amin, np.min, np.amin)
_reduces("var", recorded.variance, np.var)
_reduces("median", recorded.median, np.median, method=False)
_reduces("any", torch.any, np.any, truth=True)
_reduces("all", torch.all, np.all, truth=True)


@_records(np.std, method="std")
def _std(a: Recorded, axis: Any = None, **options: Any) -> Any:
    return np.sqrt(np.var(a, axis, **options))


@_records(np.prod, method="prod")
def _prod(a: Recorded, axis: Any = None, *, keepdims: Any = False, **others: Any) -> Recorded:
    dim = axis_of(a, axis, "prod")
    parts = [take(a.numbers(), [i], dim) for i in range(a.shape[dim])]
    result = parts[0] if parts else 1.0 + 0.0 * np.sum(a, axis, keepdims=True)
    for part in parts[1:]:
        result = result * part
    return result if bool(keepdims) and keepdims is not np._NoValue else _squeeze(result, dim)


@_records(np.ptp)
def _ptp(a: Recorded, axis: Any = None, **options: Any) -> Any:
    return np.max(a, axis, **options) - np.min(a, axis, **options)


@_records(np.nansum)
def _nansum(a: Recorded, axis: Any = None, **options: Any) -> Any:
    return np.sum(np.where(np.isnan(a), 0.0, a), axis, **options)


@_records(np.nanmean)
def _nanmean(a: Recorded, axis: Any = None, **options: Any) -> Any:
    return np.nansum(a, axis, **options) / np.sum(~np.isnan(a), axis, **options)


@_records(np.nanmax)
def _nanmax(a: Recorded, axis: Any = None, **options: Any) -> Any:
    largest = np.max(np.where(np.isnan(a), -np.inf, a), axis, **options)
    return np.where(np.all(np.isnan(a), axis, **options), np.nan, largest)


@_records(np.nanmin)
def _nanmin(a: Recorded, axis: Any = None, **options: Any) -> Any:
    return -np.nanmax(-a, axis, **options)


@_records(np.count_nonzero)
def _count_nonzero(a: Recorded, axis: Any = None, **options: Any) -> Any:
    return np.sum(a.truth(), axis, **options)


@_records(np.average)
def _average(a: Recorded, axis: Any = None, weights: Any = None, **options: Any) -> Any:
    if weights is None:
        return np.mean(a, axis, **options)
    weights = np.asarray(weights, dtype=np.float64)
    return np.sum(a * weights, axis, **options) / weights.sum()


@_records(np.argmax, method="argmax")
def _argmax(a: Recorded, axis: Any = None, **options: Any) -> Any:
    return _chosen(torch.argmax, a, axis, "argmax", **options)


@_records(np.argmin, method="argmin")
def _argmin(a: Recorded, axis: Any = None, **options: Any) -> Any:
    return _chosen(torch.argmin, a, axis, "argmin", **options)


def _chosen(target: Callable[..., Any], a: Recorded, axis: Any, name: str) -> Recorded:
    dim = axis_of(a, axis, name)
    shape = (*a.shape[:dim], *a.shape[dim + 1 :])
    return _numbers(a.make(target, a.numbers(), dim, shape=shape))


def _numbers(whole: Recorded) -> Recorded:
    """Whole numbers in the dtype of the rows."""
    return whole.make(recorded.as_numbers, whole, whole.recorder.rows)


@_records(np.linalg.norm)
def _norm(x: Recorded, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    dim = axis_of(x, axis, "norm")
    if ord == 1:
        return np.sum(np.abs(x), dim, keepdims=keepdims)
    if ord == np.inf:
        return np.max(np.abs(x), dim, keepdims=keepdims)
    if ord not in (None, 2):
        raise NotRecordable(f"it takes the norm of order {ord}: 1, 2 and infinity are recorded")
    shape = (*x.shape[:dim], *([1] if keepdims else []), *x.shape[dim + 1 :])
    return x.make(recorded.euclidean_norm, x.numbers(), dim, bool(keepdims), shape=shape)


@_records(np.cumsum, method="cumsum")
def _cumsum(a: Recorded, axis: Any = None) -> Recorded:
    return a.make(torch.cumsum, a.numbers(), axis_of(a, axis, "cumsum"))


@_records(np.diff)
def _diff(a: Recorded, n: int = 1, axis: int = -1) -> Recorded:
    dim = axis_of(a, axis, "diff")
    for _ in range(n):
        size = a.shape[dim]
        a = take(a, list(range(1, size)), dim) - take(a, list(range(size - 1)), dim)
    return a


# Element by element.


@_records(np.clip)
def _clip(a: Any, a_min: Any = np._NoValue, a_max: Any = np._NoValue, *, min: Any = None, max: Any = None) -> Any:
    low = min if a_min is np._NoValue else a_min
    high = max if a_max is np._NoValue else a_max
    if low is not None:
        a = np.maximum(a, low)
    return a if high is None else np.minimum(a, high)


@_records(np.where)
def _where(condition: Any, x: Any = None, y: Any = None) -> Recorded:
    if x is None or y is None:
        raise NotRecordable("it calls np.where with a condition alone, which picks rows")
    first = first_recorded((condition, x, y))
    condition, x, y = (first.lift(value) for value in (condition, x, y))
    shape = np.broadcast_shapes(condition.shape, x.shape, y.shape)
    truth = x.is_truth and y.is_truth
    if not truth:
        x, y = x.numbers(), y.numbers()
    return first.make(torch.where, condition.truth(), x, y, shape=shape, truth=truth)


@_records(np.select)
def _select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    result = default
    for condition, choice in reversed(list(zip(condlist, choicelist, strict=True))):
        result = np.where(condition, choice, result)
    return result


@_records(np.nan_to_num)
def _nan_to_num(x: Recorded, copy: bool = True, nan: float = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    largest = np.finfo(np.float64).max
    result = np.where(np.isnan(x), nan, x)
    result = np.where(x == np.inf, largest if posinf is None else posinf, result)
    result = np.where(x == -np.inf, -largest if neginf is None else neginf, result)
    if not copy:
        x.become(result)
    return result


@_records(np.round, np.around, method="round")
def _round(a: Recorded, decimals: int = 0) -> Recorded:
    if decimals == 0:
        rounded: Recorded = np.rint(a)
        return rounded
    scale = a.recorder.buffer(np.array([10.0 ** abs(decimals)]))
    return a.make(recorded.rounded, a.numbers(), scale, decimals > 0)


@_records(np.fix)
def _fix(x: Recorded) -> Any:
    return np.trunc(x)


@_records(np.interp)
def _interp(x: Recorded, xp: Any, fp: Any, left: Any = None, right: Any = None) -> Any:
    knots, values = np.asarray(xp, dtype=np.float64), np.asarray(fp, dtype=np.float64)
    if len(knots) < 2 or not (np.diff(knots) > 0).all():
        raise NotRecordable("it interpolates between points that do not ascend")
    buffers = [x.recorder.buffer(part) for part in (knots, values)]
    result = x.make(recorded.interpolated, x.numbers(), *buffers)
    if left is not None:
        result = np.where(x < knots[0], left, result)
    return result if right is None else np.where(x > knots[-1], right, result)


@_records(np.searchsorted)
def _searchsorted(a: Any, v: Any, side: str = "left") -> Recorded:
    if isinstance(a, Recorded):
        raise NotRecordable("it looks numbers up among the rows")
    edges = np.asarray(a, dtype=np.float64)
    v.recorder.numbers += edges.tolist()
    found = v.make(recorded.bins_below, v.numbers(), v.recorder.buffer(edges), side == "right")
    return _numbers(found)


@_records(np.digitize)
def _digitize(x: Recorded, bins: Any, right: bool = False) -> Any:
    edges = np.asarray(bins, dtype=np.float64)
    if (np.diff(edges) < 0).any():
        raise NotRecordable("it sorts numbers into bins whose edges do not ascend")
    return np.searchsorted(edges, x, "left" if right else "right")


@_records(np.isin)
def _isin(element: Recorded, test_elements: Any, *, invert: bool = False, **others: Any) -> Any:
    values = np.ravel(np.asarray(list(test_elements), dtype=np.float64))
    element.recorder.numbers += values.tolist()
    found = element.make(recorded.is_among, element.numbers(), element.recorder.buffer(values), truth=True)
    return ~found if invert else found


@_records(np.isclose)
def _isclose(a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    near = (np.isfinite(b) & (np.abs(a - b) <= atol + rtol * np.abs(b))) | (a == b)
    return near | (np.isnan(a) & np.isnan(b)) if equal_nan else near


@_records(np.polyval)
def _polyval(p: Any, x: Recorded) -> Any:
    result: Any = 0.0 * x
    for coefficient in np.asarray(p, dtype=np.float64).tolist():
        result = result * x + coefficient
    return result


@_records(np.zeros_like, np.empty_like)
def _zeros_like(a: Recorded, dtype: Any = None, **others: Any) -> Recorded:
    return _full_like(a, 0.0, dtype)


@_records(np.ones_like)
def _ones_like(a: Recorded, dtype: Any = None, **others: Any) -> Recorded:
    return _full_like(a, 1.0, dtype)


@_records(np.full_like)
def _full_like(a: Recorded, fill_value: Any, dtype: Any = None, **others: Any) -> Recorded:
    is_truth = np.dtype(a.dtype if dtype is None else dtype).kind == "b"
    result: Recorded = a.lift(np.full(a.shape, bool(fill_value) if is_truth else fill_value))
    return result


# In another shape.


@_records(np.concatenate)
def _concatenate(arrays: Any, axis: Any = 0) -> Recorded:
    first = first_recorded(arrays)
    parts = [first.lift(part) for part in arrays]
    dim = axis_of(first, axis, "the concatenation")
    if not all(isinstance(part, Recorded) for part in parts):
        raise NotRecordable("it puts columns beside rows that are not as many")
    truth = all(part.is_truth for part in parts)
    parts = parts if truth else [part.numbers() for part in parts]
    shape = (*first.shape[:dim], sum(part.shape[dim] for part in parts), *first.shape[dim + 1 :])
    nodes = [part.node for part in parts]
    result = first.make(torch.cat, nodes, dim, shape=shape, truth=truth)
    if dim == 1 and all(part.sources is not None for part in parts):
        result.sources = tuple(source for part in parts for source in part.sources)
    return result


def _as_column(first: Recorded, part: Any) -> Any:
    part = first.lift(part)
    return picked(part, (slice(None), None)) if isinstance(part, Recorded) and part.ndim == 1 else part


@_records(np.column_stack)
def _column_stack(tup: Any) -> Recorded:
    first = first_recorded(tup)
    return _concatenate([_as_column(first, part) for part in tup], 1)


@_records(np.hstack)
def _hstack(tup: Any) -> Recorded:
    return _concatenate(tup, 0 if first_recorded(tup).ndim == 1 else 1)


@_records(np.vstack)
def _vstack(tup: Any) -> Turned:
    if any(np.ndim(part) != 1 for part in tup):
        raise NotRecordable("it puts rows below rows")
    return Turned(_column_stack(tup))


@_records(np.stack)
def _stack(arrays: Any, axis: int = 0) -> Any:
    first = first_recorded(arrays)
    if axis == 0 and first.ndim == 1:
        return Turned(_column_stack(arrays))
    dim = axis % (first.ndim + 1)
    if dim == 0:
        raise NotRecordable("it puts rows below rows")
    return _concatenate([np.expand_dims(first.lift(part), dim) for part in arrays], dim)


@_records(np.append)
def _append(arr: Any, values: Any, axis: Any = None) -> Recorded:
    return _concatenate((arr, values), axis)


@_records(np.expand_dims)
def _expand_dims(a: Recorded, axis: int) -> Recorded:
    dim = axis % (a.ndim + 1)
    return picked(a, (*[slice(None)] * dim, None))


@_records(np.squeeze, method="squeeze")
def _squeeze(a: Recorded, axis: Any = None) -> Recorded:
    dims = [i for i in range(1, a.ndim) if a.shape[i] == 1] if axis is None else [axis_of(a, axis, "squeeze")]
    for dim in reversed(dims):
        a = picked(a, (*[slice(None)] * dim, 0))
    return a


@_records(np.reshape, method="reshape")
def _reshape(a: Recorded, *shape: Any, order: str = "C") -> Recorded:
    sizes = shape[0] if len(shape) == 1 and isinstance(shape[0], (tuple, list)) else shape
    per_row = int(np.prod(a.shape[1:]))
    if order != "C" or sizes[0] not in (ROWS, -1) or (sizes[0] == -1 and int(np.prod(sizes[1:])) != per_row):
        raise NotRecordable("it brings rows into a shape where they are no rows")
    known = int(np.prod([size for size in sizes[1:] if size != -1]))
    inner = [per_row // max(known, 1) if size == -1 else int(size) for size in sizes[1:]]
    result = a.make(recorded.reshape_rows, a, inner, shape=(ROWS, *inner), truth=a.is_truth)
    if a.ndim == 2 and a.shape == result.shape:
        result.sources = a.sources
    return result


@_records(np.ravel, method="ravel")
def _ravel(a: Recorded, order: str = "C") -> Recorded:
    return _reshape(a, ROWS if int(np.prod(a.shape[1:])) == 1 else 0)


METHODS["flatten"] = _ravel


@_records(np.atleast_2d)
def _atleast_2d(a: Recorded) -> Recorded:
    if a.ndim < 2:
        raise NotRecordable("it makes one row of all rows")
    return a


@_records(np.take, method="take")
def _take(a: Recorded, indices: Any, axis: Any = None) -> Recorded:
    dim = axis_of(a, axis, "take")
    return picked(a, (*[slice(None)] * dim, indices))


@_records(np.delete)
def _delete(arr: Recorded, obj: Any, axis: Any = None) -> Recorded:
    dim = axis_of(arr, axis, "delete")
    return take(arr, np.delete(np.arange(arr.shape[dim]), obj).tolist(), dim)


@_records(np.flip)
def _flip(m: Recorded, axis: Any = None) -> Recorded:
    dim = axis_of(m, axis, "flip")
    return take(m, list(range(m.shape[dim]))[::-1], dim)


@_records(np.fliplr)
def _fliplr(m: Recorded) -> Recorded:
    return _flip(m, 1)


@_records(np.roll)
def _roll(a: Recorded, shift: int, axis: Any = None) -> Recorded:
    dim = axis_of(a, axis, "roll")
    return take(a, np.roll(np.arange(a.shape[dim]), shift).tolist(), dim)


@_records(np.repeat, method="repeat")
def _repeat(a: Recorded, repeats: Any, axis: Any = None) -> Recorded:
    dim = axis_of(a, axis, "repeat")
    return take(a, np.repeat(np.arange(a.shape[dim]), repeats).tolist(), dim)


@_records(np.tile)
def _tile(a: Recorded, reps: Any) -> Recorded:
    counts = (1, reps) if isinstance(reps, int) else tuple(reps)
    if a.ndim != 2 or len(counts) != 2 or counts[0] != 1:
        raise NotRecordable("it repeats rows")
    return take(a, np.tile(np.arange(a.shape[1]), counts[1]).tolist(), 1)


@_records(np.sort)
def _sort(a: Recorded, axis: int = -1) -> Recorded:
    return a.make(recorded.ordered, a.numbers(), axis_of(a, axis, "sort"))


@_records(np.dot, method="dot")
def _dot(a: Any, b: Any) -> Recorded:
    if np.ndim(b) == 0 or np.ndim(a) == 0:
        scaled: Recorded = a * b
        return scaled
    return product(a, b)


@_records(np.copy, method="copy")
def _copy(a: Recorded, order: str = "K", **others: Any) -> Recorded:
    return Recorded(a.recorder, a.node, a.shape, a.is_truth, a.sources)


@_records(np.astype, method="astype")
def _astype(x: Recorded, dtype: Any, copy: bool = True, **others: Any) -> Any:
    kind = np.dtype(dtype).kind
    if kind == "b":
        return x.truth()
    if kind in "iu" and not x.is_truth:
        whole: Recorded = np.trunc(x)
        return whole
    if np.dtype(dtype) not in (np.dtype(np.float64), np.dtype(bool)) and kind not in "iu":
        raise NotRecordable(f"it casts to {np.dtype(dtype)}: numbers of a tensor are float64")
    return _copy(x.numbers())


@_records(np.shape)
def _shape(a: Recorded) -> tuple[int, ...]:
    return a.shape


@_records(np.ndim)
def _ndim(a: Recorded) -> int:
    return a.ndim


@_records(np.size)
def _size(a: Recorded, axis: Any = None) -> int:
    return a.size if axis is None else a.shape[axis]


def _same(a: Recorded) -> Recorded:
    return a


def _clipped(a: Recorded, min: Any = None, max: Any = None) -> Any:
    return np.clip(a, min, max)


METHODS.update(clip=_clipped, toarray=_same, todense=_same)
