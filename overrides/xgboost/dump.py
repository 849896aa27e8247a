"""An XGBoost model as its own dump says it: trees or weights, objective, base score; every index checked."""

import json
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from ..errors import CorruptEstimatorError
from .ubjson import read_ubjson

_NODES = ("left_children", "right_children", "split_indices", "split_conditions", "default_left", "split_type")


@dataclass(frozen=True)
class TreeArrays:
    """The nodes of all trees that predictions use, one tree after the other.

    Attributes
    ----------
    counts : int64 ndarray of shape (n_trees,)
        Nodes of each tree.
    group : int64 ndarray of shape (n_trees,)
        Output that each tree adds to; 0 where leaves are vectors.
    weight : float32 ndarray of shape (n_trees,)
        What dart multiplies each tree by; 1 without dart.
    left, right, feature : int64 ndarray of shape (n_nodes,)
        Children are counted within their tree; -1 for leaves.
    condition : float32 ndarray of shape (n_nodes,)
        Threshold of a split, value of a leaf.
    default_left, is_set : bool ndarray of shape (n_nodes,)
        Where missing values go; whether the split is one of categories.
    leaf : float32 ndarray of shape (n_nodes, n_leaf)
        Values of leaves; zeros elsewhere.
    set_nodes, set_sizes, set_codes : int64 ndarray
        Nodes that split by categories, how many categories each sends right, and these, one set after the other.
    """

    counts: np.ndarray
    group: np.ndarray
    weight: np.ndarray
    left: np.ndarray
    right: np.ndarray
    feature: np.ndarray
    condition: np.ndarray
    default_left: np.ndarray
    is_set: np.ndarray
    leaf: np.ndarray
    set_nodes: np.ndarray
    set_sizes: np.ndarray
    set_codes: np.ndarray


@dataclass(frozen=True)
class Dump:
    """What predictions of a model depend on.

    Attributes
    ----------
    objective : str
    base_score : float32 ndarray of shape (n_outputs,)
        As stored: behind the link.
    n_features, n_outputs : int
    feature_names, feature_types : list of str
        Empty where the model has none.
    categories : list of list
        Categories of each feature by code, those of frames; empty for a feature without.
    trees : TreeArrays or None
    weights : float32 ndarray of shape (n_features + 1, n_outputs), or None
        Of the linear booster; the bias comes last.
    is_dart : bool
    version : tuple of int
        Of the XGBoost that wrote it.
    """

    objective: str
    base_score: np.ndarray
    n_features: int
    n_outputs: int
    feature_names: list[str]
    feature_types: list[str]
    categories: list[list[Any]]
    trees: TreeArrays | None
    weights: np.ndarray | None
    is_dart: bool
    version: tuple[int, ...]


def read_dump(data: bytes | bytearray, n_rounds: int | None = None) -> Dump:
    """Read what ``Booster.save_raw("ubj")`` gives.

    Parameters
    ----------
    data : bytes
    n_rounds : int, optional
        Boosting rounds that predictions use; without it all.

    Raises
    ------
    CorruptEstimatorError
        It contradicts itself: an index out of range, arrays of different lengths, a part that is not there.
    """
    try:
        document = read_ubjson(data)
        return _read(document["learner"], tuple(int(part) for part in document["version"]), n_rounds)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        if isinstance(error, CorruptEstimatorError):
            raise
        raise CorruptEstimatorError(
            f"the dump of an XGBoost model is damaged: {type(error).__name__} {error}"
        ) from error


