"""Arithmetic, comparisons and activations become torch functions."""

from collections.abc import Callable
from typing import Any

import torch
from torch import fx

from ...errors import OnnxRouteError
from ._base import constant, rows_node
from ._modules import ReplaceModules, Rule


class Elementwise(ReplaceModules):
    """Replace the modules of operators that act element by element, and matrix products.

    Rules
    -----
    1. Unary and binary operators become the torch function of their name; Div of integers rounds towards zero.
    2. Sum, Mean, Min and Max of several tensors become a chain of binary functions, from left to right.
    3. Cast to a floating type becomes ``value.to(rows)``, so that a module in float32 stays in float32; to another type
       ``value.to(dtype)``.
    4. Clip becomes ``torch.clamp`` with bounds that are tensors, because Python floats would be rounded to float32.
    5. Identity is its argument.
    6. Gemm becomes ``torch.matmul`` with what it scales and adds.
    7. An old-style broadcast along an axis, or an activation with a parameter that has no rule: OnnxRouteError.

    Before::

        %out = call_module[OnnxBinaryMathOperation](%x, %y)     # Add

    After::

        %out = torch.add(%x, %y)
    """

    def __init__(self) -> None:
        self.rules = {
            "OnnxBinaryMathOperation": self._arithmetic,
            "OnnxPow": _old_broadcast(torch.pow),
            "OnnxSqrt": _same(torch.sqrt),
            "OnnxFunction": lambda model, node, module: _call(model, node, module.function),
            "OnnxCompare": lambda model, node, module: _call(model, node, module.compare_function),
            "OnnxLogical": lambda model, node, module: _call(model, node, module.logic_op_function),
            "OnnxRound": lambda model, node, module: _call(model, node, module.round_function),
            "OnnxNot": _same(torch.logical_not),
            "OnnxNeg": _same(torch.neg),
            "OnnxReciprocal": _same(torch.reciprocal),
            "OnnxErf": _same(torch.erf),
            "OnnxIsNaN": _same(torch.isnan),
            "OnnxWhere": _same(torch.where),
            "OnnxMatMul": _same(torch.matmul),
            "OnnxSum": _chain(torch.add),
            "OnnxMean": _mean,
            "OnnxMinMax": _extremum,
            "OnnxCast": _cast,
            "OnnxClip": _clip,
            "OnnxGemm": _gemm,
            "OnnxCopyIdentity": lambda model, node, module: node.args[0],
            "Identity": lambda model, node, module: node.args[0],
            "ReLU": _same(torch.relu),
            "Sigmoid": _same(torch.sigmoid),
            "Softmax": lambda model, node, module: _call(model, node, torch.softmax, dim=module.dim),
            "LogSoftmax": lambda model, node, module: _call(model, node, torch.log_softmax, dim=module.dim),
            "Softplus": _softplus,
        }

    def _arithmetic(self, model: fx.GraphModule, node: fx.Node, module: Any) -> fx.Node:
        _refuse_axis(node, module)
        if module.math_op_function.__name__ != "_onnx_div":
            return _call(model, node, module.math_op_function)
        if self.seen[node][0].is_floating_point():
            return _call(model, node, torch.div)
        return _call(model, node, torch.div, rounding_mode="trunc")


def _call(model: fx.GraphModule, node: fx.Node, function: Callable[..., Any], **keywords: Any) -> fx.Node:
    return model.graph.call_function(function, node.args, keywords)


def _same(function: Callable[..., Any]) -> Rule:
    return lambda model, node, module: _call(model, node, function)


def _old_broadcast(function: Callable[..., Any]) -> Rule:
    def rule(model: fx.GraphModule, node: fx.Node, module: Any) -> fx.Node:
        _refuse_axis(node, module)
        return _call(model, node, function)

    return rule


def _refuse_axis(node: fx.Node, module: Any) -> None:
    if module.broadcast == 1 and module.axis is not None:
        raise OnnxRouteError(
            f"ONNX import: node {node.name!r} broadcasts along an axis as opset 6 did, which has no rule"
        )


def _chain(function: Callable[..., Any]) -> Rule:
    def rule(model: fx.GraphModule, node: fx.Node, module: Any) -> fx.Node:
        return _fold(model, node, function)

    return rule


def _fold(model: fx.GraphModule, node: fx.Node, function: Callable[..., Any]) -> Any:
    result: Any = node.args[0]
    for other in node.args[1:]:
        result = model.graph.call_function(function, (result, other))
    return result


def _mean(model: fx.GraphModule, node: fx.Node, module: Any) -> fx.Node:
    return model.graph.call_function(torch.div, (_fold(model, node, torch.add), len(node.args)))


def _extremum(model: fx.GraphModule, node: fx.Node, module: Any) -> fx.Node:
    return _fold(model, node, torch.minimum if module._operator is torch.amin else torch.maximum)


def _cast(model: fx.GraphModule, node: fx.Node, module: Any) -> fx.Node:
    target = rows_node(model) if module.torch_dtype.is_floating_point else module.torch_dtype
    return model.graph.call_method("to", (node.args[0], target))


def _clip(model: fx.GraphModule, node: fx.Node, module: Any) -> fx.Node:
    bounds: dict[str, Any] = {
        name: constant(model, torch.tensor(value, dtype=torch.float64))
        for name, value in (("min", module.min_val), ("max", module.max_val))
        if value is not None
    }
    return model.graph.call_function(torch.clamp, (node.args[0],), bounds)


def _gemm(model: fx.GraphModule, node: fx.Node, module: Any) -> fx.Node:
    graph = model.graph
    left, right, *rest = (*node.args, *node.kwargs.values())
    if module.trans_a:
        left = graph.call_method("t", (left,))
    if module.trans_b:
        right = graph.call_method("t", (right,))
    result = _scaled(model, graph.call_function(torch.matmul, (left, right)), module.alpha)
    if rest:
        result = graph.call_function(torch.add, (result, _scaled(model, rest[0], module.beta)))
    return result


def _scaled(model: fx.GraphModule, value: Any, factor: float) -> Any:
    if factor == 1.0:
        return value
    return model.graph.call_function(torch.mul, (value, constant(model, torch.tensor(factor, dtype=torch.float64))))


def _softplus(model: fx.GraphModule, node: fx.Node, module: Any) -> fx.Node:
    if module.beta != 1.0 or module.threshold != 20.0:
        raise OnnxRouteError(f"ONNX import: node {node.name!r} is a Softplus with parameters, which has no rule")
    return model.graph.call_function(torch.nn.functional.softplus, (node.args[0],))
