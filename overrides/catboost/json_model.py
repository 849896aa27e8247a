"""CatBoost's JSON format as arrays, with numpy alone.

A split names its bin by a number: the borders of the float features come first, then the values of the categorical ones
that have some of their own (one-hot), then the borders of the target statistics (CTR), each in the order of the file.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import CorruptEstimatorError
from .statistics import Statistic, statistic_of


@dataclass(frozen=True)
class Tree:
    """One tree: its splits by their bins.

    Attributes
    ----------
    bins : int64 ndarray of shape (n_splits,)
    left, right : int64 ndarray of shape (n_splits,) or None
        Splits, or ``~leaf``; None where every level has one split, the first of which is the lowest bit of the leaf.
    values : float64 ndarray of shape (n_leaves, n_outputs)
    """

    bins: np.ndarray
    left: np.ndarray | None
    right: np.ndarray | None
    values: np.ndarray


@dataclass(frozen=True)
class JsonModel:
    """A model.

    Attributes
    ----------
    floats : list of (column, borders, nan) tuples
        Column of the rows, float32 borders, and what stands for NaN: an infinity.
    values : list of (column, hashes) tuples
        Categorical features and the values that they have splits of their own for, signed 32-bit hashes.
    statistics : list of Statistic
    categorical : list of int
        Columns of the rows that hold categories.
    trees : list of Tree
    scale : float
    bias : float64 ndarray of shape (n_outputs,)
    info : dict
        Loss, labels and thresholds, as ``model_info``.
    """

    floats: list[tuple[int, np.ndarray, float]]
    values: list[tuple[int, np.ndarray]]
    statistics: list[Statistic]
    categorical: list[int]
    trees: list[Tree]
    scale: float
    bias: np.ndarray
    info: dict[str, Any]

    @property
    def is_oblivious(self) -> bool:
        """Whether every level of a tree has one split."""
        return all(tree.left is None for tree in self.trees)

    @property
    def bins(self) -> tuple[np.ndarray, np.ndarray]:
        """Code and place of each bin: which of all features in their order it asks, and which of its borders."""
        sizes = [len(borders) for _, borders, _ in self.floats]
        sizes += [len(hashes) for _, hashes in self.values]
        sizes += [len(statistic.borders) for statistic in self.statistics]
        ends = np.cumsum(sizes, dtype=np.int64)
        feature = np.repeat(np.arange(len(sizes)), sizes)
        return feature, np.arange(len(feature)) - np.repeat(ends - sizes, sizes)


def read_json(data: dict[str, Any], n_features: int) -> JsonModel:
    """Read a model.

    Parameters
    ----------
    data : dict
        As ``save_model(format="json")`` writes it.
    n_features : int
        Columns of the rows.

    Raises
    ------
    CorruptEstimatorError
        An index is out of range, or something is missing.
    """
    try:
        model = _read(data, n_features)
    except CorruptEstimatorError:
        raise
    except (KeyError, TypeError, ValueError, IndexError, OverflowError, AttributeError) as error:
        raise CorruptEstimatorError(f"the CatBoost model is damaged: {type(error).__name__}: {error}") from error
    n_bins = len(model.bins[0])
    for tree in model.trees:
        _check(bool(((tree.bins >= 0) & (tree.bins < n_bins)).all()), f"a tree splits by none of {n_bins} bins")
    return model


def _check(fine: bool, what: str) -> None:
    if not fine:
        raise CorruptEstimatorError(f"the CatBoost model is damaged: {what}")


def _column(item: dict[str, Any], n_features: int) -> int:
    column = int(item["flat_feature_index"])
    _check(0 <= column < n_features, f"a feature is column {column} of {n_features}")
    return column


def _read(data: dict[str, Any], n_features: int) -> JsonModel:
    features = data["features_info"]
    floats = [
        (_column(item, n_features), np.array(item.get("borders") or (), np.float32), _nan_of(item))
        for item in features.get("float_features") or ()
    ]
    categorical = features.get("categorical_features") or []
    columns = [_column(item, n_features) for item in categorical]
    values = [np.array(item.get("values") or (), np.int64) for item in categorical]
    for borders in (part for _, part, _ in floats):
        _check(bool((np.diff(borders) > 0).all()) and not np.isnan(borders).any(), "borders are in no order")
    statistics = [
        statistic_of(item, data.get("ctr_data") or {}, [(part[0], part[2]) for part in floats], columns)
        for item in features.get("ctrs") or ()
    ]
    scale, bias = data["scale_and_bias"]
    oblivious, others = data.get("oblivious_trees"), data.get("trees")
    bias = np.atleast_1d(np.asarray(bias, dtype=np.float64))
    trees = (
        [_oblivious(tree, len(bias)) for tree in oblivious]
        if oblivious is not None
        else [_tree(tree, len(bias)) for tree in others or ()]
    )
    _check(len(trees) > 0, "it has no trees: train it for one iteration at least")
    return JsonModel(
        floats=[part for part in floats if len(part[1])],
        values=[part for part in zip(columns, values, strict=True) if len(part[1])],
        statistics=statistics,
        categorical=columns,
        trees=trees,
        scale=float(scale),
        bias=bias,
        info=data.get("model_info") or {},
    )


def _nan_of(item: dict[str, Any]) -> float:
    """What stands for NaN, which otherwise is above no border."""
    return np.inf if item.get("has_nans") and item.get("nan_value_treatment") == "AsTrue" else -np.inf


def _oblivious(tree: dict[str, Any], n_outputs: int) -> Tree:
    bins = np.array([split["split_index"] for split in tree.get("splits") or ()], dtype=np.int64)
    values = np.array(tree["leaf_values"], dtype=np.float64)
    _check(len(bins) <= 30 and values.size == n_outputs << len(bins), f"a tree of {len(bins)} splits has other leaves")
    return Tree(bins, None, None, values.reshape(-1, n_outputs))


def _tree(root: dict[str, Any], n_outputs: int) -> Tree:
    """A tree of any shape; its leaves from left to right, its splits before those below them."""
    bins: list[int] = []
    sides: list[list[int]] = []
    values: list[Any] = []
    waiting: list[tuple[dict[str, Any], int, int]] = [(root, -1, 0)]
    while waiting:
        node, parent, side = waiting.pop()
        if "split" in node:
            place = len(bins)
            bins.append(int(node["split"]["split_index"]))
            sides.append([0, 0])
            waiting += [(node["right"], place, 1), (node["left"], place, 0)]
        else:
            place = ~len(values)
            values.append(node["value"])
        if parent >= 0:
            sides[parent][side] = place
    leaves = np.array(values, dtype=np.float64).reshape(len(values), -1)
    _check(leaves.shape[1] == n_outputs, f"a leaf has {leaves.shape[1]} of {n_outputs} values")
    children = np.array(sides, dtype=np.int64).reshape(-1, 2)
    return Tree(np.array(bins, dtype=np.int64), children[:, 0], children[:, 1], leaves)


def used_bins(trees: Sequence[Tree], n_bins: int) -> np.ndarray:
    """Whether each bin is asked for by a tree."""
    used = np.zeros(n_bins, dtype=bool)
    for tree in trees:
        used[tree.bins] = True
    return used
