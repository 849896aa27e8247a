"""A repaired graph as the source of a method, a line per node."""

import operator
from typing import Any

import torch
from torch import fx

from ..errors import OnnxRouteError


def method_source(method: str, graph: fx.Graph) -> str:
    """Source of ``_method``, indented for a class body.

    Raises
    ------
    OnnxRouteError
        The graph calls something that is no public function of torch.
    """
    names = _names(graph)
    lines = [f"    def _{method}(self, x: Tensor) -> Tensor:"]
    for node in graph.nodes:
        if node.op in ("call_function", "call_method", "call_module"):
            lines.append(f"        {names[node]} = {_call(node, names)}")
        elif node.op == "output":
            lines.append(f"        return {_text(node.args[0], names)}")
    return "\n".join(lines)


def _names(graph: fx.Graph) -> dict[fx.Node, str]:
    names: dict[fx.Node, str] = {}
    counts: dict[str, int] = {}
    for node in graph.nodes:
        if node.op == "placeholder":
            names[node] = "x"
        elif node.op == "get_attr":
            names[node] = f"self.{node.target}"
        elif node.op != "output":
            stem = _stem(node)
            counts[stem] = counts.get(stem, 0) + 1
            names[node] = stem if counts[stem] == 1 else f"{stem}_{counts[stem]}"
    return names


def _stem(node: fx.Node) -> str:
    """What a node does, as a name; none ends in a number, so that a number makes it unique."""
    if node.op == "call_module":
        return str(node.target).rstrip("0123456789").rstrip("_")
    if node.target is operator.getitem:
        return "item"
    name = str(node.target) if node.op == "call_method" else str(getattr(node.target, "__name__", "value"))
    return _STEMS.get(name, name.rstrip("0123456789"))


_STEMS = {"to": "cast", "t": "transposed", "sum": "total", "pow": "power", "abs": "absolute", "log": "logarithm"}
"""Names where torch's own would hide a builtin of Python, or say little."""


def _call(node: fx.Node, names: dict[fx.Node, str]) -> str:
    if node.target is operator.getitem:
        return f"{_text(node.args[0], names)}[{_index(node.args[1], names)}]"
    args = [_text(arg, names) for arg in node.args]
    keywords = [f"{key}={_text(value, names)}" for key, value in node.kwargs.items()]
    if node.op == "call_module":
        return f"self.{node.target}({', '.join([*args, *keywords])})"
    if node.op == "call_method":
        return f"{args[0]}.{node.target}({', '.join([*args[1:], *keywords])})"
    if node.target is operator.mul:
        return f"{args[0]} * {args[1]}"
    return f"{_qualified(node.target)}({', '.join([*args, *keywords])})"


def _qualified(target: Any) -> str:
    name = getattr(target, "__name__", "")
    name = {"linalg_vector_norm": "vector_norm"}.get(name, name)
    for space, prefix in (
        (torch, "torch"),
        (torch.nn.functional, "torch.nn.functional"),
        (torch.linalg, "torch.linalg"),
    ):
        if getattr(space, name, None) is target:
            return f"{prefix}.{name}"
    raise OnnxRouteError(f"assemble: {target} is no public function of torch")


_SPACES: dict[str, Any] = {
    "torch": torch,
    "torch.nn.functional": torch.nn.functional,
    "torch.linalg": torch.linalg,
}


def _index(index: Any, names: dict[fx.Node, str]) -> str:
    if isinstance(index, tuple):
        return ", ".join(_index(part, names) for part in index)
    if isinstance(index, slice):
        bounds = ["" if bound is None else _text(bound, names) for bound in (index.start, index.stop)]
        step = "" if index.step is None else f":{_text(index.step, names)}"
        return ":".join(bounds) + step
    return _text(index, names)


def _text(value: Any, names: dict[fx.Node, str]) -> str:
    if isinstance(value, fx.Node):
        return names[value]
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_text(item, names) for item in value)}]"
    if value is None or isinstance(value, (bool, int, str, torch.dtype)):
        return repr(value)
    raise OnnxRouteError(f"assemble: {value!r} in a graph is no tensor, whole number, word or dtype")
