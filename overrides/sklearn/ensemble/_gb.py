"""Gradient boosting."""

import copy
from typing import Any

import numpy as np
import torch
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import GradientBoostingClassifier as SkGradientBoostingClassifier
from sklearn.ensemble import GradientBoostingRegressor as SkGradientBoostingRegressor
from torch import Tensor, nn

from ...core.facts import float64_parts
from ...core.installed import sklearn_at_least
from ...core.module import Module
from ...core.registry import OnnxGap, register
from ...encoding.columns import Column, join
from ...errors import CorruptEstimatorError
from ...forests.fitted import FittedForest
from ...functional.graph import in_graph
from ...functional.special.arithmetic import to_float32
from ...functional.special.links import binary_probabilities, expit, log_probabilities, softmax
from ...functional.trees.operators import wants_operators
from ...functional.trees.sums import add_in_order, stages_in_order, sum_in_order
from ._float32_init import (
    LEAST_ROUNDING,
    InFloat64,
    dtype_of_init,
    float32_rounding,
    is_continuous,
    scalers_in_float32,
)

_CONSTANT_STRATEGIES = ("prior", "most_frequent", "constant", "uniform")


class GradientBoosting(Module):
    """What boosted classifiers and regressors share: the first raw prediction, and the trees added to it in order.

    Attributes
    ----------
    estimators_ : FittedForest
        All trees, stage after stage.
    init_ : Module
        What gives the first raw prediction, if it depends on the rows.
    init_raw : Parameter of shape (n_trees_per_iteration,)
        The first raw prediction, if it does not.
    """

    # Known when TorchScript compiles, which then leaves the other branches out.
    __constants__ = ("has_init", "rounds_init", "uses_probabilities", "link")

    learning_rate: Tensor
    least: Tensor
    greatest: Tensor
    init_raw: Tensor

    def __init__(self, estimator: Any, children: dict[str, nn.Module]) -> None:
        super().__init__(estimator)
        n_stages, n_per_stage = estimator.estimators_.shape
        trees = [tree.tree_ for tree in estimator.estimators_.ravel()]
        if any(tree.value.shape[1:] != (1, 1) for tree in trees) or not n_stages:
            raise CorruptEstimatorError(f"{self.estimator_name} needs trees with one output, and one of them at least")
        self.n_stages = int(n_stages)
        self.n_per_stage = int(n_per_stage)
        self.estimators_ = FittedForest(trees, self.n_features_in_, with_paths=False)
        self.add_buffer("learning_rate", np.float64(estimator.learning_rate))
        self.tile_rows = self.estimators_.tile_rows
        self.link = "identity"
        self.uses_probabilities = False
        self.has_init = "init_" in children
        self.rounds_init = self.has_init and dtype_of_init(estimator) == np.float32
        if self.has_init:
            self.init_: Any = children["init_"]
            scalers = _scalers(estimator) or []
            steps: Any = self.init_.steps if scalers else []
            for place in scalers:
                steps[place].repeat_float32()
        else:
            # One row answers for all; scikit-learn's own arithmetic, link and clipping included.
            raw = estimator._raw_predict_init(np.zeros((1, self.n_features_in_), dtype=np.float32))[0]
            if raw.shape != (self.n_per_stage,):
                raise CorruptEstimatorError(
                    f"{self.estimator_name} has {self.n_per_stage} trees per stage and starts from {len(raw)} values"
                )
            self.add_parameter("init_raw", raw)

    @staticmethod
    def children_of(estimator: Any) -> dict[str, Any]:
        """The ``init`` estimator, unless it gives every row the same."""
        return {} if _is_constant(estimator.init_) else {"init_": estimator.init_}

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """An ``init`` estimator in which a rounding of float32 decides, between two leaves of a tree for one."""
        if not _rounds(estimator) or _scalers(estimator) is not None or is_continuous(estimator.init_):
            return None
        return (
            f"init={type(estimator.init_).__name__} of {type(estimator).__name__} computes in float32, for gradient "
            f"boosting hands it float32 rows, and rounds by {float32_rounding(estimator):.0e} before a step that is "
            "not continuous: the last digit, which no other library repeats, decides there (scalers are repeated; "
            "linear models, naive Bayes, networks and partial least squares are continuous)"
        )

    @staticmethod
    def precision_note(estimator: Any) -> str:
        """An ``init`` estimator that scikit-learn computes in float32, by more than its scalers."""
        if not _rounds(estimator) or _scalers(estimator) is not None:
            return ""
        return (
            f"scikit-learn computes init={type(estimator.init_).__name__} in float32, and its last digits change with "
            "the rows beside a row; the module computes it in float64 and rounds once: results agree to float32's "
            "rounding"
        )

    @staticmethod
    def float64_parts(estimator: Any) -> dict[int, Any]:
        """The ``init`` estimator, where it has a limit; trees need no copy."""
        if not GradientBoosting.precision_note(estimator):
            return {}
        init = copy.deepcopy(estimator.init_, float64_parts(estimator.init_))
        init = InFloat64(init, dtype_of_init(estimator))
        return {id(estimator.init_): init, id(estimator.estimators_): estimator.estimators_}

    def reads(self) -> list[Column]:
        """Numbers, as the trees read them, and what ``init_`` reads in them."""
        return join(super().reads(), self.init_.reads()) if self.has_init else super().reads()

    def settle(self, columns: list[Column]) -> list[Column]:
        """Hand the columns down to ``init_``."""
        if self.has_init:
            self.init_.settle(columns)
        return []

    def _init_raw(self, x: Tensor) -> Tensor:
        """The first raw prediction, shape (n_samples, n_trees_per_iteration); ``init_`` gets rows cast to float32."""
        if not self.has_init:
            return self.init_raw.expand(x.shape[0], self.n_per_stage)
        else:
            rows = to_float32(x)
            if not self.uses_probabilities:
                return self._as_returned(self.init_.predict(rows)).to(x.dtype).reshape(-1, 1)
            else:
                return self._linked(self._as_returned(self.init_.predict_proba(rows)))

    def _as_returned(self, results: Tensor) -> Tensor:
        """Results of ``init_`` in the precision of scikit-learn's: a probability near 1 is 1 in float32."""
        return to_float32(results) if self.rounds_init else results

    def _linked(self, proba: Tensor) -> Tensor:
        """Raw prediction of clipped probabilities; follows ``_init_raw_predictions`` and sklearn/_loss/link.py."""
        proba = torch.minimum(torch.maximum(proba, self.least), self.greatest)
        if self.link == "multinomial_logit":
            logs = torch.log(proba)
            return logs - logs.mean(dim=1, keepdim=True)
        second = proba[:, 1:2]
        logit = torch.log(second / (1.0 - second))
        return 0.5 * logit if self.link == "half_logit" else logit

    def _raw(self, x: Tensor) -> Tensor:
        """Raw predictions, shape (n_samples, n_trees_per_iteration), summed in scikit-learn's order."""
        if not torch.jit.is_scripting():
            if wants_operators() and not self.uses_probabilities:
                return self._init_raw(x) + self.learning_rate * self.estimators_.sum(x)
        if in_graph():
            return sum_in_order(self._init_raw(x), self._steps(x))
        return add_in_order(self._init_raw(x), self._steps(x))

    def _steps(self, x: Tensor) -> Tensor:
        """What each stage adds, shape (n_samples, n_stages, n_trees_per_iteration)."""
        steps = self.learning_rate * self.estimators_.leaf_values(x)
        return steps.reshape(-1, self.n_stages, self.n_per_stage)

    def _staged_raw(self, x: Tensor) -> Tensor:
        """Raw predictions after each stage, shape (n_samples, n_stages, n_trees_per_iteration)."""
        return stages_in_order(self._init_raw(x), self._steps(x))