def _read(learner: dict[str, Any], version: tuple[int, ...], n_rounds: int | None) -> Dump:
    parameters, booster = learner["learner_model_param"], learner["gradient_booster"]
    n_features = int(parameters["num_feature"])
    n_outputs = max(int(parameters["num_class"]), int(parameters["num_target"]), 1)
    scores = np.atleast_1d(np.array(json.loads(parameters["base_score"]), dtype=np.float64)).astype(np.float32)
    _check(len(scores) in (1, n_outputs), f"{len(scores)} base scores for {n_outputs} outputs")
    base_score = np.broadcast_to(scores, (n_outputs,)).copy()
    trees, weights, is_dart = None, None, False
    categories: list[list[Any]] = [[] for _ in range(n_features)]
    if booster["name"] == "gblinear":
        weights = np.asarray(booster["model"]["weights"], dtype=np.float32)
        _check(weights.size == (n_features + 1) * n_outputs, f"{weights.size} weights")
        weights = weights.reshape(n_features + 1, n_outputs)
    else:
        # Up to 3.2 the trees of dart stand one level down, and their weights beside them; later both are in the model.
        model = booster["gbtree"]["model"] if "gbtree" in booster else booster["model"]
        dropped = booster.get("weight_drop", model.get("weight_drop", ()))
        trees = _trees(model, np.asarray(dropped, dtype=np.float32), n_features, n_outputs, n_rounds)
        is_dart = len(dropped) > 0
        categories = _categories(model.get("cats"), n_features)
    return Dump(
        objective=str(learner["objective"]["name"]),
        base_score=base_score,
        n_features=n_features,
        n_outputs=n_outputs,
        feature_names=[str(name) for name in learner.get("feature_names", ())],
        feature_types=[str(name) for name in learner.get("feature_types", ())],
        categories=categories,
        trees=trees,
        weights=weights,
        is_dart=is_dart,
        version=version,
    )


def _check(fine: Any, what: str) -> None:
    if not fine:
        raise CorruptEstimatorError(f"the dump of an XGBoost model is damaged: {what}")


def _trees(
    model: dict[str, Any], dropped: np.ndarray, n_features: int, n_outputs: int, n_rounds: int | None
) -> TreeArrays:
    trees, group = model["trees"], np.asarray(model["tree_info"], dtype=np.int64)
    first = np.asarray(model.get("iteration_indptr", ()), dtype=np.int64)
    _check(len(group) == len(trees), f"{len(group)} outputs of {len(trees)} trees")
    _check(((group >= 0) & (group < n_outputs)).all(), f"a tree adds to none of {n_outputs} outputs")
    n_used = len(trees)
    if n_rounds is not None and len(first):
        _check((np.diff(first) >= 0).all() and first[-1] == len(trees), "rounds have other trees than there are")
        n_used = int(first[min(n_rounds, len(first) - 1)])
    # Dart drops no tree of the last rounds of a training that was continued without it.
    weight = np.ones(len(trees), dtype=np.float32)
    _check(len(dropped) <= len(trees), f"{len(dropped)} weights of {len(trees)} trees")
    weight[: len(dropped)] = dropped
    trees = trees[:n_used]
    counts = np.array([len(tree["left_children"]) for tree in trees], dtype=np.int64)
    _check((counts > 0).all(), "a tree has no nodes")
    for tree, count in zip(trees, counts, strict=True):
        _check(all(len(tree[name]) == count for name in _NODES), "arrays of one tree differ in length")
    joined = {name: np.concatenate([np.zeros(0), *(tree[name] for tree in trees)]) for name in _NODES}
    left, right = joined["left_children"].astype(np.int64), joined["right_children"].astype(np.int64)
    feature, is_leaf = joined["split_indices"].astype(np.int64), left == -1
    _check((((feature >= 0) & (feature < n_features)) | is_leaf).all(), f"a split on none of {n_features} features")
    condition = joined["split_conditions"].astype(np.float32)
    is_set = (joined["split_type"] == 1) & ~is_leaf
    set_nodes, set_sizes, set_codes = _sets(trees, counts)
    _check(np.array_equal(set_nodes, np.flatnonzero(is_set)), "a split by categories has no set of them, or two")
    return TreeArrays(
        counts=counts,
        group=group[:n_used],
        weight=weight[:n_used],
        left=left,
        right=right,
        feature=feature,
        condition=condition,
        default_left=joined["default_left"] != 0,
        is_set=is_set,
        leaf=_leaves(trees, is_leaf, condition, right, n_outputs),
        set_nodes=set_nodes,
        set_sizes=set_sizes,
        set_codes=set_codes,
    )


