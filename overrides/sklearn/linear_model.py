"""sklearn.linear_model: classifiers, the one-class SVM, RANSAC, and regressors on many features."""

from typing import Any, Final

import numpy as np
import sklearn.linear_model
import torch
from sklearn.linear_model import (
    ARDRegression,
    BayesianRidge,
    ElasticNet,
    ElasticNetCV,
    HuberRegressor,
    Lars,
    LarsCV,
    Lasso,
    LassoCV,
    LassoLars,
    LassoLarsCV,
    LassoLarsIC,
    LinearRegression,
    LogisticRegression,
    LogisticRegressionCV,
    MultiTaskElasticNet,
    MultiTaskElasticNetCV,
    MultiTaskLasso,
    MultiTaskLassoCV,
    OrthogonalMatchingPursuit,
    OrthogonalMatchingPursuitCV,
    Perceptron,
    QuantileRegressor,
    RANSACRegressor,
    Ridge,
    RidgeClassifier,
    RidgeClassifierCV,
    RidgeCV,
    SGDClassifier,
    SGDOneClassSVM,
    SGDRegressor,
    TheilSenRegressor,
)
from torch import Tensor, nn

from ..core.installed import sklearn_at_least
from ..core.module import SMALL_RESULT, Module
from ..core.registry import OnnxGap, register
from ..errors import CorruptEstimatorError
from ..functional.csr import linear
from ..functional.special.links import (
    binary_probabilities,
    expit,
    log_probabilities,
    modified_huber,
    normalize_rows,
    softmax,
)


def _present(*names: str) -> list[type]:
    """Classes of sklearn.linear_model by name, where this version of scikit-learn has them."""
    return [getattr(sklearn.linear_model, name) for name in names if hasattr(sklearn.linear_model, name)]


def _dense(coef: Any) -> np.ndarray:
    """Coefficients as an array, after ``sparsify()`` too."""
    return np.asarray(coef.toarray() if hasattr(coef, "toarray") else coef, dtype=np.float64)


def _set_intercept(module: Module, estimator: Any, value: np.ndarray) -> None:
    """Register ``intercept_``: a Parameter where it was fitted, a buffer of zeros where ``fit_intercept`` is off."""
    if estimator.fit_intercept:
        module.add_parameter("intercept_", value)
    else:
        module.add_buffer("intercept_", value.astype(np.float64))


