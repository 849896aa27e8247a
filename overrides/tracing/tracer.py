"""An array without values that writes down what numpy does with it: a graph of tensor operations."""

import textwrap
import types
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.lib.mixins import NDArrayOperatorsMixin
from torch import fx, nn

from ..core.codegen import class_from_source
from ..functional.traced import rows_like
from .dispatch import METHODS, SYNTAX, NotTraceable, trace_function
from .dtypes import BOOL, FLOAT64, cast_steps, checked, held

ROWS = 1009
"""Stands for the number of rows: a prime that no other dimension is likely to have."""


class Tracer:
    """A graph in the making, with the numbers that it needs as buffers.

    Attributes
    ----------
    rows : fx.Node
        The rows that the function takes.
    numbers : list of float
        Single numbers that the function names: at these it may change its mind.
    """

    def __init__(self) -> None:
        self.graph = fx.Graph()
        self.root = nn.Module()
        self.rows = self.graph.placeholder("x")
        self.numbers: list[float] = []

    def call(self, target: Callable[..., Any], *args: Any) -> fx.Node:
        """A step of the graph."""
        return self.graph.call_function(target, args)

    def buffer(self, value: np.ndarray) -> fx.Node:
        """An array of the function's own."""
        name = f"constant_{len(list(self.root.buffers()))}"
        self.root.register_buffer(name, torch.tensor(np.array(value, order="C")))
        return self.graph.get_attr(name)

    def module(self, result: "TracedArray") -> nn.Module:
        """The graph with this result, as a module."""
        self.graph.output(result.cast(FLOAT64).node)
        self.graph.eliminate_dead_code()
        self.graph.lint()
        code = self.graph.python_code("self")
        used = {name: value for name, value in code.globals.items() if isinstance(value, types.FunctionType)}
        module = rebuilt(code.src, tuple(used.items()))
        for node in self.graph.nodes:
            if node.op == "get_attr" and node.target not in module._buffers:
                module.register_buffer(node.target, self.root.get_buffer(node.target))
        return module


class _Function(nn.Module):
    """Base of traced functions; a copy or a pickle is made from the source again.

    A GraphModule would be traced anew when it is read from a pickle, through the functions that it calls.
    """

    def __reduce_ex__(self, protocol: Any = None) -> Any:
        made_of: Any = self.made_of
        return rebuilt, made_of, self.__dict__


def rebuilt(body: str, functions: tuple[tuple[str, Callable[..., Any]], ...]) -> nn.Module:
    """A module from the source of its forward, and the functions that this calls."""
    source = "class TracedFunction(Base):\n" + textwrap.indent(body.strip("\n"), "    ") + "\n"
    cls = class_from_source("TracedFunction", source, {"Base": _Function, "torch": torch, **dict(functions)})
    cls.made_of = (body, functions)  # type: ignore[attr-defined]
    module: nn.Module = cls()
    return module


