"""Scan: a body run for each slice of its scanned inputs, with states handed on from one to the next.

The body becomes straight code in a class of its own. A graph of torch.export cannot loop over a number of slices that
it does not know: there a body that hands its states on unchanged is vectorised over the slices, any other is torch's
own scan.
"""

import functools
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..core.codegen import class_from_source
from ..errors import CorruptEstimatorError, UnsupportedOperatorError
from .expressions import expression
from .nodes import attributes, constant, require, result


class Scan(nn.Module):
    """Base of the generated classes.

    Parameters
    ----------
    constants : list of Tensor
        Constants of the body, registered as ``constant_0``, ``constant_1``, ...
    """

    def __init__(self, constants: list[Tensor]) -> None:
        super().__init__()
        for i, value in enumerate(constants):
            self.register_buffer(f"constant_{i}", value)


def slices(x: Tensor, axis: int, backward: bool) -> Tensor:
    """Slices of a scanned input along the first axis, in the order in which they are taken; one of zeros if none."""
    x = x.movedim(axis, 0)
    if x.shape[0] == 0:
        shape = x.shape[1:]
        return torch.zeros([1] + list(shape), dtype=x.dtype, device=x.device)  # noqa: RUF005  TorchScript
    return x.flip(0) if backward else x


def joined(parts: list[Tensor], n_slices: int, axis: int, backward: bool) -> Tensor:
    """Results of the slices as one tensor."""
    x = torch.stack(parts)[:n_slices]
    return (x.flip(0) if backward else x).movedim(0, axis)


def scan_in_graph(
    module: Any,
    states: list[Tensor],
    scanned: list[Tensor],
    captured: list[Tensor],
    invariant: bool,
    axes: list[list[int]],
    backward: list[list[bool]],
) -> tuple[Tensor, ...]:
    """All slices at once, or torch's scan, for graphs of torch.export.

    Parameters
    ----------
    module : Scan
        Has the method ``body``.
    states, scanned, captured : list of Tensor
    invariant : bool
        The body returns its states as they are.
    axes, backward : list of two lists
        Axis and direction of each scanned input, and of each output that is scanned.
    """
    moved = [x.movedim(axis, 0) for x, axis in zip(scanned, axes[0], strict=True)]
    moved = [x.flip(0) if back else x for x, back in zip(moved, backward[0], strict=True)]
    n_states = len(states)
    if invariant:

        def outputs(*items: Tensor) -> tuple[Tensor, ...]:
            return tuple(module.body(*states, *items, *captured)[n_states:])

        last, stacked = tuple(states), torch.vmap(outputs)(*moved)
    else:
        from torch._higher_order_ops.scan import scan

        def step(carry: list[Tensor], items: list[Tensor]) -> tuple[list[Tensor], list[Tensor]]:
            every = module.body(*carry, *items, *captured)
            # torch's scan wants results that share no memory with what came in.
            return [x.clone() for x in every[:n_states]], [x.clone() for x in every[n_states:]]

        carry, stacked = scan(step, list(states), moved)
        last = tuple(carry)
    ordered = [x.flip(0) if back else x for x, back in zip(stacked, backward[1], strict=True)]
    return last + tuple(x.movedim(0, axis) for x, axis in zip(ordered, axes[1], strict=True))


