"""The kernel of all models of trees: from rows to the leaves that they reach, by the fastest traversal strategy.

*Level-wise* (:func:`~.functional.trees.traversal.descend`): the one that exports. *All nodes*
(:func:`~.functional.trees.traversal.descend_all_nodes`): fewest operators, for one row. *One tree*
(:func:`~.functional.trees.traversal.descend_one_tree`): many rows of one tree. *Masks*
(:mod:`~.functional.trees.bitmask`): fastest for small trees. *Packed* nodes (:mod:`~.functional.trees.packed`): for
larger ones, by the bits of float32 thresholds, or by ranks among those of float64.
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..functional.graph import in_graph
from ..functional.trees.bitmask import find_leaves_by_masks, mask_trees
from ..functional.trees.categories import CategorySets, category_codes, set_columns
from ..functional.trees.layout import TreeLayout
from ..functional.trees.operators import leaves_operator, sum_operator, wants_operators
from ..functional.trees.packed import ceil_to_float32, descend_packed, ordered_keys, pack_trees, row_keys
from ..functional.trees.ranks import rank_thresholds, rank_values
from ..functional.trees.sums import sum_in_order, value_of_leaves
from ..functional.trees.traversal import descend, descend_all_nodes, descend_one_tree

TILE_ELEMENTS = 32768
"""Rows times trees worked on at once: what the caches of a processor hold, and what torch leaves to one thread."""

TREE_ROWS, MANY_ROWS = 8192, 256
"""Rows of one tree worked on at once, and how many it takes until operators cost less than what they work on."""

BYTES_PER_LEVEL, BYTES_PER_RANKED_LEVEL = 8, 16
"""Of masks, up to which they are faster than packed nodes; where those need ranks as well, masks gain more."""


class Forest(nn.Module):
    """The leaves that rows reach in the trees of a library.

    A reader of a library lays its trees out (:func:`~.functional.trees.layout.lay_out`, and
    :func:`~.functional.trees.categories.category_sets` where splits ask for sets), hands the layout over, and keeps
    what its leaves give as a parameter of its own, by number of the node through all trees, in the library's order.

    Parameters
    ----------
    layout : TreeLayout
    sets : CategorySets, optional
        Where the layout has columns of directions.

    Attributes
    ----------
    strategy : {"levels", "masks", "packed"}
        How more than one row goes down outside of exported graphs.
    tile_rows : int
        Rows to work on at once.
    """

    # Known when TorchScript compiles.
    __constants__ = (
        "has_bounds", "has_negative", "has_directions", "rounds_rows", "by_bits", "n_trees", "depth", "strategy",
    )  # fmt: skip

    feature: Tensor
    missing: Tensor
    lowest: Tensor
    highest: Tensor
    sign: Tensor
    column: Tensor
    threshold: Tensor
    child: Tensor
    node_id: Tensor
    mask_feature: Tensor
    mask_lowest: Tensor
    mask_highest: Tensor
    mask_sign: Tensor
    limits: Tensor
    possible: Tensor
    mask_leaf: Tensor
    record: Tensor
    categorical: Tensor
    categories: Tensor
    set_feature: Tensor
    goes_right: Tensor
    stages: list[int]

    def __init__(self, layout: TreeLayout, sets: CategorySets | None = None) -> None:
        super().__init__()
        self.n_trees, self.depth = layout.n_trees, layout.depth
        self.has_bounds = bool(np.isfinite(layout.lowest).any() or np.isfinite(layout.highest).any())
        self.has_negative = bool(layout.negative.any())
        self.has_directions = layout.n_directions > 0
        self.rounds_rows = layout.rounds_rows
        self.by_bits = layout.threshold.dtype == np.float32
        self.many_rows = MANY_ROWS
        self.tile_rows = _tile_rows(layout)
        for name in ("feature", "missing", "lowest", "highest", "column", "threshold", "child", "node_id"):
            self._keep(name, getattr(layout, name))
        sign = np.where(layout.negative, -1, 1).astype(layout.threshold.dtype)
        self._keep("sign", sign)
        if sets is not None:
            for name in ("categories", "set_feature", "goes_right"):
                self._keep(name, getattr(sets, name))
            self._keep("categorical", sets.feature)
        self.strategy, self.shift, self.mask, self.stages = "levels", 0, 0, [layout.depth]
        of_masks = ("mask_feature", "mask_lowest", "mask_highest", "mask_sign", "possible", "mask_leaf")
        buffers: dict[str, np.ndarray] = dict.fromkeys((*of_masks, "limits", "record"), np.zeros(0))
        # Nodes with several parents are in no order of levels, which both of the other strategies go by.
        if layout.depth > 0 and not layout.is_shared:
            buffers.update(self._masks(layout, sign) or self._records(layout))
        for name, value in buffers.items():
            self._keep(name, value)

    def _keep(self, name: str, array: np.ndarray) -> None:
        """Register a buffer; shared, for there may be many nodes."""
        # An empty array has an address, which torch.export.save trips over.
        self.register_buffer(name, torch.from_numpy(array) if array.size else torch.tensor(array))

    def _masks(self, layout: TreeLayout, sign: np.ndarray) -> dict[str, np.ndarray]:
        """What masks need; nothing where they do not serve."""
        if self.has_directions:
            return {}
        # For masks, columns that differ by what stands for NaN are one.
        sources, source = np.unique(
            np.stack([layout.feature, layout.lowest, layout.highest, sign], axis=1), axis=0, return_inverse=True
        )
        if not len(sources):
            return {}
        column, missing_right = source.reshape(-1)[layout.column], layout.missing[layout.column] > 0
        most = layout.depth * (BYTES_PER_LEVEL if self.by_bits else BYTES_PER_RANKED_LEVEL)
        masks = mask_trees(layout.child, column, layout.threshold, missing_right, layout.n_trees, most)
        if masks is None:
            return {}
        self.strategy = "masks"
        lowest, highest, signs = (sources[:, [k]].astype(layout.threshold.dtype) for k in (1, 2, 3))
        return {
            "mask_feature": sources[:, 0].astype(np.int64),
            "mask_lowest": lowest,
            "mask_highest": highest,
            "mask_sign": signs,
            "limits": masks.limits,
            "possible": masks.possible,
            "mask_leaf": layout.node_id[masks.place],
        }

    def _records(self, layout: TreeLayout) -> dict[str, np.ndarray]:
        """What packed nodes need; nothing where the trees do not fit into them."""
        if self.by_bits:
            limits, key = np.zeros(0), ordered_keys(layout.threshold)
        else:
            limits, key = self._ranks(layout)
        packed = pack_trees(layout, key)
        if not len(packed.record):
            return {}
        self.strategy = "packed"
        self.shift, self.mask, self.stages = packed.shift, packed.mask, packed.stages
        return {"limits": limits, "record": packed.record}

    @staticmethod
    def _ranks(layout: TreeLayout) -> tuple[np.ndarray, np.ndarray]:
        """Thresholds of each column of numbers, and each node's rank among them; a direction is above rank 0."""
        is_number = ~layout.is_leaf & (layout.column < len(layout.feature))
        key = np.zeros(len(layout.child), dtype=np.int64)
        limits, key[is_number] = rank_thresholds(
            layout.column[is_number], layout.threshold[is_number], len(layout.feature)
        )
        return limits, key

    def leaf_index(self, x: Tensor) -> Tensor:
        """Number of the node, in the library's order through all trees, that each row reaches in each tree.

        Parameters
        ----------
        x : Tensor of shape (n_samples, n_features)

        Returns
        -------
        int64 Tensor of shape (n_samples, n_trees)
            Without gradient.
        """
        if not torch.jit.is_scripting():
            if wants_operators():
                return leaves_operator(self.n_trees, *self._operands(x))
        place, node_id = self._places(x)
        return node_id.index_select(0, place.reshape(-1)).reshape(-1, self.n_trees)

    def look_up(self, value: Tensor, x: Tensor) -> Tensor:
        """One number of each leaf that is reached.

        Parameters
        ----------
        value : Tensor of n_nodes elements
            By number of the node, in the library's order through all trees.
        x : Tensor of shape (n_samples, n_features)

        Returns
        -------
        Tensor of shape (n_samples, n_trees)
        """
        value = value.reshape(-1)
        if in_graph():
            return value.index_select(0, self.leaf_index(x).reshape(-1)).reshape(-1, self.n_trees)
        place, node_id = self._places(x)
        return value_of_leaves(value, node_id, place)

    def sum_of(self, value: Tensor, x: Tensor) -> Tensor:
        """Sum over the trees of one number of each leaf that is reached, shape (n_samples, 1).

        Notes
        -----
        In the order of the trees, but in ONNX: for results where the last digit decides nothing.
        """
        if not torch.jit.is_scripting():
            if wants_operators():
                return sum_operator(self.n_trees, value, *self._operands(x)).to(value.dtype)
        if in_graph():
            return sum_in_order(value.new_zeros((x.shape[0], 1)), self.look_up(value, x).reshape(-1, self.n_trees, 1))
        return self.look_up(value, x).cumsum(dim=1)[:, -1:]

    def _places(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Places of the leaves reached, shape (n_samples, n_trees), and the node in each place."""
        if not in_graph() and self.strategy == "masks" and x.shape[0] != 1:
            columns = self._compared(x).t().index_select(0, self.mask_feature)
            if self.has_negative:
                columns = columns * self.mask_sign
            if self.has_bounds:
                columns = torch.minimum(torch.maximum(columns, self.mask_lowest), self.mask_highest)
            limits = self.limits.to(columns.dtype)
            return find_leaves_by_masks(columns, limits, self.possible, self.mask_leaf), self.mask_leaf
        return self._level_places(x), self.node_id

    def _level_places(self, x: Tensor) -> Tensor:
        """Places in the order of the layout of the leaves reached, shape (n_samples, n_trees)."""
        if in_graph() or self.strategy == "levels":
            return descend(self._columns(x), self.column, self.threshold, self.child, self.n_trees, self.depth)
        # In the time that the operators of a level take to be called, 3,000 nodes are compared.
        if x.shape[0] == 1 and (self.strategy == "masks" or self.child.shape[0] <= 3000 * (self.depth + 1)):
            columns = self._columns(x)
            return descend_all_nodes(columns, self.column, self.threshold, self.child, self.n_trees, self.depth)
        if self._is_one_tree(x):
            source = self.feature.index_select(0, self.column)
            return descend_one_tree(x.detach(), source, self.threshold, self.child, self.depth)
        keys = row_keys(ceil_to_float32(self._columns(x))) if self.by_bits else self._rank_keys(x)
        return descend_packed(keys, self.record, self.shift, self.mask, self.n_trees, self.stages)

    def _is_one_tree(self, x: Tensor) -> bool:
        """Whether many rows without gaps go down one tree whose columns are features."""
        if self.n_trees > 1 or not self.rounds_rows or self.has_bounds or self.has_negative or self.has_directions:
            return False
        if x.device.type != "cpu" or x.shape[0] < self.many_rows:
            return False
        return not bool(torch.isnan(x.detach().sum()))

    def _rank_keys(self, x: Tensor) -> Tensor:
        """Ranks of a row's numbers among the thresholds, and its directions, as records have them."""
        numbers = self._numbers(x).t().contiguous()
        keys = rank_values(numbers, self.limits.to(numbers.dtype)).t().to(torch.int64)
        if self.has_directions:
            keys = torch.cat([keys, self._directions(x).to(torch.int64)], dim=1)
        return keys << 32

    def _compared(self, x: Tensor) -> Tensor:
        """Rows, without gradient, as the library compares them, in a dtype that holds them and thresholds exactly."""
        if self.rounds_rows:
            return x.detach().to(torch.float32)
        return x.detach().to(torch.promote_types(x.dtype, self.threshold.dtype))

    def _numbers(self, x: Tensor) -> Tensor:
        """Columns of numbers, shape (n_samples, n_columns)."""
        columns = self._compared(x).index_select(1, self.feature)
        if self.has_negative:
            columns = columns * self.sign
        if self.has_bounds:
            columns = torch.minimum(torch.maximum(columns, self.lowest), self.highest)
        return torch.where(torch.isnan(columns), self.missing, columns)

    def _columns(self, x: Tensor) -> Tensor:
        """Columns as nodes compare them, shape (n_samples, n_columns + n_directions)."""
        columns = self._numbers(x)
        if self.has_directions:
            columns = torch.cat([columns, self._directions(x).to(columns.dtype)], dim=1)
        return columns

    def _directions(self, x: Tensor) -> Tensor:
        """Whether each set sends each row right, bool of shape (n_samples, n_directions)."""
        values = self.as_categories(x.detach().index_select(1, self.categorical))
        # NaN is behind what is no category.
        codes = category_codes(values, self.categories) + torch.isnan(values)
        return set_columns(codes, self.set_feature, self.goes_right)

    def as_categories(self, values: Tensor) -> Tensor:
        """What is looked up among the categories for the values of rows: they themselves, unless a subclass rounds."""
        return values

    @torch.jit.unused
    def _operands(self, x: Tensor) -> tuple[Any, ...]:
        nodes = (self.column, self.threshold, self.child, self.node_id)
        if self.has_bounds or self.has_negative or self.has_directions:
            return (self._columns(x), None, None, *nodes)
        return (self._compared(x), self.feature, self.missing, *nodes)

    def extra_repr(self) -> str:
        """Number of trees, nodes and levels."""
        return f"n_trees={self.n_trees}, n_nodes={self.child.shape[0]}, depth={self.depth}"


def _tile_rows(layout: TreeLayout) -> int:
    """Rows to work on at once."""
    if layout.n_trees == 1 and not layout.n_directions:
        return TREE_ROWS
    # Nodes that a cache does not hold are fetched once per tile: then it pays to have many rows in it.
    elements = TILE_ELEMENTS if len(layout.child) <= TILE_ELEMENTS else 8 * TILE_ELEMENTS
    # Directions are made once for all levels: what they take is memory more than time.
    return max(1, elements // max(layout.n_trees, layout.n_directions // 8))
