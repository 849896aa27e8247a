"""AdaBoost: decision trees in one forest, and other estimators as they are."""

from typing import Any

import numpy as np
from sklearn.ensemble import AdaBoostClassifier, AdaBoostRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier, ExtraTreeRegressor

from . import Case
from .data import Data


def fit_one_class(estimator: Any, data: Data) -> None:
    """Fit on one class only."""
    estimator.fit(data.X, np.full(len(data.X), 7))


CASES = (
    Case(
        id="AdaBoostClassifier-words",
        make=lambda: AdaBoostClassifier(n_estimators=12, random_state=0),
        data="two_words",
    ),
    Case(
        id="AdaBoostClassifier-multiclass",
        make=lambda: AdaBoostClassifier(
            DecisionTreeClassifier(max_depth=3), n_estimators=8, learning_rate=0.5, random_state=0
        ),
        data="negative_classes",
    ),
    Case(
        id="AdaBoostClassifier-LogisticRegression-words",
        make=lambda: AdaBoostClassifier(LogisticRegression(), n_estimators=4, random_state=0),
        data="three_words",
    ),
    Case(
        id="AdaBoostClassifier-SVC",
        make=lambda: AdaBoostClassifier(SVC(), n_estimators=3, random_state=0),
        data="two_classes",
    ),
    Case(
        id="AdaBoostClassifier-one-class",
        make=lambda: AdaBoostClassifier(n_estimators=3, random_state=0),
        fit=fit_one_class,
    ),
    *(
        Case(
            id=f"AdaBoostRegressor-{loss}",
            make=lambda loss=loss: AdaBoostRegressor(loss=loss, n_estimators=10, random_state=0),
            data="regression",
        )
        for loss in ("linear", "square", "exponential")
    ),
    Case(
        id="AdaBoostRegressor-ExtraTree",
        make=lambda: AdaBoostRegressor(ExtraTreeRegressor(max_depth=6), n_estimators=6, random_state=0),
        data="regression",
    ),
    Case(
        id="AdaBoostRegressor-Ridge",
        make=lambda: AdaBoostRegressor(Ridge(), n_estimators=5, random_state=0),
        data="regression",
    ),
)
