"""CatBoost inside of scikit-learn's composites."""

import numpy as np
from catboost import CatBoostClassifier, CatBoostRegressor
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import (
    BaggingClassifier,
    BaggingRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.feature_selection import SelectFromModel
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier, MultiOutputRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from . import Case
from .catboost import SMALL

TINY = {**SMALL, "iterations": 3, "depth": 2}


def _classifier() -> CatBoostClassifier:
    return CatBoostClassifier(**TINY)


def _regressor() -> CatBoostRegressor:
    return CatBoostRegressor(**TINY)


CASES = (
    Case(
        id="Pipeline-catboost",
        make=lambda: make_pipeline(StandardScaler(), _classifier()),
        data="three_words",
    ),
    *(
        Case(
            id=f"CalibratedClassifierCV-catboost-{method}",
            make=lambda method=method: CalibratedClassifierCV(_classifier(), method=method, cv=2),
            data=data,
        )
        for method, data in (("sigmoid", "two_words"), ("isotonic", "three_classes"))
    ),
    Case(
        id="StackingClassifier-catboost",
        make=lambda: StackingClassifier([("a", _classifier()), ("b", LogisticRegression())], cv=2),
        data="three_words",
    ),
    Case(
        id="StackingRegressor-catboost",
        make=lambda: StackingRegressor([("a", _regressor()), ("b", Ridge())], final_estimator=_regressor(), cv=2),
        data="regression",
    ),
    Case(
        id="VotingClassifier-catboost",
        make=lambda: VotingClassifier([("a", _classifier()), ("b", LogisticRegression())], voting="soft"),
        data="three_words",
    ),
    Case(
        id="VotingRegressor-catboost",
        make=lambda: VotingRegressor([("a", _regressor()), ("b", Ridge())]),
        data="regression",
    ),
    Case(
        id="BaggingClassifier-catboost",
        make=lambda: BaggingClassifier(_classifier(), 3, max_features=4, random_state=0),
        data="three_classes",
    ),
    Case(
        id="BaggingRegressor-catboost",
        make=lambda: BaggingRegressor(_regressor(), 3, random_state=0),
        data="regression",
    ),
    Case(
        id="MultiOutputRegressor-catboost",
        make=lambda: MultiOutputRegressor(_regressor()),
        data="two_targets",
    ),
    Case(
        id="MultiOutputClassifier-catboost",
        make=lambda: MultiOutputClassifier(_classifier()),
        data="multilabel",
    ),
    Case(
        id="OneVsRestClassifier-catboost",
        make=lambda: OneVsRestClassifier(_classifier()),
        data="three_words",
    ),
    Case(
        id="TransformedTargetRegressor-catboost",
        make=lambda: TransformedTargetRegressor(_regressor(), func=np.log, inverse_func=np.exp),
        data="positive_regression",
    ),
    Case(
        id="GridSearchCV-catboost",
        make=lambda: GridSearchCV(_classifier(), {"depth": [1, 2]}, cv=2),
        data="two_words",
    ),
    Case(
        id="SelectFromModel-catboost",
        make=lambda: SelectFromModel(_classifier(), threshold="median"),
        data="three_classes",
    ),
)
