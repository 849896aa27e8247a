"""Stacking: the outputs of several estimators are the features of a last one."""

from typing import Any

import numpy as np
import torch
from sklearn.ensemble import StackingClassifier as SkStackingClassifier
from sklearn.ensemble import StackingRegressor as SkStackingRegressor
from torch import Tensor, nn

from ...core.composite import SideBySide, numbered
from ...core.facts import facts_of
from ...core.registry import OnnxGap, register
from ...errors import CorruptEstimatorError

_PREFERENCE = ("predict_proba", "decision_function", "predict")


class Stacking(SideBySide):
    """What both kinds share: the outputs of the estimators side by side, and the rows behind if those pass through.

    Notes
    -----
    The estimators stand at ``estimators_.<k>``, without those that were dropped, the last one at ``final_estimator_``.
    """

    # Known when TorchScript compiles, which then leaves out the methods that a child does not have.
    __constants__ = ("is_multilabel", "tries_decisions", "tries_probabilities")

    def __init__(self, estimator: Any, children: dict[str, nn.Module]) -> None:
        super().__init__(estimator)
        self.estimators_ = numbered(children[f"estimators_.{k}"] for k in range(len(estimator.estimators_)))
        final: Any = children["final_estimator_"]
        self.final_estimator_ = final
        self.n_features_in_ = self.estimators_[0].n_features_in_
        self.tries_probabilities, self.tries_decisions = _tries(estimator)
        classes = getattr(estimator, "classes_", None)
        self.is_multilabel = isinstance(classes, list)
        # Of two classes one probability says all. A list of two outputs has that length too: scikit-learn's own rule.
        self.drops_first = classes is not None and len(classes) == 2
        self.passthrough = bool(estimator.passthrough)

    @classmethod
    def random_methods(cls, estimator: Any) -> tuple[str, ...]:
        """All, where what the last estimator learned from is drawn."""
        asked = zip(estimator.estimators_, estimator.stack_method_, strict=False)
        draws = any(name in facts_of(part).random_methods for part, name in asked)
        return cls.methods_of(estimator) if draws else ()

    @staticmethod
    def children_of(estimator: Any) -> dict[str, Any]:
        """The estimators that were not dropped, and the last one."""
        children = {f"estimators_.{k}": child for k, child in enumerate(estimator.estimators_)}
        return {**children, "final_estimator_": estimator.final_estimator_}

    def _transform(self, x: Tensor) -> Tensor:
        parts: list[Tensor] = []
        for child in self.estimators_:
            if self.tries_probabilities and hasattr(child, "predict_proba"):
                probabilities = child.predict_proba(x)
                if isinstance(probabilities, Tensor):
                    parts.append(probabilities[:, 1:] if self.drops_first else probabilities)
                else:
                    for part in probabilities:
                        parts.append(part[:, 1:])
            elif self.tries_decisions and hasattr(child, "decision_function"):
                parts.append(self._as_columns(child.decision_function(x)))
            else:
                parts.append(self._as_columns(child.predict(x)))
        if self.passthrough:
            parts.append(x)
        return torch.cat(parts, dim=1)

    def _as_columns(self, values: Tensor) -> Tensor:
        """Values of any dtype as columns of the module's: one column of a vector."""
        if values.dim() == 1:
            values = values.unsqueeze(1)
        return values.to(self.anchor.dtype)


def _tries(estimator: Any) -> tuple[bool, bool]:
    """Whether probabilities, and whether decision values, are asked of the estimators that have them.

    ``stack_method`` is one for all estimators, and "auto" means the first of three that an estimator has.
    """
    used = list(estimator.stack_method_)
    if len(used) != len(estimator.estimators_) or not used:
        raise CorruptEstimatorError(f"{type(estimator).__name__}: stack_method_ must name a method for each estimator")
    for methods in (_PREFERENCE, _PREFERENCE[:1], _PREFERENCE[1:2], _PREFERENCE[2:]):
        if used == [next((name for name in methods if hasattr(child, name)), "") for child in estimator.estimators_]:
            return "predict_proba" in methods, "decision_function" in methods
    raise CorruptEstimatorError(f"{type(estimator).__name__}: no value of stack_method leads to stack_method_ {used}")


@register(SkStackingRegressor, gaps=OnnxGap.PRECISION)
class StackingRegressor(Stacking):
    """The last estimator's prediction."""

    def _predict(self, x: Tensor) -> Tensor:
        prediction: Tensor = self.final_estimator_.predict(self._transform(x))
        return prediction


@register(SkStackingClassifier, gaps=(OnnxGap.PRECISION, OnnxGap.METHOD))
class StackingClassifier(Stacking):
    """The last estimator's class, probabilities and decision values.

    Notes
    -----
    Of several labels ``predict_proba`` gives the probability that a label is *off*, shape (n_samples, n_labels), as
    scikit-learn does.
    """

    classes_: Tensor
    labels: Tensor

    def __init__(self, estimator: Any, children: dict[str, nn.Module]) -> None:
        super().__init__(estimator, children)
        self.adopt_classes(estimator)
        if self.is_multilabel:
            width = max(len(values) for values in estimator.classes_)
            table = np.zeros((len(estimator.classes_), width), dtype=estimator.classes_[0].dtype)
            for row, values in zip(table, estimator.classes_, strict=True):
                row[: len(values)] = values
            self.add_buffer("labels", table)

    @classmethod
    def failing_methods(cls, estimator: Any) -> dict[str, str]:
        """``predict_proba`` where scikit-learn's raises: of several labels it needs a list of probabilities."""
        is_list = "predict_proba" in facts_of(estimator.final_estimator_).multi_output_methods
        if not isinstance(estimator.classes_, list) or is_list or not hasattr(estimator, "predict_proba"):
            return {}
        return {
            "predict_proba": "StackingClassifier has no predict_proba of several labels unless its final estimator "
            "returns one array of probabilities per label, in scikit-learn neither"
        }

    def _predict(self, x: Tensor) -> Tensor:
        codes: Tensor = self.final_estimator_.predict(self._transform(x)).long()
        if self.is_multilabel:
            return self.labels.gather(1, codes.t()).t()
        else:
            return self.classes_.index_select(0, codes)

    def _predict_proba(self, x: Tensor) -> Tensor:
        if self.is_multilabel:
            parts: list[Tensor] = []
            for part in self.final_estimator_.predict_proba(self._transform(x)):
                parts.append(part[:, 0])
            return torch.stack(parts, dim=1)
        else:
            probabilities: Tensor = self.final_estimator_.predict_proba(self._transform(x))
            return probabilities

    def _decision_function(self, x: Tensor) -> Tensor:
        decisions: Tensor = self.final_estimator_.decision_function(self._transform(x))
        return decisions
