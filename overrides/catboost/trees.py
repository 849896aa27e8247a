"""Trees of CatBoost: from codes of the features to the sum of the leaves.

An oblivious tree has one split per level, so that the number of its leaf is a sum over the features: what each adds is
looked up in a table by its code, for all trees at once. Other trees go down the forest kernel, whose columns are the
codes.
"""

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import CorruptEstimatorError
from ..forests.forest import TILE_ELEMENTS, Forest
from ..functional.graph import in_graph
from ..functional.trees.categories import category_sets
from ..functional.trees.layout import TreeNodes, lay_out
from .json_model import JsonModel, Tree


class ObliviousTrees(nn.Module):
    """Leaves of trees with one split per level.

    Parameters
    ----------
    model : JsonModel
    n_codes : list of int
        One more than the largest code of each feature.
    n_equal : int
    first_equal : int
        Features that are asked for a value, and not for what is above a border, stand from here on, as many.
    """

    feature: Tensor
    start: Tensor
    table: Tensor
    first: Tensor

    def __init__(self, model: JsonModel, n_codes: list[int], first_equal: int, n_equal: int) -> None:
        super().__init__()
        feature, place = model.bins
        bins = np.concatenate([np.zeros(0, dtype=np.int64), *(tree.bins for tree in model.trees)])
        counts = np.array([len(tree.bins) for tree in model.trees])
        tree = np.repeat(np.arange(len(counts)), counts)
        bit = np.arange(len(bins)) - np.repeat(np.cumsum(counts) - counts, counts)
        used, column = np.unique(feature[bins], return_inverse=True)
        sizes = np.array([n_codes[k] for k in used], dtype=np.int64)
        start = np.cumsum(sizes) - sizes
        depth = int(counts.max())
        kind = np.uint8 if depth <= 8 else np.int16 if depth <= 15 else np.int32
        table = np.zeros((int(sizes.sum()), len(counts)), dtype=kind)
        is_equal = (used >= first_equal) & (used < first_equal + n_equal)
        for row, limit, k, t in zip(column.reshape(-1), place[bins], bit, tree, strict=True):
            low = start[row] + limit + 1
            high = low + 1 if is_equal[row] else start[row] + sizes[row]
            table[low:high, t] += kind(1 << k)
        leaves = np.array([len(part.values) for part in model.trees])
        self.n_features = len(used)
        self.register_buffer("feature", torch.tensor(used))
        self.register_buffer("start", torch.tensor(start).unsqueeze(1))
        self.register_buffer("table", torch.tensor(table))
        self.register_buffer("first", torch.tensor(np.cumsum(leaves) - leaves))

    def forward(self, codes: Tensor) -> Tensor:
        """Leaves, counted through all trees, int64 of shape (n_samples, n_trees)."""
        if self.n_features == 0:
            return self.first.expand(codes.shape[1], -1)
        rows = (codes.index_select(0, self.feature) + self.start).unbind(0)
        if in_graph():
            table = self.table.to(torch.int64)
            number = table.index_select(0, rows[0])
            for k in range(1, self.n_features):
                number = number + table.index_select(0, rows[k])
            return number + self.first
        number = self.table.index_select(0, rows[0])
        for k in range(1, self.n_features):
            number.add_(self.table.index_select(0, rows[k]))
        return number.to(torch.int64).add_(self.first)


