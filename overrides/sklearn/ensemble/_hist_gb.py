"""Histogram gradient boosting."""

from typing import Any

import numpy as np
import torch
from sklearn.ensemble import HistGradientBoostingClassifier as SkHistGradientBoostingClassifier
from sklearn.ensemble import HistGradientBoostingRegressor as SkHistGradientBoostingRegressor
from sklearn.utils._missing import is_scalar_nan
from torch import Tensor

from ...core.module import Module
from ...core.registry import OnnxGap, register
from ...encoding.columns import WORD, Column
from ...errors import CorruptEstimatorError
from ...forests.histogram import HistogramForest
from ...functional.graph import in_graph
from ...functional.special.links import binary_probabilities, expit, softmax
from ...functional.trees.operators import wants_operators
from ...functional.trees.sums import add_in_order, stages_in_order, sum_in_order
from ..preprocessing._categories import column_of, objection_to

_LINKS = {"IdentityLink": "identity", "LogLink": "log", "LogitLink": "logit", "MultinomialLogit": "multinomial_logit"}


class HistGradientBoosting(Module):
    """What both kinds share: a constant first raw prediction, and the trees added to it in order.

    Attributes
    ----------
    _predictors : HistogramForest
        All trees, stage after stage.
    _baseline_prediction : Parameter of shape (n_trees_per_iteration,)
    """

    _baseline_prediction: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        stages = estimator._predictors
        self.n_stages = len(stages)
        self.n_per_stage = int(estimator.n_trees_per_iteration_)
        baseline = np.asarray(estimator._baseline_prediction).reshape(-1)
        if any(len(stage) != self.n_per_stage for stage in stages) or len(baseline) != self.n_per_stage:
            raise CorruptEstimatorError(
                f"{self.estimator_name} says {self.n_per_stage} trees per stage, and has others: fit it again"
            )
        self.mask, self.categories = _categories(estimator)
        features = np.concatenate([np.flatnonzero(self.mask), np.flatnonzero(~self.mask)])
        known = np.zeros((0, 8), dtype=np.uint32)
        if self.categories:
            known = estimator._bin_mapper.make_known_categories_bitsets()[0]
            if known.shape != (len(self.categories), 8):
                raise CorruptEstimatorError(f"{self.estimator_name} knows categories of {len(known)} features")
        trees = [predictor for stage in stages for predictor in stage]
        self._predictors = HistogramForest(trees, features, [len(part) for part in self.categories], known)
        self.add_parameter("_baseline_prediction", baseline)
        self.tile_rows = self._predictors.tile_rows
        self.has_classes = hasattr(estimator, "classes_")
        self.link = _LINKS[type(estimator._loss.link).__name__]
        self.settle(self.reads())

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """Categories that no tensor holds, and losses that are not scikit-learn's."""
        name = type(estimator).__name__
        link = type(estimator._loss.link).__name__
        if link not in _LINKS:
            return f"the loss of {name} has the link {link}: it is none of scikit-learn's losses"
        return objection_to(_categories(estimator)[1], name)

    def reads(self) -> list[Column]:
        """The categories of categorical columns, numbers in the others."""
        categories = iter(self.categories)
        return [column_of(next(categories), strict=False) if is_set else Column() for is_set in self.mask]

    def settle(self, columns: list[Column]) -> list[Column]:
        """Look categories up by what stands for them: numbers, or codes of words."""
        columns = [column for column, is_set in zip(columns, self.mask, strict=True) if is_set]
        self._predictors.settle([_numbers(part, column) for part, column in zip(self.categories, columns, strict=True)])
        return []

    def _raw(self, x: Tensor) -> Tensor:
        """Raw predictions, shape (n_samples, n_trees_per_iteration), summed in scikit-learn's order."""
        if not torch.jit.is_scripting():
            if wants_operators() and not self.has_classes:
                return self._baseline_prediction + self._predictors.sum(x)
        start = self._baseline_prediction.expand(x.shape[0], self.n_per_stage)
        return sum_in_order(start, self._steps(x)) if in_graph() else add_in_order(start, self._steps(x))

    def _steps(self, x: Tensor) -> Tensor:
        """What each stage adds, shape (n_samples, n_stages, n_trees_per_iteration)."""
        return self._predictors.leaf_values(x).reshape(-1, self.n_stages, self.n_per_stage)

    def _staged_raw(self, x: Tensor) -> Tensor:
        """Raw predictions after each stage, shape (n_samples, n_stages, n_trees_per_iteration)."""
        return stages_in_order(self._baseline_prediction.expand(x.shape[0], self.n_per_stage), self._steps(x))


