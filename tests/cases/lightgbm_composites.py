"""LightGBM inside of scikit-learn's composites."""

import numpy as np
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    BaggingRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.feature_selection import RFE, SelectFromModel
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier, MultiOutputRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from . import Case
from .lightgbm import SMALL

TINY = {**SMALL, "n_estimators": 3, "num_leaves": 4}


def _classifier() -> LGBMClassifier:
    return LGBMClassifier(**TINY)


def _regressor() -> LGBMRegressor:
    return LGBMRegressor(**TINY)


CASES = (
    Case(
        id="Pipeline-lightgbm",
        make=lambda: make_pipeline(StandardScaler(), _classifier()),
        data="three_words",
    ),
    *(
        Case(
            id=f"CalibratedClassifierCV-lightgbm-{method}-{data}",
            make=lambda method=method: CalibratedClassifierCV(_classifier(), method=method, cv=2),
            data=data,
        )
        for method in ("sigmoid", "isotonic")
        for data in ("two_words", "three_classes")
    ),
    Case(
        id="StackingClassifier-lightgbm",
        make=lambda: StackingClassifier([("a", _classifier()), ("b", LogisticRegression())], cv=2),
        data="three_words",
    ),
    Case(
        id="StackingRegressor-lightgbm",
        make=lambda: StackingRegressor([("a", _regressor()), ("b", Ridge())], final_estimator=_regressor(), cv=2),
        data="regression",
    ),
    *(
        Case(
            id=f"VotingClassifier-lightgbm-{voting}",
            make=lambda voting=voting: VotingClassifier(
                [("a", _classifier()), ("b", LogisticRegression())], voting=voting
            ),
            data="three_words",
        )
        for voting in ("soft", "hard")
    ),
    Case(
        id="VotingRegressor-lightgbm",
        make=lambda: VotingRegressor([("a", _regressor()), ("b", Ridge())]),
        data="regression",
    ),
    Case(
        id="BaggingClassifier-lightgbm",
        make=lambda: BaggingClassifier(_classifier(), 3, max_features=4, random_state=0),
        data="three_words",
    ),
    Case(
        id="BaggingRegressor-lightgbm",
        make=lambda: BaggingRegressor(_regressor(), 3, random_state=0),
        data="regression",
    ),
    Case(
        id="AdaBoostClassifier-lightgbm",
        make=lambda: AdaBoostClassifier(_classifier(), n_estimators=2, random_state=0),
        data="three_classes",
    ),
    Case(
        id="MultiOutputRegressor-lightgbm",
        make=lambda: MultiOutputRegressor(_regressor()),
        data="two_targets",
    ),
    Case(
        id="MultiOutputClassifier-lightgbm",
        make=lambda: MultiOutputClassifier(_classifier()),
        data="mixed_targets",
    ),
    Case(
        id="ClassifierChain-lightgbm",
        make=lambda: ClassifierChain(_classifier()),
        data="multilabel",
    ),
    Case(
        id="OneVsRestClassifier-lightgbm",
        make=lambda: OneVsRestClassifier(_classifier()),
        data="three_words",
    ),
    Case(
        id="OneVsOneClassifier-lightgbm",
        make=lambda: OneVsOneClassifier(_classifier()),
        data="three_words",
    ),
    Case(
        id="TransformedTargetRegressor-lightgbm",
        make=lambda: TransformedTargetRegressor(_regressor(), func=np.log, inverse_func=np.exp),
        data="positive_regression",
    ),
    Case(
        id="GridSearchCV-lightgbm",
        make=lambda: GridSearchCV(_classifier(), {"num_leaves": [3, 5]}, cv=2),
        data="two_words",
    ),
    Case(
        id="FixedThresholdClassifier-lightgbm",
        make=lambda: FixedThresholdClassifier(_classifier(), threshold=0.3),
        data="two_classes",
    ),
    Case(
        id="SelectFromModel-lightgbm",
        make=lambda: SelectFromModel(_classifier(), threshold="median"),
        data="three_classes",
    ),
    Case(
        id="Pipeline-lightgbm-selection",
        make=lambda: make_pipeline(RFE(_classifier(), n_features_to_select=3), _classifier()),
        data="three_classes",
    ),
)
