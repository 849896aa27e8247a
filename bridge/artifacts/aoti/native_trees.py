"""Descents of trees in an exported program, replaced by operators of our own that compile to one native loop.

In a program a descent is a chain of look-ups, level by level, between two places that are known by their constants: the
columns that it compares, and the numbers of the leaves. What lies between is a function of the constants of the trees,
which the names of the buffers tell apart: it goes, and one operator comes in its place. Where what the leaves give is
summed tree after tree, as it mostly is, the sum goes with it. The code of the operators is native_trees.cpp.

Programs do not change elsewhere: a forest within a pipeline, a calibration or a stack is found as well, and a program
whose trees are not found is compiled as it is.
"""

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, fx

from ...overrides.functional.trees.bitmask import leaf_ranges

aten = torch.ops.aten

_NAMESPACE = "bridge_native"
_SCHEMAS = {
    "tree_leaves": "(Tensor columns, Tensor nodes, Tensor trees, Tensor numbers) -> Tensor",
    "tree_sums": "(Tensor columns, Tensor nodes, Tensor trees, Tensor values, Tensor start) -> Tensor",
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


def _shape_of_leaves(columns: Tensor, nodes: Tensor, trees: Tensor, numbers: Tensor) -> Tensor:
    return columns.new_empty((columns.shape[0], trees.shape[0]), dtype=torch.int64)


def _shape_of_sums(columns: Tensor, nodes: Tensor, trees: Tensor, values: Tensor, start: Tensor) -> Tensor:
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
    form = _native_form(*(part.detach().cpu().numpy() for part in (column, threshold, child)))
    trees, nodes = (_constant(module, found, torch.tensor(part)) for part in (form.trees, form.records))
    number = number.cpu().index_select(0, torch.tensor(form.leaves))
    summed = _sum_of(found, constants, len(form.trees))
    if summed is not None:
        last, value, start = summed
        values = _constant(module, last, value.reshape(n_nodes, -1).index_select(0, number).contiguous())
        with module.graph.inserting_before(last):
            sums = module.graph.call_function(_operator("tree_sums"), (columns, nodes, trees, values, start))
        last.replace_all_uses_with(sums)
    # Others may want the leaves as well; if nobody does, this is dead code.
    numbers = _constant(module, found, number.to(torch.int32).reshape(-1, 1))
    with module.graph.inserting_before(found):
        leaves = module.graph.call_function(_operator("tree_leaves"), (columns, nodes, trees, numbers))
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


@dataclass(frozen=True)
class _NativeForm:
    """Trees as the native code reads them.

    Attributes
    ----------
    trees : int32 ndarray of shape (n_trees, 2 or 3)
        Place of the root and levels below it; or, of trees of few leaves, first split, number of splits, first leaf.
    records : int32 ndarray of shape (n_records, 2, 3, 4 or 6)
        Nodes, or splits.
    leaves : int64 ndarray
        The node, of those given, behind each number that stands for a leaf.
    """

    trees: np.ndarray
    records: np.ndarray
    leaves: np.ndarray


def _native_form(column: np.ndarray, threshold: np.ndarray, child: np.ndarray) -> _NativeForm:
    """The form of trees in the order of their levels: of few leaves, or to go down."""
    is_leaf = child == np.arange(len(child))
    # Every node but the roots is one of two children.
    n_trees = len(child) - 2 * int((~is_leaf).sum())
    tree, first, n_leaves = leaf_ranges(child, is_leaf, n_trees)
    if n_leaves[:n_trees].max() <= 8 * threshold.itemsize:
        return _splits(column, threshold, child, is_leaf, tree, first, n_leaves)
    return _nodes(column, threshold, child, is_leaf, tree, n_trees)


def _splits(
    column: np.ndarray,
    threshold: np.ndarray,
    child: np.ndarray,
    is_leaf: np.ndarray,
    tree: np.ndarray,
    first: np.ndarray,
    n_leaves: np.ndarray,
) -> _NativeForm:
    """Above a threshold, the leaves left of it are ruled out."""
    inner = np.flatnonzero(~is_leaf)
    inner = inner[np.argsort(tree[inner], kind="stable")]
    index, bits = (np.int32, np.uint32) if threshold.itemsize == 4 else (np.int64, np.uint64)
    records = np.empty(len(inner), dtype=[("threshold", threshold.dtype), ("leaves", bits), ("column", index)])
    left = child[inner]
    # All bits may be set, which a shift by their number would not do.
    ruled_out = (~np.uint64(0) >> (64 - n_leaves[left]).astype(np.uint64)) << first[left].astype(np.uint64)
    records["threshold"], records["column"], records["leaves"] = threshold[inner], column[inner], ruled_out
    leaves = np.flatnonzero(is_leaf)
    leaves = leaves[np.lexsort([first[leaves], tree[leaves]])]
    n_trees = len(np.unique(tree))
    n_splits, n_ends = np.bincount(tree[inner], minlength=n_trees), np.bincount(tree[leaves])
    trees = np.stack([np.cumsum(n_splits) - n_splits, n_splits, np.cumsum(n_ends) - n_ends], axis=1)
    return _NativeForm(
        trees.astype(np.int32), records.view(np.int32).reshape(len(inner), records.itemsize // 4), leaves
    )


def _nodes(
    column: np.ndarray,
    threshold: np.ndarray,
    child: np.ndarray,
    is_leaf: np.ndarray,
    tree: np.ndarray,
    n_trees: int,
) -> _NativeForm:
    """Nodes of one tree after those of another, which a block of rows fetches once, in the order of their levels."""
    order = np.argsort(tree, kind="stable")
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    limits, columns, children = threshold[order], column[order], place[child[order]]
    bits = max(1, (len(limits) - 1).bit_length())
    if limits.dtype == np.float32 and bits + int(columns.max()).bit_length() <= 32:
        records = np.empty(len(limits), dtype=[("threshold", np.float32), ("code", np.uint32)])
        records["code"] = columns.astype(np.uint32) << np.uint32(bits) | children.astype(np.uint32)
    else:
        records = np.empty(len(limits), dtype=[("threshold", limits.dtype), ("column", "i4"), ("child", "i4")])
        records["column"], records["child"] = columns, children
    records["threshold"] = limits
    counts = np.bincount(tree)
    trees = np.stack([np.cumsum(counts) - counts, _levels(child, is_leaf, tree, n_trees)], axis=1)
    return _NativeForm(trees.astype(np.int32), records.view(np.int32).reshape(len(limits), -1), order)


def _levels(child: np.ndarray, is_leaf: np.ndarray, tree: np.ndarray, n_trees: int) -> np.ndarray:
    """Levels below the root of each tree, shape (n_trees,)."""
    levels, level = np.zeros(n_trees, dtype=np.int64), np.arange(n_trees)
    while len(parents := level[~is_leaf[level]]):
        levels[np.unique(tree[parents])] += 1
        level = np.concatenate([child[parents], child[parents] + 1])
    return levels


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
