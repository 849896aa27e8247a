"""What is traced of picking parts of an array, and of writing into them; rows are never picked."""

from typing import Any

import numpy as np
import torch

from ..dispatch import NotTraceable, traces
from ..tracer import TracedArray


@traces(method="__getitem__")
def picked(array: TracedArray, key: Any) -> TracedArray:
    """``array[key]``: all rows, and some of what each has."""
    keys = _full(array, key)
    if not (isinstance(keys[0], slice) and keys[0] == slice(None)):
        raise NotTraceable("it picks rows: every row must have a result, and only its own")
    result, dim, lists = array, 1, 0
    for part in keys[1:]:
        if part is None:
            shape = (*result.shape[:dim], 1, *result.shape[dim:])
            result, dim = result.make(torch.unsqueeze, result, dim, shape=shape, dtype=result.dtype), dim + 1
        elif isinstance(part, (int, np.integer)):
            shape = (*result.shape[:dim], *result.shape[dim + 1 :])
            index = range(result.shape[dim])[part]
            chosen = _sources(result, [index]) if dim == 1 else None
            result = result.make(torch.select, result, dim, index, shape=shape, dtype=result.dtype)
            result.sources = chosen
        else:
            positions = _positions(part, result.shape[dim])
            lists += not isinstance(part, slice)
            if lists > 1:
                raise NotTraceable("it picks by two lists at once")
            result, dim = take(result, positions, dim), dim + 1
    return result


def take(array: TracedArray, positions: list[int], dim: int) -> TracedArray:
    """Parts of each row, in this order."""
    if positions == list(range(array.shape[dim])):
        return TracedArray(array.tracer, array.node, array.shape, array.dtype, array.sources)
    shape = (*array.shape[:dim], len(positions), *array.shape[dim + 1 :])
    index = array.tracer.buffer(np.array(positions, dtype=np.int64))
    result = array.make(torch.index_select, array, dim, index, shape=shape, dtype=array.dtype)
    result.sources = _sources(array, positions) if dim == 1 else None
    return result


def _sources(array: TracedArray, positions: list[int]) -> tuple[int, ...] | None:
    return None if array.sources is None else tuple(array.sources[i] for i in positions)


@traces(method="__setitem__")
def written(array: TracedArray, key: Any, value: Any) -> TracedArray:
    """What ``array[key] = value`` makes of the array."""
    if isinstance(key, TracedArray):
        return _written_where(array, key, None, value)
    keys = _full(array, key)
    if array.ndim > 2 or len(keys) > 2 or any(part is None for part in keys):
        raise NotTraceable("it writes into more than columns")
    rows, columns = (*keys, slice(None))[:2]
    if isinstance(rows, TracedArray):
        return _written_where(array, rows, columns, value)
    if not (isinstance(rows, slice) and rows == slice(None)):
        raise NotTraceable("it writes into some of the rows")
    if array.ndim == 1:
        return _where(array, np.ones(1, dtype=bool), array.lift(value))
    is_one = isinstance(columns, (int, np.integer))
    positions = [range(array.shape[1])[columns]] if is_one else _positions(columns, array.shape[1])
    operand = array.lift(value)
    if operand.shape and isinstance(operand, TracedArray):
        if is_one and operand.ndim == 1:
            operand = picked(operand, (slice(None), None))
        if operand.shape[1] > 1:
            spread = np.zeros(array.shape[1], dtype=np.int64)
            spread[positions] = np.arange(len(positions))
            operand = take(operand, spread.tolist(), 1)
    elif operand.shape:
        row = np.zeros(array.shape[1], dtype=operand.array.dtype)
        row[positions] = operand.array
        operand = array.lift(row)
    return _where(array, np.isin(np.arange(array.shape[1]), positions), operand)


def _written_where(array: TracedArray, mask: TracedArray, columns: Any, value: Any) -> TracedArray:
    """Write numbers where a mask is true, into all columns or some."""
    operand = array.lift(value)
    if operand.shape:
        raise NotTraceable("it writes an array into the places of a mask: use np.where")
    if columns is not None and mask.ndim == 1 and array.ndim == 2:
        mask = picked(mask, (slice(None), None))
        is_one = isinstance(columns, (int, np.integer))
        positions = [range(array.shape[1])[columns]] if is_one else _positions(columns, array.shape[1])
        mask = mask & np.isin(np.arange(array.shape[1]), positions)
    elif mask.ndim == 1 and array.ndim == 2:
        mask = picked(mask, (slice(None), None))
    return _where(array, mask, operand)


def _where(array: TracedArray, mask: Any, operand: Any) -> TracedArray:
    result: TracedArray = np.where(mask, _plain(operand, array.dtype), array)  # type: ignore[assignment]
    return result


def _plain(operand: Any, dtype: np.dtype[Any]) -> Any:
    """An operand as an assignment casts it."""
    cast = operand.cast(dtype)
    return cast if isinstance(cast, TracedArray) else cast.array


def _full(array: TracedArray, key: Any) -> tuple[Any, ...]:
    """A key for every dimension from the first on, without an ellipsis."""
    keys = key if isinstance(key, tuple) else (key,)
    dots = [i for i, part in enumerate(keys) if part is Ellipsis]
    if dots:
        given = sum(part is not None for part in keys) - 1
        keys = (*keys[: dots[0]], *[slice(None)] * (array.ndim - given), *keys[dots[0] + 1 :])
    return keys


def _positions(part: Any, size: int) -> list[int]:
    """Positions that a slice, a list of numbers or a mask names."""
    if isinstance(part, slice):
        return list(range(size))[part]
    if isinstance(part, TracedArray):
        raise NotTraceable("it picks by values: which columns there are must not depend on the rows")
    index = np.asarray(part)
    if index.ndim != 1 or index.dtype.kind not in "biu" or (index.dtype.kind == "b" and len(index) != size):
        raise NotTraceable(f"it picks by {str(part)[:40]!r}, which is no list of columns")
    positions: list[int] = np.arange(size)[index].tolist()
    return positions
