"""The arrays of the tree operators laid out, with every index checked."""

from typing import Any

import numpy as np

from ..functional.trees.onnx import MODES, OnnxTrees, flatten_onnx_trees
from .nodes import require


def tensor_or_list(values: dict[str, Any], name: str) -> np.ndarray:
    """Attribute as float32 list or, since version 3, as tensor, which may be double."""
    empty = np.zeros(0, dtype=np.float32)
    found = values.get(name, empty)
    return np.asarray(values.get(f"{name}_as_tensor", empty) if len(found) == 0 else found)


def numbered_forest(operator: str, values: dict[str, Any], prefix: str) -> tuple[OnnxTrees, int, np.ndarray]:
    """Trees of the versions that name nodes by tree and number, how many leaves, and the leaf of every weight."""
    names = ("treeids", "nodeids", "featureids", "truenodeids", "falsenodeids")
    arrays = {name: np.asarray(values.get(f"nodes_{name}", np.zeros(0)), dtype=np.int64) for name in names}
    tree, number = arrays["treeids"], arrays["nodeids"]
    n_nodes = len(tree)
    modes = np.array(values.get("nodes_modes", []), dtype=object).astype(str)
    threshold = tensor_or_list(values, "nodes_values")
    missing = np.asarray(values.get("nodes_missing_value_tracks_true", np.zeros(0)), dtype=bool)
    if len(missing) == 0:
        missing = np.zeros(n_nodes, dtype=bool)
    lengths = {len(array) for array in (*arrays.values(), modes, threshold, missing)}
    require(operator, lengths == {n_nodes} and n_nodes > 0, "the arrays of nodes differ in length or are empty")

    tree_ids, first_node, tree = np.unique(tree, return_index=True, return_inverse=True)
    numbers = np.unique(number)
    key = tree * len(numbers) + np.searchsorted(numbers, number)
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    require(operator, not (ordered[1:] == ordered[:-1]).any(), "two nodes of a tree have one number")

    def find(what: str, trees: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        place = np.searchsorted(numbers, wanted).clip(0, len(numbers) - 1)
        at = np.searchsorted(ordered, trees * len(numbers) + place).clip(0, n_nodes - 1)
        known = (numbers[place] == wanted) & (ordered[at] == trees * len(numbers) + place)
        require(operator, known.all(), f"{what} at {np.flatnonzero(~known)[:1]} is no node of its tree")
        return order[at]

    is_leaf = modes == "LEAF"
    n_leaves = int(is_leaf.sum())
    require(operator, n_leaves > 0, "no node is a leaf")
    branch = ~is_leaf
    code = np.full(n_nodes, -1, dtype=np.int64)
    for index, mode in enumerate(MODES[:-1]):
        code[modes == mode] = index
    unknown = branch & (code < 0)
    require(operator, not unknown.any(), f"unknown mode {str(modes[np.argmax(unknown)])!r}")
    # Leaves come first.
    place = np.where(is_leaf, np.cumsum(is_leaf) - 1, n_leaves + np.cumsum(branch) - 1)
    trees = flatten_onnx_trees(
        operator,
        n_leaves,
        roots=place[first_node],
        feature=arrays["featureids"][branch],
        threshold=threshold[branch],
        mode=code[branch],
        true_child=place[find("true child", tree[branch], arrays["truenodeids"][branch])],
        false_child=place[find("false child", tree[branch], arrays["falsenodeids"][branch])],
        missing_true=missing[branch],
        member_values=np.zeros(0, dtype=threshold.dtype),
    )
    weight_trees = np.asarray(values.get(f"{prefix}_treeids", np.zeros(0)), dtype=np.int64)
    weight_nodes = np.asarray(values.get(f"{prefix}_nodeids", np.zeros(0)), dtype=np.int64)
    require(operator, len(weight_trees) == len(weight_nodes), "the arrays of weights differ in length")
    position = np.searchsorted(tree_ids, weight_trees).clip(0, len(tree_ids) - 1)
    require(operator, (tree_ids[position] == weight_trees).all(), "a weight is of an unknown tree")
    leaf = find("node of a weight", position, weight_nodes)
    require(operator, is_leaf[leaf].all(), "a weight is of a node that is no leaf")
    return trees, n_leaves, place[leaf]


def nested_forest(operator: str, values: dict[str, Any]) -> tuple[OnnxTrees, np.ndarray, np.ndarray]:
    """Trees of version 5, whose nodes are numbered through all trees, and the weights and targets of its leaves."""

    def array(name: str) -> np.ndarray:
        return np.asarray(values.get(name, np.zeros(0)))

    weights, targets = array("leaf_weights"), array("leaf_targetids").astype(np.int64)
    mode = array("nodes_modes").astype(np.int64)
    n_leaves, n_branches = len(weights), len(mode)
    places: dict[str, np.ndarray] = {}
    for side in ("true", "false"):
        ids, ends = array(f"nodes_{side}nodeids").astype(np.int64), array(f"nodes_{side}leafs")
        require(operator, len(ids) == len(ends) == n_branches, "the arrays of nodes differ in length")
        inside = (ids >= 0) & (ids < np.where(ends != 0, n_leaves, n_branches))
        require(operator, inside.all(), f"a {side} child is outside its array")
        places[side] = np.where(ends != 0, ids, ids + n_leaves)
    roots = array("tree_roots").astype(np.int64)
    require(operator, ((roots >= 0) & (roots < n_branches)).all(), f"a root is outside 0 to {n_branches - 1}")
    missing = array("nodes_missing_value_tracks_true")
    trees = flatten_onnx_trees(
        operator,
        n_leaves,
        roots=roots + n_leaves,
        feature=array("nodes_featureids").astype(np.int64),
        threshold=_at_least_float32(array("nodes_splits")),
        mode=mode,
        true_child=places["true"],
        false_child=places["false"],
        missing_true=missing.astype(bool) if len(missing) else np.zeros(n_branches, dtype=bool),
        member_values=_at_least_float32(array("membership_values")),
    )
    return trees, weights, targets


def _at_least_float32(array: np.ndarray) -> np.ndarray:
    return array if array.dtype == np.float64 else array.astype(np.float32)
