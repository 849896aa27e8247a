"""What several methods compute alike, computed once: graphs of all methods together get smaller by half, and faster."""

from typing import Any

import torch
from torch import fx
from torch._ops import HigherOrderOperator, OpOverload


def common_subexpressions(program: torch.export.ExportedProgram) -> None:
    """Let equal calls on equal operands be one, in place.

    Parameters
    ----------
    program : ExportedProgram
        Operators that write into their operands are respected: what is written to is not shared, and two readings of it
        are one only where nothing was written in between. So are loops, whose operands must not show one memory.
    """
    graph = program.graph_module.graph
    roots = _roots(graph)
    written = {roots[node] for call in graph.nodes for node in _written(call)}
    writes = dict.fromkeys(written, 0)
    outputs = set(graph.output_node().all_input_nodes)
    loops = _loops(graph, roots)
    found: dict[Any, list[fx.Node]] = {}

    def would_alias(node: fx.Node, other: fx.Node) -> bool:
        if roots[node] is roots[other]:
            return bool(_loops_on(node) & _loops_on(other))
        return bool(loops[roots[node]] & loops[roots[other]])

    def state(node: fx.Node) -> tuple[fx.Node, int]:
        return node, writes.get(roots[node], 0)

    for node in list(graph.nodes):
        for target in _written(node):
            writes[roots[target]] += 1
        if roots[node] in written or node in outputs or not _is_shareable(node):
            continue
        if _returns_its_operand(node):
            node.replace_all_uses_with(node.args[0])
            graph.erase_node(node)
            continue
        alike = found.setdefault(_key(program.graph_module, node, state), [])
        same = next((other for other in alike if not would_alias(node, other)), None)
        if same is None:
            alike.append(node)
            continue
        loops[roots[same]] |= loops[roots[node]]
        roots.update({view: roots[same] for view, root in roots.items() if root is node})
        node.replace_all_uses_with(same)
        graph.erase_node(node)
    program.graph_module.recompile()


def _loops(graph: fx.Graph, roots: dict[fx.Node, fx.Node]) -> dict[fx.Node, set[str]]:
    """Names of the loops that get the memory of each root for an operand."""
    loops: dict[fx.Node, set[str]] = {root: set() for root in roots.values()}
    for node in graph.nodes:
        loops[roots[node]] |= _loops_on(node)
    return loops


def _loops_on(node: fx.Node) -> set[str]:
    """Names of the loops that get the result of a call."""
    if node.op == "get_attr":
        return set()  # the body of the loop
    return {user.name for user in node.users if isinstance(user.target, HigherOrderOperator)}


def _is_shareable(node: fx.Node) -> bool:
    if node.op == "get_attr":
        return True
    if node.op != "call_function" or "unbacked_bindings" in node.meta:
        return False
    target: Any = node.target
    if isinstance(target, OpOverload):
        return torch.Tag.nondeterministic_seeded not in target.tags and not target._schema.is_mutable
    if isinstance(target, HigherOrderOperator):
        return target.name() == "while_loop"
    return getattr(target, "__module__", "") == "_operator"


def _returns_its_operand(node: fx.Node) -> bool:
    """Whether a call converts to the dtype that is there already."""
    if node.target is not torch.ops.aten.to.dtype or len(node.args) != 2 or node.kwargs:
        return False
    operand: Any = node.args[0]
    return bool(operand.meta["val"].dtype == node.args[1])


def _written(node: fx.Node) -> list[fx.Node]:
    """Operands that a call writes into."""
    if node.op != "call_function" or not isinstance(node.target, OpOverload):
        return []
    arguments = node.target._schema.arguments
    given = [*zip(arguments, node.args, strict=False)]
    given += [(argument, node.kwargs[argument.name]) for argument in arguments if argument.name in node.kwargs]
    return [
        value
        for argument, value in given
        if argument.alias_info is not None and argument.alias_info.is_write and isinstance(value, fx.Node)
    ]


def _roots(graph: fx.Graph) -> dict[fx.Node, fx.Node]:
    """The node whose memory each node shows: of views, that which they are views of."""
    roots: dict[fx.Node, fx.Node] = {}
    for node in graph.nodes:
        roots[node] = node
        if node.op == "call_function" and isinstance(node.target, OpOverload):
            shown = [
                value
                for argument, value in zip(node.target._schema.arguments, node.args, strict=False)
                if argument.alias_info is not None and isinstance(value, fx.Node)
            ]
            if shown:
                roots[node] = roots[shown[0]]
    return roots


def _key(module: fx.GraphModule, node: fx.Node, state: Any) -> Any:
    if node.op == "get_attr":
        part = getattr(module, str(node.target), None)
        # The bodies of loops are modules of their own; equal ones have equal code, and operands for all that they read.
        if isinstance(part, fx.GraphModule) and not part.state_dict() and not list(part.children()):
            return "get_attr", part.code
        return "get_attr", node.target
    return node.target, _frozen(node.args, state), _frozen(tuple(sorted(node.kwargs.items())), state)


def _frozen(value: Any, state: Any) -> Any:
    """A hashable form of arguments, in which 1, 1.0 and True differ."""
    if isinstance(value, (tuple, list)):
        return tuple(_frozen(item, state) for item in value)
    return state(value) if isinstance(value, fx.Node) else (type(value), repr(value))
