"""Cases of sklearn.impute."""

from typing import Any

import numpy as np
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.impute import IterativeImputer, KNNImputer, MissingIndicator, SimpleImputer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeRegressor

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


def _fit_few(estimator: Any, data: Data) -> None:
    estimator.fit(_pairs())


def _few(estimator: Any, data: Data) -> np.ndarray:
    """Rows that share no feature with the donors, some or all of them, besides one that is a donor itself."""
    return np.array([[-1, -1, 0.3], [0.3, -1, -1], [-1, 2.5, -1], [-1, -1, -1], [1.5, -1, 4.0], [1.0, 2.0, -1]])


def _pairs() -> np.ndarray:
    return np.array([[1, 2, -1], [1.5, 2.2, -1], [-1, 7, 3], [-1, 5.5, 4.2], [-1, -1, 9]], dtype=float)


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
        since="1.8",  # its inverse_transform counts an empty column twice before
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
    Case(id="KNNImputer", make=KNNImputer, data="measures_with_gaps"),
    Case(
        id="KNNImputer-distance-indicator",
        make=lambda: KNNImputer(n_neighbors=3, weights="distance", add_indicator=True),
        data="measures_with_gaps",
    ),
    Case(
        id="KNNImputer-more-neighbors-than-donors",
        make=lambda: KNNImputer(n_neighbors=500, keep_empty_features=True),
        data="numbers_with_gaps",
    ),
    Case(
        id="KNNImputer-placeholder-without-common-features",
        make=lambda: KNNImputer(missing_values=-1, n_neighbors=2),
        fit=_fit_few,
        rows=_few,
        data="measures_with_gaps",
    ),
    Case(id="IterativeImputer", make=lambda: IterativeImputer(max_iter=4, tol=1e-9), data="measures_with_gaps"),
    Case(
        id="IterativeImputer-bounded",
        make=lambda: IterativeImputer(
            LinearRegression(),
            max_iter=3,
            imputation_order="roman",
            initial_strategy="median",
            min_value=[0.5, 1.0, -np.inf, 0.0, 0.0, 1.0],
            max_value=2.5,
            keep_empty_features=True,
            add_indicator=True,
        ),
        data="measures_with_gaps",
    ),
    Case(
        id="IterativeImputer-trees-some-neighbors",
        make=lambda: IterativeImputer(
            ExtraTreesRegressor(3, max_depth=4, random_state=0),
            max_iter=2,
            n_nearest_features=2,
            imputation_order="random",
            initial_strategy="most_frequent",
            random_state=0,
        ),
        data="measures_with_gaps",
    ),
    Case(
        id="IterativeImputer-pipeline-constant",
        make=lambda: IterativeImputer(
            make_pipeline(StandardScaler(), DecisionTreeRegressor(max_depth=3)),
            max_iter=1,
            imputation_order="descending",
            initial_strategy="constant",
            fill_value=1.5,
            skip_complete=True,
            missing_values=-1,
        ),
        data="measures_with_gaps",
        fit=_fit_marked,
        rows=_marked,
    ),
    Case(id="IterativeImputer-no-rounds", make=lambda: IterativeImputer(max_iter=0), data="measures_with_gaps"),
)
