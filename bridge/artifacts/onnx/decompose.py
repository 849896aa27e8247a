"""The few operators that torch's ONNX exporter has no function for, replaced in a program by those that it has."""

from collections.abc import Callable
from typing import Any

import torch
from torch import fx

aten = torch.ops.aten

_RENAMED = {
    aten.__and__.Tensor: aten.bitwise_and.Tensor,
    aten.__or__.Tensor: aten.bitwise_or.Tensor,
    aten.__xor__.Tensor: aten.bitwise_xor.Tensor,
}
_ASSERTIONS = ("_assert_tensor_metadata", "_assert_scalar", "_assert_async", "sym_constrain_range_for_size")


def decompose(program: torch.export.ExportedProgram, is_known: Callable[[Any], bool]) -> bool:
    """Replace operators in place until the exporter knows all of them.

    Rules
    -----
    1. Assertions go.
    2. ``__and__``, ``__or__`` and ``__xor__`` are the bitwise operators.
    3. ``to.dtype`` is ``_to_copy``, or its operand where the dtype is that already.
    4. ``square`` is a product.

    Parameters
    ----------
    program : ExportedProgram
    is_known : callable
        Whether the exporter has a function for an operator.

    Returns
    -------
    bool
        False where other operators are left, or such as write into an operand: torch's own decomposition traces the
        program again for them.
    """
    graphs = [part for part in program.graph_module.modules() if isinstance(part, fx.GraphModule)]
    if any(_is_beyond(node, is_known) for part in graphs for node in part.graph.nodes):
        return False
    for part in graphs:
        for node in list(part.graph.nodes):
            _replace(part.graph, node)
        part.graph.eliminate_dead_code()
        part.recompile()
    return True


def _is_beyond(node: fx.Node, is_known: Callable[[Any], bool]) -> bool:
    target: Any = node.target
    if node.op != "call_function" or not isinstance(target, torch._ops.OpOverload):
        return False
    if target._schema.is_mutable:
        return True
    ours = target in _RENAMED or target in (aten.to.dtype, aten.square.default) or _is_assertion(target)
    return not ours and not is_known(target)


def _is_assertion(target: Any) -> bool:
    return isinstance(target, torch._ops.OpOverload) and target._schema.name.removeprefix("aten::") in _ASSERTIONS


def _replace(graph: fx.Graph, node: fx.Node) -> None:
    target: Any = node.target
    if node.op != "call_function":
        return
    if _is_assertion(target):
        graph.erase_node(node)
    elif target in _RENAMED:
        node.target = _RENAMED[target]
    elif target is aten.square.default:
        node.target, node.args = aten.mul.Tensor, (node.args[0], node.args[0])
    elif target is aten.to.dtype:
        operand: Any = node.args[0]
        dtype = node.args[1]
        # The name of what is an output stands in the signature.
        is_output = any(user.op == "output" for user in node.users)
        if operand.meta["val"].dtype == dtype and not is_output:
            node.replace_all_uses_with(operand)
            graph.erase_node(node)
        else:
            node.target, node.args, node.kwargs = aten._to_copy.default, (operand,), {"dtype": dtype}
