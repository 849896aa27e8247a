"""IterativeImputer: gaps filled column by column, each by an estimator that reads other columns, round after round."""

from typing import Any

import numpy as np
import torch
from sklearn.impute._iterative import IterativeImputer as SkIterativeImputer
from sklearn.linear_model import (
    ARDRegression,
    BayesianRidge,
    ElasticNet,
    ElasticNetCV,
    HuberRegressor,
    Lasso,
    LassoCV,
    LinearRegression,
    Ridge,
    RidgeCV,
)
from torch import Tensor, nn

from ...core.composite import Children, numbered
from ...core.registry import OnnxGap, register
from ...functional.selection import take_columns
from ._simple import Masked, fitted_indicator

_LINEAR = (
    ARDRegression,
    BayesianRidge,
    ElasticNet,
    ElasticNetCV,
    HuberRegressor,
    Lasso,
    LassoCV,
    LinearRegression,
    Ridge,
    RidgeCV,
)


@register(SkIterativeImputer, gaps=OnnxGap.CONVERTER)
class IterativeImputer(Masked):
    """The initial imputation, then the rounds of estimators that were fitted, in their order.

    Attributes
    ----------
    initial_imputer_ : SimpleImputer
    imputation_sequence_ : Children
        The estimators in the order in which they impute; none where all of them are linear, whose weights are then
        ``coef_`` and ``intercept_``.
    coef_ : Tensor of shape (n_steps, n_features_filled)
        Weights of linear estimators, 0 for the columns that they do not read.
    intercept_ : Tensor of shape (n_steps,)
    limits : Tensor of shape (2, n_features_filled)
        ``min_value`` and ``max_value`` of each column.

    Notes
    -----
    Follows ``IterativeImputer.transform`` (sklearn/impute/_iterative.py). Where every value of a batch is missing,
    scikit-learn returns the initial imputation; here a row's result does not depend on other rows.
    """

    # Known when TorchScript compiles, which then leaves the other branch out.
    __constants__ = ("has_children",)

    targets_of_steps: list[int]
    limits: Tensor
    imputable: Tensor
    kept: Tensor
    indicated: Tensor
    coef_: Tensor
    intercept_: Tensor

    def __init__(self, estimator: Any, children: dict[str, nn.Module]) -> None:
        super().__init__(estimator)
        initial: Any = children["initial_imputer_"]
        self.initial_imputer_ = initial
        empty = np.asarray(estimator._is_empty_feature, dtype=bool)
        keeps_empty = bool(estimator.keep_empty_features)
        self.add_buffer("kept", np.arange(len(empty)) if keeps_empty else np.flatnonzero(~empty))
        self.keeps_all = bool(keeps_empty or not empty.any())
        self.marks_empty = bool(keeps_empty and empty.any())
        width = len(self.kept)
        # Before scikit-learn 1.8 an imputer of a constant kept empty columns, which are left out here.
        self.drops_empty = bool(initial.n_features_out > width)
        self.add_buffer("imputable", ~empty[self.kept.numpy()])
        steps = estimator.imputation_sequence_ if estimator.n_iter_ > 0 else []
        self.targets_of_steps = [int(step.feat_idx) for step in steps]
        limits = np.array([[-np.inf] * width, [np.inf] * width])
        if steps:
            limits = np.array([estimator._min_value, estimator._max_value], dtype=np.float64)
        self.add_buffer("limits", limits)
        self.has_children = len(children) > 1
        # Every step has the columns that it reads; a linear one reads all, some with the weight 0.
        self.sources = Children({})
        self.imputation_sequence_ = numbered(children[f"imputation_sequence_.{k}"] for k in range(len(children) - 1))
        if self.has_children:
            self.sources = numbered(_Columns(step.neighbor_feat_idx) for step in steps)
        weights, intercepts = np.zeros((len(steps), width)), np.zeros(len(steps))
        if not self.has_children:
            for k, step in enumerate(steps):
                weights[k, step.neighbor_feat_idx] = np.ravel(step.estimator.coef_)
                intercepts[k] = np.ravel(step.estimator.intercept_)[0]
        self.add_parameter("coef_", weights)
        self.add_parameter("intercept_", intercepts)
        indicated = fitted_indicator(estimator)
        self.has_indicator = indicated is not None
        self.add_buffer("indicated", np.zeros(0, dtype=np.int64) if indicated is None else indicated)
        self._settle_placeholder(estimator.missing_values, self.reads())

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """Imputations that are drawn."""
        if estimator.sample_posterior:
            return (
                "IterativeImputer has sample_posterior=True: its transform draws imputations at random, so that no two "
                "calls agree; fit with sample_posterior=False"
            )
        return None

    @staticmethod
    def children_of(estimator: Any) -> dict[str, Any]:
        """The initial imputer, and the estimators of the sequence unless all of them are linear."""
        children = {"initial_imputer_": estimator.initial_imputer_}
        fitted = [step.estimator for step in estimator.imputation_sequence_] if estimator.n_iter_ > 0 else []
        if all(type(step) in _LINEAR for step in fitted):
            return children
        return {**children, **{f"imputation_sequence_.{k}": step for k, step in enumerate(fitted)}}

    def _transform(self, x: Tensor) -> Tensor:
        mask = self._mask(x)
        indicator = take_columns(mask, self.indicated).to(x.dtype)
        filled = self.initial_imputer_.transform(x)
        if self.drops_empty:
            filled = take_columns(filled, self.kept)
        gaps = mask if self.keeps_all else take_columns(mask, self.kept)
        if self.marks_empty:
            gaps = gaps & self.imputable
        if self.has_children:
            for k, (child, source) in enumerate(zip(self.imputation_sequence_, self.sources)):  # noqa: B905
                filled = self._updated(filled, gaps, k, child.predict(source(filled)).to(x.dtype))
        else:
            for k in range(len(self.targets_of_steps)):
                filled = self._updated(filled, gaps, k, torch.mv(filled, self.coef_[k]) + self.intercept_[k])
        return torch.cat([filled, indicator], dim=1) if self.has_indicator else filled

    def _updated(self, filled: Tensor, gaps: Tensor, step: int, values: Tensor) -> Tensor:
        """The rows with the gaps of one column filled anew."""
        target = self.targets_of_steps[step]
        bounded = torch.minimum(torch.maximum(values, self.limits[0, target]), self.limits[1, target])
        column = torch.where(gaps[:, target], bounded, filled[:, target])
        return torch.cat([filled[:, :target], column.unsqueeze(1), filled[:, target + 1 :]], dim=1)


class _Columns(nn.Module):
    """Some of the columns of rows."""

    index: Tensor

    def __init__(self, index: Any) -> None:
        super().__init__()
        self.register_buffer("index", torch.tensor(np.asarray(index, dtype=np.int64)))

    def forward(self, x: Tensor) -> Tensor:
        return take_columns(x, self.index)
