"""What is traced of putting columns together, picking, repeating and casting them."""

from typing import Any

import numpy as np
import torch

from ...functional import traced
from ..dispatch import METHODS, NotTraceable, traces
from ..dtypes import checked
from ..tracer import ROWS, TracedArray, Turned
from .arguments import axis_of, common_dtype, first_traced
from .indexing import picked, take
from .ufuncs import product


@traces(np.concatenate)
def _concatenate(arrays: Any, axis: Any = 0) -> TracedArray:
    first = first_traced(arrays)
    parts = [first.lift(part) for part in arrays]
    dim = axis_of(first, axis, "the concatenation")
    if not all(isinstance(part, TracedArray) for part in parts):
        raise NotTraceable("it puts columns beside rows that are not as many")
    dtype, sources = common_dtype(parts), [part.sources for part in parts]
    keeps = all(np.can_cast(part.dtype, dtype) for part in parts)
    parts = [part.cast(dtype) for part in parts]
    shape = (*first.shape[:dim], sum(part.shape[dim] for part in parts), *first.shape[dim + 1 :])
    nodes = [part.node for part in parts]
    result = first.make(torch.cat, nodes, dim, shape=shape, dtype=dtype)
    if dim == 1 and keeps and None not in sources:
        result.sources = tuple(source for own in sources for source in own)
    return result


def _as_column(first: TracedArray, part: Any) -> Any:
    part = first.lift(part)
    return picked(part, (slice(None), None)) if isinstance(part, TracedArray) and part.ndim == 1 else part


@traces(np.column_stack)
def _column_stack(tup: Any) -> TracedArray:
    first = first_traced(tup)
    return _concatenate([_as_column(first, part) for part in tup], 1)


@traces(np.hstack)
def _hstack(tup: Any) -> TracedArray:
    return _concatenate(tup, 0 if first_traced(tup).ndim == 1 else 1)


@traces(np.vstack)
def _vstack(tup: Any) -> Turned:
    if any(np.ndim(part) != 1 for part in tup):
        raise NotTraceable("it puts rows below rows")
    return Turned(_column_stack(tup))


@traces(np.stack)
def _stack(arrays: Any, axis: int = 0) -> Any:
    first = first_traced(arrays)
    if axis == 0 and first.ndim == 1:
        return Turned(_column_stack(arrays))
    dim = axis % (first.ndim + 1)
    if dim == 0:
        raise NotTraceable("it puts rows below rows")
    return _concatenate([np.expand_dims(first.lift(part), dim) for part in arrays], dim)


@traces(np.append)
def _append(arr: Any, values: Any, axis: Any = None) -> TracedArray:
    return _concatenate((arr, values), axis)


@traces(np.expand_dims)
def _expand_dims(a: TracedArray, axis: int) -> TracedArray:
    dim = axis % (a.ndim + 1)
    return picked(a, (*[slice(None)] * dim, None))


@traces(np.squeeze, method="squeeze")
def _squeeze(a: TracedArray, axis: Any = None) -> TracedArray:
    dims = [i for i in range(1, a.ndim) if a.shape[i] == 1] if axis is None else [axis_of(a, axis, "squeeze")]
    for dim in reversed(dims):
        a = picked(a, (*[slice(None)] * dim, 0))
    return a


