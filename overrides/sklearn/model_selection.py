"""``sklearn.model_selection``: the searches, which are the best estimator that they found, and moved thresholds."""

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    RandomizedSearchCV,
    TunedThresholdClassifierCV,
)
from sklearn.model_selection._search_successive_halving import HalvingGridSearchCV, HalvingRandomSearchCV
from torch import Tensor, nn

from ..core.delegate import Delegate, delegating
from ..core.registry import OnnxGap, register


# Halving* are public after `from sklearn.experimental import enable_halving_search_cv`; the classes are the same.
@register(GridSearchCV, HalvingGridSearchCV, HalvingRandomSearchCV, RandomizedSearchCV, gaps=OnnxGap.METHOD)
class Search(delegating("best_estimator_"), Delegate):  # type: ignore[misc]
    """Every method is that of ``best_estimator_``, refitted on all data."""

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """A search without the best estimator."""
        if not hasattr(estimator, "best_estimator_"):
            name = type(estimator).__name__
            return f"{name} with refit=False has no best_estimator_: fit with refit=True, or an estimator of its own"
        return None


class _Threshold(delegating("estimator_"), Delegate):  # type: ignore[misc]
    """The class of a binary classifier by a threshold of its own; every other method is that of ``estimator_``.

    Notes
    -----
    Follows ``_threshold_scores_to_class_labels`` (sklearn/metrics/_scorer.py) and ``_get_response_values``
    (sklearn/utils/_response.py).
    """

    # Known when TorchScript compiles, which then leaves out the method that the classifier may not have.
    __constants__ = ("asks_probabilities",)

    classes_: Tensor
    sides: Tensor
    if TYPE_CHECKING:  # TorchScript would read it
        estimator_: Any

    def __init__(self, estimator: Any, children: dict[str, nn.Module]) -> None:
        super().__init__(estimator, children)
        self.asks_probabilities = _asks_probabilities(estimator)
        classes = np.asarray(estimator.classes_)
        positive = _positive_label(estimator)
        self.column = 1 if positive is None else int(np.flatnonzero(classes == positive)[0])
        self.add_buffer("sides", np.array([1 - self.column, self.column]))

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """Another number of classes than two."""
        if len(estimator.classes_) != 2:
            return f"{type(estimator).__name__} has {len(estimator.classes_)} classes: scikit-learn needs two"
        return None

    def threshold_value(self) -> Tensor:
        """What the scores must reach."""
        raise NotImplementedError

    def _predict(self, x: Tensor) -> Tensor:
        if self.asks_probabilities:
            scores = self.estimator_.predict_proba(x)[:, self.column]
        else:
            scores = self.estimator_.decision_function(x)
            if self.column == 0:
                scores = -scores
        side = (scores >= self.threshold_value()).int()
        return self.classes_.index_select(0, self.sides.index_select(0, side))


@register(FixedThresholdClassifier, gaps=OnnxGap.CONVERTER)
class FixedThreshold(_Threshold):
    """A threshold that was given; "auto" is 0.5 for probabilities and 0 for decision values."""

    threshold: Tensor

    def __init__(self, estimator: Any, children: dict[str, nn.Module]) -> None:
        super().__init__(estimator, children)
        auto = 0.5 if self.asks_probabilities else 0.0
        self.add_buffer("threshold", np.float64(auto if estimator.threshold == "auto" else estimator.threshold))

    def threshold_value(self) -> Tensor:
        """``threshold``."""
        return self.threshold


@register(TunedThresholdClassifierCV, gaps=OnnxGap.CONVERTER)
class TunedThreshold(_Threshold):
    """The threshold that cross-validation found."""

    best_threshold_: Tensor

    def __init__(self, estimator: Any, children: dict[str, nn.Module]) -> None:
        super().__init__(estimator, children)
        self.add_parameter("best_threshold_", estimator.best_threshold_)

    def threshold_value(self) -> Tensor:
        """``best_threshold_``."""
        return self.best_threshold_


def _asks_probabilities(estimator: Any) -> bool:
    if estimator.response_method != "auto":
        return bool(estimator.response_method == "predict_proba")
    return hasattr(estimator.estimator_, "predict_proba")


def _positive_label(estimator: Any) -> Any:
    """The label that a score above the threshold stands for; None for the second."""
    scorer = getattr(estimator, "_curve_scorer", None)
    return estimator.pos_label if scorer is None else scorer._get_pos_label()