class TracedArray(NDArrayOperatorsMixin):
    """An array of ``ROWS`` rows whose values nobody knows.

    Attributes
    ----------
    shape : tuple of int
        The first is :data:`ROWS`.
    dtype : numpy.dtype
        What numpy computes it in.
    sources : tuple of int or None
        Input columns that its columns are, where it only picks some.
    """

    __array_priority__ = 1000.0
    weak: type | None = None
    difference_of: tuple[int, ...] = ()
    """Input columns whose difference it is."""

    def __init__(
        self,
        tracer: Tracer,
        node: fx.Node,
        shape: tuple[int, ...],
        dtype: np.dtype[Any] = FLOAT64,
        sources: tuple[int, ...] | None = None,
    ) -> None:
        if not shape or shape[0] != ROWS:
            raise NotTraceable("it mixes rows: a row's result would depend on the others that come with it")
        if ROWS in shape[1:]:
            raise NotTraceable("it makes a table of rows by rows: one column and several must not be mixed")
        self.tracer, self.node, self.shape = tracer, node, shape
        self.dtype, self.sources = dtype, sources

    def become(self, other: Any) -> None:
        """Take the place of another array: what an assignment to parts of this one makes of it."""
        if other.shape != self.shape:
            raise NotTraceable(f"it writes {_size(other)} into {_size(self)}")
        self.node, self.sources = other.cast(self.dtype).node, other.sources

    @property
    def is_truth(self) -> bool:
        """Whether it holds truth values."""
        return self.dtype == BOOL

    def make(
        self, target: Callable[..., Any], *args: Any, shape: Any = None, dtype: np.dtype[Any] = FLOAT64
    ) -> "TracedArray":
        """The result of a step, of the type given; traced arguments stand for their nodes."""
        nodes = [arg.node if isinstance(arg, (TracedArray, Constant)) else arg for arg in args]
        return TracedArray(self.tracer, self.tracer.call(target, *nodes), shape or self.shape, dtype)

    def followed_by(self, steps: list[tuple[Any, tuple[Any, ...]]], dtype: np.dtype[Any]) -> "TracedArray":
        """What steps of one argument make of it."""
        node = self.node
        for target, args in steps:
            node = self.tracer.call(target, node, *(self.tracer.rows if arg == "rows" else arg for arg in args))
        return TracedArray(self.tracer, node, self.shape, dtype, self.sources)

    def cast(self, dtype: np.dtype[Any]) -> "TracedArray":
        """In another type, as numpy's ``astype`` brings it there."""
        if dtype == self.dtype:
            return self
        cast = self.followed_by(cast_steps(checked(self.dtype), checked(dtype)), dtype)
        cast.sources = None
        return cast

    def as_numbers(self) -> "TracedArray":
        """The numbers that stand for moments and spans of time."""
        return TracedArray(self.tracer, self.node, self.shape)

    @staticmethod
    def stands_for() -> type:
        """The class that the function would see."""
        return np.ndarray

    def check_inputs(self, inputs: tuple[Any, ...]) -> None:
        """Refuse inputs of a universal function that are not computed with place by place."""

    def dressed(self, result: Any) -> Any:
        """The result of a universal function, of the kind of its inputs."""
        return result

    def numbers(self) -> "TracedArray":
        """As float64."""
        return self.cast(FLOAT64)

    def truth(self) -> "TracedArray":
        """Whether its numbers are not 0."""
        return self.cast(BOOL)

    def lift(self, value: Any) -> Any:
        """An operand: a traced array as it is, numbers as :class:`Constant` or, one for each row, as traced."""
        if isinstance(value, (TracedArray, Constant)):
            return value
        array = np.asarray(value)
        if array.dtype.kind not in "biuf":
            raise NotTraceable(f"it computes with {array.dtype}, {str(value)[:40]!r}: only numbers are traced")
        weak = type(value) if type(value) in (int, float) else None
        if array.ndim and array.shape[0] == ROWS:
            if not np.array_equal(array, np.broadcast_to(array[:1], array.shape), equal_nan=True):
                raise NotTraceable("it has other numbers for every row, which do not depend on the row's own")
            node = self.tracer.call(rows_like, self.tracer.buffer(held(array[:1])), self.tracer.rows)
            return TracedArray(self.tracer, node, array.shape, array.dtype)
        if array.ndim == 0:
            self.tracer.numbers.append(float(array))
        return Constant(self.tracer, array, weak)

    # What numpy asks for.

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, out: Any = None, **options: Any) -> Any:
        self.check_inputs(inputs)
        result = self.dressed(SYNTAX["__array_ufunc__"](self, ufunc, method, inputs, options))
        if out is None:
            return result
        if not isinstance(out[0], TracedArray):
            raise NotTraceable("it writes into an array of its own (out=)")
        out[0].become(result)
        return out[0]

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return trace_function(func, args, kwargs)

    def __array__(self, *args: Any, **kwargs: Any) -> np.ndarray:
        raise NotTraceable("it hands the rows to code that wants their values")

    def __bool__(self) -> bool:
        raise NotTraceable("it decides by the values of a whole array (if, while, and, or): use np.where")

    def _as_number(self) -> Any:
        raise NotTraceable("it takes single values out of an array")

    __float__ = __int__ = __index__ = __complex__ = item = tolist = _as_number

    def __iter__(self) -> Any:
        raise NotTraceable("it goes through the rows one by one")

    def __len__(self) -> int:
        return ROWS

    def __getitem__(self, key: Any) -> Any:
        return SYNTAX["__getitem__"](self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        self.become(SYNTAX["__setitem__"](self, key, value))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in METHODS:
            if not hasattr(self.stands_for(), name):
                raise AttributeError(f"{self.stands_for().__name__} has no attribute {name!r}")
            raise NotTraceable(f"it uses .{name} of an array, which is not traced")
        return lambda *args, **kwargs: METHODS[name](self, *args, **kwargs)

    @property
    def ndim(self) -> int:
        """Number of dimensions."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of values."""
        return int(np.prod(self.shape))

    @property
    def T(self) -> Any:
        """Rows as columns, which nothing is traced of but the way back."""
        return Turned(self)

    def transpose(self) -> Any:
        """As :attr:`T`."""
        return Turned(self)


class Constant:
    """Numbers that do not depend on the rows.

    Attributes
    ----------
    weak : type or None
        ``int`` or ``float`` of a number of Python's, which takes the type of what it meets.
    """

    def __init__(self, tracer: Tracer, array: np.ndarray, weak: type | None = None) -> None:
        self.tracer, self.array, self.shape, self.dtype, self.weak = tracer, array, array.shape, array.dtype, weak

    @property
    def is_truth(self) -> bool:
        """Whether it holds truth values."""
        return bool(self.dtype == BOOL)

    @property
    def node(self) -> fx.Node:
        """A buffer of at least one dimension: exporters take numbers without one for others."""
        array = held(self.array)
        return self.tracer.buffer(array if array.ndim else array.reshape(1))

    def cast(self, dtype: np.dtype[Any]) -> "Constant":
        """In another type; a number of Python's must be one of its."""
        if self.weak is int and dtype.kind in "iu":
            try:
                return Constant(self.tracer, np.array(int(self.array), dtype=dtype))
            except OverflowError as error:
                raise NotTraceable(f"it computes in {dtype} with a number that this does not hold: {error}") from error
        with np.errstate(all="ignore"):
            return Constant(self.tracer, self.array.astype(dtype))

    def numbers(self) -> "Constant":
        """As float64."""
        return self.cast(FLOAT64)

    def truth(self) -> "Constant":
        """Whether its numbers are not 0."""
        return self.cast(BOOL)


class Turned:
    """A traced array of two dimensions on its side: rows are columns."""

    def __init__(self, upright: TracedArray) -> None:
        if upright.ndim > 2:
            raise NotTraceable("it turns an array of more than two dimensions")
        self.upright = upright

    @property
    def T(self) -> TracedArray:
        """Upright again."""
        return self.upright

    def transpose(self) -> TracedArray:
        """As :attr:`T`."""
        return self.upright

    def __getattr__(self, name: str) -> Any:
        raise NotTraceable("it turns rows into columns (.T, vstack), and goes on with them on their side")


def _size(array: TracedArray) -> str:
    return " x ".join("n" if size == ROWS else str(size) for size in array.shape)
