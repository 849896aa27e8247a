"""What a pass is: a change of the graph in place, held to what it declares."""

import warnings
from typing import Any, NamedTuple

import torch
from torch import Tensor, fx

from ...errors import OnnxRouteError

ROW_COUNTS = (7, 11)
"""Rows of the two trial runs: a dimension that follows them is the number of rows, the others are constants."""


Observed = dict[fx.Node, tuple[Any, Any]]
"""Values of nodes in the two trial runs."""


class PassResult(NamedTuple):
    """What a pass returns."""

    model: fx.GraphModule
    modified: bool


class Pass:
    """One repair; a subclass writes ``rewrite`` and, where it promises something of every graph, ``violation``."""

    def rewrite(self, model: fx.GraphModule) -> bool:
        """Change the graph in place; returns whether anything was changed."""
        raise NotImplementedError

    def violation(self, model: fx.GraphModule) -> str | None:
        """What in the result breaks the promise of the pass, or None."""
        return None

    def __call__(self, model: fx.GraphModule) -> PassResult:
        """Run, clean up and verify: the claim about changes, the promise, and that the graph is well formed.

        Raises
        ------
        OnnxRouteError
            The pass is at fault; the message says how, and is addressed to its author.
        """
        name = type(self).__name__
        before = _text(model)
        modified = self.rewrite(model)
        model.graph.eliminate_dead_code()
        _drop_unused(model)
        model.graph.lint()
        model.recompile()
        if (before != _text(model)) != modified:
            raise OnnxRouteError(
                f"ONNX import: pass {name} says modified={modified}, the graph says otherwise: mend the pass"
            )
        broken = self.violation(model)
        if broken is not None:
            raise OnnxRouteError(f"ONNX import: pass {name} leaves what it promises to remove: {broken}")
        return PassResult(model, modified)


def constant(model: fx.GraphModule, value: Tensor) -> fx.Node:
    """Node of a new constant, written where the graph is being written to."""
    index = 0
    while hasattr(model, f"constant_{index}"):
        index += 1
    model.register_buffer(f"constant_{index}", value)
    return model.graph.get_attr(f"constant_{index}")


def constant_value(model: fx.GraphModule, node: object) -> Tensor | None:
    """The tensor of a node that reads a constant, else None."""
    if not isinstance(node, fx.Node) or node.op != "get_attr":
        return None
    value: object = model
    for word in str(node.target).split("."):
        value = getattr(value, word)
    return value if isinstance(value, Tensor) else None


def rows_node(model: fx.GraphModule) -> fx.Node:
    """The one input of the graph."""
    return next(node for node in model.graph.nodes if node.op == "placeholder")


def result_node(model: fx.GraphModule) -> fx.Node:
    """The node whose value the graph returns."""
    output = next(node for node in reversed(model.graph.nodes) if node.op == "output")
    result = output.args[0]
    if not isinstance(result, fx.Node):
        raise OnnxRouteError(f"ONNX import: the graph returns {result}, expected one node")
    return result


def observe(model: fx.GraphModule) -> Observed:
    """Values of every node in two trial runs, of :data:`ROW_COUNTS` rows and different numbers."""
    width = model.meta["n_features"]
    few, more = ROW_COUNTS
    constant_rows = torch.full((few, width), 0.5, dtype=torch.float64)
    varied_rows = torch.linspace(0.1, 1.9, more * width, dtype=torch.float64).reshape(more, width)
    first, second = (_values(model, rows) for rows in (constant_rows, varied_rows))
    return {node: (first[node], second[node]) for node in model.graph.nodes if node in first}


def _values(model: fx.GraphModule, rows: Tensor) -> dict[fx.Node, Any]:
    recorder = _Recorder(model)
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # modules of onnx2torch index in ways that torch deprecates
        recorder.run(rows)
    return recorder.values


class _Recorder(fx.Interpreter):
    def __init__(self, model: fx.GraphModule) -> None:
        super().__init__(model, garbage_collect_values=False)
        self.values: dict[fx.Node, Any] = {}

    def run_node(self, n: fx.Node) -> Any:
        value = super().run_node(n)
        self.values[n] = value
        return value


def _text(model: fx.GraphModule) -> str:
    constants = [(name, str(value.dtype), tuple(value.shape)) for name, value in model.named_buffers()]
    lines = [f"{node.name} {node.op} {node.target} {node.args} {node.kwargs}" for node in model.graph.nodes]
    return "\n".join([*lines, *map(str, sorted(constants))])


def _drop_unused(model: fx.GraphModule) -> None:
    """Remove constants and submodules that no node reads."""
    model.delete_all_unused_submodules()
    read = {str(node.target) for node in model.graph.nodes if node.op == "get_attr"}
    for name in [name for name, _ in model.named_buffers(recurse=False) if name not in read]:
        delattr(model, name)
