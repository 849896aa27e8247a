"""Cases of sklearn.impute."""

from typing import Any

import numpy as np
from sklearn.impute import MissingIndicator, SimpleImputer

from . import Case
from .data import Data

WORDS = ["embarked", "deck"]


def _fit_words(estimator: Any, data: Data) -> None:
    estimator.fit(data.X[WORDS])


def _fit_objects(placeholder: Any) -> Any:
    """Fit on objects in which a placeholder stands for what is missing."""

    def fit(estimator: Any, data: Data) -> None:
        estimator.fit(_objects(placeholder)(estimator, Data(None, None, data.X)))

    return fit


def _objects(placeholder: Any) -> Any:
    def rows(estimator: Any, data: Data) -> np.ndarray:
        table = data.unseen[sorted(WORDS)].astype(object).to_numpy()
        return np.where(data.unseen[sorted(WORDS)].isna(), placeholder, table)

    return rows


def _marked(estimator: Any, data: Data) -> np.ndarray:
    """Gaps as -1."""
    return np.nan_to_num(data.unseen[3:], nan=-1)


def _fit_marked(estimator: Any, data: Data) -> None:
    estimator.fit(np.nan_to_num(data.X, nan=-1))


CASES = (
    Case(id="SimpleImputer-mean", make=lambda: SimpleImputer(), data="numbers_with_gaps"),
    Case(
        id="SimpleImputer-median-indicator",
        make=lambda: SimpleImputer(strategy="median", add_indicator=True),
        data="numbers_with_gaps",
        rows=lambda estimator, data: data.unseen[3:],
    ),
    Case(
        id="SimpleImputer-keep-empty",
        make=lambda: SimpleImputer(strategy="most_frequent", keep_empty_features=True, add_indicator=True),
        data="numbers_with_gaps",
    ),
    Case(
        id="SimpleImputer-constant-placeholder",
        make=lambda: SimpleImputer(strategy="constant", fill_value=7, missing_values=-1, add_indicator=True),
        data="numbers_with_gaps",
        fit=_fit_marked,
        rows=_marked,
    ),
    Case(
        id="SimpleImputer-words",
        make=lambda: SimpleImputer(strategy="most_frequent", add_indicator=True),
        data="titanic",
        fit=_fit_words,
        rows=lambda estimator, data: data.unseen[WORDS],
    ),
    Case(
        id="SimpleImputer-words-none",
        make=lambda: SimpleImputer(strategy="constant", missing_values=None),
        data="titanic",
        fit=_fit_objects(None),
        rows=_objects(None),
    ),
    Case(
        id="SimpleImputer-words-question-mark",
        make=lambda: SimpleImputer(strategy="most_frequent", missing_values="?"),
        data="titanic",
        fit=_fit_objects("?"),
        rows=_objects("?"),
    ),
    Case(id="MissingIndicator-all", make=lambda: MissingIndicator(features="all"), data="numbers_with_gaps"),
    Case(
        id="MissingIndicator-missing-only",
        make=lambda: MissingIndicator(error_on_new=False),
        data="numbers_with_gaps",
    ),
    Case(
        id="MissingIndicator-new-gaps-refused",
        make=lambda: MissingIndicator(sparse=True),
        data="numbers_with_gaps",
        rows=lambda estimator, data: data.unseen[2:],
    ),
    Case(
        id="MissingIndicator-words",
        make=lambda: MissingIndicator(missing_values="?", features="all"),
        data="titanic",
        fit=_fit_objects("?"),
        rows=_objects("?"),
    ),
)
