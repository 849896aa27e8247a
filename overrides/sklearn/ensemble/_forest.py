"""Random forests and extremely randomised trees."""

from typing import Any

from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor, RandomForestClassifier, RandomForestRegressor
from torch import Tensor

from ...core.registry import OnnxGap, register
from ...forests.fitted import FittedForest
from ...forests.outputs import ClassifierOutputs, RegressorOutputs, TreeOutputs


class BaseForest(TreeOutputs):
    """Trees whose values are summed in their order and divided by their number.

    Attributes
    ----------
    estimators_ : FittedForest
        All trees, one after the other.
    """

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.estimators_ = FittedForest([tree.tree_ for tree in estimator.estimators_], self.n_features_in_)
        self.tile_rows = self.estimators_.tile_rows

    def trees(self) -> FittedForest:
        """The trees."""
        return self.estimators_

    def as_returned(self, method: str, result: Any) -> Any:
        """The indicator of ``decision_path`` without the borders between trees, which no row changes."""
        return result[0] if method == "decision_path" else super().as_returned(method, result)

    def _values(self, x: Tensor) -> Tensor:
        return self.estimators_.sum(x) / self.estimators_.n_trees

    def _apply_rows(self, x: Tensor) -> Tensor:
        return self.estimators_.leaf_numbers(x)

    def _decision_path(self, x: Tensor) -> Tensor:
        return self.estimators_.path(x)


@register(RandomForestClassifier, ExtraTreesClassifier, gaps=(OnnxGap.PRECISION, OnnxGap.GRADIENT, OnnxGap.METHOD))
class ForestClassifier(ClassifierOutputs, BaseForest):
    """A forest of classification trees.

    ``predict`` gives codes for words; with several outputs, of shape (n_samples, n_outputs), a code counts in the
    ``output_class_names`` of its output. ``apply`` gives int64 of shape (n_samples, n_trees). ``decision_path`` gives
    the dense int64 indicator alone: ``estimators_.first`` has the column at which each tree begins.

    Notes
    -----
    Everything is constant between thresholds: there is a gradient in the values of the leaves, none in the rows. After
    ``torch.jit.load``, ``apply`` is ``nn.Module.apply``: :func:`bridge.load` serves scikit-learn's.
    """


@register(RandomForestRegressor, ExtraTreesRegressor, gaps=(OnnxGap.PRECISION, OnnxGap.GRADIENT, OnnxGap.METHOD))
class ForestRegressor(RegressorOutputs, BaseForest):
    """A forest of regression trees; ``predict`` has shape (n_samples, n_outputs) where there are several outputs.

    ``apply`` gives int64 of shape (n_samples, n_trees). ``decision_path`` gives the dense int64 indicator alone:
    ``estimators_.first`` has the column at which each tree begins.

    Notes
    -----
    Everything is constant between thresholds: there is a gradient in the values of the leaves, none in the rows. After
    ``torch.jit.load``, ``apply`` is ``nn.Module.apply``: :func:`bridge.load` serves scikit-learn's.
    """
