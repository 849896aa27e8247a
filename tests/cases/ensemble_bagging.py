"""Bagging: decision trees in one forest, other estimators as they are; parts of the features, votes, absent classes."""

from typing import Any

import numpy as np
from sklearn.ensemble import BaggingClassifier, BaggingRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier

from . import Case
from .data import Data
from .tree import fit_with_gaps, rows_with_gaps


def fit_with_rare_class(estimator: Any, data: Data) -> None:
    """Fit on labels of which one is so rare that some estimators do not see it."""
    y = np.where(data.X[:, 0] > 0, "common", "other")
    y[:2] = "rare"
    estimator.fit(data.X, y)


CASES = (
    Case(
        id="BaggingClassifier-features",
        make=lambda: BaggingClassifier(n_estimators=9, max_features=0.5, max_samples=0.6, random_state=0),
        data="three_words",
    ),
    Case(
        id="BaggingClassifier-missing",
        make=lambda: BaggingClassifier(n_estimators=7, bootstrap_features=True, random_state=0),
        data="negative_classes",
        fit=fit_with_gaps,
        rows=rows_with_gaps,
    ),
    Case(
        id="BaggingClassifier-ExtraTree",
        make=lambda: BaggingClassifier(ExtraTreeClassifier(max_depth=4), n_estimators=5, random_state=0),
        data="five_classes",
    ),
    Case(
        id="BaggingClassifier-LogisticRegression-features",
        make=lambda: BaggingClassifier(LogisticRegression(), n_estimators=4, max_features=4, random_state=0),
        data="three_words",
        smooth=True,
    ),
    Case(
        id="BaggingClassifier-pipelines-rare-class",
        make=lambda: BaggingClassifier(
            make_pipeline(StandardScaler(), DecisionTreeClassifier(max_depth=3)),
            n_estimators=5,
            max_samples=0.3,
            random_state=0,
        ),
        fit=fit_with_rare_class,
    ),
    Case(
        id="BaggingClassifier-LinearSVC-votes",
        make=lambda: BaggingClassifier(LinearSVC(), n_estimators=4, random_state=0),
        data="two_classes",
    ),
    Case(
        id="BaggingClassifier-SVC-votes",
        make=lambda: BaggingClassifier(SVC(), n_estimators=3, max_features=3, random_state=0),
        data="three_classes",
    ),
    Case(
        id="BaggingRegressor-features",
        make=lambda: BaggingRegressor(n_estimators=8, max_features=4, bootstrap=False, random_state=0),
        data="regression",
    ),
    Case(
        id="BaggingRegressor-two-targets",
        make=lambda: BaggingRegressor(DecisionTreeRegressor(max_depth=5), n_estimators=5, random_state=0),
        data="two_targets",
    ),
    Case(
        id="BaggingRegressor-Ridge-two-targets",
        make=lambda: BaggingRegressor(Ridge(), n_estimators=4, max_features=0.7, random_state=0),
        data="two_targets",
        smooth=True,
    ),
)
