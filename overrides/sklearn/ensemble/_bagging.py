"""Bagging: the mean of estimators that see a part of the features each."""

from typing import Any

import numpy as np
import torch
from sklearn.ensemble import BaggingClassifier as SkBaggingClassifier
from sklearn.ensemble import BaggingRegressor as SkBaggingRegressor
from torch import Tensor, nn

from ...core.module import Module
from ...core.registry import OnnxGap, register
from ...encoding.columns import Column
from ...errors import CorruptEstimatorError
from ...forests.fitted import FittedForest
from ...functional.selection import take_columns
from ...functional.special.links import log_probabilities
from ...functional.special.log_sums import logaddexp
from ...functional.trees.sums import sum_in_order
from ._subspaces import are_trees, whole_tree


class Bagging(Module):
    """What bagged classifiers and regressors share.

    Attributes
    ----------
    estimators_ : FittedForest or ModuleList
        The estimators in their order: one flat forest where all of them are decision trees.
    features : Tensor of shape (n_estimators, n_features_seen)
        The features that each estimator sees.

    Notes
    -----
    Sums run over the estimators in their order; with ``n_jobs`` above 1 scikit-learn rounds them in another.
    """

    # Known when TorchScript compiles, which then leaves the other branches out.
    __constants__: tuple[str, ...] = ("has_children",)

    features: Tensor

    def __init__(self, estimator: Any, children: dict[str, nn.Module]) -> None:
        super().__init__(estimator)
        self.has_children = len(children) > 0
        self.n_estimators = len(estimator.estimators_)
        features = np.array(estimator.estimators_features_, dtype=np.int64)
        if self.n_estimators != estimator.n_estimators or not self.n_estimators:
            raise CorruptEstimatorError(
                f"{self.estimator_name} has {self.n_estimators} estimators, and says {estimator.n_estimators}"
            )
        if features.ndim != 2 or len(features) != self.n_estimators or not _inside(features, self.n_features_in_):
            raise CorruptEstimatorError(
                f"{self.estimator_name}: estimators_features_ must give some of {self.n_features_in_} features for "
                "each estimator"
            )
        self.estimators_: Any
        if self.has_children:
            self.estimators_ = nn.ModuleList(children.values())
            self.add_buffer("features", features)
            return
        trees = [
            whole_tree(tree, self._tree_value(estimator, tree), seen)
            for tree, seen in zip(estimator.estimators_, features, strict=True)
        ]
        self.estimators_ = FittedForest(trees, self.n_features_in_, with_paths=False)
        self.tile_rows = self.estimators_.tile_rows

    @staticmethod
    def children_of(estimator: Any) -> dict[str, Any]:
        """The estimators, unless all are decision trees."""
        if are_trees(estimator.estimators_):
            return {}
        return {f"estimators_.{k}": child for k, child in enumerate(estimator.estimators_)}

    def reads(self) -> list[Column]:
        """All that the estimators read in the columns that they see."""
        if not self.has_children:
            return super().reads()
        columns: list[Column | None] = [None] * self.n_features_in_
        for child, seen in zip(self.estimators_, self.features.tolist(), strict=True):
            for place, column in zip(seen, child.reads(), strict=False):
                before = columns[place]
                columns[place] = column if before is None else before.joined(column)
        return [column or Column() for column in columns]

    def settle(self, columns: list[Column]) -> list[Column]:
        """Hand each estimator the columns that it sees."""
        if self.has_children:
            for child, seen in zip(self.estimators_, self.features.tolist(), strict=True):
                child.settle([columns[place] for place in seen])
        return []

    @staticmethod
    def _tree_value(estimator: Any, tree: Any) -> np.ndarray:
        """What the nodes of a tree add, shape (n_nodes, n_outputs, n_classes)."""
        return np.asarray(tree.tree_.value)

    def _tree_sum(self, x: Tensor) -> Tensor:
        """Values of the leaves of all trees added up, shape (n_samples, n_outputs * n_classes)."""
        start = self.estimators_.value.new_zeros((x.shape[0], self.estimators_.n_values))
        return sum_in_order(start, self.estimators_.leaf_values(x))


def _inside(index: np.ndarray, size: int) -> bool:
    return bool(((index >= 0) & (index < size)).all())


@register(SkBaggingRegressor, gaps=(OnnxGap.PRECISION, OnnxGap.GRADIENT))
class BaggingRegressor(Bagging):
    """The mean of predictions, of one or more targets."""

    def __init__(self, estimator: Any, children: dict[str, nn.Module]) -> None:
        super().__init__(estimator, children)
        self.is_single = not self.has_children and self.estimators_.value.shape[1] == 1

    def _predict(self, x: Tensor) -> Tensor:
        if not self.has_children:
            total = self._tree_sum(x)
            if self.is_single:
                total = total.squeeze(1)
        else:
            parts: list[Tensor] = []
            for k, child in enumerate(self.estimators_):
                parts.append(child.predict(take_columns(x, self.features[k])).to(x.dtype))
            total = parts[0]
            for part in parts[1:]:
                total = total + part
        return total / self.n_estimators


