"""What is traced of functions of every number that are no universal functions."""

from typing import Any

import numpy as np
import torch

from ...functional import traced
from ..dispatch import NotTraceable, traces
from ..dtypes import BOOL, FLOAT64, INT64, checked
from ..tracer import TracedArray
from .arguments import common_dtype, first_traced


@traces(np.clip)
def _clip(a: Any, a_min: Any = np._NoValue, a_max: Any = np._NoValue, *, min: Any = None, max: Any = None) -> Any:
    low = min if a_min is np._NoValue else a_min
    high = max if a_max is np._NoValue else a_max
    if low is not None:
        a = np.maximum(a, low)
    return a if high is None else np.minimum(a, high)


@traces(np.where)
def _where(condition: Any, x: Any = None, y: Any = None) -> TracedArray:
    if x is None or y is None:
        raise NotTraceable("it calls np.where with a condition alone, which picks rows")
    first = first_traced((condition, x, y))
    condition, x, y = (first.lift(value) for value in (condition, x, y))
    shape = np.broadcast_shapes(condition.shape, x.shape, y.shape)
    dtype = common_dtype((x, y))
    return first.make(torch.where, condition.truth(), x.cast(dtype), y.cast(dtype), shape=shape, dtype=dtype)


@traces(np.select)
def _select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    result = default
    for condition, choice in reversed(list(zip(condlist, choicelist, strict=True))):
        result = np.where(condition, choice, result)
    return result


@traces(np.nan_to_num)
def _nan_to_num(x: TracedArray, copy: bool = True, nan: float = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    if x.dtype.kind != "f":
        return x
    largest = np.finfo(x.dtype).max
    result = np.where(np.isnan(x), nan, x)
    result = np.where(x == np.inf, largest if posinf is None else posinf, result)
    result = np.where(x == -np.inf, -largest if neginf is None else neginf, result)
    if not copy:
        x.become(result)
    return result


@traces(np.round, np.around, method="round")
def _round(a: TracedArray, decimals: int = 0) -> Any:
    if a.dtype.kind != "f" and decimals >= 0 and not a.is_truth:
        return a
    if decimals == 0:
        return np.rint(a)
    if a.dtype != FLOAT64:
        raise NotTraceable(f"it rounds {a.dtype} to {decimals} digits, which is not traced")
    scale = a.tracer.buffer(np.array([10.0 ** abs(decimals)]))
    return a.make(traced.rounded, a.numbers(), scale, decimals > 0)


@traces(np.fix)
def _fix(x: TracedArray) -> Any:
    return np.trunc(x)


@traces(np.interp)
def _interp(x: TracedArray, xp: Any, fp: Any, left: Any = None, right: Any = None) -> Any:
    knots, values = np.asarray(xp, dtype=np.float64), np.asarray(fp, dtype=np.float64)
    if len(knots) < 2 or not (np.diff(knots) > 0).all():
        raise NotTraceable("it interpolates between points that do not ascend")
    buffers = [x.tracer.buffer(part) for part in (knots, values)]
    result: Any = x.make(traced.interpolated, x.numbers(), *buffers)
    if left is not None:
        result = np.where(x < knots[0], left, result)
    return result if right is None else np.where(x > knots[-1], right, result)


@traces(np.searchsorted)
def _searchsorted(a: Any, v: Any, side: str = "left") -> TracedArray:
    if isinstance(a, TracedArray):
        raise NotTraceable("it looks numbers up among the rows")
    edges = np.asarray(a, dtype=np.float64)
    v.tracer.numbers += edges.tolist()
    return v.make(traced.bins_below, v.numbers(), v.tracer.buffer(edges), side == "right", dtype=INT64)


@traces(np.digitize)
def _digitize(x: TracedArray, bins: Any, right: bool = False) -> Any:
    edges = np.asarray(bins, dtype=np.float64)
    if (np.diff(edges) < 0).any():
        raise NotTraceable("it sorts numbers into bins whose edges do not ascend")
    return np.searchsorted(edges, x, "left" if right else "right")


@traces(np.isin)
def _isin(element: TracedArray, test_elements: Any, *, invert: bool = False, **others: Any) -> Any:
    values = np.ravel(np.asarray(list(test_elements), dtype=np.float64))
    element.tracer.numbers += values.tolist()
    found = element.make(traced.is_among, element.numbers(), element.tracer.buffer(values), dtype=BOOL)
    return ~found if invert else found


@traces(np.isclose)
def _isclose(a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    near = (np.isfinite(b) & (np.abs(a - b) <= atol + rtol * np.abs(b))) | (a == b)
    return near | (np.isnan(a) & np.isnan(b)) if equal_nan else near


@traces(np.polyval)
def _polyval(p: Any, x: TracedArray) -> Any:
    result: Any = 0.0 * x
    for coefficient in np.asarray(p, dtype=np.float64).tolist():
        result = result * x + coefficient
    return result


@traces(np.zeros_like, np.empty_like)
def _zeros_like(a: TracedArray, dtype: Any = None, **others: Any) -> TracedArray:
    return _full_like(a, 0.0, dtype)


@traces(np.ones_like)
def _ones_like(a: TracedArray, dtype: Any = None, **others: Any) -> TracedArray:
    return _full_like(a, 1.0, dtype)


@traces(np.full_like)
def _full_like(a: TracedArray, fill_value: Any, dtype: Any = None, **others: Any) -> TracedArray:
    result: TracedArray = a.lift(np.full(a.shape, fill_value, checked(a.dtype if dtype is None else dtype)))
    return result
