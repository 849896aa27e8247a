"""What is traced of numpy's and scipy's universal functions."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from scipy import special

from ...functional.special import arithmetic
from ...functional.special.power import boxcox, inv_boxcox
from ...functional.special.trigonometry import arctan2
from ...functional.special.ufuncs import UFUNCS
from ..dispatch import NotTraceable, traces
from ..tracer import ROWS, TracedArray

_OF_TWO: dict[Any, Callable[..., Any]] = {
    np.add: torch.add,
    np.subtract: torch.sub,
    np.multiply: torch.mul,
    np.divide: torch.div,
    np.power: torch.pow,
    np.float_power: torch.pow,
    np.maximum: torch.maximum,
    np.minimum: torch.minimum,
    np.fmax: arithmetic.fmax,
    np.fmin: arithmetic.fmin,
    np.remainder: arithmetic.remainder,
    np.fmod: torch.fmod,
    np.floor_divide: arithmetic.floor_divide,
    np.hypot: arithmetic.hypot,
    np.arctan2: arctan2,
    np.logaddexp: arithmetic.logaddexp,
    np.copysign: arithmetic.copysign,
    np.heaviside: arithmetic.heaviside,
    special.xlogy: arithmetic.xlogy,
    special.xlog1py: arithmetic.xlog1py,
    special.boxcox: boxcox,
    special.inv_boxcox: inv_boxcox,
}

_COMPARISONS: dict[Any, Callable[..., Any]] = {
    np.less: torch.lt,
    np.less_equal: torch.le,
    np.greater: torch.gt,
    np.greater_equal: torch.ge,
    np.equal: torch.eq,
    np.not_equal: torch.ne,
}

_LOGIC: dict[Any, Callable[..., Any]] = {
    np.logical_and: torch.logical_and,
    np.logical_or: torch.logical_or,
    np.logical_xor: torch.logical_xor,
    np.bitwise_and: torch.logical_and,
    np.bitwise_or: torch.logical_or,
    np.bitwise_xor: torch.logical_xor,
}

_OF_TRUTHS: dict[Any, Any] = {
    np.multiply: np.logical_and,
    np.minimum: np.logical_and,
    np.add: np.logical_or,
    np.maximum: np.logical_or,
}
"""What numpy takes these for, where both operands are truth values."""

_PREDICATES: dict[Any, Callable[..., Any]] = {
    np.isnan: torch.isnan,
    np.isinf: arithmetic.is_infinite,
    np.isfinite: torch.isfinite,
}

_REDUCTIONS: dict[Any, Callable[..., Any]] = {
    np.add: np.sum,
    np.multiply: np.prod,
    np.maximum: np.max,
    np.minimum: np.min,
    np.logical_and: np.all,
    np.logical_or: np.any,
}


@traces(method="__array_ufunc__")
def trace_ufunc(first: TracedArray, ufunc: Any, method: str, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """The result of a universal function on traced arrays and numbers.

    Parameters
    ----------
    first : TracedArray
        One of the inputs.
    ufunc : numpy.ufunc
    method : str
        ``"__call__"`` or ``"reduce"``.
    inputs : tuple
    options : dict
        A ``dtype`` other than float64, and ``where``, are refused.
    """
    if method == "reduce" and ufunc in _REDUCTIONS:
        return _REDUCTIONS[ufunc](*inputs, **options)
    if method != "__call__":
        raise NotTraceable(f"it uses np.{ufunc.__name__}.{method}, which is not traced")
    if options.pop("dtype", None) not in (None, float, np.float64) or options.pop("where", True) is not True:
        raise NotTraceable(f"it calls np.{ufunc.__name__} with dtype= or where=, which is not traced")
    if ufunc is np.divmod:
        return trace_ufunc(first, np.floor_divide, method, inputs, {}), trace_ufunc(
            first, np.remainder, method, inputs, {}
        )
    if ufunc is np.matmul:
        return product(*inputs)
    operands = [first.lift(value) for value in inputs]
    if len(operands) == 1:
        return _of_one(ufunc, operands[0])
    return _of_two(first, ufunc, *operands)


def _of_one(ufunc: Any, x: TracedArray) -> Any:
    if ufunc in _PREDICATES:
        return x.make(_PREDICATES[ufunc], x.numbers(), truth=True)
    if ufunc is np.logical_not or (ufunc is np.invert and x.is_truth):
        return x.make(torch.logical_not, x.truth(), truth=True)
    if ufunc is np.signbit:
        return np.copysign(1.0, x) < 0
    if ufunc in UFUNCS:
        return x.make(UFUNCS[ufunc], x.numbers())
    raise NotTraceable(f"it calls {ufunc.__name__}, which is not traced")


def _of_two(first: TracedArray, ufunc: Any, x: Any, y: Any) -> TracedArray:
    shape = np.broadcast_shapes(x.shape, y.shape)
    if x.is_truth and y.is_truth:
        ufunc = _OF_TRUTHS.get(ufunc, ufunc)
    if ufunc in _LOGIC:
        if ufunc.__name__.startswith("bitwise") and not (x.is_truth and y.is_truth):
            raise NotTraceable(f"it calls np.{ufunc.__name__} of numbers: only truth values are traced")
        return first.make(_LOGIC[ufunc], x.truth(), y.truth(), shape=shape, truth=True)
    if ufunc in _COMPARISONS:
        return first.make(_COMPARISONS[ufunc], x.numbers(), y.numbers(), shape=shape, truth=True)
    x, y = x.numbers(), y.numbers()
    if ufunc in (np.power, np.float_power) and not isinstance(y, TracedArray) and y.array.size == 1:
        if float(y.array.item()) in (1.0, 2.0) and shape == x.shape:
            return x if y.array.item() == 1.0 else first.make(torch.mul, x, x, shape=shape)
    if ufunc in _OF_TWO:
        return first.make(_OF_TWO[ufunc], x, y, shape=shape)
    raise NotTraceable(f"it calls {ufunc.__name__}, which is not traced")


def product(x: Any, y: Any) -> TracedArray:
    """``x @ y`` of traced rows and numbers."""
    if not isinstance(x, TracedArray) or isinstance(y, TracedArray) or x.ndim != 2:
        raise NotTraceable("it multiplies matrices otherwise than rows by a matrix or vector of numbers")
    matrix = np.asarray(y, dtype=np.float64)
    if matrix.ndim not in (1, 2) or matrix.shape[0] != x.shape[1]:
        raise NotTraceable(f"it multiplies rows of {x.shape[1]} by a matrix of shape {matrix.shape}")
    rows = x.numbers()
    return rows.make(torch.matmul, rows, x.tracer.buffer(matrix), shape=(ROWS, *matrix.shape[1:]))
