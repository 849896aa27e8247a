"""Trees of an ensemble whose members see a part of the features, as trees of the whole rows."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier, ExtraTreeRegressor

from ...errors import CorruptEstimatorError

_TREES = (DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier, ExtraTreeRegressor)


def are_trees(estimators: Sequence[Any]) -> bool:
    """Whether all are plain decision trees, which one flat forest can hold."""
    return all(type(estimator) in _TREES for estimator in estimators)


def whole_tree(estimator: Any, value: Any, features: Any = None) -> SimpleNamespace:
    """The nodes of a fitted tree that saw some features, in terms of all, with other values.

    Parameters
    ----------
    estimator : DecisionTreeClassifier or any other tree
    value : ndarray of shape (n_nodes, n_outputs, n_classes)
        What the nodes give.
    features : int ndarray of shape (n_features_seen,), optional
        The features that it saw; all, if not given.

    Raises
    ------
    CorruptEstimatorError
        The tree splits on a feature that it never saw.
    """
    tree = estimator.tree_
    feature = tree.feature
    if features is not None:
        inner = tree.children_left != -1
        if ((feature[inner] < 0) | (feature[inner] >= len(features))).any():
            raise CorruptEstimatorError(f"a tree is damaged: it splits on none of {len(features)} features")
        feature = np.where(inner, np.asarray(features, dtype=np.int64)[np.where(inner, feature, 0)], -1)
    return SimpleNamespace(
        children_left=tree.children_left,
        children_right=tree.children_right,
        feature=feature,
        threshold=tree.threshold,
        missing_go_to_left=tree.missing_go_to_left,
        value=np.asarray(value),
    )
