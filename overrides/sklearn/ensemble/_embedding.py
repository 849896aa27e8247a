"""Random trees as an embedding of rows: which leaf of each tree they reach."""

from typing import Any

import numpy as np
from sklearn.ensemble import RandomTreesEmbedding as SkRandomTreesEmbedding
from torch import Tensor

from ...core.registry import OnnxGap, register
from ...errors import CorruptEstimatorError
from ._forest import BaseForest


@register(SkRandomTreesEmbedding, gaps=(OnnxGap.PRECISION, OnnxGap.METHOD))
class RandomTreesEmbedding(BaseForest):
    """A column of zeros and ones for every leaf, dense whatever ``sparse_output`` says.

    ``apply`` gives int64 of shape (n_samples, n_trees), ``decision_path`` the dense int64 indicator alone.

    Attributes
    ----------
    leaf_column : Tensor of shape (n_nodes,)
        Column of a leaf.
    """

    leaf_column: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        trees = [tree.tree_ for tree in estimator.estimators_]
        categories = estimator.one_hot_encoder_.categories_
        leaves = [np.flatnonzero(tree.children_left == -1) for tree in trees]
        if len(categories) != len(leaves) or not all(map(np.array_equal, categories, leaves)):
            raise CorruptEstimatorError(
                f"{self.estimator_name}: one_hot_encoder_ does not know the leaves of the trees"
            )
        self.n_columns = sum(len(part) for part in leaves)
        column = np.zeros(sum(tree.node_count for tree in trees), dtype=np.int64)
        column[np.concatenate([tree.children_left == -1 for tree in trees])] = np.arange(self.n_columns)
        self.add_buffer("leaf_column", column)

    def _transform(self, x: Tensor) -> Tensor:
        leaf = self.estimators_.leaf_index(x)
        column = self.leaf_column.index_select(0, leaf.reshape(-1)).reshape(leaf.shape)
        return x.new_zeros((x.shape[0], self.n_columns)).scatter(1, column, 1.0)
