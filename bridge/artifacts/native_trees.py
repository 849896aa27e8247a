"""Descents of trees in an exported program, replaced by operators of our own that compile to one native loop.

In a program a descent is a chain of look-ups, level by level, between two places that are known by their constants: the
columns that it compares, and the numbers of the leaves. What lies between is a function of the constants of the trees,
which the names of the buffers tell apart: it goes, and one operator comes in its place. Where what the leaves give is
summed tree after tree, as it mostly is, the sum goes with it. The code of the operators is native_trees.cpp.

Programs do not change elsewhere: a forest within a pipeline, a calibration or a stack is found as well, and a program
whose trees are not found is compiled as it is.
"""

import functools
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, fx

aten = torch.ops.aten

_NAMESPACE = "bridge_native"
_SCHEMAS = {
    "tree_leaves": "(Tensor columns, Tensor nodes, Tensor levels, Tensor numbers) -> Tensor",
    "tree_sums": "(Tensor columns, Tensor nodes, Tensor levels, Tensor values, Tensor start) -> Tensor",
}
_BUFFERS = ("column", "threshold", "child", "node_id")
_LEVEL = (aten.gather.default, torch.ops.higher_order.while_loop)


@functools.cache
def _library() -> torch.library.Library:
    """The operators, which know the shapes of what they give and nothing else: they are compiled, never called."""
    library = torch.library.Library(_NAMESPACE, "DEF")
    for name, schema in _SCHEMAS.items():
        library.define(name + schema)
    library.impl("tree_leaves", _shape_of_leaves, "Meta")
    library.impl("tree_sums", _shape_of_sums, "Meta")
    return library


def _shape_of_leaves(columns: Tensor, nodes: Tensor, levels: Tensor, numbers: Tensor) -> Tensor:
    return columns.new_empty((columns.shape[0], levels.shape[0]), dtype=torch.int64)


def _shape_of_sums(columns: Tensor, nodes: Tensor, levels: Tensor, values: Tensor, start: Tensor) -> Tensor:
    return values.new_empty((columns.shape[0], start.shape[1]))


def _operator(name: str) -> Any:
    _library()
    return getattr(getattr(torch.ops, _NAMESPACE), name).default


def native_code() -> dict[str, Any]:
    """Options of AOTInductor that put the code of the operators into a package."""
    code = Path(__file__).with_suffix(".cpp").read_text(encoding="utf-8")
    # Inductor declares what it is given behind `extern`, in a block of C: a definition will do as well.
    first, *others = (_operator(name) for name in _SCHEMAS)
    return {
        "aot_inductor.custom_ops_to_c_shims": {first: [f'"C++" {{\n{code}\n}}'], **{name: [] for name in others}},
    }


def with_native_trees(program: torch.export.ExportedProgram) -> tuple[torch.export.ExportedProgram, bool]:
    """A program whose descents of trees are operators of ours.

    Parameters
    ----------
    program : ExportedProgram
        Of one 2-D tensor.

    Returns
    -------
    program : ExportedProgram
    modified : bool
        False where it has no trees; it needs no :func:`native_code` then.
    """
    if not hasattr(torch._inductor.config.aot_inductor, "custom_ops_to_c_shims"):
        return program, False  # a torch of another day: what it writes by itself is slower, and right
    module = program.module()
    assert isinstance(module, fx.GraphModule)
    constants = {**dict(module.named_parameters()), **dict(module.named_buffers())}
    modified = False
    for node in list(module.graph.nodes):
        if node.target is aten.index_select.default and _is_constant(node.args[0], "node_id"):
            modified |= _replace(module, node, constants)
    if not modified:
        return program, False
    module.graph.eliminate_dead_code()
    module.delete_all_unused_submodules()
    module.recompile()
    examples = program.example_inputs
    assert examples is not None
    with torch.no_grad():
        shapes = ({0: torch.export.Dim("n_samples", min=0)},)
        return torch.export.export(module, examples[0], dynamic_shapes=shapes), True


