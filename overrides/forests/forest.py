"""Trees over columns with the choice of their fastest way down; all ways give the same leaves.

*Level by level* (:func:`~.functional.trees.descend`): the one that exports. *All nodes*
(:func:`~.functional.tree_descent.descend_all_nodes`): fewest operators, for one row. *Masks*
(:mod:`.functional.bitmask_trees`): fastest for small trees. *Packed* (:mod:`.functional.packed_trees`): for larger
ones, by the bits of float32 thresholds, or by ranks among those of float64.
"""

import numpy as np
import torch
from torch import Tensor, nn

from ..functional.graph import in_graph
from ..functional.trees.bitmask import find_leaves_by_masks, mask_trees
from ..functional.trees.columns import ColumnTrees
from ..functional.trees.descent import descend_all_nodes
from ..functional.trees.flat import descend
from ..functional.trees.packed import ceil_to_float32, descend_packed, ordered_keys, pack_trees, row_keys
from ..functional.trees.ranks import rank_thresholds, rank_values


class Forest(nn.Module):
    """The buffers of trees over columns, and the leaves that rows reach by them.

    Parameters
    ----------
    trees : ColumnTrees
        A subclass with columns that know a side says in ``_sides`` how a row fills them.

    Attributes
    ----------
    strategy : {"levels", "masks", "packed"}
        How more than one row goes down outside of exported graphs.
    """

    # Known when TorchScript compiles.
    __constants__ = ("has_bounds", "has_negative", "has_sides", "by_bits", "n_trees", "depth", "strategy")

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
    place: Tensor
    record: Tensor
    stages: list[int]

    def __init__(self, trees: ColumnTrees) -> None:
        super().__init__()
        self.n_trees = trees.n_trees
        self.depth = trees.depth
        self.has_bounds = bool(np.isfinite(trees.lowest).any() or np.isfinite(trees.highest).any())
        self.has_negative = bool(trees.negative.any())
        self.has_sides = trees.n_sides > 0
        self.by_bits = trees.threshold.dtype == np.float32
        for name in ("feature", "missing", "lowest", "highest", "column", "threshold", "child", "node_id"):
            self.register_buffer(name, torch.tensor(getattr(trees, name)))
        sign = np.where(trees.negative, -1, 1).astype(trees.threshold.dtype)
        self.register_buffer("sign", torch.tensor(sign))
        self.strategy, self.shift, self.mask, self.stages = "levels", 0, 0, [trees.depth]
        of_masks = ("mask_feature", "mask_lowest", "mask_highest", "mask_sign", "possible", "place")
        buffers: dict[str, np.ndarray] = dict.fromkeys((*of_masks, "limits", "record"), np.zeros(0))
        # Nodes with several parents are in no order of levels, which both of the other ways go by.
        if trees.depth > 0 and not trees.is_shared:
            buffers.update(self._masks(trees, sign) or self._records(trees))
        for name, value in buffers.items():
            self.register_buffer(name, torch.tensor(value))

    def _masks(self, trees: ColumnTrees, sign: np.ndarray) -> dict[str, np.ndarray]:
        """What masks need; nothing where they do not serve."""
        if self.has_sides:
            return {}
        # For masks, columns that differ by what stands for NaN are one.
        sources, source = np.unique(
            np.stack([trees.feature, trees.lowest, trees.highest, sign], axis=1), axis=0, return_inverse=True
        )
        column, missing_right = source.reshape(-1)[trees.column], trees.missing[trees.column] > 0
        masks = mask_trees(trees.child, column, trees.threshold, missing_right, trees.n_trees)
        if masks is None:
            return {}
        self.strategy = "masks"
        lowest, highest, signs = (sources[:, [k]].astype(trees.threshold.dtype) for k in (1, 2, 3))
        return {
            "mask_feature": sources[:, 0].astype(np.int64),
            "mask_lowest": lowest,
            "mask_highest": highest,
            "mask_sign": signs,
            "limits": masks.limits,
            "possible": masks.possible,
            "place": masks.place,
        }

    def _records(self, trees: ColumnTrees) -> dict[str, np.ndarray]:
        """What packed records need; nothing where the trees do not fit into them."""
        if self.by_bits:
            limits, key = np.zeros(0), ordered_keys(trees.threshold)
        else:
            limits, key = self._ranks(trees)
        packed = pack_trees(trees, key)
        if not len(packed.record):
            return {}
        self.strategy = "packed"
        self.shift, self.mask, self.stages = packed.shift, packed.mask, packed.stages
        return {"limits": limits, "record": packed.record}

    @staticmethod
    def _ranks(trees: ColumnTrees) -> tuple[np.ndarray, np.ndarray]:
        """Thresholds of each column of numbers, and the rank of each node's among them; a side is above rank 0."""
        is_number = (trees.child != np.arange(len(trees.child))) & (trees.column < len(trees.feature))
        key = np.zeros(len(trees.child), dtype=np.int64)
        limits, key[is_number] = rank_thresholds(
            trees.column[is_number], trees.threshold[is_number], len(trees.feature)
        )
        return limits, key

    def places(self, x: Tensor) -> Tensor:
        """Places in the order of ``node_id`` of the leaves reached, shape (n_samples, n_trees)."""
        if in_graph() or self.strategy == "levels":
            return descend(self._columns(x), self.column, self.threshold, self.child, self.n_trees, self.depth)
        if x.shape[0] == 1 and self.child.shape[0] <= 3000 * (self.depth + 1):
            columns = self._columns(x)
            return descend_all_nodes(columns, self.column, self.threshold, self.child, self.n_trees, self.depth)
        if self.strategy == "masks":
            columns = self._compared(x).t().index_select(0, self.mask_feature)
            if self.has_negative:
                columns = columns * self.mask_sign
            if self.has_bounds:
                columns = torch.minimum(torch.maximum(columns, self.mask_lowest), self.mask_highest)
            return find_leaves_by_masks(columns, self.limits.to(columns.dtype), self.possible, self.place)
        keys = row_keys(ceil_to_float32(self._columns(x))) if self.by_bits else self._rank_keys(x)
        return descend_packed(keys, self.record, self.shift, self.mask, self.n_trees, self.stages)

    def _rank_keys(self, x: Tensor) -> Tensor:
        """Ranks of a row's numbers among the thresholds, and its sides, as records have them."""
        numbers = self._numbers(x).t().contiguous()
        keys = rank_values(numbers, self.limits.to(numbers.dtype)).t()
        if self.has_sides:
            keys = torch.cat([keys, self._sides(x).to(torch.int64)], dim=1)
        return keys << 32

    def _compared(self, x: Tensor) -> Tensor:
        """Rows, without gradient, in the dtype that holds them and thresholds exactly."""
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
        """Columns as a descent compares them, shape (n_samples, n_columns + n_sides)."""
        columns = self._numbers(x)
        if self.has_sides:
            columns = torch.cat([columns, self._sides(x).to(columns.dtype)], dim=1)
        return columns

    def _sides(self, x: Tensor) -> Tensor:
        """Columns that know a side, bool of shape (n_samples, n_sides)."""
        raise NotImplementedError