def _is_constant(init: Any) -> bool:
    """Whether an ``init`` estimator gives every row the same."""
    if isinstance(init, str) or type(init) is DummyRegressor:
        return True
    return type(init) is DummyClassifier and init.strategy in _CONSTANT_STRATEGIES


def _rounds(boosting: Any) -> bool:
    """Whether an ``init`` estimator that depends on the rows computes in float32."""
    return not _is_constant(boosting.init_) and float32_rounding(boosting) > LEAST_ROUNDING


def _scalers(boosting: Any) -> list[int] | None:
    """Steps of ``init_`` that are to repeat float32 arithmetic, if that is all that rounds."""
    return scalers_in_float32(boosting) if _rounds(boosting) else None


@register(SkGradientBoostingClassifier, gaps=(OnnxGap.PRECISION, OnnxGap.GRADIENT, OnnxGap.METHOD))
class GradientBoostingClassifier(GradientBoosting):
    """Boosted trees for two or more classes, with the logistic or the exponential loss.

    ``predict`` gives codes for words. ``apply`` gives int64 of shape (n_samples, n_stages, n_trees_per_iteration).
    ``staged_predict`` gives (n_samples, n_stages), ``staged_predict_proba`` (n_samples, n_stages, n_classes),
    ``staged_decision_function`` (n_samples, n_stages, n_trees_per_iteration): scikit-learn's stages behind the rows,
    which come first so that batches can be cut and joined.

    Notes
    -----
    Trees are constant between thresholds: there is a gradient in their values and, through ``init_``, in the rows.
    After ``torch.jit.load``, ``apply`` is ``nn.Module.apply``: :func:`bridge.load` serves scikit-learn's.

    An ``init`` estimator gets the rows cast to float32, as in scikit-learn, and most then compute in float32. Scalers
    of a pipeline are repeated to the last bit. Of others (LinearRegression, Ridge, LogisticRegression, GaussianNB, ...)
    the last digits depend on the processor and on the rows beside a row: the module computes them in float64 on the
    same rows and rounds once. Probabilities then agree with scikit-learn's to some 1e-7, more where the terms of a
    score are many or large; ``decision_function`` to that times the slope of the logit, which is steep near 0 and 1;
    ``predict`` but for ties within that.
    The plan says so, and the comparison allows a row no more than scikit-learn in float32 differs there from itself in
    float64. An ``init`` with a step that is not continuous behind one that rounds is refused.
    """

    classes_: Tensor

    def __init__(self, estimator: Any, children: dict[str, nn.Module]) -> None:
        super().__init__(estimator, children)
        self.set_classes(estimator.classes_)
        if self.n_per_stage != (1 if len(estimator.classes_) == 2 else len(estimator.classes_)):
            raise CorruptEstimatorError(
                f"{self.estimator_name} has {len(estimator.classes_)} classes and {self.n_per_stage} trees per stage"
            )
        self.uses_probabilities = True
        self.link = "half_logit" if estimator.loss == "exponential" else "logit"
        if self.n_per_stage > 1:
            self.link = "multinomial_logit"
        eps = np.finfo(np.float64 if sklearn_at_least("1.8") else np.float32).eps
        self.add_buffer("least", eps)
        self.add_buffer("greatest", 1.0 - eps)

    def _decision_function(self, x: Tensor) -> Tensor:
        raw = self._raw(x)
        return raw.squeeze(1) if self.n_per_stage == 1 else raw

    def _predict(self, x: Tensor) -> Tensor:
        return self.classes_.index_select(0, self._index(self._raw(x)))

    def _predict_proba(self, x: Tensor) -> Tensor:
        return self._probabilities(self._raw(x))

    def _index(self, raw: Tensor) -> Tensor:
        return (raw >= 0.0).to(torch.int64).squeeze(1) if self.n_per_stage == 1 else raw.argmax(dim=1)

    def _probabilities(self, raw: Tensor) -> Tensor:
        if self.link == "multinomial_logit":
            return softmax(raw)
        if self.link == "half_logit":
            raw = 2.0 * raw
        return binary_probabilities(expit(raw.squeeze(1)))

    def _predict_log_proba(self, x: Tensor) -> Tensor:
        return log_probabilities(self._predict_proba(x))

    def _staged_decision_function(self, x: Tensor) -> Tensor:
        return self._staged_raw(x)

    def _staged_predict(self, x: Tensor) -> Tensor:
        index = self._index(self._staged_raw(x).reshape(-1, self.n_per_stage))
        return self.classes_.index_select(0, index).reshape(-1, self.n_stages)

    def _staged_predict_proba(self, x: Tensor) -> Tensor:
        proba = self._probabilities(self._staged_raw(x).reshape(-1, self.n_per_stage))
        return proba.reshape(-1, self.n_stages, proba.shape[1])

    def _apply_rows(self, x: Tensor) -> Tensor:
        return self.estimators_.leaf_numbers(x).reshape(-1, self.n_stages, self.n_per_stage)


