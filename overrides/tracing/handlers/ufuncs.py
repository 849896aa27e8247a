"""What is traced of numpy's and scipy's universal functions."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from scipy import special

from ...functional import integers
from ...functional.special import arithmetic
from ...functional.special.power import boxcox, inv_boxcox
from ...functional.special.trigonometry import arctan2
from ...functional.special.ufuncs import UFUNCS, identity, square
from ..dispatch import NotTraceable, traces
from ..dtypes import BOOL, FLOAT64, INT64, UINT64, checked, held, is_integer, rounding_steps
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
}

_OF_TRUTHS: dict[Any, Callable[..., Any]] = {
    np.multiply: torch.logical_and,
    np.minimum: torch.logical_and,
    np.bitwise_and: torch.logical_and,
    np.add: torch.logical_or,
    np.maximum: torch.logical_or,
    np.bitwise_or: torch.logical_or,
    np.bitwise_xor: torch.logical_xor,
    np.invert: torch.logical_not,
    np.absolute: identity,
}
"""What numpy computes with truth values."""

_OF_INTEGERS: dict[Any, Callable[..., Any]] = {
    np.add: torch.add,
    np.subtract: torch.sub,
    np.multiply: torch.mul,
    np.floor_divide: integers.floor_divide,
    np.remainder: integers.remainder,
    np.fmod: integers.fmod,
    np.maximum: integers.maximum,
    np.minimum: integers.minimum,
    np.fmax: integers.maximum,
    np.fmin: integers.minimum,
    np.bitwise_and: torch.bitwise_and,
    np.bitwise_or: torch.bitwise_or,
    np.bitwise_xor: torch.bitwise_xor,
    np.invert: integers.invert,
    np.negative: torch.neg,
    np.positive: identity,
    np.absolute: integers.absolute,
    np.sign: integers.sign,
    np.square: square,
    np.floor: identity,
    np.ceil: identity,
    np.trunc: identity,
    np.rint: identity,
}
"""What numpy computes with integers; the result is wrapped around where their type ends."""

_NOT_OF_UINT64 = (np.floor_divide, np.remainder, np.fmod, np.maximum, np.minimum, np.fmax, np.fmin, np.sign)

_ROUNDED = (np.add, np.subtract, np.multiply, np.divide, np.sqrt, np.square, np.negative, np.positive, np.absolute)
"""What float64 computes and a narrower float rounds as if it had been computed in that."""

_CHOOSE = (np.maximum, np.minimum, np.fmax, np.fmin, np.floor, np.ceil, np.trunc, np.rint, np.sign, np.copysign)
"""What makes no other numbers than there are, or whole ones."""

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
    """The result of a universal function on traced arrays and numbers, in the type that numpy computes it in.

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
    if ufunc is np.signbit:
        return np.copysign(1.0, inputs[0]) < 0
    operands = [first.lift(value) for value in inputs]
    shape = np.broadcast_shapes(*(operand.shape for operand in operands))
    if ufunc in _PREDICATES:
        return first.make(_PREDICATES[ufunc], operands[0].numbers(), dtype=BOOL)
    if ufunc in _LOGIC:
        return first.make(_LOGIC[ufunc], *(operand.truth() for operand in operands), shape=shape, dtype=BOOL)
    if ufunc is np.logical_not:
        return first.make(torch.logical_not, operands[0].truth(), dtype=BOOL)
    if ufunc in _COMPARISONS:
        return _compared(first, ufunc, operands, shape)
    if ufunc in (np.left_shift, np.right_shift):
        return _shifted(ufunc, *operands)
    *taken, result = _loop(ufunc, operands)
    cast = [operand.cast(dtype) for operand, dtype in zip(operands, taken, strict=True)]
    made = _made(first, ufunc, cast, taken[0], shape)
    made.dtype = checked(result)
    return made.followed_by(rounding_steps(made.dtype), made.dtype)


def _loop(ufunc: Any, operands: list[Any]) -> tuple[np.dtype[Any], ...]:
    """The types in which numpy computes, and behind them that of the result."""
    given = [operand.weak or operand.dtype for operand in operands]
    if all(kind in (int, float) for kind in given):
        given = [operand.dtype for operand in operands]
    try:
        found: tuple[np.dtype[Any], ...] = ufunc.resolve_dtypes((*given, *[None] * ufunc.nout))
    except TypeError as error:
        raise NotTraceable(f"it calls np.{ufunc.__name__} of {', '.join(map(str, given))}: {error}") from error
    if ufunc.nout != 1:
        raise NotTraceable(f"it calls np.{ufunc.__name__}, which is not traced")
    return found