def _leaves(
    trees: list[dict[str, Any]], is_leaf: np.ndarray, condition: np.ndarray, right: np.ndarray, n_outputs: int
) -> np.ndarray:
    """Value, or vector of values, of each leaf."""
    sizes = {int(tree["tree_param"]["size_leaf_vector"]) for tree in trees}
    if not any(size > 1 for size in sizes):
        return np.where(is_leaf, condition, np.float32(0))[:, None]
    _check(sizes == {n_outputs}, f"leaves of {sorted(sizes)} values for {n_outputs} outputs")
    leaf = np.zeros((len(is_leaf), n_outputs), dtype=np.float32)
    start = 0
    for tree in trees:
        nodes = slice(start, start + len(tree["left_children"]))
        vectors = np.asarray(tree["leaf_weights"], dtype=np.float32).reshape(-1, n_outputs)
        place = right[nodes][is_leaf[nodes]]
        _check(((place >= 0) & (place < len(vectors))).all(), f"a leaf has none of {len(vectors)} vectors")
        leaf[nodes][is_leaf[nodes]] = vectors[place]
        start = nodes.stop
    return leaf


def _sets(trees: list[dict[str, Any]], counts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Nodes that split by categories, in order, the sizes of their sets, and the sets."""
    nodes, sizes, codes = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for tree, start, count in zip(trees, np.cumsum(counts) - counts, counts, strict=True):
        if not len(tree["categories_nodes"]):
            continue
        found, first, size, values = (
            np.asarray(tree[f"categories{name}"], dtype=np.int64) for name in ("_nodes", "_segments", "_sizes", "")
        )
        _check(len(found) == len(first) == len(size), "sets of categories differ in number")
        _check(((found >= 0) & (found < count)).all(), "a set of categories is of no node")
        inside = (first >= 0) & (size >= 0) & (first <= len(values)) & (size <= len(values) - first)
        _check(inside.all(), "a set of categories is out of range")
        _check(((values >= 0) & (values < 2**24)).all(), "a category is out of range")
        order = np.argsort(found, kind="stable")
        nodes.append(found[order] + start)
        sizes.append(size[order])
        codes += [values[first[i] : first[i] + size[i]] for i in order]
    return np.concatenate(nodes), np.concatenate(sizes), np.concatenate(codes)


def _categories(cats: dict[str, Any] | None, n_features: int) -> list[list[Any]]:
    """Categories of each feature by code, words or numbers, as a frame had them in fit."""
    encoded = [] if cats is None else cats["enc"]
    if not len(encoded):
        return [[] for _ in range(n_features)]
    _check(len(encoded) == n_features, f"categories of {len(encoded)} features")
    found: list[list[Any]] = []
    for part in encoded:
        values = np.asarray(part["values"])
        if "offsets" not in part:
            found.append(values.tolist())
            continue
        ends = np.asarray(part["offsets"], dtype=np.int64)
        inside = not len(ends) or (ends[0] == 0 and (np.diff(ends) >= 0).all() and ends[-1] == len(values))
        _check(inside, "a category's name is out of range")
        text = values.astype(np.int64).astype(np.uint8).tobytes()
        found.append([text[i:j].decode("utf-8", "replace") for i, j in pairwise(ends)])
    return found


def has_cut_words(dump: Dump) -> bool:
    """Whether the dump may have lost parts of categories' names.

    XGBoost counts the letters of names of pandas' categories, and keeps as many bytes of their UTF-8, up to 3.3.
    """
    words = [word for values in dump.categories for word in values if isinstance(word, str) and not word.isascii()]
    return any("\ufffd" in word for word in words) or (bool(words) and dump.version < (3, 4))
