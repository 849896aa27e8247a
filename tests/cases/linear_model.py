"""Cases of sklearn.linear_model that take overrides: classifiers, the one-class SVM, RANSAC, many features."""

import numpy as np
import sklearn.linear_model
from sklearn.linear_model import (
    ARDRegression,
    BayesianRidge,
    Lasso,
    LinearRegression,
    LogisticRegression,
    LogisticRegressionCV,
    Perceptron,
    RANSACRegressor,
    RidgeClassifier,
    RidgeClassifierCV,
    SGDClassifier,
    SGDOneClassSVM,
    SGDRegressor,
)
from sklearn.tree import DecisionTreeRegressor

from . import Case


def _sparsified(estimator, data):
    estimator.fit(data.X, data.y).sparsify()


def _bool_classes(estimator, data):
    estimator.fit(data.X, data.y > 0)


def _float_classes(estimator, data):
    estimator.fit(data.X, np.array([-1.0, 2.0, 5.0])[data.y])


def _partial(estimator, data):
    for rows in np.array_split(np.arange(len(data.X)), 3):
        estimator.partial_fit(data.X[rows], data.y[rows], classes=np.unique(data.y))


# Deprecated in scikit-learn 1.8, to be removed in 1.10.
PassiveAggressiveClassifier = getattr(sklearn.linear_model, "PassiveAggressiveClassifier", None)
PassiveAggressiveRegressor = getattr(sklearn.linear_model, "PassiveAggressiveRegressor", None)
_LOSSES = ("hinge", "squared_hinge", "perceptron", "squared_error", "huber", "epsilon_insensitive")


def _on_many(estimator, data):
    """Fit on more features than regressors on the ONNX route have."""
    estimator.fit(_many_rows(estimator, data)[: len(data.X)], data.y)


def _many_rows(estimator, data):
    rows = np.vstack([data.X, data.unseen[:-8]])
    return np.hstack([np.roll(rows, shift, axis=0) for shift in range(12)])


CASES = (
    Case("LogisticRegression-multinomial", LogisticRegression, smooth=True),
    Case("LogisticRegression-binary", LogisticRegression, "two_classes", smooth=True),
    Case("LogisticRegression-liblinear-l1", lambda: LogisticRegression(l1_ratio=1, solver="liblinear"), "two_words"),
    Case("LogisticRegression-words-balanced", lambda: LogisticRegression(class_weight="balanced"), "three_words"),
    Case("LogisticRegression-negative", lambda: LogisticRegression(C=100.0), "negative_classes"),
    Case("LogisticRegression-bool", LogisticRegression, "two_classes", fit=_bool_classes),
    Case("LogisticRegression-float", LogisticRegression, fit=_float_classes),
    Case("LogisticRegression-no-intercept", lambda: LogisticRegression(fit_intercept=False), "five_classes"),
    Case("LogisticRegression-elasticnet", lambda: LogisticRegression(l1_ratio=0.5, solver="saga"), fit=_sparsified),
    Case("LogisticRegression-sparsified", LogisticRegression, "two_classes", fit=_sparsified),
    Case("LogisticRegressionCV-multinomial", lambda: LogisticRegressionCV(Cs=3), "three_words", smooth=True),
    Case("LogisticRegressionCV-liblinear", lambda: LogisticRegressionCV(Cs=3, solver="liblinear"), "two_classes"),
    *(Case(f"SGDClassifier-{loss}", lambda loss=loss: SGDClassifier(loss, random_state=0)) for loss in _LOSSES),
    Case("SGDClassifier-squared_epsilon_insensitive", lambda: SGDClassifier("squared_epsilon_insensitive", alpha=1.0)),
    Case("SGDClassifier-log_loss", lambda: SGDClassifier("log_loss", alpha=1.0), "five_classes", smooth=True),
    Case("SGDClassifier-log_loss-binary", lambda: SGDClassifier("log_loss", average=True), "two_words"),
    Case("SGDClassifier-modified_huber", lambda: SGDClassifier("modified_huber", alpha=0.1), "three_words"),
    Case("SGDClassifier-modified_huber-binary", lambda: SGDClassifier("modified_huber"), "two_classes", fit=_partial),
    Case("SGDClassifier-early-stopping", lambda: SGDClassifier(early_stopping=True), "negative_classes"),
    Case("SGDClassifier-sparsified", lambda: SGDClassifier(penalty="l1", fit_intercept=False), fit=_sparsified),
    Case("Perceptron-multiclass", lambda: Perceptron(penalty="elasticnet"), "three_words"),
    Case("Perceptron-binary", lambda: Perceptron(fit_intercept=False), "two_classes"),
    *(
        Case(f"PassiveAggressiveClassifier-{loss}", lambda loss=loss: PassiveAggressiveClassifier(loss=loss))
        for loss in ("hinge", "squared_hinge")
        if PassiveAggressiveClassifier is not None
    ),
    Case("RidgeClassifier-multiclass", RidgeClassifier, "three_words", smooth=True),
    Case("RidgeClassifier-binary", lambda: RidgeClassifier(class_weight="balanced"), "two_words"),
    Case("RidgeClassifier-multilabel", RidgeClassifier, "multilabel"),
    Case("RidgeClassifier-no-intercept", lambda: RidgeClassifier(fit_intercept=False), "five_classes"),
    Case("RidgeClassifier-binary-no-intercept", lambda: RidgeClassifier(fit_intercept=False), "two_classes"),
    Case("RidgeClassifierCV-multiclass", RidgeClassifierCV, "negative_classes"),
    Case("RidgeClassifierCV-multilabel", lambda: RidgeClassifierCV(alphas=(0.1, 10.0)), "multilabel"),
    Case("SGDOneClassSVM-plain", lambda: SGDOneClassSVM(nu=0.3, random_state=0), smooth=True),
    Case("SGDOneClassSVM-average", lambda: SGDOneClassSVM(average=True, fit_intercept=False, random_state=0)),
    Case("SGDRegressor-sparsified", lambda: SGDRegressor(penalty="l1", random_state=0), fit=_sparsified, smooth=True),
    *(
        Case("PassiveAggressiveRegressor-sparsified", make, fit=_sparsified)
        for make in (PassiveAggressiveRegressor,)
        if make is not None
    ),
    Case("Lasso-many-features", lambda: Lasso(0.01), "regression", fit=_on_many, rows=_many_rows),
    Case("LinearRegression-many-features", LinearRegression, "one_column", fit=_on_many, rows=_many_rows),
    Case("ARDRegression-plain", ARDRegression, "regression", smooth=True),
    # Of two features the precision is above the threshold.
    Case(
        "ARDRegression-less-features", lambda: ARDRegression(threshold_lambda=300.0, fit_intercept=False), "regression"
    ),
    Case("BayesianRidge-plain", BayesianRidge, "regression", smooth=True),
    Case("BayesianRidge-no-intercept", lambda: BayesianRidge(fit_intercept=False), "positive_regression"),
    Case("RANSACRegressor-linear", lambda: RANSACRegressor(random_state=0), "regression", smooth=True),
    Case("RANSACRegressor-two-targets", lambda: RANSACRegressor(random_state=0), "two_targets"),
    Case("RANSACRegressor-column", lambda: RANSACRegressor(random_state=0), "one_column"),
    Case(
        "RANSACRegressor-tree",
        lambda: RANSACRegressor(DecisionTreeRegressor(max_depth=4), min_samples=20, random_state=0),
        "regression",
    ),
)
