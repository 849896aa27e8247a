"""Trees of XGBoost over the kernel that all trees share: strict float32 thresholds, sets of categories, default sides.

Follows ``src/predictor/cpu_predictor.cc`` and ``include/xgboost/tree_model.h``: a row goes left where it is below the
threshold; a category goes right where it is in the set, and left where it is none.
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..forests.forest import Forest
from ..functional.float32_sums import sum_rows_in_order
from ..functional.trees.categories import CategorySets, category_sets
from ..functional.trees.layout import TreeNodes, lay_out
from .dump import TreeArrays


class BoosterTrees(Forest):
    """All trees of a booster, and the sums of their leaves in float32 in the order of the trees.

    Parameters
    ----------
    arrays : TreeArrays
    n_features, n_outputs : int

    Attributes
    ----------
    leaves : Parameter of shape (n_nodes + n_groups + 1, n_columns)
        What each node adds where it is a leaf, in the order of the dump; behind them the margins that outputs start
        from, and zeros. One column, but for leaves that are vectors.
    """

    leaves: Tensor
    first: Tensor
    terms: Tensor
    starts: Tensor

    def __init__(self, arrays: TreeArrays, n_features: int, n_outputs: int) -> None:
        self.set_size = np.zeros(0)
        sets = _sets(arrays)
        n_directions = 0 if sets is None else sets.n_directions
        super().__init__(lay_out(_nodes(arrays, sets), n_features, True, n_directions), sets)
        self.n_groups = n_outputs if arrays.leaf.shape[1] == 1 else 1
        self.cuts_codes = True
        n_nodes, n_columns = arrays.leaf.shape
        self.leaves = nn.Parameter(torch.zeros((n_nodes + self.n_groups + 1, n_columns), dtype=torch.float64))
        if sets is not None:
            self.by_code = (sets.categories, sets.goes_right)
        self.register_buffer("first", torch.tensor(np.cumsum(arrays.counts) - arrays.counts))
        self.register_buffer("terms", torch.tensor(_terms(arrays.group, self.n_groups)))
        self.register_buffer("starts", torch.tensor(n_nodes + np.arange(self.n_groups + 1)))

    def set_leaves(self, leaf: np.ndarray, start: np.ndarray) -> None:
        """Take what leaves add, and the margins that outputs start from."""
        start = start.reshape(self.n_groups, -1)
        table = np.concatenate([leaf, start, np.zeros((1, leaf.shape[1]))]).astype(np.float64)
        self.leaves.data = torch.tensor(table)

    def settle(self, values: dict[int, np.ndarray]) -> None:
        """Take what stands for the categories of features in the rows.

        Parameters
        ----------
        values : dict of int to float ndarray
            By feature that is split by categories, what stands for each code, in their order.
        """
        if not self.has_directions:
            return
        codes, by_code = self.by_code
        goes_right, table = by_code.copy(), codes.copy()
        set_feature = self.set_feature.cpu().numpy()
        for i, feature in enumerate(self.categorical.tolist()):
            if feature in values:
                known = codes[i][~np.isnan(codes[i])].astype(np.int64)
                stand_in = values[feature][known]
                order = np.argsort(stand_in)
                table[i, : len(known)] = stand_in[order]
                blocks = np.flatnonzero(set_feature == i)
                goes_right[blocks, : len(known)] = by_code[blocks][:, order]
        self.cuts_codes = not values
        self.register_buffer("categories", torch.tensor(table))
        self.register_buffer("goes_right", torch.tensor(goes_right))

    def as_categories(self, values: Tensor) -> Tensor:
        """Codes as XGBoost cuts them: towards 0, but for negative ones, which are none."""
        if self.cuts_codes:
            return torch.where(values < 0, torch.full_like(values, -1.0), values.trunc())
        return values

    def margins(self, x: Tensor) -> Tensor:
        """Sums over the trees, one after the other, of float32 leaves, shape (n_samples, n_outputs)."""
        nodes = self.leaf_index(x)
        table = self.leaves
        if self.n_groups == 1:
            start = self.starts[:1].expand(nodes.shape[0], 1)
            return sum_rows_in_order(table, torch.cat([start, nodes], dim=1))
        # A column for each output's start, one for what adds nothing, and those of the trees.
        nodes = torch.cat([self.starts.expand(nodes.shape[0], self.starts.shape[0]), nodes], dim=1)
        terms = nodes.index_select(1, self.terms.reshape(-1)).reshape(-1, self.terms.shape[1])
        return sum_rows_in_order(table, terms).reshape(-1, self.n_groups)

    def leaf_numbers(self, x: Tensor) -> Tensor:
        """Leaf that each row ends in, by its number in its tree, shape (n_samples, n_trees), or flat for one tree."""
        leaves = self.leaf_index(x) - self.first
        return leaves.squeeze(1) if self.n_trees == 1 else leaves


def _sets(arrays: TreeArrays) -> CategorySets | None:
    """The sets of the splits by categories, by code; None without such splits."""
    if not len(arrays.set_nodes):
        return None
    members = np.split(arrays.set_codes.astype(np.float64), np.cumsum(arrays.set_sizes)[:-1])
    missing_right = ~arrays.default_left[arrays.set_nodes]
    return category_sets(arrays.feature[arrays.set_nodes], members, missing_right)


def _nodes(arrays: TreeArrays, sets: CategorySets | None) -> list[TreeNodes]:
    limit = arrays.condition
    # `x < t` is `x <=` the number below t; nothing is below minus infinity, as nothing is up to NaN.
    below = np.where(np.isneginf(limit), np.float32(np.nan), np.nextafter(limit, np.float32(-np.inf)))
    direction = np.full(len(limit), -1)
    if sets is not None:
        direction[arrays.set_nodes] = sets.direction
    ends = np.cumsum(arrays.counts)
    parts: list[Any] = [
        np.split(array, ends[:-1])
        for array in (arrays.left, arrays.right, arrays.feature, below, arrays.default_left, direction)
    ]
    return [TreeNodes(*tree) for tree in zip(*parts, strict=True)]


def _terms(group: np.ndarray, n_groups: int) -> np.ndarray:
    """By output: its start, its trees in their order, and of those with fewer trees, what adds nothing."""
    members = [np.flatnonzero(group == k) for k in range(n_groups)]
    terms = np.full((n_groups, 1 + max(len(part) for part in members)), n_groups, dtype=np.int64)
    for k, part in enumerate(members):
        terms[k, 0] = k
        terms[k, 1 : 1 + len(part)] = n_groups + 1 + part
    return terms
