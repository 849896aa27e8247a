"""XGBoost inside scikit-learn: what goes on in float32 behind it, labels that are words, rows compressed before it."""

from typing import Any

import numpy as np
import pandas as pd
import xgboost
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.ensemble import (
    BaggingClassifier,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.feature_selection import SelectFromModel
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, TunedThresholdClassifierCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier, MultiOutputRegressor, RegressorChain
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from . import Case
from .data import Data


def _classifier(**options: Any) -> xgboost.XGBClassifier:
    return xgboost.XGBClassifier(n_estimators=6, max_depth=3, n_jobs=1, **options)


def _regressor(**options: Any) -> xgboost.XGBRegressor:
    return xgboost.XGBRegressor(n_estimators=6, max_depth=3, n_jobs=1, **options)


def _two(make: Any) -> list[tuple[str, Any]]:
    return [("first", make()), ("second", make(max_leaves=4, grow_policy="lossguide"))]


def _frame(rows: np.ndarray) -> pd.DataFrame:
    """Rows as a frame with a column of words, and numbers that are 0 among them."""
    table = pd.DataFrame(np.where(np.abs(rows) < 0.3, 0.0, rows), columns=list("uvwxyz"))
    table["v"] = np.array(["no", "yes", "perhaps"])[(np.abs(rows[:, 1]) * 1000).astype(np.int64) % 3]
    return table


def fit_frame(estimator: Any, data: Data) -> None:
    """Fit on a frame with words."""
    estimator.fit(_frame(data.X), data.y)


def rows_of_frame(estimator: Any, data: Data) -> pd.DataFrame:
    """A frame, with a word that no fit has seen."""
    table = _frame(np.clip(data.unseen, -9.0, 9.0))
    table.loc[3, "v"] = "unseen"
    return table


def fit_positive(estimator: Any, data: Data) -> None:
    """Fit on targets above zero."""
    estimator.fit(data.X, np.abs(data.y))


def fit_columns(estimator: Any, data: Data) -> None:
    """Fit on two columns of labels."""
    estimator.fit(data.X, np.stack([data.y, (data.X[:, 0] > 0).astype(data.y.dtype)], axis=1))


def rows_of_codes(estimator: Any, data: Data) -> np.ndarray:
    """Whole numbers, some of which no fit has seen."""
    return np.round(np.clip(data.unseen, -9.0, 9.0))


def fit_codes(estimator: Any, data: Data) -> None:
    """Fit on whole numbers."""
    estimator.fit(np.round(data.X), data.y)


def _columns(threshold: float) -> Any:
    return make_column_transformer(
        (make_pipeline(SimpleImputer(), StandardScaler()), list("uwxyz")),
        (OneHotEncoder(handle_unknown="ignore"), ["v"]),
        sparse_threshold=threshold,
    )


def _case(name: str, make: Any, data: str = "three_words", fit: Any = None, rows: Any = None) -> Case:
    return Case(id=name, make=make, data=data, fit=fit, rows=rows)


CASES = (
    _case("Pipeline-xgboost", lambda: make_pipeline(StandardScaler(), _classifier()), "two_classes"),
    _case(
        "Pipeline-xgboost-frame",
        lambda: make_pipeline(_columns(0.0), _classifier()),
        "three_classes",
        fit_frame,
        rows_of_frame,
    ),
    _case(
        "Pipeline-xgboost-absent-is-missing",
        lambda: make_pipeline(_columns(1.0), _regressor()),
        "regression",
        fit_frame,
        rows_of_frame,
    ),
    _case(
        "Pipeline-xgboost-one-hot",
        lambda: make_pipeline(OneHotEncoder(handle_unknown="ignore"), GridSearchCV(_regressor(), {"eta": [0.3]}, cv=2)),
        "positive_regression",
        fit_codes,
        rows_of_codes,
    ),
    _case(
        "Pipeline-xgboost-selection",
        lambda: make_pipeline(SelectFromModel(_classifier()), _classifier()),
        "two_classes",
    ),
    _case("CalibratedClassifierCV-xgboost", lambda: CalibratedClassifierCV(_classifier(), cv=2), "two_classes"),
    _case(
        "CalibratedClassifierCV-xgboost-isotonic",
        lambda: CalibratedClassifierCV(_classifier(), method="isotonic", cv=2, ensemble=False),
        "three_classes",
    ),
    _case(
        "StackingClassifier-xgboost",
        lambda: StackingClassifier(_two(_classifier), LogisticRegression(), cv=2),
    ),
    _case(
        "StackingClassifier-xgboost-last",
        lambda: StackingClassifier(_two(_classifier), _classifier(), cv=2, passthrough=True),
        "three_classes",
    ),
    _case("StackingRegressor-xgboost", lambda: StackingRegressor(_two(_regressor), Ridge(), cv=2), "regression"),
    _case("VotingClassifier-xgboost", lambda: VotingClassifier(_two(_classifier), voting="soft")),
    _case("VotingClassifier-xgboost-hard", lambda: VotingClassifier(_two(_classifier))),
    _case("VotingRegressor-xgboost", lambda: VotingRegressor(_two(_regressor)), "regression"),
    _case(
        "BaggingClassifier-xgboost",
        lambda: BaggingClassifier(_classifier(), n_estimators=3, max_features=0.6, random_state=0),
    ),
    _case("MultiOutputRegressor-xgboost", lambda: MultiOutputRegressor(_regressor()), "two_targets"),
    _case("MultiOutputClassifier-xgboost", lambda: MultiOutputClassifier(_classifier()), "three_classes", fit_columns),
    _case("RegressorChain-xgboost", lambda: RegressorChain(_regressor()), "two_targets"),
    _case("ClassifierChain-xgboost", lambda: ClassifierChain(_classifier()), "multilabel"),
    _case("OneVsRestClassifier-xgboost", lambda: OneVsRestClassifier(_classifier())),
    _case(
        "TransformedTargetRegressor-xgboost-function",
        lambda: TransformedTargetRegressor(_regressor(), func=np.log1p, inverse_func=np.expm1),
        "regression",
        fit_positive,
    ),
    _case(
        "TransformedTargetRegressor-xgboost-scaler",
        lambda: TransformedTargetRegressor(_regressor(), transformer=StandardScaler()),
        "regression",
    ),
    _case(
        "GridSearchCV-xgboost",
        lambda: GridSearchCV(_classifier(), {"max_depth": [2, 3]}, cv=2),
        "two_classes",
    ),
    _case("TunedThresholdClassifierCV-xgboost", lambda: TunedThresholdClassifierCV(_classifier(), cv=2), "two_classes"),
)
