"""scikit-learn's own trees."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..core.installed import sklearn_at_least
from ..errors import CorruptEstimatorError
from ..functional.graph import in_graph
from ..functional.trees.layout import TreeNodes, lay_out
from ..functional.trees.paths import decision_path, path_bounds
from ..functional.trees.sums import sum_in_order, value_of_leaves
from .forest import Forest


class FittedForest(Forest):
    """Fitted trees of one model; its path in a module is the fitted attribute that held them.

    Follows ``sklearn/tree/_tree.pyx`` (``_apply_dense``, ``_decision_path_dense``): a row is cast to float32 and goes
    left where it is ``<=`` the float64 threshold; NaN goes where ``missing_go_to_left`` says.

    Parameters
    ----------
    trees : sequence of sklearn.tree._tree.Tree
        With the same outputs. Or anything with its arrays ``children_left``, ``children_right``, ``feature``,
        ``threshold``, ``missing_go_to_left`` and ``value``.
    n_features : int
    with_paths : bool
        Keep what :meth:`path` needs.

    Attributes
    ----------
    value : Parameter of shape (n_nodes, n_outputs, max_n_classes)
        Values of the nodes, tree after tree, in scikit-learn's order; those of leaves enter results and train.
    first : Tensor of shape (n_trees,)
        Row of ``value`` of the root of each tree.
    begin, end, tree_of : int32 Tensor of shape (n_nodes,)
        A node is on the way to the leaves of its tree whose ``begin`` lies in ``[begin, end)`` of its own.
    """

    first: Tensor
    begin: Tensor
    end: Tensor
    tree_of: Tensor

    def __init__(self, trees: Sequence[Any], n_features: int, with_paths: bool = True) -> None:
        layout = lay_out([fitted_nodes(tree) for tree in trees], n_features, rounds_rows=True)
        super().__init__(layout)
        # Before scikit-learn 1.8 the path of a gap goes right at every node, wherever the tree sends it.
        self.path_of_gaps_goes_right = not sklearn_at_least("1.8")
        value = np.concatenate([np.asarray(tree.value, dtype=np.float64) for tree in trees])
        counts = np.array([len(tree.children_left) for tree in trees])
        if value.shape[0] != counts.sum():
            raise CorruptEstimatorError(f"{value.shape[0]} values for the {counts.sum()} nodes of the trees")
        self.n_values = int(np.prod(value.shape[1:]))
        self.value = nn.Parameter(torch.from_numpy(value))
        self._keep("first", np.cumsum(counts) - counts)
        if with_paths:
            begin, end = path_bounds(layout, len(value))
            self._keep("begin", begin)
            self._keep("end", end)
            self._keep("tree_of", np.repeat(np.arange(len(trees), dtype=begin.dtype), counts))

    def leaf_numbers(self, x: Tensor) -> Tensor:
        """Leaves as scikit-learn's ``apply`` counts them: from the root of their tree, shape (n_samples, n_trees)."""
        return self.leaf_index(x) - self.first

    def leaf_values(self, x: Tensor) -> Tensor:
        """Values of the leaves reached, shape (n_samples, n_trees, n_outputs * max_n_classes)."""
        if self.n_values > 1:
            reached = self.value.index_select(0, self.leaf_index(x).reshape(-1))
            return reached.reshape(-1, self.n_trees, self.n_values)
        return self.look_up(self.value, x).reshape(-1, self.n_trees, 1)

    def sum(self, x: Tensor) -> Tensor:
        """Sum over the trees of the values of their leaves, shape (n_samples, n_outputs * max_n_classes).

        Notes
        -----
        In the order of the trees, but for a single value in ONNX: there, the last digit must decide nothing.
        """
        if self.n_values == 1:
            return self.sum_of(self.value, x)
        if in_graph() or self.n_values > 8:
            return sum_in_order(self.value.new_zeros((x.shape[0], self.n_values)), self.leaf_values(x))
        # Single numbers are looked up faster than rows of few are copied.
        place, node_id = self._places(x)
        values = self.value.reshape(-1, self.n_values)
        totals: list[Tensor] = []
        for k in range(self.n_values):
            totals.append(value_of_leaves(values.select(1, k), node_id, place).cumsum(dim=1)[:, -1])
        return torch.stack(totals, dim=1)

    def path(self, x: Tensor) -> Tensor:
        """Indicator of the nodes passed, shape (n_samples, n_nodes)."""
        if self.path_of_gaps_goes_right:
            x = torch.where(torch.isnan(x), float("inf"), x)
        return decision_path(self.leaf_index(x), self.begin, self.end, self.tree_of)


def fitted_nodes(tree: Any) -> TreeNodes:
    """The nodes of a tree of scikit-learn."""
    arrays = (tree.children_left, tree.children_right, tree.feature, tree.threshold, tree.missing_go_to_left)
    return TreeNodes(*(np.asarray(array) for array in arrays))
