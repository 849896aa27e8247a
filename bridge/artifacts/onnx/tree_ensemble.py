"""The operators that trees leave in an ONNX graph, written as ``ai.onnx.ml`` 5 ``TreeEnsemble`` in float64.

Thresholds are the float32 floors that the module compares with, as doubles; NaN goes where
``nodes_missing_value_tracks_true`` says. A leaf of the operator has one target: leaves are told by their
number as weight, with a target for every tree.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import ExportError
from ...overrides.functional.trees.operators import DOMAIN, LEAVES, SUM

if TYPE_CHECKING:
    import onnx

ML_OPSET = 5
"""The first version of ``ai.onnx.ml`` with TreeEnsemble."""

_SUM_AGGREGATE, _NO_TRANSFORM, _LESS_OR_EQUAL = 1, 0, 0


def write_tree_ensembles(proto: "onnx.ModelProto") -> None:
    """Replace the operators of trees in a model, in place; their tensors become attributes.

    Parameters
    ----------
    proto : onnx.ModelProto
        As torch wrote it.

    Raises
    ------
    ExportError
        The tensors of the trees are no constants of the graph.
    """
    from onnx import helper, numpy_helper

    graph = proto.graph
    if not any(node.domain == DOMAIN for node in graph.node):
        return
    constants = {tensor.name: tensor for tensor in graph.initializer}
    nodes: list[onnx.NodeProto] = []
    for node in graph.node:
        if node.domain != DOMAIN:
            nodes.append(node)
            continue
        missing = [name for name in node.input[1:] if name and name not in constants]
        if missing or node.op_type not in (LEAVES, SUM):
            raise ExportError(f"trees cannot be written as TreeEnsemble: {missing or node.op_type} is not constant")
        arrays = [numpy_helper.to_array(constants[name]) if name else None for name in node.input[1:]]
        nodes += _replacement(node, arrays)
    del graph.node[:]
    graph.node.extend(nodes)
    used = {name for node in nodes for name in _reads(node)} | {output.name for output in graph.output}
    kept = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.initializer[:]
    graph.initializer.extend(kept)
    kept_versions = [item for item in proto.opset_import if item.domain not in (DOMAIN, "ai.onnx.ml")]
    del proto.opset_import[:]
    proto.opset_import.extend([*kept_versions, helper.make_opsetid("ai.onnx.ml", ML_OPSET)])


def _reads(node: "onnx.NodeProto") -> Iterator[str]:
    """Names of the values that a node reads, those that its subgraphs take from outside included."""
    yield from node.input
    for attribute in node.attribute:
        for graph in (attribute.g, *attribute.graphs):
            for inner in graph.node:
                yield from _reads(inner)
            yield from (output.name for output in graph.output)


def _replacement(node: "onnx.NodeProto", arrays: list[Any]) -> list["onnx.NodeProto"]:
    from onnx import TensorProto, helper

    n_trees = node.attribute[0].i
    name, rows = node.output[0], node.input[0]
    if node.op_type == SUM:
        return [_tree_ensemble(node.name, rows, name, n_trees, *arrays)]
    arrays = [*arrays, None]
    ids = f"{name}_as_double"
    return [
        _tree_ensemble(node.name, rows, ids, n_trees, *arrays),
        helper.make_node("Cast", [ids], [name], name=f"{node.name}_cast", to=TensorProto.INT64),
    ]


def _tree_ensemble(
    name: str,
    rows: str,
    output: str,
    n_trees: int,
    feature: np.ndarray | None,
    missing: np.ndarray | None,
    column: np.ndarray,
    threshold: np.ndarray,
    child: np.ndarray,
    node_id: np.ndarray,
    value: np.ndarray | None,
) -> "onnx.NodeProto":
    """One TreeEnsemble: leaf values summed over the trees or, without values, the leaf numbers, a target per tree."""
    from onnx import helper, numpy_helper

    order = np.arange(len(child))
    leaf = child == order
    # A tree that is a leaf becomes a node with twice the same leaf below it, which is how the operator has it.
    inner = np.flatnonzero(~leaf | (order < n_trees))
    real = ~leaf[inner]
    left, right = child[inner], child[inner] + real
    splits = np.where(real, threshold[inner].astype(np.float64), np.inf)
    features = np.zeros(len(inner), dtype=np.int64)
    features[real] = column[inner[real]]
    tracks = np.zeros(len(inner), dtype=bool)
    if feature is not None and missing is not None:
        tracks[real] = np.isneginf(missing)[features[real]]
        features[real] = feature[features[real]]
    inner_place, leaf_place = np.searchsorted(inner, order), np.cumsum(leaf) - 1
    if value is None:
        n_targets, weights, targets = n_trees, node_id[leaf], _tree_of(child, n_trees)[leaf]
    else:
        n_targets, weights, targets = 1, value.reshape(-1)[node_id[leaf]], np.zeros(leaf.sum(), dtype=np.int64)
    return helper.make_node(
        "TreeEnsemble",
        [rows],
        [output],
        name=name,
        domain="ai.onnx.ml",
        aggregate_function=_SUM_AGGREGATE,
        post_transform=_NO_TRANSFORM,
        n_targets=n_targets,
        tree_roots=inner_place[:n_trees].tolist(),
        nodes_featureids=features.tolist(),
        nodes_splits=numpy_helper.from_array(splits),
        nodes_modes=numpy_helper.from_array(np.full(len(inner), _LESS_OR_EQUAL, dtype=np.uint8)),
        nodes_truenodeids=np.where(leaf[left], leaf_place[left], inner_place[left]).tolist(),
        nodes_falsenodeids=np.where(leaf[right], leaf_place[right], inner_place[right]).tolist(),
        nodes_trueleafs=leaf[left].astype(int).tolist(),
        nodes_falseleafs=leaf[right].astype(int).tolist(),
        nodes_missing_value_tracks_true=tracks.astype(int).tolist(),
        leaf_weights=numpy_helper.from_array(weights.astype(np.float64)),
        leaf_targetids=targets.tolist(),
    )


def _tree_of(child: np.ndarray, n_trees: int) -> np.ndarray:
    """Tree of each node, level by level down from the roots."""
    tree = np.zeros(len(child), dtype=np.int64)
    level = np.arange(n_trees)
    tree[level] = level
    while True:
        parents = level[child[level] != level]
        if not len(parents):
            return tree
        for step in (0, 1):
            tree[child[parents] + step] = tree[parents]
        level = np.concatenate([child[parents], child[parents] + 1])
