"""``sklearn.tree``: decision trees and extremely randomised ones."""

from typing import Any

from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier, ExtraTreeRegressor
from torch import Tensor

from ..core.registry import OnnxGap, register
from ..forests.fitted import FittedForest
from ..forests.outputs import ClassifierOutputs, RegressorOutputs, TreeOutputs


class Tree(TreeOutputs):
    """One tree, ``tree_``."""

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.tree_ = FittedForest([estimator.tree_], self.n_features_in_)

    def trees(self) -> FittedForest:
        """The tree."""
        return self.tree_

    def _values(self, x: Tensor) -> Tensor:
        return self.tree_.leaf_values(x).squeeze(1)

    def _apply_rows(self, x: Tensor) -> Tensor:
        return self.tree_.leaf_numbers(x).squeeze(1)

    def _decision_path(self, x: Tensor) -> Tensor:
        return self.tree_.path(x)


@register(DecisionTreeClassifier, ExtraTreeClassifier, gaps=(OnnxGap.PRECISION, OnnxGap.GRADIENT, OnnxGap.METHOD))
class TreeClassifier(ClassifierOutputs, Tree):
    """A classification tree.

    ``predict`` gives codes for words; with several outputs, of shape (n_samples, n_outputs), a code counts in the
    ``output_class_names`` of its output. ``apply`` gives int64, ``decision_path`` a dense int64 indicator.

    Notes
    -----
    Everything is constant between thresholds: there is a gradient in the values of the leaves, none in the rows. After
    ``torch.jit.load``, ``apply`` is ``nn.Module.apply``: :func:`bridge.load` serves scikit-learn's.
    """


@register(DecisionTreeRegressor, ExtraTreeRegressor, gaps=(OnnxGap.PRECISION, OnnxGap.GRADIENT, OnnxGap.METHOD))
class TreeRegressor(RegressorOutputs, Tree):
    """A regression tree; ``predict`` has shape (n_samples, n_outputs) where there are several outputs.

    ``apply`` gives int64, ``decision_path`` a dense int64 indicator.

    Notes
    -----
    Everything is constant between thresholds: there is a gradient in the values of the leaves, none in the rows. After
    ``torch.jit.load``, ``apply`` is ``nn.Module.apply``: :func:`bridge.load` serves scikit-learn's.
    """
