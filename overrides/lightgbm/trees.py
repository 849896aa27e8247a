"""Trees of LightGBM in the forest kernel, and what their leaves give.

Follows ``include/LightGBM/tree.h`` (``NumericalDecision``, ``CategoricalDecision``): rows are float64; numbers next to
zero are zero; what is missing is said by each split.
"""

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from ..forests.forest import Forest
from ..functional.trees.categories import CategorySets, category_sets
from ..functional.trees.layout import TreeLayout, TreeNodes, lay_out
from .text_model import LinearLeaves, TextModel

ZERO = float(np.float32(1e-35))
"""Numbers up to here, of either sign, are zero."""

_AS_ZERO, _ZERO_IS_MISSING = 0, 1


def lay_out_text_model(model: TextModel) -> tuple[TreeLayout, CategorySets | None, np.ndarray]:
    """Lay out the trees of a text model; ``node_id`` counts the leaves of all trees.

    Returns
    -------
    layout : TreeLayout
        Features from ``n_features`` on are those of ``gaps``, in which zero is missing as NaN is.
    sets : CategorySets or None
    gaps : int64 ndarray
        Features of which some split takes zero for missing.

    Raises
    ------
    CorruptEstimatorError
        The nodes do not make a tree.
    """
    is_set = model.is_set
    # Numbers next to zero are on the side of zero: thresholds among them move to their ends.
    limit = np.where((model.threshold >= -ZERO) & (model.threshold < 0), np.nextafter(-ZERO, -1), model.threshold)
    limit = np.where((limit >= 0) & (limit < ZERO), ZERO, limit)
    is_left = np.where(model.missing == _AS_ZERO, model.threshold >= 0, model.decision & 2 > 0)
    in_gap = (model.missing == _ZERO_IS_MISSING) & ~is_set
    gaps, gap = np.unique(model.feature[in_gap], return_inverse=True)
    feature = model.feature.copy()
    feature[in_gap] = model.n_features + gap.reshape(-1)
    sets, direction = None, np.full(len(feature), -1)
    if is_set.any():
        sets = category_sets(feature[is_set], model.members(), np.zeros(is_set.sum(), dtype=bool))
        direction[is_set] = sets.direction
    # Members of a set go left here, and right in the layout.
    left, right = np.where(is_set, model.right, model.left), np.where(is_set, model.left, model.right)
    ends = np.cumsum(model.n_leaves - 1)
    trees = []
    for stop, n_leaves in zip(ends, model.n_leaves, strict=True):
        splits = slice(stop - n_leaves + 1, stop)
        of_leaves = np.full(n_leaves, -1)
        children = [np.where(side[splits] < 0, n_leaves - 1 + ~side[splits], side[splits]) for side in (left, right)]
        trees.append(
            TreeNodes(
                left=np.concatenate([children[0], of_leaves]),
                right=np.concatenate([children[1], of_leaves]),
                feature=np.concatenate([feature[splits], of_leaves]),
                threshold=np.concatenate([limit[splits], np.zeros(n_leaves)]),
                missing_left=np.concatenate([is_left[splits], of_leaves > 0]),
                direction=np.concatenate([direction[splits], of_leaves]),
            )
        )
    layout = lay_out(trees, model.n_features + len(gaps), False, 0 if sets is None else sets.n_directions)
    is_leaf = np.concatenate([nodes.left < 0 for nodes in trees])
    leaf = np.where(is_leaf, np.cumsum(is_leaf) - 1, 0)
    return replace(layout, node_id=leaf[layout.node_id]), sets, gaps


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
    first: Tensor
    term: Tensor

    def __init__(self, model: TextModel) -> None:
        layout, sets, gaps = lay_out_text_model(model)
        super().__init__(layout, sets)
        self.n_iterations, self.n_outputs = model.n_trees // model.n_outputs, model.n_outputs
        self.has_gaps, self.is_linear = len(gaps) > 0, model.linear is not None
        self.leaf_value = nn.Parameter(torch.tensor(model.leaf_value))
        self.register_buffer("zero", torch.tensor(ZERO, dtype=torch.float64))
        self.register_buffer("gaps", torch.tensor(gaps))
        self.register_buffer("first", torch.tensor(np.cumsum(model.n_leaves) - model.n_leaves))
        self._set_linear(model.linear, model.n_features)

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

    def leaf_numbers(self, x: Tensor) -> Tensor:
        """Leaves counted within their tree, shape (n_samples, n_trees)."""
        return self.leaf_index(self._with_gaps(x)) - self.first

    def sum(self, x: Tensor) -> Tensor:
        """Sum over the iterations in their order, shape (n_samples, n_outputs)."""
        values = self._linear_values(x) if self.is_linear else self.look_up(self.leaf_value, self._with_gaps(x))
        return values.reshape(-1, self.n_iterations, self.n_outputs).cumsum(dim=1)[:, -1]

    def _linear_values(self, x: Tensor) -> Tensor:
        """Values of linear leaves; of those with NaN in a feature the number that stands in for them."""
        leaves = self.leaf_index(self._with_gaps(x)).reshape(-1)
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

    def as_categories(self, values: Tensor) -> Tensor:
        """Codes without their fraction."""
        return values.trunc()

    def extra_repr(self) -> str:
        """Number of trees, leaves and levels."""
        return f"n_trees={self.n_trees}, n_leaves={self.leaf_value.shape[0]}, depth={self.depth}"
