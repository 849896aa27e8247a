"""AdaBoost: estimators that vote with weights."""

import functools
from typing import Any

import numpy as np
import torch
from sklearn.ensemble import AdaBoostClassifier as SkAdaBoostClassifier
from sklearn.ensemble import AdaBoostRegressor as SkAdaBoostRegressor
from torch import Tensor, nn

from ...core.methods import available_methods
from ...core.module import Module
from ...core.registry import OnnxGap, register
from ...encoding.columns import Column, join
from ...errors import CorruptEstimatorError
from ...forests.fitted import FittedForest
from ...functional.special.links import log_probabilities, softmax
from ...functional.trees.sums import stages_in_order, sum_in_order
from ...functional.weighted_median import weighted_median, weighted_medians
from ._subspaces import are_trees, whole_tree


class WeightBoosting(Module):
    """What boosted classifiers and regressors share.

    Attributes
    ----------
    estimators_ : FittedForest or ModuleList
        The estimators in their order: one flat forest where all of them are decision trees.
    """

    # Known when TorchScript compiles, which then leaves the other branch out.
    __constants__: tuple[str, ...] = ("has_children",)

    def __init__(self, estimator: Any, children: dict[str, nn.Module]) -> None:
        super().__init__(estimator)
        self.n_estimators = len(estimator.estimators_)
        self.has_children = len(children) > 0
        if not 0 < self.n_estimators <= len(estimator.estimator_weights_):
            raise CorruptEstimatorError(
                f"{self.estimator_name} has {self.n_estimators} estimators and "
                f"{len(estimator.estimator_weights_)} weights"
            )

    @staticmethod
    def children_of(estimator: Any) -> dict[str, Any]:
        """The estimators, unless all are decision trees."""
        if are_trees(estimator.estimators_):
            return {}
        return {f"estimators_.{k}": child for k, child in enumerate(estimator.estimators_)}

    def reads(self) -> list[Column]:
        """All that the estimators read."""
        if not self.has_children:
            return super().reads()
        return functools.reduce(join, [child.reads() for child in self.estimators_])

    def settle(self, columns: list[Column]) -> list[Column]:
        """Hand the columns down to the estimators."""
        if self.has_children:
            for child in self.estimators_:
                child.settle(columns)
        return []

    def _set_estimators(self, estimator: Any, children: dict[str, nn.Module], values: list[np.ndarray]) -> None:
        """Register ``estimators_``: the children, or the trees with these values of their nodes."""
        self.estimators_: Any
        if self.has_children:
            self.estimators_ = nn.ModuleList(children.values())
            return
        trees = [whole_tree(tree, value) for tree, value in zip(estimator.estimators_, values, strict=True)]
        self.estimators_ = FittedForest(trees, self.n_features_in_, with_paths=False)
        self.tile_rows = self.estimators_.tile_rows


