"""category_encoders: every encoder on words, numbers, gaps and unseen categories; options; behind and before others."""

from typing import Any

import category_encoders as ce
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from . import Case
from .data import Data


def _known(estimator: Any, data: Data) -> Any:
    """Unseen rows without the categories that fit has not seen."""
    return data.unseen.iloc[:-6]


def _fit_two(estimator: Any, data: Data) -> None:
    """Fit on two classes."""
    estimator.fit(data.X, np.where(data.y > np.median(data.y), "yes", "no"))


def _fit_three(estimator: Any, data: Data) -> None:
    estimator.fit(data.X, np.digitize(data.y, np.quantile(data.y, [0.3, 0.7])))


def _without_gaps(data: Data) -> pd.DataFrame:
    return data.X.fillna({"city": "Oslo", "size": 1.0})


def _fit_without_gaps(estimator: Any, data: Data) -> None:
    """Fit on columns without gaps: the unseen rows have the first ones."""
    estimator.fit(_without_gaps(data), np.where(data.y > np.median(data.y), 1, 0))


ALL = ["city", "size", "flag"]

CASES = (
    Case("OrdinalEncoder-ce", lambda: ce.OrdinalEncoder(), "words"),
    Case("OrdinalEncoder-ce-error", lambda: ce.OrdinalEncoder(handle_unknown="error"), "words", rows=_known),
    Case(
        "OrdinalEncoder-ce-nan-all",
        lambda: ce.OrdinalEncoder(cols=ALL, handle_unknown="return_nan", handle_missing="return_nan"),
        "words",
    ),
    Case("OrdinalEncoder-ce-numbers-given", lambda: ce.OrdinalEncoder(handle_unknown=-7, index_start=0), "words"),
    Case(
        "OrdinalEncoder-ce-mapping",
        lambda: ce.OrdinalEncoder(
            mapping=[{"col": "city", "mapping": {None: 0, "Oslo": 5, "Rome": 2, "Atlantis": 9}}], cols=["city"]
        ),
        "words",
    ),
    Case("OrdinalEncoder-ce-none-and-nan", lambda: ce.OrdinalEncoder(cols="all"), "words_with_none"),
    Case("OrdinalEncoder-ce-no-columns", lambda: ce.OrdinalEncoder(), "three_classes"),
    Case("OrdinalEncoder-ce-min-group", lambda: ce.OrdinalEncoder(min_group_size=20, cols=ALL), "words"),
    Case("OneHotEncoder-ce", lambda: ce.OneHotEncoder(), "words"),
    Case(
        "OneHotEncoder-ce-indicator",
        lambda: ce.OneHotEncoder(
            cols=ALL, handle_unknown="indicator", handle_missing="indicator", use_cat_names=True, return_df=False
        ),
        "words",
        fit=_fit_without_gaps,
    ),
    Case("OneHotEncoder-ce-drop-invariant", lambda: ce.OneHotEncoder(drop_invariant=True), "constant_words"),
    Case(
        "OneHotEncoder-ce-missing-error",
        lambda: ce.OneHotEncoder(handle_missing="error"),
        "words",
        fit=_fit_without_gaps,
        rows=lambda estimator, data: data.unseen.dropna(),
    ),
    Case("BinaryEncoder-ce", lambda: ce.BinaryEncoder(), "words"),
    Case("BaseNEncoder-ce", lambda: ce.BaseNEncoder(base=3, cols=ALL, handle_unknown="return_nan"), "words"),
    Case("CountEncoder-ce", lambda: ce.CountEncoder(), "words"),
    Case(
        "CountEncoder-ce-normalized-groups",
        lambda: ce.CountEncoder(cols=ALL, normalize=True, min_group_size=0.2, handle_unknown=0),
        "words",
    ),
    Case("CountTargetEncoder-ce", lambda: ce.CountTargetEncoder(), "words", fit=_fit_three),
    Case("HelmertEncoder-ce", lambda: ce.HelmertEncoder(cols=ALL), "words"),
    Case("SumEncoder-ce", lambda: ce.SumEncoder(), "words"),
    Case("BackwardDifferenceEncoder-ce", lambda: ce.BackwardDifferenceEncoder(handle_unknown="indicator"), "words"),
    Case("PolynomialEncoder-ce", lambda: ce.PolynomialEncoder(cols=ALL), "words"),
    Case("TargetEncoder-ce", lambda: ce.TargetEncoder(), "words"),
    Case("TargetEncoder-ce-smoothing", lambda: ce.TargetEncoder(cols=ALL, smoothing=3, min_samples_leaf=2), "words"),
    Case(
        "TargetEncoder-ce-nan",
        lambda: ce.TargetEncoder(cols=ALL, handle_unknown="return_nan", handle_missing="return_nan"),
        "words",
        fit=_fit_two,
    ),
    Case(
        "TargetEncoder-ce-error",
        lambda: ce.TargetEncoder(handle_unknown="error", handle_missing="error"),
        "words",
        fit=_fit_without_gaps,
        rows=lambda estimator, data: data.unseen.iloc[:-6].dropna(),
    ),
    Case(
        "TargetEncoder-ce-every-kind",
        lambda: ce.TargetEncoder(cols=["city", "grade", "children"]),
        "every_kind",
        fit=lambda estimator, data: estimator.fit(
            data.X[["spent", "city", "grade", "alone", "children"]], (data.y == "yes").astype(int)
        ),
        rows=lambda estimator, data: data.unseen[list(estimator.feature_names_in_)],
    ),
    Case("CatBoostEncoder-ce", lambda: ce.CatBoostEncoder(cols=ALL, a=2), "words"),
    Case("CatBoostEncoder-ce-none-and-nan", lambda: ce.CatBoostEncoder(cols="all"), "words_with_none"),
    Case("LeaveOneOutEncoder-ce", lambda: ce.LeaveOneOutEncoder(sigma=0.1, random_state=0), "words"),
    Case("JamesSteinEncoder-ce", lambda: ce.JamesSteinEncoder(), "words", fit=_fit_two),
    Case("MEstimateEncoder-ce", lambda: ce.MEstimateEncoder(m=3, cols=ALL), "words", fit=_fit_two),
    Case("WOEEncoder-ce", lambda: ce.WOEEncoder(cols=ALL), "words", fit=_fit_two),
    Case("QuantileEncoder-ce", lambda: ce.QuantileEncoder(quantile=0.3, cols=ALL), "words"),
    Case("GLMMEncoder-ce", lambda: ce.GLMMEncoder(), "words", fit=_fit_two),
    Case(
        "Pipeline-ce-target-logistic",
        lambda: make_pipeline(ce.TargetEncoder(cols=ALL), StandardScaler(), LogisticRegression()),
        "words",
        fit=_fit_two,
    ),
    Case(
        "Pipeline-ce-one-hot-logistic",
        lambda: make_pipeline(ce.OneHotEncoder(cols=ALL), LogisticRegression()),
        "words",
        fit=_fit_two,
    ),
)
