"""``xgboost.sklearn``: classifiers, regressors, rankers, by the rounds that their predictions use."""

from typing import Any

import torch
import xgboost
from torch import Tensor

from ..core.registry import register
from ..errors import CorruptEstimatorError
from .booster import GAPS, BoosterModule, booster_of
from .objectives import ARGMAX, SOFTMAX, apply_link


class EstimatorModule(BoosterModule):
    """A booster up to its best round, with what its estimator says is missing."""

    def __init__(self, estimator: Any) -> None:
        missing = float("nan") if estimator.missing is None else float(estimator.missing)
        super().__init__(estimator, booster_of(estimator), rounds_of(estimator), missing)


@register(xgboost.XGBRegressor, xgboost.XGBRFRegressor, xgboost.XGBRanker, gaps=GAPS)
class Regressor(EstimatorModule):
    """Values of one or more targets or quantiles, or scores to rank by.

    Notes
    -----
    ``predict_raw`` gives margins, as ``predict(output_margin=True)``; ``apply`` the number of the leaf in each tree.
    """


@register(xgboost.XGBClassifier, xgboost.XGBRFClassifier, gaps=GAPS)
class Classifier(EstimatorModule):
    """Two or more classes, or several labels at once; XGBoost takes labels from 0 on only.

    Notes
    -----
    Follows ``XGBClassifier.predict`` and ``predict_proba`` (xgboost/sklearn.py), whatever objective it has.
    """

    classes_: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.n_classes = int(estimator.n_classes_)
        self.is_argmax = self.link == ARGMAX
        self.names_argmax = estimator.objective == "multi:softmax"
        self.set_classes(estimator.classes_)
        if self.link in (ARGMAX, SOFTMAX) and self.n_outputs != self.n_classes:
            raise CorruptEstimatorError(
                f"{self.estimator_name} has {self.n_classes} classes and {self.n_outputs} outputs: fit it again"
            )

    def _predict(self, x: Tensor) -> Tensor:
        found = apply_link(self.link, self._margins(x))
        if self.is_argmax:
            return found.squeeze(1).to(torch.int64)
        if found.shape[1] == 1:
            return (found.squeeze(1) > 0.5).to(torch.int64)
        if self.n_classes != 2:
            return found.argmax(dim=1)
        return (found > 0.5).to(torch.int64)

    def _predict_proba(self, x: Tensor) -> Tensor:
        margins = self._margins(x)
        if self.is_argmax and self.names_argmax:
            powers = (margins - margins.detach().amax(dim=1, keepdim=True)).to(torch.float64).exp().to(margins.dtype)
            return (powers / powers.sum(dim=1, keepdim=True)).to(self.anchor.dtype)
        found = apply_link(self.link, margins)
        if found.shape[1] == 1:
            found = torch.cat([1.0 - found, found], dim=1)
        return found.to(self.anchor.dtype)


def rounds_of(estimator: Any) -> int | None:
    """Boosting rounds that predictions use: up to the best one, where training stopped early; None for all."""
    try:
        best = int(estimator.best_iteration)
    except AttributeError:  # XGBoost's way to say that there is none
        return None
    return best + 1
