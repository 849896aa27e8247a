"""Histogram gradient boosting: every loss, missing values, categories, constraints."""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from . import Case
from .data import Data
from .tree import fit_with_gaps, rows_with_gaps

CATEGORIES = np.array([-2.0, 0.0, 0.5, 1.0, 3.0, 40.0, 1e6])


def with_categories(X: np.ndarray) -> np.ndarray:
    """Rows with numbers of categories, and NaN, in the second and the last column."""
    rows = X.copy()
    for column, count in ((1, len(CATEGORIES)), (5, 3)):
        rows[:, column] = CATEGORIES[(np.abs(X[:, column]) * 1000).astype(np.int64) % count]
    rows[::11, 1] = np.nan
    return rows


def fit_with_categories(estimator: Any, data: Data) -> None:
    """Fit on rows with categories that the target depends on."""
    X = with_categories(data.X)
    estimator.fit(X, np.where(X[:, 1] > 0.7, data.y[::-1], data.y))


def rows_with_categories(estimator: Any, data: Data) -> np.ndarray:
    """Rows with categories known, unknown, between two known ones, negative, huge and missing; infinite numbers."""
    rows = with_categories(np.clip(data.unseen, -9.0, 9.0))
    odd = [-1.0, -2.0, 0.25, 2.0, 256.0, 300.0, 1e18, -1e18, np.nan, -0.0, np.nextafter(0.5, 1), 40.0]
    more = np.repeat(rows[:1], len(odd), axis=0)
    more[:, 1] = odd
    last = more.copy()
    last[:, 5], last[:, 1], last[:4, 0] = odd, 3.0, [np.inf, -np.inf, np.nan, 1e300]
    return np.vstack([rows, more, last])


def rows_at_thresholds(estimator: Any, data: Data) -> np.ndarray:
    """A row for each threshold of the first trees, and its neighbours in float64."""
    rows = [data.unseen]
    for stage in estimator._predictors[:3]:
        for node in stage[0].nodes:
            if not node["is_leaf"]:
                limit = node["num_threshold"]
                block = np.repeat(data.X[:1], 4, axis=0)
                block[:, node["feature_idx"]] = [limit, np.nextafter(limit, 1e9), np.nextafter(limit, -1e9), np.nan]
                rows.append(block)
    return np.vstack(rows)


def framed(rows: np.ndarray) -> pd.DataFrame:
    """Rows as a frame with a column of words, a categorical one, and gaps in both."""
    table = pd.DataFrame(rows, columns=list("uvwxyz"))
    table["v"] = np.array(["no", "yes", "Ärger", "", "zz"])[(np.abs(rows[:, 1]) * 1000).astype(np.int64) % 5]
    table["z"] = pd.Categorical(np.array([30, 1, 7, -2])[(np.abs(rows[:, 5]) * 1000).astype(np.int64) % 4])
    table.loc[::7, "v"] = None
    table.loc[::6, "z"] = None
    return table.astype({"v": "category"})


def fit_frame(estimator: Any, data: Data) -> None:
    """Fit on a frame whose categories the classes depend on."""
    table = framed(data.X)
    estimator.fit(table, np.where(table["v"].isin(["zz", "no"]), data.y[::-1], data.y))


def rows_of_frame(estimator: Any, data: Data) -> pd.DataFrame:
    """Rows as a frame, with words that no fit has seen."""
    table = framed(np.clip(data.unseen, -9.0, 9.0)).astype({"v": object})
    table.loc[2:4, "v"] = "unseen"
    return table


CASES = (
    Case(
        id="HistGradientBoostingClassifier-words",
        make=lambda: HistGradientBoostingClassifier(max_iter=8, class_weight="balanced", random_state=0),
        data="two_words",
        rows=rows_at_thresholds,
    ),
    Case(
        id="HistGradientBoostingClassifier-multiclass-missing",
        make=lambda: HistGradientBoostingClassifier(max_iter=6, max_leaf_nodes=7, random_state=0),
        data="negative_classes",
        fit=fit_with_gaps,
        rows=rows_with_gaps,
    ),
    Case(
        id="HistGradientBoostingClassifier-categories",
        make=lambda: HistGradientBoostingClassifier(
            max_iter=6, min_samples_leaf=3, categorical_features=[1, 5], random_state=0
        ),
        data="two_classes",
        fit=fit_with_categories,
        rows=rows_with_categories,
    ),
    Case(
        id="HistGradientBoostingClassifier-frame",
        make=lambda: HistGradientBoostingClassifier(max_iter=6, min_samples_leaf=3, random_state=0),
        data="three_words",
        fit=fit_frame,
        rows=rows_of_frame,
    ),
    Case(
        id="HistGradientBoostingClassifier-early-stop",
        make=lambda: HistGradientBoostingClassifier(
            max_iter=50, early_stopping=True, n_iter_no_change=2, learning_rate=0.5, random_state=0
        ),
        data="three_words",
    ),
    *(
        Case(
            id=f"HistGradientBoostingRegressor-{loss.replace('_', '-')}",
            make=lambda loss=loss: HistGradientBoostingRegressor(
                loss=loss, quantile=0.8, max_iter=6, min_samples_leaf=5, random_state=0
            ),
            data="positive_regression",
        )
        for loss in ("squared_error", "absolute_error", "gamma", "poisson", "quantile")
    ),
    Case(
        id="HistGradientBoostingRegressor-categories-mask",
        make=lambda: HistGradientBoostingRegressor(
            max_iter=6,
            min_samples_leaf=3,
            categorical_features=[False, True, False, False, False, True],
            monotonic_cst=[1, 0, 0, -1, 0, 0],
            interaction_cst="pairwise",
            random_state=0,
        ),
        data="regression",
        fit=fit_with_categories,
        rows=rows_with_categories,
    ),
    Case(
        id="HistGradientBoostingRegressor-deep",
        make=lambda: HistGradientBoostingRegressor(
            max_iter=3, min_samples_leaf=1, max_leaf_nodes=None, max_bins=255, random_state=0
        ),
        data="regression",
        rows=rows_at_thresholds,
    ),
)