@register(SkAdaBoostClassifier, gaps=(OnnxGap.PRECISION, OnnxGap.GRADIENT, OnnxGap.METHOD))
class AdaBoostClassifier(WeightBoosting):
    """The class with most weight behind it, by the discrete SAMME algorithm.

    ``staged_predict`` gives (n_samples, n_estimators), ``staged_predict_proba`` (n_samples, n_estimators, n_classes),
    and ``staged_decision_function`` the same, without the last dimension where there are two classes: scikit-learn's
    stages behind the rows, which come first so that batches can be cut and joined.

    Attributes
    ----------
    votes : Tensor of shape (n_estimators, 2)
        What an estimator adds to the class that it predicts, and to every other. Of decision trees it is in the values
        of their leaves instead, which train.

    Notes
    -----
    Votes are constant between thresholds: there is no gradient in the rows.
    """

    __constants__ = ("has_children", "n_classes")

    classes_: Tensor
    votes: Tensor
    total_weight: Tensor
    weight_so_far: Tensor

    def __init__(self, estimator: Any, children: dict[str, nn.Module]) -> None:
        super().__init__(estimator, children)
        self.set_classes(estimator.classes_)
        self.n_classes = len(estimator.classes_)
        weights = np.asarray(estimator.estimator_weights_, dtype=np.float64)
        self.add_buffer("total_weight", weights.sum())
        self.add_buffer("weight_so_far", np.cumsum(weights[: self.n_estimators]).reshape(-1, 1))
        others = -1 / (self.n_classes - 1) if self.n_classes > 1 else 0.0
        votes = np.stack([weights, others * weights], axis=1)[: self.n_estimators]
        if self.has_children:
            self.add_buffer("votes", votes)
            for name, child in children.items():
                words = getattr(child, "class_names", [])
                if self.class_names and words != self.class_names:
                    raise CorruptEstimatorError(f"{self.estimator_name}: {name} has the classes {words}")
            self._set_estimators(estimator, children, [])
        else:
            values = [
                _tree_votes(tree, vote, estimator.classes_)
                for tree, vote in zip(estimator.estimators_, votes, strict=True)
            ]
            self._set_estimators(estimator, children, values)

    @classmethod
    def failing_methods(cls, estimator: Any) -> dict[str, str]:
        """The stages where scikit-learn's divide by zero: of a single class."""
        if len(estimator.classes_) > 1:
            return {}
        staged = [name for name in available_methods(estimator) if name.startswith("staged_")]
        return dict.fromkeys(staged, "AdaBoostClassifier has no stages of a single class: scikit-learn divides by 0")

    def _steps(self, x: Tensor) -> Tensor:
        """Weighted votes of each estimator for each class, shape (n_samples, n_estimators, n_classes)."""
        if not self.has_children:
            return self.estimators_.leaf_values(x)
        else:
            steps: list[Tensor] = []
            for k, child in enumerate(self.estimators_):
                is_predicted = child.predict(x).unsqueeze(1) == self.classes_
                steps.append(torch.where(is_predicted, self.votes[k, 0], self.votes[k, 1]))
            return torch.stack(steps, dim=1)

    def _decision_function(self, x: Tensor) -> Tensor:
        start = torch.zeros((x.shape[0], self.n_classes), dtype=x.dtype, device=x.device)
        if self.n_classes == 1:
            return start
        scores = sum_in_order(start, self._steps(x)) / self.total_weight
        return scores[:, 1] - scores[:, 0] if self.n_classes == 2 else scores

    def _staged_decision_function(self, x: Tensor) -> Tensor:
        start = torch.zeros((x.shape[0], self.n_classes), dtype=x.dtype, device=x.device)
        scores = stages_in_order(start, self._steps(x)) / self.weight_so_far
        return scores[:, :, 1] - scores[:, :, 0] if self.n_classes == 2 else scores

    def _predict(self, x: Tensor) -> Tensor:
        return self.classes_.index_select(0, self._index(self._decision_function(x)))

    def _predict_proba(self, x: Tensor) -> Tensor:
        return self._probabilities(self._decision_function(x))

    def _predict_log_proba(self, x: Tensor) -> Tensor:
        return log_probabilities(self._predict_proba(x))

    def _staged_predict(self, x: Tensor) -> Tensor:
        index = self._index(self._flat_stages(x))
        return self.classes_.index_select(0, index).reshape(-1, self.n_estimators)

    def _staged_predict_proba(self, x: Tensor) -> Tensor:
        return self._probabilities(self._flat_stages(x)).reshape(-1, self.n_estimators, self.n_classes)

    def _flat_stages(self, x: Tensor) -> Tensor:
        """Decision values after each stage, a row for each, in the form of those of ``decision_function``."""
        stages = self._staged_decision_function(x)
        return stages.reshape(-1) if self.n_classes == 2 else stages.reshape(-1, self.n_classes)

    def _index(self, decision: Tensor) -> Tensor:
        return (decision > 0.0).to(torch.int64) if self.n_classes == 2 else decision.argmax(dim=1)

    def _probabilities(self, decision: Tensor) -> Tensor:
        if self.n_classes == 2:
            return softmax(torch.stack([-decision, decision], dim=1) / 2)
        return softmax(decision / max(self.n_classes - 1, 1))


def _tree_votes(tree: Any, vote: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """What each node of a tree adds to each class, shape (n_nodes, 1, n_classes)."""
    value = np.asarray(tree.tree_.value)
    if not np.array_equal(tree.classes_, classes) or value.shape[1:] != (1, len(classes)):
        raise CorruptEstimatorError(f"AdaBoostClassifier has {len(classes)} classes, and a tree in it has others")
    is_predicted = value.argmax(axis=2)[..., None] == np.arange(len(classes))
    votes: np.ndarray = np.where(is_predicted, vote[0], vote[1])
    return votes


@register(SkAdaBoostRegressor, gaps=(OnnxGap.PRECISION, OnnxGap.GRADIENT))
class AdaBoostRegressor(WeightBoosting):
    """The weighted median of predictions, whatever the loss that the estimators were weighted by.

    ``staged_predict`` gives the median of the first estimators, of ever more of them, shape (n_samples, n_estimators):
    rows come first, so that batches can be cut and joined.
    """

    estimator_weights_: Tensor

    def __init__(self, estimator: Any, children: dict[str, nn.Module]) -> None:
        super().__init__(estimator, children)
        self.add_parameter("estimator_weights_", np.asarray(estimator.estimator_weights_)[: self.n_estimators])
        values = [] if self.has_children else [_tree_values(tree) for tree in estimator.estimators_]
        self._set_estimators(estimator, children, values)

    def _predict(self, x: Tensor) -> Tensor:
        return weighted_median(self._predictions(x), self.estimator_weights_)

    def _staged_predict(self, x: Tensor) -> Tensor:
        return weighted_medians(self._predictions(x), self.estimator_weights_)

    def _predictions(self, x: Tensor) -> Tensor:
        """Of each estimator, shape (n_samples, n_estimators)."""
        if not self.has_children:
            predictions: Tensor = self.estimators_.leaf_values(x).squeeze(2)
        else:
            parts: list[Tensor] = []
            for child in self.estimators_:
                parts.append(child.predict(x).to(x.dtype))
            predictions = torch.stack(parts, dim=1)
        return predictions


def _tree_values(tree: Any) -> np.ndarray:
    value = np.asarray(tree.tree_.value)
    if value.shape[1:] != (1, 1):
        raise CorruptEstimatorError(f"AdaBoostRegressor has one target, a tree in it values of shape {value.shape}")
    return value