# Deprecated in scikit-learn 1.8, to be removed in 1.10: the passive-aggressive classes.
@register(Perceptron, *_present("PassiveAggressiveClassifier"), gaps=OnnxGap.METHOD)
class LinearClassifier(Module):
    """Linear scores, the class of the largest or, of a single score, its sign.

    Parameters
    ----------
    estimator : linear classifier
        With ``coef_`` of shape (n_features,), (1, n_features) or (n_classes, n_features), ``intercept_`` and
        ``classes_``.

    Notes
    -----
    Follows ``LinearClassifierMixin`` (sklearn/linear_model/_base.py).
    """

    reads_linear = True
    coef_: Tensor
    intercept_: Tensor
    classes_: Tensor
    one_score: Final[bool]

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        coef = _dense(estimator.coef_)
        self.one_score = coef.ndim == 1 or len(coef) == 1
        self.add_parameter("coef_", coef)
        self.tile_rows = max(self.tile_rows, SMALL_RESULT // (1 if self.one_score else len(coef)))
        intercept = np.asarray(estimator.intercept_)
        _set_intercept(self, estimator, intercept if self.one_score else np.broadcast_to(intercept, len(coef)))
        self.set_classes(self.classes_of(estimator))
        n_classes = len(self.classes_)
        if n_classes > 2 if self.one_score else n_classes != len(coef):
            raise CorruptEstimatorError(
                f"{self.estimator_name} has coef_ of shape {coef.shape} for {n_classes} classes: it is damaged"
            )

    @staticmethod
    def classes_of(estimator: Any) -> Any:
        """The fitted ``classes_``."""
        return estimator.classes_

    def _decision_function(self, x: Tensor) -> Tensor:
        if self.one_score:
            # Not addmv, which gives one row for none.
            return torch.mv(x, self.coef_.reshape(-1)) + self.intercept_
        else:
            return linear(x, self.coef_, self.intercept_)

    def projection_weight(self) -> Tensor:
        """The coefficients, shape (n_scores, n_features)."""
        return self.coef_.reshape(1, -1) if self.one_score else self.coef_

    def _decision_function_from(self, projection: Tensor) -> Tensor:
        if self.one_score:
            return projection.squeeze(1) + self.intercept_
        else:
            return projection + self.intercept_

    def _labels(self, scores: Tensor) -> Tensor:
        if self.one_score:
            return self.classes_.index_select(0, (scores > 0.0).int())
        else:
            return self.classes_.index_select(0, scores.argmax(dim=1))

    def _predict(self, x: Tensor) -> Tensor:
        return self._labels(self._decision_function(x))

    def _predict_from(self, projection: Tensor) -> Tensor:
        return self._labels(self._decision_function_from(projection))


@register(RidgeClassifier, RidgeClassifierCV, gaps=OnnxGap.PRECISION)
class RidgeLabels(LinearClassifier):
    """Linear scores of ridge regression on labels of -1 and 1; several labels a row where it was fitted so.

    Notes
    -----
    Follows ``_RidgeClassifierMixin`` (sklearn/linear_model/_ridge.py).
    """

    multilabel: Final[bool]

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.multilabel = estimator._label_binarizer.y_type_.startswith("multilabel")

    @staticmethod
    def classes_of(estimator: Any) -> Any:
        """The classes; models of before scikit-learn 1.7 have those of labels in their binarizer alone."""
        binarizer = estimator._label_binarizer
        return binarizer.classes_ if binarizer.y_type_.startswith("multilabel") else estimator.classes_

    def _labels(self, scores: Tensor) -> Tensor:
        if self.multilabel:
            return (scores > 0.0).long()
        elif self.one_score:
            return self.classes_.index_select(0, (scores > 0.0).int())
        else:
            return self.classes_.index_select(0, scores.argmax(dim=1))


class ProbabilisticClassifier(LinearClassifier):
    """A linear classifier whose scores become probabilities, in ``_probabilities``."""

    def _probabilities(self, scores: Tensor) -> Tensor:
        raise NotImplementedError

    def _predict_proba(self, x: Tensor) -> Tensor:
        return self._probabilities(self._decision_function(x))

    def _predict_log_proba(self, x: Tensor) -> Tensor:
        return log_probabilities(self._predict_proba(x))

    def _predict_proba_from(self, projection: Tensor) -> Tensor:
        return self._probabilities(self._decision_function_from(projection))

    def _predict_log_proba_from(self, projection: Tensor) -> Tensor:
        return log_probabilities(self._predict_proba_from(projection))


@register(LogisticRegression, LogisticRegressionCV, gaps=(OnnxGap.PRECISION, OnnxGap.METHOD))
class Logistic(ProbabilisticClassifier):
    """Linear scores with logistic probabilities of two classes and the softmax of more.

    Notes
    -----
    Follows ``LogisticRegression`` (sklearn/linear_model/_logistic.py).
    """

    def _probabilities(self, scores: Tensor) -> Tensor:
        if self.one_score:
            return binary_probabilities(expit(scores))
        else:
            return softmax(scores)


@register(SGDClassifier, gaps=(OnnxGap.PRECISION, OnnxGap.METHOD))
class StochasticGradient(ProbabilisticClassifier):
    """Linear scores with one-against-rest probabilities: logistic ones, or those of the modified Huber loss.

    Notes
    -----
    Follows ``SGDClassifier`` (sklearn/linear_model/_stochastic_gradient.py), which has probabilities for these two
    losses only.
    """

    logistic: Final[bool]

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.logistic = estimator.loss == "log_loss"

    def _probabilities(self, scores: Tensor) -> Tensor:
        p = expit(scores) if self.logistic else modified_huber(scores)
        if self.one_score:
            return binary_probabilities(p)
        else:
            return normalize_rows(p)


@register(SGDOneClassSVM, gaps=OnnxGap.METHOD)
class LinearOneClass(Module):
    """Linear one-class SVM: 1 for inliers, -1 for outliers.

    Notes
    -----
    Follows ``SGDOneClassSVM`` (sklearn/linear_model/_stochastic_gradient.py).
    """

    reads_linear = True
    coef_: Tensor
    offset_: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.add_parameter("coef_", _dense(estimator.coef_))
        self.tile_rows = SMALL_RESULT
        if estimator.fit_intercept:
            self.add_parameter("offset_", estimator.offset_)
        else:
            self.add_buffer("offset_", np.asarray(estimator.offset_, dtype=np.float64))

    def projection_weight(self) -> Tensor:
        """The coefficients, shape (1, n_features)."""
        return self.coef_.reshape(1, -1)

    def _decision_function(self, x: Tensor) -> Tensor:
        return torch.mv(x, self.coef_.reshape(-1)) - self.offset_

    def _decision_function_from(self, projection: Tensor) -> Tensor:
        return projection.squeeze(1) - self.offset_

    def _score_samples(self, x: Tensor) -> Tensor:
        return self._decision_function(x) + self.offset_

    def _score_samples_from(self, projection: Tensor) -> Tensor:
        return self._decision_function_from(projection) + self.offset_

    def _predict(self, x: Tensor) -> Tensor:
        return (self._decision_function(x) >= 0.0).int() * 2 - 1

    def _predict_from(self, projection: Tensor) -> Tensor:
        return (self._decision_function_from(projection) >= 0.0).int() * 2 - 1


class LinearRegressor(Module):
    """Linear scores, one or several a row.

    Parameters
    ----------
    estimator : linear regressor
        With ``coef_`` of shape (n_features,) or (n_targets, n_features) and ``intercept_``.

    Notes
    -----
    Follows ``LinearModel`` (sklearn/linear_model/_base.py). The ONNX route gives the same; but behind one-hot columns
    it needs them all, where this looks up its coefficients.
    """

    reads_linear = True
    coef_: Tensor
    intercept_: Tensor
    one_target: Final[bool]

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        coef = _dense(estimator.coef_)
        if hasattr(estimator.coef_, "toarray"):
            coef = coef.reshape(-1)  # only SGD's can be sparsified; scipy's matrices, of older versions, are never 1-D
        self.one_target = coef.ndim == 1
        self.add_parameter("coef_", coef)
        self.tile_rows = max(self.tile_rows, SMALL_RESULT // (1 if self.one_target else len(coef)))
        _set_intercept(self, estimator, np.asarray(estimator.intercept_))

    @staticmethod
    def prefers_onnx(estimator: Any) -> bool:
        """Whether the rows are too narrow for anything to be gained."""
        return np.shape(estimator.coef_)[-1] < MANY_FEATURES and not hasattr(estimator.coef_, "toarray")

    def projection_weight(self) -> Tensor:
        """The coefficients, shape (n_targets, n_features)."""
        return self.coef_.reshape(1, -1) if self.one_target else self.coef_

    def _predict(self, x: Tensor) -> Tensor:
        if self.one_target:
            return torch.mv(x, self.coef_) + self.intercept_
        else:
            return linear(x, self.coef_) + self.intercept_

    def _predict_from(self, projection: Tensor) -> Tensor:
        if self.one_target:
            return projection.squeeze(1) + self.intercept_
        else:
            return projection + self.intercept_


MANY_FEATURES = 64
"""Features from which on regressors that only predict leave the ONNX route."""

register(
    ElasticNet,
    ElasticNetCV,
    HuberRegressor,
    Lars,
    LarsCV,
    Lasso,
    LassoCV,
    LassoLars,
    LassoLarsCV,
    LassoLarsIC,
    LinearRegression,
    MultiTaskElasticNet,
    MultiTaskElasticNetCV,
    MultiTaskLasso,
    MultiTaskLassoCV,
    OrthogonalMatchingPursuit,
    OrthogonalMatchingPursuitCV,
    QuantileRegressor,
    Ridge,
    RidgeCV,
    TheilSenRegressor,
    gaps=OnnxGap.SPEED,
)(LinearRegressor)
# skl2onnx takes no coefficients after sparsify().
register(SGDRegressor, *_present("PassiveAggressiveRegressor"), gaps=(OnnxGap.CONVERTER, OnnxGap.SPEED))(
    LinearRegressor
)


@register(ARDRegression, BayesianRidge, gaps=OnnxGap.METHOD)
class Bayesian(LinearRegressor):
    """Linear scores, and in ``predict_std`` the standard deviation of the prediction.

    Notes
    -----
    Follows ``predict`` with ``return_std`` (sklearn/linear_model/_bayes.py). ARDRegression leaves out the features of
    which the precision is too high.
    """

    reads_linear = False
    # Never: the ONNX route has no deviations.
    prefers_onnx = staticmethod(Module.prefers_onnx)
    sigma_: Tensor
    alpha_: Tensor
    offset: Tensor
    kept: Tensor
    # TorchScript looks for annotations, and so for Final, in the nearest class that has any.
    __constants__ = ("one_target",)

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        n_features = self.n_features_in_
        kept = np.ones(n_features, dtype=bool)
        if isinstance(estimator, ARDRegression):
            kept = np.asarray(estimator.lambda_ < estimator.threshold_lambda)
        self.add_buffer("kept", np.flatnonzero(kept))
        self.add_parameter("sigma_", estimator.sigma_)
        self.add_parameter("alpha_", estimator.alpha_)
        if tuple(self.sigma_.shape) != (len(self.kept), len(self.kept)):
            raise CorruptEstimatorError(f"{self.estimator_name} has sigma_ of shape {tuple(self.sigma_.shape)}")
        # Before scikit-learn 1.9 deviations were those around the origin, whatever the rows were centered on.
        center = np.float64(estimator.X_offset_) if sklearn_at_least("1.9") else np.float64(0.0)
        self.add_buffer("offset", np.broadcast_to(center, n_features)[kept])

    def _predict_std(self, x: Tensor) -> Tensor:
        rows = x.index_select(1, self.kept) - self.offset
        return torch.sqrt(((rows @ self.sigma_) * rows).sum(dim=1) + 1.0 / self.alpha_)


@register(RANSACRegressor, gaps=(OnnxGap.PRECISION, OnnxGap.TORCHSCRIPT))
class Consensus(Module):
    """The regressor that RANSAC fitted to the inliers, whatever it is.

    Notes
    -----
    Follows ``RANSACRegressor.predict`` (sklearn/linear_model/_ransac.py).
    """

    def __init__(self, estimator: Any, children: dict[str, nn.Module]) -> None:
        super().__init__(estimator)
        self.estimator_ = children["estimator_"]

    @staticmethod
    def children_of(estimator: Any) -> dict[str, Any]:
        """The regressor fitted to the inliers."""
        return {"estimator_": estimator.estimator_}

    def _predict(self, x: Tensor) -> Tensor:
        return self.estimator_.predict(x)  # type: ignore[operator]