def _is_constant(node: Any, name: str) -> bool:
    return isinstance(node, fx.Node) and node.op == "get_attr" and str(node.target).rpartition(".")[2] == name


def _replace(module: fx.GraphModule, found: Any, constants: dict[str, Tensor]) -> bool:
    """Put operators in the place of the descent that ends where leaves get their numbers."""
    prefix = str(found.args[0].target).rpartition(".")[0]
    column, threshold, child, number = (constants.get(f"{prefix}.{name}") for name in _BUFFERS)
    columns = _columns(found, prefix)
    if columns is None or column is None or threshold is None or child is None or number is None:
        return False
    if columns.meta["val"].dtype != threshold.dtype or threshold.dtype not in (torch.float32, torch.float64):
        return False
    n_nodes = len(child)
    if n_nodes >= 2**31 or _is_shared(child):
        return False
    new_order, trees = _tree_after_tree(child.cpu().numpy())
    order = torch.tensor(new_order)
    levels = _constant(module, found, torch.tensor(trees))
    nodes = _constant(module, found, torch.tensor(_records(column, threshold, child, order)))
    number = number.cpu().index_select(0, order)
    summed = _sum_of(found, constants, len(trees))
    if summed is not None:
        last, value, start = summed
        values = _constant(module, last, value.reshape(n_nodes, -1).index_select(0, number).contiguous())
        with module.graph.inserting_before(last):
            sums = module.graph.call_function(_operator("tree_sums"), (columns, nodes, levels, values, start))
        last.replace_all_uses_with(sums)
    # Others may want the leaves as well; if nobody does, this is dead code.
    numbers = _constant(module, found, number.to(torch.int32).reshape(-1, 1))
    with module.graph.inserting_before(found):
        leaves = module.graph.call_function(_operator("tree_leaves"), (columns, nodes, levels, numbers))
        flat = module.graph.call_function(aten.reshape.default, (leaves, [-1]))
    found.replace_all_uses_with(flat)
    return True


def _columns(found: Any, prefix: str) -> Any:
    """What the levels of a descent compare, looked for upwards from its end."""
    todo, seen = list(found.all_input_nodes), set()
    while todo:
        node = todo.pop()
        if node in seen or node.op != "call_function":
            continue
        seen.add(node)
        if node.target is aten.gather.default:
            return node.args[0]
        if node.target is torch.ops.higher_order.while_loop:
            given = [part for part in node.args[3] if not str(part.target).startswith(f"{prefix}.")]
            return given[0] if len(given) == 1 else None
        todo += node.all_input_nodes
    return None


def _is_shared(child: Tensor) -> bool:
    """Whether several nodes have the same children, which trees of ONNX may."""
    pairs = child[child != torch.arange(len(child), device=child.device)]
    return len(pairs.unique()) < len(pairs)


