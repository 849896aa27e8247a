"""MultiOutputClassifier, MultiOutputRegressor, ClassifierChain and RegressorChain."""

import numpy as np
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import BayesianRidge, LogisticRegression, Ridge
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier, MultiOutputRegressor, RegressorChain
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from . import Case


def _twice(estimator, data):
    """Fit on the classes, and on them in another order."""
    estimator.fit(data.X, np.stack([data.y, data.y[::-1]], axis=1))


def _classes_and_their_parity(estimator, data):
    estimator.fit(data.X, np.stack([data.y, data.y % 2], axis=1))


def _near(estimator, data):
    """The rows that are not far away: there logarithms of probabilities are infinite, which a classifier refuses."""
    return data.unseen[:-8]


def _chain(method, **options):
    return ClassifierChain(LogisticRegression(), order=[2, 0, 3, 1], chain_method=method, **options)


CASES = (
    Case("MultiOutputRegressor-ridge", lambda: MultiOutputRegressor(Ridge()), "two_targets", smooth=True),
    Case(
        "MultiOutputRegressor-one-output",
        lambda: MultiOutputRegressor(make_pipeline(StandardScaler(), Ridge())),
        "one_column",
    ),
    Case("MultiOutputClassifier-multilabel", lambda: MultiOutputClassifier(LogisticRegression()), "multilabel"),
    Case("MultiOutputClassifier-words", lambda: MultiOutputClassifier(LinearSVC()), "three_words", fit=_twice),
    Case(
        "MultiOutputClassifier-other-numbers-of-classes",
        lambda: MultiOutputClassifier(DecisionTreeClassifier(max_depth=3, random_state=0)),
        "five_classes",
        fit=_classes_and_their_parity,
    ),
    Case(
        "MultiOutputClassifier-frame",
        lambda: MultiOutputClassifier(
            make_pipeline(
                make_column_transformer(
                    (OneHotEncoder(handle_unknown="ignore"), ["sex", "embarked"]), (SimpleImputer(), ["age"])
                ),
                LogisticRegression(max_iter=500),
            )
        ),
        "titanic",
        fit=_twice,
    ),
    Case("ClassifierChain-labels", lambda: _chain("predict"), "multilabel"),
    Case("ClassifierChain-probabilities", lambda: _chain("predict_proba", cv=3), "multilabel", smooth=True),
    Case("ClassifierChain-logarithms", lambda: _chain("predict_log_proba"), "multilabel", rows=_near),
    Case("ClassifierChain-decisions", lambda: _chain(["decision_function"]), "multilabel"),
    Case(
        "ClassifierChain-random-order",
        lambda: ClassifierChain(LinearSVC(), order="random", random_state=3),
        "multilabel",
    ),
    Case(
        "ClassifierChain-more-than-two-classes",
        lambda: ClassifierChain(LogisticRegression()),
        "five_classes",
        fit=_classes_and_their_parity,
    ),
    Case(
        "RegressorChain-order",
        lambda: RegressorChain(make_pipeline(StandardScaler(), BayesianRidge()), order=(1, 0)),
        "two_targets",
        smooth=True,
    ),
)