@traces(np.reshape, method="reshape")
def _reshape(a: TracedArray, *shape: Any, order: str = "C") -> TracedArray:
    sizes = shape[0] if len(shape) == 1 and isinstance(shape[0], (tuple, list)) else shape
    per_row = int(np.prod(a.shape[1:]))
    if order != "C" or sizes[0] not in (ROWS, -1) or (sizes[0] == -1 and int(np.prod(sizes[1:])) != per_row):
        raise NotTraceable("it brings rows into a shape where they are no rows")
    known = int(np.prod([size for size in sizes[1:] if size != -1]))
    inner = [per_row // max(known, 1) if size == -1 else int(size) for size in sizes[1:]]
    result = a.make(traced.reshape_rows, a, inner, shape=(ROWS, *inner), dtype=a.dtype)
    if a.ndim <= 2 and result.ndim <= 2:
        result.sources = a.sources
    return result


@traces(np.ravel, method="ravel")
def _ravel(a: TracedArray, order: str = "C") -> TracedArray:
    return _reshape(a, ROWS if int(np.prod(a.shape[1:])) == 1 else 0)


METHODS["flatten"] = _ravel


@traces(np.atleast_2d)
def _atleast_2d(a: TracedArray) -> TracedArray:
    if a.ndim < 2:
        raise NotTraceable("it makes one row of all rows")
    return a


@traces(np.take, method="take")
def _take(a: TracedArray, indices: Any, axis: Any = None) -> TracedArray:
    dim = axis_of(a, axis, "take")
    return picked(a, (*[slice(None)] * dim, indices))


@traces(np.delete)
def _delete(arr: TracedArray, obj: Any, axis: Any = None) -> TracedArray:
    dim = axis_of(arr, axis, "delete")
    return take(arr, np.delete(np.arange(arr.shape[dim]), obj).tolist(), dim)


@traces(np.flip)
def _flip(m: TracedArray, axis: Any = None) -> TracedArray:
    dim = axis_of(m, axis, "flip")
    return take(m, list(range(m.shape[dim]))[::-1], dim)


@traces(np.fliplr)
def _fliplr(m: TracedArray) -> TracedArray:
    return _flip(m, 1)


@traces(np.roll)
def _roll(a: TracedArray, shift: int, axis: Any = None) -> TracedArray:
    dim = axis_of(a, axis, "roll")
    return take(a, np.roll(np.arange(a.shape[dim]), shift).tolist(), dim)


@traces(np.repeat, method="repeat")
def _repeat(a: TracedArray, repeats: Any, axis: Any = None) -> TracedArray:
    dim = axis_of(a, axis, "repeat")
    return take(a, np.repeat(np.arange(a.shape[dim]), repeats).tolist(), dim)


@traces(np.tile)
def _tile(a: TracedArray, reps: Any) -> TracedArray:
    counts = (1, reps) if isinstance(reps, int) else tuple(reps)
    if a.ndim != 2 or len(counts) != 2 or counts[0] != 1:
        raise NotTraceable("it repeats rows")
    return take(a, np.tile(np.arange(a.shape[1]), counts[1]).tolist(), 1)


@traces(np.sort)
def _sort(a: TracedArray, axis: int = -1) -> TracedArray:
    return a.make(traced.ordered, a, axis_of(a, axis, "sort"), dtype=a.dtype)


@traces(np.dot, method="dot")
def _dot(a: Any, b: Any) -> TracedArray:
    if np.ndim(b) == 0 or np.ndim(a) == 0:
        scaled: TracedArray = a * b
        return scaled
    return product(a, b)


@traces(np.copy, method="copy")
def _copy(a: TracedArray, order: str = "K", **others: Any) -> TracedArray:
    return TracedArray(a.tracer, a.node, a.shape, a.dtype, a.sources)


@traces(np.astype, method="astype")
def _astype(x: TracedArray, dtype: Any, copy: bool = True, **others: Any) -> Any:
    return _copy(x.cast(checked(dtype)))


@traces(np.shape)
def _shape(a: TracedArray) -> tuple[int, ...]:
    return a.shape


@traces(np.ndim)
def _ndim(a: TracedArray) -> int:
    return a.ndim


@traces(np.size)
def _size(a: TracedArray, axis: Any = None) -> int:
    return a.size if axis is None else a.shape[axis]


def _same(a: TracedArray) -> TracedArray:
    return a


def _clipped(a: TracedArray, min: Any = None, max: Any = None) -> Any:
    return np.clip(a, min, max)


METHODS.update(clip=_clipped, toarray=_same, todense=_same)