def _tree_after_tree(child: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """An order that brings together the nodes of each tree, and keeps that of its levels.

    Parameters
    ----------
    child : int64 ndarray of shape (n_nodes,)
        Of trees in the order of their levels.

    Returns
    -------
    order : int64 ndarray of shape (n_nodes,)
    trees : int32 ndarray of shape (n_trees, 2)
        Place of the root of each tree, and the levels below it.
    """
    places = np.arange(len(child))
    inner = child != places
    # Every node but the roots is one of two children.
    n_trees = len(child) - 2 * int(inner.sum())
    tree, level = np.zeros(len(child), dtype=np.int64), places[:n_trees]
    tree[level] = level
    levels = np.zeros(n_trees, dtype=np.int32)
    while len(parents := level[inner[level]]):
        levels[np.unique(tree[parents])] += 1
        level = np.stack([child[parents], child[parents] + 1], axis=1).ravel()
        tree[level] = np.repeat(tree[parents], 2)
    counts = np.bincount(tree, minlength=n_trees)
    return np.argsort(tree, kind="stable"), np.stack([np.cumsum(counts) - counts, levels], axis=1).astype(np.int32)


def _records(column: Tensor, threshold: Tensor, child: Tensor, order: Tensor) -> np.ndarray:
    """Nodes in a new order as the native code reads them, shape (n_nodes, 2, 3 or 4), int32."""
    place = torch.empty_like(order)
    place[order] = torch.arange(len(order))
    limits, columns = (part.detach().cpu().index_select(0, order).numpy() for part in (threshold, column))
    children = place.index_select(0, child.cpu().index_select(0, order)).numpy()
    bits = max(1, (len(limits) - 1).bit_length())
    if limits.dtype == np.float32 and bits + int(columns.max()).bit_length() <= 32:
        records = np.empty(len(limits), dtype=[("threshold", np.float32), ("code", np.uint32)])
        records["code"] = columns.astype(np.uint32) << np.uint32(bits) | children.astype(np.uint32)
    else:
        records = np.empty(len(limits), dtype=[("threshold", limits.dtype), ("column", "i4"), ("child", "i4")])
        records["column"], records["child"] = columns, children
    records["threshold"] = limits
    return records.view(np.int32).reshape(len(limits), -1)


def _sum_of(found: Any, constants: dict[str, Tensor], n_trees: int) -> tuple[Any, Tensor, Any] | None:
    """Where a sum over the trees of what their leaves give ends, what each leaf adds, and what the sum begins with."""
    node, value = found, None  # type: Any, Tensor | None
    while len(node.users) == 1:
        node, before = next(iter(node.users)), node
        if node.target is aten.reshape.default:
            continue
        if node.target is aten.index_select.default and value is None and node.args[2] is before:
            value = _value(node.args[0], constants)
            if value is None or node.args[1] != 0:
                return None
        elif node.target is aten.mul.Tensor and value is not None:
            (factor,) = (part for part in node.args if part is not before)
            scale = constants.get(str(getattr(factor, "target", "")))
            if scale is None or scale.dim() > 0:
                return None
            value = scale * value
        elif node.target is aten.cat.default and value is not None and node.args[1:] == (1,):
            start = node.args[0][0]
            if len(node.args[0]) != 2 or start.target is not aten.unsqueeze.default or start.args[1] != 1:
                return None
            last = _last_of_sums(node)
            first = start.args[0]
            is_whole = value.dtype == torch.float64 and first.meta["val"].dtype == torch.float64
            width, n_sums = value.reshape(len(value), -1).shape[1], first.meta["val"].shape[1]
            if last is None or not is_whole or n_sums % width or n_trees * width % n_sums:
                return None
            return last, value.detach(), first
        else:
            return None
    return None


def _value(node: Any, constants: dict[str, Tensor]) -> Tensor | None:
    """The constant ``value`` of trees, which may be reshaped."""
    if node.target is aten.reshape.default:
        node = node.args[0]
    return constants.get(str(node.target)) if _is_constant(node, "value") else None


def _last_of_sums(cat: Any) -> Any:
    """The node that takes the last of the sums over dimension 1."""
    node = cat
    for target in (aten.cumsum.default, aten.slice.Tensor, aten.select.int):
        if len(node.users) != 1:
            return None
        user = next(iter(node.users))
        if target is aten.slice.Tensor and user.target is not target:
            continue
        if user.target is not target:
            return None
        node = user
        if target is aten.slice.Tensor and node.args[1:] != (0, 0, 2**63 - 1):
            return None
    return node if node.args[1:] == (1, -1) else None


def _constant(module: fx.GraphModule, before: fx.Node, value: Tensor) -> fx.Node:
    """A buffer more, and the node that reads it."""
    name = f"native_{len(dict(module.named_buffers()))}"
    module.register_buffer(name, value)
    with module.graph.inserting_before(before):
        return module.graph.get_attr(name)