class OtherTrees(Forest):
    """Leaves of trees of any shape.

    Parameters
    ----------
    model : JsonModel
    first_equal, n_equal : int
        As in :class:`ObliviousTrees`.
    """

    def __init__(self, model: JsonModel, n_codes: list[int], first_equal: int, n_equal: int) -> None:
        feature, place = model.bins
        bins = np.concatenate([np.zeros(0, dtype=np.int64), *(tree.bins for tree in model.trees)])
        is_equal = (feature[bins] >= first_equal) & (feature[bins] < first_equal + n_equal)
        direction, sets = np.full(len(bins), -1), None
        if is_equal.any():
            members = [np.array([number + 1.0]) for number in place[bins[is_equal]]]
            sets = category_sets(feature[bins[is_equal]], members, np.zeros(len(members), dtype=bool))
            direction[is_equal] = sets.direction
        ends = np.cumsum([0, *(len(tree.bins) for tree in model.trees)])
        trees = [
            _nodes(tree, feature, place, direction[start:stop])
            for tree, start, stop in zip(model.trees, ends, ends[1:], strict=False)
        ]
        layout = lay_out(trees, len(n_codes), False, 0 if sets is None else sets.n_directions)
        super().__init__(layout, sets)
        is_leaf = np.concatenate([nodes.left < 0 for nodes in trees])
        self.register_buffer("leaf", torch.tensor(np.where(is_leaf, np.cumsum(is_leaf) - 1, 0)))

    leaf: Tensor

    def forward(self, codes: Tensor) -> Tensor:
        """Leaves, counted through all trees, int64 of shape (n_samples, n_trees)."""
        reached = self.leaf_index(codes.t().to(torch.float64))
        return self.leaf.index_select(0, reached.reshape(-1)).reshape(-1, self.n_trees)


def _nodes(tree: Tree, feature: np.ndarray, place: np.ndarray, direction: np.ndarray) -> TreeNodes:
    """The splits of a tree, and behind them its leaves."""
    if tree.left is None or tree.right is None:
        raise CorruptEstimatorError("the CatBoost model has oblivious trees beside others")
    n_splits, of_leaves = len(tree.bins), np.full(len(tree.values), -1)
    children = [np.where(side < 0, n_splits + ~side, side) for side in (tree.left, tree.right)]
    return TreeNodes(
        left=np.concatenate([children[0], of_leaves]),
        right=np.concatenate([children[1], of_leaves]),
        feature=np.concatenate([feature[tree.bins], of_leaves]),
        # Above a border is a code above the number of those before it.
        threshold=np.concatenate([place[tree.bins] + 0.5, np.zeros(len(of_leaves))]),
        missing_left=np.zeros(n_splits + len(of_leaves), dtype=bool),
        direction=np.concatenate([direction, of_leaves]),
    )


class CatBoostTrees(nn.Module):
    """All trees of a model, and the values of their leaves.

    Parameters
    ----------
    model : JsonModel
    n_codes : list of int
        One more than the largest code of each feature.

    Attributes
    ----------
    leaf_values : Parameter of shape (n_leaves, n_outputs)
        Of all trees, one behind the other.
    """

    def __init__(self, model: JsonModel, n_codes: list[int]) -> None:
        super().__init__()
        kind = ObliviousTrees if model.is_oblivious else OtherTrees
        self.leaves = kind(model, n_codes, len(model.floats), len(model.values))
        self.n_trees, self.n_outputs = len(model.trees), len(model.bias)
        self.leaf_values = nn.Parameter(torch.tensor(np.concatenate([tree.values for tree in model.trees])))
        self.tile_rows = max(1, TILE_ELEMENTS // (self.n_trees * self.n_outputs))

    def stages(self, codes: Tensor) -> Tensor:
        """Sums of the leaves after each tree, shape (n_samples, n_trees, n_outputs)."""
        leaves = self.leaves(codes).reshape(-1)
        if self.n_outputs == 1:
            return self.leaf_values.reshape(-1).index_select(0, leaves).reshape(-1, self.n_trees, 1).cumsum(dim=1)
        return self.leaf_values.index_select(0, leaves).reshape(-1, self.n_trees, self.n_outputs).cumsum(dim=1)

    def sum(self, codes: Tensor) -> Tensor:
        """Sum of the leaves in the order of the trees, shape (n_samples, n_outputs)."""
        return self.stages(codes)[:, -1]

    def extra_repr(self) -> str:
        """Number of trees and leaves."""
        return f"n_trees={self.n_trees}, n_leaves={self.leaf_values.shape[0]}"