def _categories(estimator: Any) -> tuple[np.ndarray, list[np.ndarray]]:
    """Which features are categorical, and the categories of each of these, in the order of their codes."""
    n_features = int(estimator.n_features_in_)
    if estimator.is_categorical_ is None:
        return np.zeros(n_features, dtype=bool), []
    mask = np.asarray(estimator.is_categorical_, dtype=bool)
    fitted = estimator._preprocessor.named_transformers_["encoder"].categories_
    if mask.shape != (n_features,) or mask.sum() != len(fitted):
        raise CorruptEstimatorError(f"{type(estimator).__name__} has categories of {len(fitted)} features")
    # NaN comes last, and counts as missing.
    categories = [values[: len(values) - _ends_in_nan(values)] for values in fitted]
    if any(len(values) > 255 for values in categories):
        raise CorruptEstimatorError(f"{type(estimator).__name__} has more than 255 categories of a feature")
    return mask, categories


def _ends_in_nan(values: np.ndarray) -> bool:
    return len(values) > 0 and is_scalar_nan(values[-1])


def _numbers(categories: np.ndarray, column: Column) -> np.ndarray:
    """What stands for each category in a column: itself, or its code."""
    if column.kind == WORD:
        return np.array([column.codes[word] for word in categories.tolist()], dtype=np.float64)
    return np.array(column_of(categories, strict=False).values, dtype=np.float64)


@register(SkHistGradientBoostingClassifier, gaps=(OnnxGap.PRECISION, OnnxGap.CONVERTER))
class HistGradientBoostingClassifier(HistGradientBoosting):
    """Boosted trees for two or more classes; ``predict`` gives codes for words.

    ``staged_predict`` gives (n_samples, n_stages), ``staged_predict_proba`` (n_samples, n_stages, n_classes), and
    ``staged_decision_function`` the same, without the last dimension where there are two classes: scikit-learn's stages
    behind the rows, which come first so that batches can be cut and joined.

    Notes
    -----
    Categories enter as the numbers that the model was fitted on, or as the codes of words; anything else counts as
    missing. There is a gradient in the values of the leaves, none in the rows.
    """

    classes_: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.set_classes(estimator.classes_)
        if self.n_per_stage != (1 if len(estimator.classes_) <= 2 else len(estimator.classes_)):
            raise CorruptEstimatorError(
                f"{self.estimator_name} has {len(estimator.classes_)} classes and {self.n_per_stage} trees per stage"
            )

    def _decision_function(self, x: Tensor) -> Tensor:
        raw = self._raw(x)
        return raw.squeeze(1) if self.n_per_stage == 1 else raw

    def _predict(self, x: Tensor) -> Tensor:
        return self.classes_.index_select(0, self._index(self._raw(x)))

    def _predict_proba(self, x: Tensor) -> Tensor:
        return self._probabilities(self._raw(x))

    def _index(self, raw: Tensor) -> Tensor:
        return (raw > 0.0).to(torch.int64).squeeze(1) if self.n_per_stage == 1 else raw.argmax(dim=1)

    def _probabilities(self, raw: Tensor) -> Tensor:
        return binary_probabilities(expit(raw.squeeze(1))) if self.n_per_stage == 1 else softmax(raw)

    def _staged_decision_function(self, x: Tensor) -> Tensor:
        raw = self._staged_raw(x)
        return raw.squeeze(2) if self.n_per_stage == 1 else raw

    def _staged_predict(self, x: Tensor) -> Tensor:
        index = self._index(self._staged_raw(x).reshape(-1, self.n_per_stage))
        return self.classes_.index_select(0, index).reshape(-1, self.n_stages)

    def _staged_predict_proba(self, x: Tensor) -> Tensor:
        proba = self._probabilities(self._staged_raw(x).reshape(-1, self.n_per_stage))
        return proba.reshape(-1, self.n_stages, proba.shape[1])


@register(SkHistGradientBoostingRegressor, gaps=(OnnxGap.PRECISION, OnnxGap.CONVERTER))
class HistGradientBoostingRegressor(HistGradientBoosting):
    """Boosted trees for one target, with any loss; the exponential of their sum for Poisson and gamma.

    ``staged_predict`` gives the predictions after each stage, shape (n_samples, n_stages): rows come first, so that
    batches can be cut and joined.

    Notes
    -----
    Categories enter as the numbers that the model was fitted on, or as the codes of words; anything else counts as
    missing. There is a gradient in the values of the leaves, none in the rows.
    """

    def _predict(self, x: Tensor) -> Tensor:
        raw = self._raw(x).squeeze(1)
        return raw.exp() if self.link == "log" else raw

    def _staged_predict(self, x: Tensor) -> Tensor:
        raw = self._staged_raw(x).squeeze(2)
        return raw.exp() if self.link == "log" else raw
