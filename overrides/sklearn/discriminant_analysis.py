"""sklearn.discriminant_analysis: linear and quadratic scores of classes with normal densities."""

from typing import Any, Final

import numpy as np
import torch
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from torch import Tensor, nn

from ..core.module import Module
from ..core.registry import OnnxGap, register
from ..errors import CorruptEstimatorError
from ..functional.special.links import binary_probabilities, expit, log_probabilities, softmax
from ..functional.special.log_sums import log_sum_rows


@register(LinearDiscriminantAnalysis, gaps=(OnnxGap.METHOD, OnnxGap.PRECISION))
class LinearDiscriminantModule(Module):
    """LinearDiscriminantAnalysis: linear scores with logistic probabilities or a softmax, and the discriminants.

    Attributes
    ----------
    log_smallest : Tensor of shape ()
        The logarithm that scikit-learn gives to a probability of 0: that of the smallest normal number.

    Notes
    -----
    Follows ``LinearDiscriminantAnalysis`` (sklearn/discriminant_analysis.py). With ``solver="lsqr"`` there is no
    ``transform``: scikit-learn has it in name only, and raises.
    """

    coef_: Tensor
    intercept_: Tensor
    scalings_: Tensor
    xbar_: Tensor
    classes_: Tensor
    log_smallest: Tensor
    one_score: Final[bool]
    centers: Final[bool]
    n_components: Final[int]

    @classmethod
    def failing_methods(cls, estimator: Any) -> dict[str, str]:
        """``transform`` where the solver finds no discriminants, probabilities where there is one class."""
        raising = {}
        if estimator.solver == "lsqr":
            raising["transform"] = (
                "LinearDiscriminantAnalysis has no transform with solver='lsqr': use 'svd' or 'eigen'"
            )
        if len(estimator.classes_) == 1:
            for name in ("predict_proba", "predict_log_proba"):
                raising[name] = f"LinearDiscriminantAnalysis was fitted to one class, of which it has no {name}"
        return raising

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.set_classes(estimator.classes_)
        coef, n_classes = np.asarray(estimator.coef_), len(self.classes_)
        self.one_score = len(coef) == 1
        if n_classes > 2 if self.one_score else n_classes != len(coef):
            raise CorruptEstimatorError(
                f"{self.estimator_name} has coef_ of shape {coef.shape} for {n_classes} classes: it is damaged"
            )
        self.add_parameter("coef_", coef)
        self.add_parameter("intercept_", estimator.intercept_)
        self.add_buffer("log_smallest", np.log(np.finfo(np.float64).smallest_normal))
        self.centers = estimator.solver == "svd"
        self.n_components = int(estimator._max_components)
        if estimator.solver != "lsqr":
            self.add_parameter("scalings_", estimator.scalings_)
        if self.centers:
            self.add_parameter("xbar_", estimator.xbar_)

    def _decision_function(self, x: Tensor) -> Tensor:
        if self.one_score:
            return torch.mv(x, self.coef_.reshape(-1)) + self.intercept_
        return nn.functional.linear(x, self.coef_, self.intercept_)

    def _predict(self, x: Tensor) -> Tensor:
        scores = self._decision_function(x)
        if self.one_score:
            return self.classes_.index_select(0, (scores > 0.0).int())
        return self.classes_.index_select(0, scores.argmax(dim=1))

    def _predict_proba(self, x: Tensor) -> Tensor:
        scores = self._decision_function(x)
        if self.one_score:
            return binary_probabilities(expit(scores))
        return softmax(scores)

    def _predict_log_proba(self, x: Tensor) -> Tensor:
        p = self._predict_proba(x)
        return torch.where(p == 0.0, self.log_smallest, log_probabilities(p))

    def _transform(self, x: Tensor) -> Tensor:
        if self.centers:
            x = x - self.xbar_
        return torch.mm(x, self.scalings_)[:, : self.n_components]


@register(QuadraticDiscriminantAnalysis, gaps=(OnnxGap.METHOD, OnnxGap.TRAINING))
class QuadraticDiscriminantModule(Module):
    """QuadraticDiscriminantAnalysis: the log-density of every class by its own covariance, and its log-prior.

    Attributes
    ----------
    rotations_ : Tensor of shape (n_classes, n_features, n_features)
    scalings_ : Tensor of shape (n_classes, n_features)
        scikit-learn's lists of arrays, stacked.
    weight_rounding : Tensor of shape (n_classes, n_features, n_features)
    term_rounding : Tensor of shape (n_classes,)
        Of a model fitted on float32 only: what scikit-learn, which takes roots and logarithms in float32 then, has more
        than this module.

    Notes
    -----
    Follows ``QuadraticDiscriminantAnalysis`` and ``DiscriminantAnalysisPredictionMixin``
    (sklearn/discriminant_analysis.py).
    """

    means_: Tensor
    rotations_: Tensor
    scalings_: Tensor
    priors_: Tensor
    classes_: Tensor
    weight_rounding: Tensor
    term_rounding: Tensor
    two_classes: Final[bool]
    from_float32: Final[bool]

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.set_classes(estimator.classes_)
        rotations, scalings = np.stack(estimator.rotations_), np.stack(estimator.scalings_)
        means, priors = np.asarray(estimator.means_), np.asarray(estimator.priors_)
        if not len(self.classes_) == len(rotations) == len(scalings) == len(means) == len(priors):
            raise CorruptEstimatorError(
                f"{self.estimator_name} has {len(rotations)} rotations, {len(scalings)} scalings, {len(means)} means "
                f"and {len(priors)} priors for {len(self.classes_)} classes: it is damaged"
            )
        self.two_classes = len(self.classes_) == 2
        self.add_parameter("means_", means)
        self.add_parameter("rotations_", rotations)
        self.add_parameter("scalings_", scalings)
        self.add_parameter("priors_", priors)
        self.tile_rows = max(16, min(4096, 2**18 // max(1, self.means_.numel())))
        self.from_float32 = not (rotations.dtype == scalings.dtype == np.float64)
        if self.from_float32:
            weights = rotations * scalings[:, None] ** (-0.5)
            terms = np.log(priors) - 0.5 * np.array([np.sum(np.log(scaling)) for scaling in scalings])
            self.add_buffer("weight_rounding", weights - self._weights().detach().numpy())
            self.add_buffer("term_rounding", terms - self._class_terms().detach().numpy())

    def _weights(self) -> Tensor:
        return self.rotations_ / self.scalings_.sqrt().unsqueeze(1)

    def _class_terms(self) -> Tensor:
        return self.priors_.log() - self.scalings_.log().sum(dim=1) * 0.5

    def _scores(self, x: Tensor) -> Tensor:
        """Log-densities and log-priors, shape (n_samples, n_classes)."""
        weights, terms = self._weights(), self._class_terms()
        if self.from_float32:
            weights, terms = weights + self.weight_rounding, terms + self.term_rounding
        x = torch.matmul(x - self.means_.unsqueeze(1), weights)
        return terms - (x * x).sum(dim=2).t() * 0.5

    def _decision_function(self, x: Tensor) -> Tensor:
        scores = self._scores(x)
        return scores[:, 1] - scores[:, 0] if self.two_classes else scores

    def _predict(self, x: Tensor) -> Tensor:
        return self.classes_.index_select(0, self._scores(x).argmax(dim=1))

    def _predict_log_proba(self, x: Tensor) -> Tensor:
        scores = self._scores(x)
        scores = scores - scores.detach().amax(dim=1, keepdim=True)
        return scores - log_sum_rows(scores)

    def _predict_proba(self, x: Tensor) -> Tensor:
        return torch.exp(self._predict_log_proba(x))