@register(SkGradientBoostingRegressor, gaps=(OnnxGap.PRECISION, OnnxGap.GRADIENT, OnnxGap.METHOD))
class GradientBoostingRegressor(GradientBoosting):
    """Boosted trees for one target, with any loss: it decides how they were grown, not how they are added.

    ``apply`` gives int64 of shape (n_samples, n_stages), ``staged_predict`` the predictions after each stage, of the
    same shape: rows come first, so that batches can be cut and joined.

    Notes
    -----
    Trees are constant between thresholds: there is a gradient in their values and, through ``init_``, in the rows.
    After ``torch.jit.load``, ``apply`` is ``nn.Module.apply``: :func:`bridge.load` serves scikit-learn's.

    An ``init`` estimator gets the rows cast to float32, as in scikit-learn, and most then compute in float32. Scalers
    of a pipeline are repeated to the last bit. Of others (LinearRegression, Ridge, LogisticRegression, GaussianNB, ...)
    the last digits depend on the processor and on the rows beside a row: the module computes them in float64 on the
    same rows and rounds once. Predictions then agree with scikit-learn's to a few 1e-7 of the sizes of the terms added.
    The plan says so, and the comparison allows a row no more than scikit-learn in float32 differs there from itself in
    float64. An ``init`` with a step that is not continuous behind one that rounds is refused.
    """

    def _predict(self, x: Tensor) -> Tensor:
        return self._raw(x).squeeze(1)

    def _apply_rows(self, x: Tensor) -> Tensor:
        return self.estimators_.leaf_numbers(x)

    def _staged_predict(self, x: Tensor) -> Tensor:
        return self._staged_raw(x).squeeze(2)
