"""AdaBoost: estimators that vote with weights."""

import functools
from typing import Any

import numpy as np
import torch
from sklearn.ensemble import AdaBoostClassifier as SkAdaBoostClassifier
from sklearn.ensemble import AdaBoostRegressor as SkAdaBoostRegressor
from torch import Tensor, nn

from ..base import Module
from ..columns import Column, join
from ..errors import CorruptEstimatorError
from ..functional.links import log_probabilities, softmax
from ..functional.trees import sum_in_order
from ..functional.weighted_median import weighted_median
from ..registry import Loss, register
from ..tree import Trees
from ._subspaces import are_trees, whole_tree


class WeightBoosting(Module):
    """What boosted classifiers and regressors share.

    Attributes
    ----------
    estimators_ : Trees or ModuleList
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
        self.estimators_ = Trees(trees, self.n_features_in_, with_paths=False)
        self.tile_rows = self.estimators_.tile_rows


@register(SkAdaBoostClassifier, loses=(Loss.PRECISION, Loss.GRADIENT, Loss.METHOD))
class AdaBoostClassifier(WeightBoosting):
    """The class with most weight behind it, by the discrete SAMME algorithm.

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

    def __init__(self, estimator: Any, children: dict[str, nn.Module]) -> None:
        super().__init__(estimator, children)
        self.set_classes(estimator.classes_)
        self.n_classes = len(estimator.classes_)
        weights = np.asarray(estimator.estimator_weights_, dtype=np.float64)
        self.fixed("total_weight", weights.sum())
        others = -1 / (self.n_classes - 1) if self.n_classes > 1 else 0.0
        votes = np.stack([weights, others * weights], axis=1)[: self.n_estimators]
        if self.has_children:
            self.fixed("votes", votes)
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

    def _scores(self, x: Tensor) -> Tensor:
        """Weighted votes for each class, shape (n_samples, n_classes), summed in scikit-learn's order."""
        total = torch.zeros((x.shape[0], self.n_classes), dtype=x.dtype, device=x.device)
        if not self.has_children:
            total = sum_in_order(total, self.estimators_.leaf_values(x))
        else:
            for k, child in enumerate(self.estimators_):
                is_predicted = child.predict(x).unsqueeze(1) == self.classes_
                total = total + torch.where(is_predicted, self.votes[k, 0], self.votes[k, 1])
        return total / self.total_weight

    def _decision_function(self, x: Tensor) -> Tensor:
        if self.n_classes == 1:
            return torch.zeros((x.shape[0], 1), dtype=x.dtype, device=x.device)
        scores = self._scores(x)
        return scores[:, 1] - scores[:, 0] if self.n_classes == 2 else scores

    def _predict(self, x: Tensor) -> Tensor:
        decision = self._decision_function(x)
        index = (decision > 0.0).to(torch.int64) if self.n_classes == 2 else decision.argmax(dim=1)
        return self.classes_.index_select(0, index)

    def _predict_proba(self, x: Tensor) -> Tensor:
        decision = self._decision_function(x)
        if self.n_classes == 2:
            return softmax(torch.stack([-decision, decision], dim=1) / 2)
        return softmax(decision / max(self.n_classes - 1, 1))

    def _predict_log_proba(self, x: Tensor) -> Tensor:
        return log_probabilities(self._predict_proba(x))


def _tree_votes(tree: Any, vote: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """What each node of a tree adds to each class, shape (n_nodes, 1, n_classes)."""
    value = np.asarray(tree.tree_.value)
    if not np.array_equal(tree.classes_, classes) or value.shape[1:] != (1, len(classes)):
        raise CorruptEstimatorError(f"AdaBoostClassifier has {len(classes)} classes, and a tree in it has others")
    is_predicted = value.argmax(axis=2)[..., None] == np.arange(len(classes))
    votes: np.ndarray = np.where(is_predicted, vote[0], vote[1])
    return votes


@register(SkAdaBoostRegressor, loses=(Loss.PRECISION, Loss.GRADIENT))
class AdaBoostRegressor(WeightBoosting):
    """The weighted median of predictions, whatever the loss that the estimators were weighted by."""

    estimator_weights_: Tensor

    def __init__(self, estimator: Any, children: dict[str, nn.Module]) -> None:
        super().__init__(estimator, children)
        self.learned("estimator_weights_", np.asarray(estimator.estimator_weights_)[: self.n_estimators])
        values = [] if self.has_children else [_tree_values(tree) for tree in estimator.estimators_]
        self._set_estimators(estimator, children, values)

    def _predict(self, x: Tensor) -> Tensor:
        if not self.has_children:
            predictions: Tensor = self.estimators_.leaf_values(x).squeeze(2)
        else:
            parts: list[Tensor] = []
            for child in self.estimators_:
                parts.append(child.predict(x).to(x.dtype))
            predictions = torch.stack(parts, dim=1)
        return weighted_median(predictions, self.estimator_weights_)


def _tree_values(tree: Any) -> np.ndarray:
    value = np.asarray(tree.tree_.value)
    if value.shape[1:] != (1, 1):
        raise CorruptEstimatorError(f"AdaBoostRegressor has one target, a tree in it values of shape {value.shape}")
    return value
