"""Trees of LightGBM as trees over columns, with the columns that its splits look at.

Follows ``include/LightGBM/tree.h`` (``NumericalDecision``, ``CategoricalDecision``): rows are float64; numbers next to
zero are zero; what is missing is said by each split.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..forests.fitted import TILE_ELEMENTS
from ..forests.forest import Forest
from ..functional.trees.columns import ColumnTrees, number_splits
from ..functional.trees.descent import in_graph, value_of_leaves
from ..functional.trees.flat import lay_out, tree_levels
from ..functional.trees.operators import leaves_operator, wants_operators
from .category_sets import CategorySets, category_sets
from .text_model import LinearLeaves, TextModel

ZERO = float(np.float32(1e-35))
"""Numbers up to here, of either sign, are zero."""

_AS_ZERO, _ZERO_IS_MISSING, _NAN_IS_MISSING = range(3)


@dataclass(frozen=True)
class TextTrees(ColumnTrees):
    """Flat trees of a text model; ``node_id`` is the number of a leaf, counted through all trees, and 0 elsewhere.

    Attributes
    ----------
    sets : CategorySets
    """

    sets: CategorySets


def flatten_text_model(model: TextModel) -> tuple[TextTrees, np.ndarray]:
    """Lay out the trees of a text model.

    Returns
    -------
    trees : TextTrees
        Features from ``n_features`` on are those of ``gaps``, in which zero is missing as NaN.
    gaps : int64 ndarray
        Features of which some split takes zero for missing.

    Raises
    ------
    CorruptEstimatorError
        The nodes do not make a tree.
    """
    is_set, missing, limit = model.is_set, model.missing, model.threshold
    # Numbers next to zero are on the side of zero: thresholds among them move to their ends.
    limit = np.where((limit >= -ZERO) & (limit < 0), np.nextafter(-ZERO, -1), limit)
    limit = np.where((limit >= 0) & (limit < ZERO), ZERO, limit)
    is_left = np.where(missing == _AS_ZERO, model.threshold >= 0, model.decision & 2 > 0)
    gaps, gap = np.unique(model.feature[(missing == _ZERO_IS_MISSING) & ~is_set], return_inverse=True)
    feature = model.feature.copy()
    feature[(missing == _ZERO_IS_MISSING) & ~is_set] = model.n_features + gap.reshape(-1)
    numbers = number_splits(feature[~is_set], limit[~is_set], is_left[~is_set], np.zeros((~is_set).sum(), dtype=bool))
    columns = numbers.columns
    if not len(feature):  # leaves alone: a graph wants a column
        columns = number_splits(*(np.zeros(1, dtype=kind) for kind in (np.int64, float, bool, bool))).columns
    sets, side = category_sets(model)

    sizes = 2 * model.n_leaves - 1
    of_split = np.arange(len(model.feature)) + np.repeat(np.cumsum(model.n_leaves) - model.n_leaves, model.n_leaves - 1)
    n_nodes = int(sizes.sum())
    is_leaf = np.ones(n_nodes, dtype=bool)
    is_leaf[of_split] = False
    column, threshold = np.zeros(n_nodes, dtype=np.int64), np.full(n_nodes, np.inf)
    column[of_split[~is_set]], threshold[of_split[~is_set]] = numbers.column, numbers.threshold
    column[of_split[is_set]], threshold[of_split[is_set]] = len(numbers.columns["feature"]) + side, 0.5
    left, right = np.zeros(n_nodes, dtype=np.int64), np.zeros(n_nodes, dtype=np.int64)
    n_splits = np.repeat(model.n_leaves - 1, model.n_leaves - 1)
    left[of_split] = np.where(model.left < 0, n_splits + ~model.left, model.left)
    right[of_split] = np.where(model.right < 0, n_splits + ~model.right, model.right)
    first = np.cumsum(sizes) - sizes
    left, right, order, depth = tree_levels(sizes, left, right, is_leaf)
    node, child = lay_out(first, left, right, is_leaf, order)
    leaf = np.where(is_leaf, np.cumsum(is_leaf) - 1, 0)
    trees = TextTrees(
        column=column[node],
        threshold=threshold[node],
        child=child,
        node_id=leaf[node],
        n_trees=model.n_trees,
        depth=depth,
        n_sides=sets.n_sides,
        sets=sets,
        **columns,
    )
    return trees, gaps


class LightGBMTrees(Forest):
    """All trees of a model, and the values of their leaves.

    Parameters
    ----------
    model : TextModel

    Attributes
    ----------
    leaf_value : Parameter of shape (n_leaves,)
        Of all trees, one behind the other.
    leaf_const : Parameter of shape (n_leaves,)
        Constants of linear leaves; empty where leaves are numbers.
    leaf_coeff : Parameter of shape (n_terms, n_leaves)
        Coefficients of linear leaves, filled up with zeros.
    """

    __constants__ = (*Forest.__constants__, "has_gaps", "is_linear")  # type: ignore[assignment]

    zero: Tensor
    gaps: Tensor
    categorical: Tensor
    class_of: Tensor
    class_start: Tensor
    n_codes: Tensor
    block_feature: Tensor
    block_start: Tensor
    goes_right: Tensor
    first: Tensor
    term: Tensor

    def __init__(self, model: TextModel) -> None:
        trees, gaps = flatten_text_model(model)
        super().__init__(trees)
        self.n_iterations, self.n_outputs = model.n_trees // model.n_outputs, model.n_outputs
        self.has_gaps, self.is_linear = len(gaps) > 0, model.linear is not None
        self.leaf_value = nn.Parameter(torch.tensor(model.leaf_value))
        self.register_buffer("zero", torch.tensor(ZERO, dtype=torch.float64))
        self.register_buffer("gaps", torch.tensor(gaps))
        self.register_buffer("first", torch.tensor(np.cumsum(model.n_leaves) - model.n_leaves))
        for name in ("categorical", "class_of", "class_start", "n_codes", "block_feature", "block_start", "goes_right"):
            self.register_buffer(name, torch.tensor(getattr(trees.sets, name)))
        self._set_linear(model.linear, model.n_features)
        self.tile_rows = max(1, TILE_ELEMENTS // max(self.n_trees, trees.n_sides // 8))

    def _set_linear(self, linear: LinearLeaves | None, n_features: int) -> None:
        if linear is None:
            constant, term, coefficient = np.zeros(0), np.zeros((0, 0), dtype=np.int64), np.zeros((0, 0))
        else:
            constant, shape = linear.constant, (int(linear.counts.max(initial=0)), len(linear.counts))
            # Behind the features stands a column of zeros.
            term, coefficient = np.full(shape, n_features), np.zeros(shape)
            leaf = np.repeat(np.arange(shape[1]), linear.counts)
            place = np.arange(len(leaf)) - np.repeat(np.cumsum(linear.counts) - linear.counts, linear.counts)
            term[place, leaf], coefficient[place, leaf] = linear.feature, linear.coefficient
        self.leaf_const, self.leaf_coeff = (nn.Parameter(torch.tensor(array)) for array in (constant, coefficient))
        self.register_buffer("term", torch.tensor(term))

    def leaves(self, x: Tensor) -> Tensor:
        """Leaf that each row reaches in each tree, counted through all trees, shape (n_samples, n_trees)."""
        x = self._with_gaps(x)
        if not torch.jit.is_scripting():
            if wants_operators():
                return leaves_operator(self.n_trees, *self._operands(self._columns(x)))
        return self.node_id.index_select(0, self.places(x).reshape(-1)).reshape(-1, self.n_trees)

    def leaf_numbers(self, x: Tensor) -> Tensor:
        """Leaves counted within their tree, shape (n_samples, n_trees)."""
        return self.leaves(x) - self.first

    def sum(self, x: Tensor) -> Tensor:
        """Sum over the iterations in their order, shape (n_samples, n_outputs)."""
        if self.is_linear:
            values = self._linear_values(x)
        elif in_graph():
            values = self.leaf_value.index_select(0, self.leaves(x).reshape(-1))
        else:
            values = value_of_leaves(self.leaf_value, self.node_id, self.places(self._with_gaps(x)))
        return values.reshape(-1, self.n_iterations, self.n_outputs).cumsum(dim=1)[:, -1]

    def _linear_values(self, x: Tensor) -> Tensor:
        """Values of linear leaves; of those with NaN in a feature the constant that stands in for them."""
        leaves = self.leaves(x).reshape(-1)
        x = torch.where(x.abs() <= self.zero, torch.zeros_like(x), x)
        rows = torch.cat([x, torch.zeros_like(x[:, :1])], dim=1)
        value = self.leaf_const.index_select(0, leaves)
        is_missing = torch.zeros_like(value, dtype=torch.bool)
        for k in range(self.term.shape[0]):
            term = self.term[k].index_select(0, leaves).reshape(-1, self.n_trees)
            number = rows.gather(1, term).reshape(-1)
            is_missing = is_missing | torch.isnan(number)
            value = value + self.leaf_coeff[k].index_select(0, leaves) * number
        return torch.where(is_missing, self.leaf_value.index_select(0, leaves), value)

    def _with_gaps(self, x: Tensor) -> Tensor:
        """Rows, and behind them the features in which zero is missing, with NaN in its place."""
        if not self.has_gaps:
            return x
        part = x.index_select(1, self.gaps)
        return torch.cat([x, torch.where(part.abs() <= self.zero, torch.full_like(part, float("nan")), part)], dim=1)

    @torch.jit.unused
    def _operands(self, columns: Tensor) -> tuple[Any, ...]:
        return columns, None, None, self.column, self.threshold, self.child, self.node_id

    def _sides(self, x: Tensor) -> Tensor:
        """Which side each set of categories sends each row to: left what is in the set, right all else."""
        codes = x.detach().index_select(1, self.categorical).trunc()
        known = (codes >= 0) & (codes < self.n_codes)
        codes = torch.where(known, codes, self.n_codes.to(codes.dtype)).to(torch.int64)
        classes = self.class_of.index_select(0, (codes + self.class_start).reshape(-1)).reshape(codes.shape)
        place = classes.index_select(1, self.block_feature) + self.block_start
        n_sets = self.goes_right.shape[1]
        n_sides = self.block_feature.shape[0] * n_sets
        return self.goes_right.index_select(0, place.reshape(-1)).reshape(-1, n_sides)

    def extra_repr(self) -> str:
        """Number of trees, leaves and levels."""
        return f"n_trees={self.n_trees}, n_leaves={self.leaf_value.shape[0]}, depth={self.depth}"
