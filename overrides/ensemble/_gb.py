"""Gradient boosting."""

from typing import Any

import numpy as np
import torch
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import GradientBoostingClassifier as SkGradientBoostingClassifier
from sklearn.ensemble import GradientBoostingRegressor as SkGradientBoostingRegressor
from sklearn.pipeline import Pipeline
from torch import Tensor, nn

from ..base import Module
from ..encoding.columns import Column, join
from ..errors import CorruptEstimatorError
from ..functional.links import binary_probabilities, expit, log_probabilities, softmax
from ..functional.tree_descent import in_graph
from ..functional.tree_operators import wants_operators
from ..functional.trees import add_in_order, stages_in_order, sum_in_order
from ..registry import Loss, register
from ..tree import Trees

_CONSTANT_STRATEGIES = ("prior", "most_frequent", "constant", "uniform")


class GradientBoosting(Module):
    """What boosted classifiers and regressors share: the first raw prediction, and the trees added to it in order.

    Attributes
    ----------
    estimators_ : Trees
        All trees, stage after stage.
    init_ : Module
        What gives the first raw prediction, if it depends on the rows.
    init_raw : Parameter of shape (n_trees_per_iteration,)
        The first raw prediction, if it does not.
    """

    forks_tiles = True

    # Known when TorchScript compiles, which then leaves the other branches out.
    __constants__ = ("has_init", "uses_probabilities", "link")

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
        self.estimators_ = Trees(trees, self.n_features_in_, with_paths=False)
        self.fixed("learning_rate", np.float64(estimator.learning_rate))
        self.tile_rows = self.estimators_.tile_rows
        self.link = "identity"
        self.uses_probabilities = False
        self.has_init = "init_" in children
        if self.has_init:
            self.init_: Any = children["init_"]
        else:
            # One row answers for all; scikit-learn's own arithmetic, link and clipping included.
            raw = estimator._raw_predict_init(np.zeros((1, self.n_features_in_), dtype=np.float32))[0]
            if raw.shape != (self.n_per_stage,):
                raise CorruptEstimatorError(
                    f"{self.estimator_name} has {self.n_per_stage} trees per stage and starts from {len(raw)} values"
                )
            self.learned("init_raw", raw)

    @staticmethod
    def children_of(estimator: Any) -> dict[str, Any]:
        """The ``init`` estimator, unless it gives every row the same."""
        return {} if _is_constant(estimator.init_) else {"init_": estimator.init_}

    @staticmethod
    def declines(estimator: Any) -> str | None:
        """An ``init`` estimator whose results scikit-learn computes in float32 cannot be met to 1e-8."""
        if _is_constant(estimator.init_):
            return None
        rounding, shift = _float32_rounding(estimator)
        if rounding <= 1e-10:
            return None
        steadiness = (
            f"its result for a row changes by {shift:.0e} with the number of rows beside it, and cannot be met to 1e-8"
            if shift > 1e-8
            else "the module, in float64 throughout, does not repeat that"
        )
        return (
            f"init={type(estimator.init_).__name__} of {type(estimator).__name__} computes in float32, for gradient "
            f"boosting hands it float32 rows, and rounds by {rounding:.0e}: {steadiness} (trees, forests, neighbours, "
            "support vector machines and HuberRegressor, for example, compute in float64)"
        )

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
            rows = x.to(torch.float32).to(x.dtype)
            if not self.uses_probabilities:
                return self.init_.predict(rows).to(x.dtype).reshape(-1, 1)
            else:
                return self._linked(self.init_.predict_proba(rows))

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


def _float32_rounding(estimator: Any) -> tuple[float, float]:
    """By how much results of ``init_`` differ on float32 rows from the same in float64, and on a row from it alone.

    Of a pipeline, what its steps hand on differs too where the last step, a tree for one, hides it from most rows.
    """
    rows = np.random.default_rng(0).normal(size=(32, estimator.n_features_in_)).astype(np.float32)
    init = estimator.init_
    calls = [init.predict_proba if hasattr(estimator, "classes_") else init.predict]
    if type(init) is Pipeline and len(init) > 1:
        calls.append(init[:-1].transform)
    rounding = shift = 0.0
    for call in calls:
        try:
            single, double = call(rows), call(rows.astype(np.float64))
            alone = [call(row) for row in rows[:8, None]]
        except ValueError:  # rows that it does not take: the comparison with scikit-learn after conversion decides
            continue
        if hasattr(single, "toarray"):
            single, double, alone = single.toarray(), double.toarray(), [part.toarray() for part in alone]
        rounding = max(rounding, _difference(single, double))
        shift = max(shift, _difference(np.concatenate(alone), single[:8]))
    return rounding, shift


def _difference(values: np.ndarray, others: np.ndarray) -> float:
    """Largest difference, as a part of what is above 1; of NaN none."""
    values, others = np.asarray(values, dtype=np.float64), np.asarray(others, dtype=np.float64)
    error = np.abs(values - others) / np.maximum(1.0, np.abs(others))
    return float(np.nan_to_num(error).max(initial=0.0))


@register(SkGradientBoostingClassifier, loses=(Loss.PRECISION, Loss.GRADIENT, Loss.METHOD))
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
        eps = np.finfo(np.float64).eps
        self.fixed("least", eps)
        self.fixed("greatest", 1.0 - eps)

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


@register(SkGradientBoostingRegressor, loses=(Loss.PRECISION, Loss.GRADIENT, Loss.METHOD))
class GradientBoostingRegressor(GradientBoosting):
    """Boosted trees for one target, with any loss: it decides how they were grown, not how they are added.

    ``apply`` gives int64 of shape (n_samples, n_stages), ``staged_predict`` the predictions after each stage, of the
    same shape: rows come first, so that batches can be cut and joined.

    Notes
    -----
    Trees are constant between thresholds: there is a gradient in their values and, through ``init_``, in the rows.
    After ``torch.jit.load``, ``apply`` is ``nn.Module.apply``: :func:`bridge.load` serves scikit-learn's.
    """

    def _predict(self, x: Tensor) -> Tensor:
        return self._raw(x).squeeze(1)

    def _apply_rows(self, x: Tensor) -> Tensor:
        return self.estimators_.leaf_numbers(x)

    def _staged_predict(self, x: Tensor) -> Tensor:
        return self._staged_raw(x).squeeze(2)