def _made(first: TracedArray, ufunc: Any, x: list[Any], dtype: np.dtype[Any], shape: Any) -> TracedArray:
    """What a ufunc makes of operands that numpy's loop takes."""
    table = _OF_INTEGERS if is_integer(dtype) else _OF_TRUTHS if dtype == BOOL else {**UFUNCS, **_OF_TWO}
    if ufunc is np.power or ufunc is np.float_power:
        exponent = x[1]
        if not isinstance(exponent, TracedArray) and exponent.array.size == 1:
            number = exponent.array.item()
            if is_integer(dtype) and 0 <= number <= 64:
                return first.make(integers.power, x[0], int(number), shape=shape, dtype=dtype)
            if float(number) in (1.0, 2.0) and shape == x[0].shape and not is_integer(dtype):
                return first.make(identity if number == 1.0 else square, x[0], shape=shape)
    if ufunc not in table or (dtype == UINT64 and ufunc in _NOT_OF_UINT64):
        kind = "" if dtype == FLOAT64 else f" of {dtype}"
        raise NotTraceable(f"it calls {ufunc.__name__}{kind}, which is not traced")
    if dtype.kind == "f" and dtype != FLOAT64 and ufunc not in _ROUNDED and ufunc not in _CHOOSE:
        raise NotTraceable(
            f"numpy computes {ufunc.__name__} in {dtype} there, whose last digit no tensor "
            "repeats: give it float64, by astype(float) in the function"
        )
    return first.make(table[ufunc], *x, shape=shape)


def _compared(first: TracedArray, ufunc: Any, operands: list[Any], shape: Any) -> TracedArray:
    """A comparison: of integers as they are, a number of Python's may lie beyond their type."""
    for i, operand in enumerate(operands):
        if operand.weak is int:
            operands[i] = first.lift(np.array(operand.array, dtype=np.int64))
    dtypes = [operand.dtype for operand in operands]
    if all(is_integer(dtype) for dtype in dtypes) and UINT64 not in dtypes:
        return first.make(_COMPARISONS[ufunc], *operands, shape=shape, dtype=BOOL)
    if UINT64 in dtypes:
        raise NotTraceable("it compares numbers of uint64, which is not traced: take them as float64")
    *taken, _ = _loop(ufunc, operands)
    cast = [operand.cast(dtype).numbers() for operand, dtype in zip(operands, taken, strict=True)]
    return first.make(_COMPARISONS[ufunc], *cast, shape=shape, dtype=BOOL)


def _shifted(ufunc: Any, x: Any, places: Any) -> Any:
    """Bits shifted by a number of places: products and quotients of integers."""
    if isinstance(places, TracedArray) or places.array.size != 1 or not isinstance(x, TracedArray):
        raise NotTraceable(f"it calls np.{ufunc.__name__} with places that depend on the row")
    number, dtype = int(places.array.item()), _loop(ufunc, [x, places])[-1]
    factor = x.lift(np.array(1 << min(max(number, 0), 62), dtype=np.int64))
    whole = x.cast(dtype)
    if not is_integer(dtype) or dtype == UINT64 or not 0 <= number <= 62:
        raise NotTraceable(f"it calls np.{ufunc.__name__} by {number}, which is not traced")
    target = torch.mul if ufunc is np.left_shift else integers.floor_divide
    return whole.make(target, whole, factor, dtype=dtype).followed_by(rounding_steps(dtype), dtype)


def product(x: Any, y: Any) -> TracedArray:
    """``x @ y`` of traced rows and numbers."""
    if not isinstance(x, TracedArray) or isinstance(y, TracedArray) or x.ndim != 2:
        raise NotTraceable("it multiplies matrices otherwise than rows by a matrix or vector of numbers")
    matrix = np.asarray(y)
    if matrix.ndim not in (1, 2) or matrix.shape[0] != x.shape[1]:
        raise NotTraceable(f"it multiplies rows of {x.shape[1]} by a matrix of shape {matrix.shape}")
    dtype = checked(np.result_type(x.dtype, matrix.dtype))
    if dtype not in (INT64, FLOAT64) and not is_integer(dtype):
        raise NotTraceable(f"it multiplies matrices in {dtype}, which is not traced")
    rows, weights = x.cast(dtype), held(matrix.astype(dtype))
    shape = (ROWS, *matrix.shape[1:])
    if is_integer(dtype):  # no device multiplies matrices of integers
        weights = weights.reshape(weights.shape[0], -1)
        parts = rows.make(torch.unsqueeze, rows, -1, shape=(*x.shape, 1), dtype=dtype)
        parts = parts.make(torch.mul, parts, x.tracer.buffer(weights), shape=(*x.shape, weights.shape[1]), dtype=dtype)
        total = parts.make(torch.sum, parts, 1, shape=(ROWS, weights.shape[1]), dtype=dtype)
        total = total.followed_by(rounding_steps(dtype), dtype)
        return total if matrix.ndim == 2 else total[:, 0]
    return rows.make(torch.matmul, rows, x.tracer.buffer(weights), shape=shape)