@dataclass
class Body:
    """Body of a loop on its way to source text.

    Attributes
    ----------
    graph : GraphProto
    outer : OnnxGraph
        Graph around it, whose values the body may use.
    variables : dict of str to str
        Variable of each value.
    lines : list of str
    constants : dict of str to ndarray
        By variable.
    captured : list of str
        Values of the outer graph that are computed.
    """

    graph: Any
    outer: Any
    variables: dict[str, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    constants: dict[str, np.ndarray] = field(default_factory=dict)
    captured: list[str] = field(default_factory=list)

    def hold(self, name: str, value: np.ndarray) -> None:
        """Make a constant available."""
        variable = f"self.constant_{len(self.constants)}"
        self.constants[variable] = value
        self.variables[name] = variable

    def read(self, name: str) -> str:
        """Variable of a value, of the body or captured from around it."""
        if name not in self.variables:
            value = constant(name, self.outer)
            if value is not None:
                self.hold(name, value)
            else:
                self.variables[name] = f"c{len(self.captured)}"
                self.captured.append(name)
        return self.variables[name]

    def add(self, node: Any, ranks: dict[str, int]) -> None:
        """Append a node."""
        import onnx

        values = attributes(_Wrapped(node))
        if node.op_type == "Constant" and "value" in values:
            self.hold(node.output[0], values["value"])
            return
        if node.op_type == "Identity":  # another name for the same value: states that are handed on show as such
            self.variables[node.output[0]] = self.read(node.input[0])
            return
        names = [self.read(name) for name in node.input if name]
        text = None
        if node.domain in ("", "ai.onnx") and len(node.output) == 1:
            text = expression(
                node.op_type, names, values, ranks.get(node.input[0]), lambda i: self.constants.get(names[i])
            )
        if text is None:
            shown = onnx.helper.printable_node(node)
            raise UnsupportedOperatorError(
                f"Scan: its body has a node that cannot be written as an expression: {shown}"
            )
        variable = f"v{len(self.lines)}"
        self.lines.append(f"{variable} = {text}")
        self.variables[node.output[0]] = variable


@dataclass
class _Wrapped:
    """A bare node where an OnnxNode is expected."""

    proto: Any


_SOURCE = '''
class Scan(Base):
    def body(self, {parameters}) -> {body_type}:
        """One slice."""
{lines}
        return {results}

    def forward(self, {inputs}) -> {type}:
        """Last states, then the outputs of all slices."""
        if not torch.jit.is_scripting():
            if torch.compiler.is_compiling():
                whole = scan_in_graph(
                    self, [{states}], [{scanned}], [{captured}], {invariant}, {axes}, {backward}
                )
                return {whole}
        n_slices = x0.shape[{first_axis}]
{slices}
{lists}
        for i in range(max(n_slices, 1)):
            out = self.body({call})
            if n_slices > 0:
{carry}
{append}
        return {returned}
'''


def _write(body: Body, n_scanned: int, options: dict[str, Any]) -> str:
    """Source of the class of a Scan."""
    n_inputs, n_outputs = len(body.graph.input), len(body.graph.output)
    n_states = n_inputs - n_scanned
    n_results = n_outputs - n_states

    def option(name: str, size: int) -> list[int]:
        found = [int(value) for value in options.get(name, [])] or [0] * size
        require("Scan", len(found) == size, f"{name} has {len(found)} elements for {size}")
        return found

    axes = [option("scan_input_axes", n_scanned), option("scan_output_axes", n_results)]
    directions = [option("scan_input_directions", n_scanned), option("scan_output_directions", n_results)]
    backward = [[value == 1 for value in side] for side in directions]
    states = [f"s{i}" for i in range(n_states)]
    scanned = [f"x{i}" for i in range(n_scanned)]
    results = [body.read(value.name) for value in body.graph.output]
    captured = [f"c{i}" for i in range(len(body.captured))]
    invariant = results[:n_states] == states
    stacked = [
        f"joined(o{k}, n_slices, {axis}, {back})"
        for k, (axis, back) in enumerate(zip(axes[1], backward[1], strict=True))
    ]

    def block(lines: list[str], depth: int) -> str:
        return "\n".join(" " * 4 * depth + line for line in lines or ["pass"])

    def annotation(size: int) -> str:
        return "Tensor" if size == 1 else f"tuple[{', '.join(['Tensor'] * size)}]"

    every = [*states, *scanned, *captured]
    return _SOURCE.format(
        parameters=", ".join(f"{name}: Tensor" for name in [*states, *scanned, *captured]),
        inputs=", ".join(f"{name}: Tensor" for name in every),
        body_type=f"tuple[{', '.join(['Tensor'] * n_outputs)}]",
        type=annotation(n_outputs),
        lines=block(body.lines, 2),
        results="(" + ", ".join(results) + ",)",
        states=", ".join(states),
        scanned=", ".join(scanned),
        captured=", ".join(captured),
        invariant=invariant,
        axes=axes,
        backward=backward,
        whole="whole[0]" if n_outputs == 1 else "whole",
        first_axis=axes[0][0],
        slices=block(
            [
                f"i{k} = slices(x{k}, {axis}, {back})"
                for k, (axis, back) in enumerate(zip(axes[0], backward[0], strict=True))
            ],
            2,
        ),
        lists=block([f"o{k}: list[Tensor] = []" for k in range(n_results)], 2),
        call=", ".join([*states, *(f"i{k}[i]" for k in range(n_scanned)), *captured]),
        carry=block([f"s{k} = out[{k}]" for k in range(n_states) if results[k] != f"s{k}"], 4),
        append=block([f"o{k}.append(out[{n_states + k}])" for k in range(n_results)], 3),
        returned=", ".join([*states, *stacked]),
    )


@functools.cache
def _class(source: str) -> Any:
    namespace = {
        "torch": torch,
        "Tensor": Tensor,
        "Base": Scan,
        "slices": slices,
        "joined": joined,
        "scan_in_graph": scan_in_graph,
    }
    cls: Any = class_from_source("Scan", source, namespace)

    def reduce(self: nn.Module, protocol: Any = None) -> tuple[Any, ...]:
        return _rebuild, (source,), self.__dict__

    cls.__reduce_ex__ = reduce
    return cls


def _rebuild(source: str) -> nn.Module:
    cls = _class(source)
    module: nn.Module = cls.__new__(cls)
    return module


def _ranks(graph: Any) -> dict[str, int]:
    """Number of dimensions of the values whose shape the graph knows."""
    return {
        value.name: len(value.type.tensor_type.shape.dim)
        for value in (*graph.input, *graph.value_info)
        if value.type.tensor_type.HasField("shape")
    }


def _convert(node: Any, graph: Any) -> Any:
    import onnx

    values = attributes(node)
    require("Scan", "body" in values, "the body is missing")
    body = Body(values["body"], graph)
    n_scanned = int(values.get("num_scan_inputs", 0))
    n_inputs = len(body.graph.input)
    require(
        "Scan", 0 < n_scanned <= n_inputs == len(node.input_values), "the body does not take the inputs of the node"
    )
    n_states = n_inputs - n_scanned
    require("Scan", len(body.graph.output) == len(node.output_values), "the body has not the outputs of the node")
    require("Scan", len(body.graph.output) >= n_states, "the body returns fewer states than it takes")
    for i, value in enumerate(body.graph.input):
        body.variables[value.name] = f"s{i}" if i < n_states else f"x{i - n_states}"
    for initializer in body.graph.initializer:
        body.hold(initializer.name, np.array(onnx.numpy_helper.to_array(initializer)))
    try:
        for inner in body.graph.node:
            body.add(inner, _ranks(body.graph))
        module = _class(_write(body, n_scanned, values))([torch.tensor(value) for value in body.constants.values()])
    except (AttributeError, IndexError, KeyError, SyntaxError, TypeError, ValueError) as error:
        raise CorruptEstimatorError(f"Scan: its body cannot be read: {error!r}") from error
    return result(node, module, inputs=[*node.input_values, *body.captured])


CONVERTERS = {("", "Scan", version): _convert for version in (9, 11, 16, 19, 21, 23, 24, 25)}