@register(SkBaggingClassifier, gaps=(OnnxGap.PRECISION, OnnxGap.GRADIENT, OnnxGap.METHOD))
class BaggingClassifier(Bagging):
    """The class with the largest mean probability, or with most votes where estimators give no probabilities.

    Attributes
    ----------
    places : Tensor of shape (n_estimators, n_classes)
        Column of each class among those of an estimator, counted from 1; 0 for a class that it never saw.
    """

    __constants__ = ("has_children", "asks_logs", "is_complete")

    classes_: Tensor
    codes: Tensor
    places: Tensor
    log_count: Tensor

    def __init__(self, estimator: Any, children: dict[str, nn.Module]) -> None:
        super().__init__(estimator, children)
        self.set_classes(estimator.classes_)
        self.n_classes = len(estimator.classes_)
        self.add_buffer("codes", np.arange(self.n_classes))
        self.add_buffer("log_count", np.log(self.n_estimators))
        # scikit-learn asks the estimator that was never fitted.
        self.asks_logs = hasattr(estimator.estimator_, "predict_log_proba")
        self.is_complete = True
        if self.has_children:
            places = np.zeros((self.n_estimators, self.n_classes), dtype=np.int64)
            for row, child in zip(places, estimator.estimators_, strict=True):
                row[_codes(estimator, child)] = 1 + np.arange(len(_codes(estimator, child)))
            self.is_complete = bool((places > 0).all())
            self.add_buffer("places", places)

    @classmethod
    def failing_methods(cls, estimator: Any) -> dict[str, str]:
        """``decision_function`` where scikit-learn's raises: where an estimator saw fewer classes."""
        widths = {len(_codes(estimator, child)) for child in estimator.estimators_}
        if len(widths) == 1 or not hasattr(estimator, "decision_function"):
            return {}
        return {
            "decision_function": "BaggingClassifier has no decision_function where its estimators saw different "
            "numbers of classes, in scikit-learn neither"
        }

    @staticmethod
    def _tree_value(estimator: Any, tree: Any) -> np.ndarray:
        own, codes = np.asarray(tree.tree_.value), _codes(estimator, tree)
        if own.shape[1:] != (1, len(codes)):
            raise CorruptEstimatorError(f"BaggingClassifier: a tree has {len(codes)} classes, and others in its values")
        value = np.zeros((len(own), 1, len(estimator.classes_)))
        value[:, :, codes] = own
        return value

    def _proba_sum(self, x: Tensor) -> Tensor:
        if not self.has_children:
            return self._tree_sum(x)
        else:
            total = torch.zeros((x.shape[0], self.n_classes), dtype=x.dtype, device=x.device)
            for k, child in enumerate(self.estimators_):
                rows = take_columns(x, self.features[k])
                if hasattr(child, "predict_proba"):
                    total = total + self._placed(child.predict_proba(rows), k, 0.0)
                else:
                    total = total + (child.predict(rows).unsqueeze(1) == self.codes).to(x.dtype)
            return total

    def _placed(self, columns: Tensor, k: int, absent: float) -> Tensor:
        """Columns of estimator ``k`` under the classes that they belong to."""
        if self.is_complete:
            return columns
        first = torch.full((columns.shape[0], 1), absent, dtype=columns.dtype, device=columns.device)
        return torch.cat([first, columns], dim=1).index_select(1, self.places[k])

    def _predict_proba(self, x: Tensor) -> Tensor:
        return self._proba_sum(x) / self.n_estimators

    def _predict(self, x: Tensor) -> Tensor:
        return self.classes_.index_select(0, self._predict_proba(x).argmax(dim=1))

    def _predict_log_proba(self, x: Tensor) -> Tensor:
        if not self.has_children or not self.asks_logs:
            return log_probabilities(self._predict_proba(x))
        else:
            total = torch.full((x.shape[0], self.n_classes), -torch.inf, dtype=x.dtype, device=x.device)
            for k, child in enumerate(self.estimators_):
                logs = child.predict_log_proba(take_columns(x, self.features[k]))
                total = logaddexp(total, self._placed(logs, k, -torch.inf))
            return total - self.log_count

    def _decision_function(self, x: Tensor) -> Tensor:
        parts: list[Tensor] = []
        for k, child in enumerate(self.estimators_):
            parts.append(child.decision_function(take_columns(x, self.features[k])))
        total = parts[0]
        for part in parts[1:]:
            total = total + part
        return total / self.n_estimators


def _codes(estimator: Any, child: Any) -> np.ndarray:
    """The classes that an estimator saw: scikit-learn fits it on their places in ``classes_``.

    Raises
    ------
    CorruptEstimatorError
        They are no such places.
    """
    codes = np.asarray(getattr(child, "classes_", np.arange(len(estimator.classes_))))
    if codes.ndim != 1 or codes.dtype.kind not in "iu" or not _inside(codes, len(estimator.classes_)):
        raise CorruptEstimatorError(f"{type(estimator).__name__}: {type(child).__name__} in it has classes of its own")
    return codes
