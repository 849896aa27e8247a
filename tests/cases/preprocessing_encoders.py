"""Cases of the encoders of sklearn.preprocessing."""

from typing import Any

import numpy as np
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, TargetEncoder

from . import Case
from .data import Data


def _known(estimator: Any, data: Data) -> Any:
    """Unseen rows without the categories that fit has not seen: encoders that refuse those take these."""
    return data.unseen.iloc[:-6]


def _fit_classes(names: list[str]) -> Any:
    """Fit on as many classes, cut from the target by its quantiles."""

    def fit(estimator: Any, data: Data) -> None:
        limits = np.quantile(data.y, np.linspace(0, 1, len(names) + 1)[1:-1])
        estimator.fit(data.X, np.array(names)[np.digitize(data.y, limits)])

    return fit


CASES = (
    Case(id="OneHotEncoder-error", make=lambda: OneHotEncoder(), data="words", rows=_known),
    Case(id="OneHotEncoder-ignore", make=lambda: OneHotEncoder(handle_unknown="ignore"), data="words"),
    Case(
        id="OneHotEncoder-drop-first-dense",
        make=lambda: OneHotEncoder(drop="first", sparse_output=False, dtype=np.float32, handle_unknown="ignore"),
        data="words",
    ),
    Case(id="OneHotEncoder-drop-if-binary", make=lambda: OneHotEncoder(drop="if_binary"), data="words", rows=_known),
    Case(
        id="OneHotEncoder-drop-given",
        make=lambda: OneHotEncoder(drop=["Rome", 5.0, "on"], handle_unknown="infrequent_if_exist"),
        data="words",
    ),
    Case(
        id="OneHotEncoder-min-frequency",
        make=lambda: OneHotEncoder(min_frequency=0.15, handle_unknown="infrequent_if_exist", drop="first"),
        data="words",
    ),
    Case(
        id="OneHotEncoder-max-categories",
        make=lambda: OneHotEncoder(max_categories=3, handle_unknown="warn"),
        data="words",
        rows=lambda estimator, data: data.unseen[data.unseen["flag"].isin(["on", "off"])],
    ),
    Case(
        id="OneHotEncoder-categories-given",
        make=lambda: OneHotEncoder(
            categories=[["Rome", "Atlantis", "Oslo"], [2.0, 5.0, np.nan], ["off"]], handle_unknown="ignore"
        ),
        data="words",
    ),
    Case(id="OneHotEncoder-none-and-nan", make=lambda: OneHotEncoder(), data="words_with_none"),
    Case(id="OneHotEncoder-one-category", make=lambda: OneHotEncoder(drop="first"), data="constant_words"),
    Case(
        id="OneHotEncoder-numbers",
        make=lambda: OneHotEncoder(handle_unknown="ignore"),
        data="numbers_with_gaps",
        fit=lambda estimator, data: estimator.fit(np.nan_to_num(data.X, nan=0)),
    ),
    Case(id="OrdinalEncoder-error", make=lambda: OrdinalEncoder(), data="words", rows=_known),
    Case(
        id="OrdinalEncoder-values",
        make=lambda: OrdinalEncoder(
            handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2, dtype=np.int32
        ),
        data="words",
    ),
    Case(
        id="OrdinalEncoder-nan",
        make=lambda: OrdinalEncoder(
            handle_unknown="use_encoded_value", unknown_value=np.nan, categories=[["Oslo", "Rome"], [1.0, 2.0], ["on"]]
        ),
        data="words",
    ),
    Case(
        id="OrdinalEncoder-infrequent",
        make=lambda: OrdinalEncoder(max_categories=3, handle_unknown="use_encoded_value", unknown_value=99),
        data="words",
    ),
    Case(
        id="OrdinalEncoder-infrequent-without-gaps",
        make=lambda: OrdinalEncoder(min_frequency=40),
        data="adult",
        fit=lambda estimator, data: estimator.fit(data.X[["education", "age"]]),
        rows=lambda estimator, data: data.X[["education", "age"]],
    ),
    Case(id="TargetEncoder-continuous", make=lambda: TargetEncoder(), data="words"),
    Case(
        id="TargetEncoder-binary",
        make=lambda: TargetEncoder(smooth=2.0),
        data="words",
        fit=_fit_classes(["no", "yes"]),
    ),
    Case(
        id="TargetEncoder-multiclass",
        make=lambda: TargetEncoder(),
        data="words",
        fit=_fit_classes(["ant", "bee", "cat"]),
    ),
)
