"""CatBoost on numbers: losses with links of their own, missing values, trees of every shape, labels of every kind."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from catboost import CatBoost, CatBoostClassifier, CatBoostRanker, CatBoostRegressor

from . import Case
from .data import Data

SMALL = {
    "iterations": 6,
    "depth": 3,
    "random_seed": 0,
    "thread_count": 1,
    "verbose": 0,
    "allow_writing_files": False,
}

ODD = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1e-40, -1e-40, 1e-300, 5e-324, 1e39, -1e39, 1e300, -1e300]
"""Numbers at the edge of float32, which CatBoost rounds to, and of float64."""


def with_gaps(X: np.ndarray) -> np.ndarray:
    """Rows with gaps."""
    rows = X.copy()
    rows[::7, 1] = np.nan
    rows[::3, 3] = np.nan
    return rows


def splits_of(model: Any) -> Iterator[tuple[int, float]]:
    """Feature and border of each float split: the columns of the rows, for models of numbers alone."""
    for feature, borders in model.get_borders().items():
        yield from ((int(feature), border) for border in borders)


def rows_at_borders(model: Any, data: Data) -> np.ndarray:
    """Rows at borders and one unit in the last place beside them in float32 and float64; odd numbers everywhere."""
    blocks = [with_gaps(np.asarray(data.unseen))]
    start = blocks[0][1:2]
    limits = sorted(set(splits_of(model)))
    for feature, limit in limits[:: max(1, len(limits) // 60)]:
        beside = np.nextafter(np.float32(np.clip(limit, -3e38, 3e38)), np.float32([np.inf, -np.inf])).astype(np.float64)
        values = [limit, *np.nextafter(limit, [np.inf, -np.inf]), *beside, (limit + beside[0]) / 2]
        block = np.repeat(start, len(values), axis=0)
        block[:, feature] = values
        blocks.append(block)
    for feature in range(start.shape[1]):
        block = np.repeat(start, len(ODD), axis=0)
        block[:, feature] = ODD
        blocks.append(block)
    return np.vstack([*blocks, np.full((1, start.shape[1]), np.nan)])


def fit_with_gaps(estimator: Any, data: Data) -> None:
    """Fit on rows with gaps that the target depends on."""
    X = with_gaps(np.asarray(data.X))
    y = np.asarray(data.y)
    estimator.fit(X, np.where(np.isnan(X[:, 3]).reshape(-1, *[1] * (y.ndim - 1)), y[::-1], y))


def fit_groups(estimator: Any, data: Data) -> None:
    """Fit on groups of rows."""
    estimator.fit(data.X, data.y, group_id=np.arange(len(data.y)) // 20)


def fit_shares(estimator: Any, data: Data) -> None:
    """Fit on targets between 0 and 1."""
    estimator.fit(data.X, 1 / (1 + np.exp(-3 * np.asarray(data.y))))


def fit_until_it_is_enough(estimator: Any, data: Data) -> None:
    """Fit with rows set apart that stop the training early."""
    estimator.fit(data.X, data.y, eval_set=(data.X[:40], data.y[40:80]), early_stopping_rounds=2)


def fit_with_threshold(estimator: Any, data: Data) -> None:
    """Fit, and move the threshold of the second class."""
    fit_with_gaps(estimator, data)
    estimator.set_probability_threshold(0.31)


def _classifier(name: str, data: str, fit: Any = fit_with_gaps, **options: Any) -> Case:
    return Case(
        id=f"CatBoostClassifier-{name}",
        make=lambda: CatBoostClassifier(**{**SMALL, **options}),
        data=data,
        fit=fit,
        rows=rows_at_borders,
    )


def _regressor(name: str, data: str = "regression", fit: Any = fit_with_gaps, **options: Any) -> Case:
    return Case(
        id=f"CatBoostRegressor-{name}",
        make=lambda: CatBoostRegressor(**{**SMALL, **options}),
        data=data,
        fit=fit,
        rows=rows_at_borders,
    )


CASES = (
    Case(id="CatBoostClassifier-plain", make=lambda: CatBoostClassifier(**SMALL), data="two_classes"),
    _classifier("words", "two_words"),
    _classifier("multiclass", "negative_classes"),
    _classifier("multiclass-words", "three_words"),
    _classifier("one-versus-all", "three_classes", loss_function="MultiClassOneVsAll"),
    _classifier("labels", "multilabel", loss_function="MultiLogloss"),
    _classifier("shares", "regression", fit_shares, loss_function="CrossEntropy"),
    _classifier("focal", "two_classes", loss_function="Focal:focal_alpha=0.3;focal_gamma=2"),
    _classifier("threshold", "two_classes", fit_with_threshold),
    _classifier("multiclass-lossguide", "three_classes", grow_policy="Lossguide", max_leaves=5),
    *(
        _regressor(loss.partition(":")[0], loss_function=loss)
        for loss in ("RMSE", "MAE", "Quantile:alpha=0.7", "Huber:delta=1", "LogCosh", "RMSEWithUncertainty")
    ),
    *(
        _regressor(loss.partition(":")[0], "positive_regression", loss_function=loss)
        for loss in ("Poisson", "Tweedie:variance_power=1.5", "LogLinQuantile:alpha=0.6", "MAPE")
    ),
    _regressor("several-quantiles", loss_function="MultiQuantile:alpha=0.2,0.8"),
    _regressor("several-targets", "two_targets", loss_function="MultiRMSE"),
    _regressor("missing-lowest", nan_mode="Min"),
    _regressor("missing-highest", nan_mode="Max"),
    _regressor("depthwise", grow_policy="Depthwise", depth=4),
    _regressor("lossguide", grow_policy="Lossguide", max_leaves=6),
    _regressor("region", grow_policy="Depthwise", depth=1),
    _regressor("deep", depth=10, iterations=2),
    _regressor("ordered", boosting_type="Ordered", depth=4),
    _regressor("early-stop", fit=fit_until_it_is_enough, iterations=80, learning_rate=0.8),
    Case(
        id="CatBoostRanker",
        make=lambda: CatBoostRanker(**SMALL),
        data="three_classes",
        fit=fit_groups,
        rows=rows_at_borders,
    ),
    Case(
        id="CatBoost-raw",
        make=lambda: CatBoost({**SMALL, "loss_function": "Logloss"}),
        data="two_classes",
        fit=fit_with_gaps,
        rows=rows_at_borders,
    ),
)
