"""LightGBM on numbers: every objective and kind of boosting, kinds of missing values, linear trees, raw boosters."""

from collections.abc import Iterator
from typing import Any

import lightgbm
import numpy as np
from lightgbm import LGBMClassifier, LGBMRanker, LGBMRegressor

from . import Case
from .data import Data, positive_regression, regression, three_classes

SMALL = {"n_estimators": 7, "num_leaves": 7, "min_child_samples": 5, "random_state": 0, "n_jobs": 1, "verbose": -1}

ODD = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1e-35, -1e-35, 1.1e-35, -1.1e-35, 1e-36, -1e-300, 5e-324, 1e300, -1e300]
"""Numbers at the edge of what LightGBM takes for zero, and of float64."""


def with_gaps(X: np.ndarray) -> np.ndarray:
    """Rows with gaps, with zeros, and with numbers next to zero."""
    rows = X.copy()
    rows[::7, 1] = np.nan
    rows[::3, 3] = 0.0
    rows[::5, 3] = -0.0
    rows[:, 4] = np.round(rows[:, 4], 1) * 1e-35
    return rows


def booster_of(model: Any) -> Any:
    """The Booster of an estimator, or the Booster itself."""
    return model if isinstance(model, lightgbm.Booster) else model.booster_


def splits_of(model: Any) -> Iterator[tuple[int, Any, str]]:
    """Feature, threshold and comparison of every split."""
    nodes = [tree["tree_structure"] for tree in booster_of(model).dump_model()["tree_info"]]
    while nodes:
        node = nodes.pop()
        if "split_feature" in node:
            yield node["split_feature"], node["threshold"], node["decision_type"]
            nodes += [node["left_child"], node["right_child"]]


def rows_at_thresholds(model: Any, data: Data) -> np.ndarray:
    """Rows at thresholds and one unit in the last place beside them in float64 and float32; odd numbers everywhere."""
    blocks = [with_gaps(np.asarray(data.unseen))]
    start = blocks[0][:1]
    limits = sorted({(feature, float(limit)) for feature, limit, kind in splits_of(model) if kind == "<="})
    for feature, limit in limits[:: max(1, len(limits) // 60)]:
        near = np.float32(np.clip(limit, -3e38, 3e38))
        beside = np.nextafter(near, np.float32([np.inf, -np.inf]))
        values = [limit, *np.nextafter(limit, [np.inf, -np.inf]), float(near), *beside.astype(np.float64)]
        block = np.repeat(start, len(values), axis=0)
        block[:, feature] = values
        blocks.append(block)
    for feature in range(start.shape[1]):
        block = np.repeat(start, len(ODD), axis=0)
        block[:, feature] = ODD
        blocks.append(block)
    return np.vstack([*blocks, np.full((1, start.shape[1]), np.nan), np.zeros((1, start.shape[1]))])


def finite_rows_at_thresholds(model: Any, data: Data) -> np.ndarray:
    """The rows without infinite and huge numbers, which make NaN of a linear leaf."""
    rows = rows_at_thresholds(model, data)
    return rows[~(np.abs(rows) > 1e200).any(axis=1)]


def fit_with_gaps(estimator: Any, data: Data) -> None:
    """Fit on rows with gaps and zeros that the target depends on."""
    X = with_gaps(np.asarray(data.X))
    estimator.fit(X, np.where(np.isnan(X[:, 1]) | (X[:, 3] == 0.0), data.y[::-1], data.y))


def fit_on_shares(estimator: Any, data: Data) -> None:
    """Fit on targets between 0 and 1."""
    estimator.fit(data.X, 1 / (1 + np.exp(-3 * np.asarray(data.y))))


def fit_ranks(estimator: Any, data: Data) -> None:
    """Fit on groups of rows."""
    estimator.fit(data.X, data.y, group=[30, 50, len(data.y) - 80])


def fit_until_it_is_enough(estimator: Any, data: Data) -> None:
    """Fit with rows set apart that stop the training early."""
    estimator.fit(
        data.X, data.y, eval_X=data.X[:40], eval_y=data.y[40:80], callbacks=[lightgbm.early_stopping(2, verbose=False)]
    )


def constant(estimator: Any, data: Data) -> None:
    """Fit on one class alone, or on one target."""
    estimator.fit(data.X, np.full(len(data.y), data.y[0]))


def trained(
    data: Data, n_rounds: int = 6, valid: bool = False, keep: bool = False, codes: Any = "auto", **parameters: Any
) -> Any:
    """A Booster as ``lightgbm.train`` gives it."""
    options = {"num_leaves": 7, "min_data_in_leaf": 5, "verbose": -1, "num_threads": 1, "seed": 0, **parameters}
    rows = lightgbm.Dataset(with_gaps(np.asarray(data.X)), data.y, params=options, categorical_feature=codes)
    apart = [lightgbm.Dataset(with_gaps(np.asarray(data.X)), data.y[::-1], reference=rows)] if valid else None
    stop = [lightgbm.early_stopping(2, verbose=False)] if valid else None
    return lightgbm.train(options, rows, n_rounds, apart, callbacks=stop, keep_training_booster=keep)


def leave_as_trained(estimator: Any, data: Data) -> None:
    """Fit nothing: a Booster comes from training."""


def squared_error(y_true: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Gradient and Hessian of an objective of the user's."""
    return y_pred - y_true, np.ones_like(y_true)


def _booster(name: str, make: Any, data: str) -> Case:
    return Case(id=f"Booster-lightgbm-{name}", make=make, data=data, fit=leave_as_trained, rows=rows_at_thresholds)


CASES = (
    Case(
        id="LGBMClassifier-words",
        make=lambda: LGBMClassifier(**SMALL),
        data="two_words",
        fit=fit_with_gaps,
        rows=rows_at_thresholds,
    ),
    Case(id="LGBMClassifier-plain", make=lambda: LGBMClassifier(**SMALL), data="two_classes"),
    Case(
        id="LGBMClassifier-multiclass",
        make=lambda: LGBMClassifier(**SMALL),
        data="negative_classes",
        fit=fit_with_gaps,
        rows=rows_at_thresholds,
    ),
    Case(
        id="LGBMClassifier-one-versus-all",
        make=lambda: LGBMClassifier(objective="multiclassova", sigmoid=0.7, **SMALL),
        data="three_words",
        rows=rows_at_thresholds,
    ),
    Case(
        id="LGBMClassifier-sigmoid",
        make=lambda: LGBMClassifier(sigmoid=0.123456789, is_unbalance=True, **SMALL),
        data="two_classes",
    ),
    Case(id="LGBMClassifier-one-class", make=lambda: LGBMClassifier(**SMALL), data="negative_classes", fit=constant),
    *(
        Case(
            id=f"LGBMClassifier-{kind}-{data}",
            make=lambda kind=kind: LGBMClassifier(
                boosting_type=kind, subsample=0.7, subsample_freq=int(kind == "rf"), **SMALL
            ),
            data=data,
            fit=fit_with_gaps,
            rows=rows_at_thresholds,
        )
        for kind in ("dart", "goss", "rf")
        for data in ("two_classes", "three_classes")
    ),
    Case(
        id="LGBMClassifier-linear",
        make=lambda: LGBMClassifier(linear_tree=True, **SMALL),
        data="three_classes",
        fit=fit_with_gaps,
        rows=finite_rows_at_thresholds,
    ),
    *(
        Case(
            id=f"LGBMRegressor-{objective}",
            make=lambda objective=objective: LGBMRegressor(objective=objective, alpha=0.8, **SMALL),
            data="positive_regression",
            rows=rows_at_thresholds,
        )
        for objective in (
            *("regression", "regression_l1", "huber", "fair", "quantile", "mape"),
            *("poisson", "gamma", "tweedie"),
        )
    ),
    *(
        Case(
            id=f"LGBMRegressor-{objective}",
            make=lambda objective=objective: LGBMRegressor(objective=objective, **SMALL),
            data="regression",
            fit=fit_on_shares,
            rows=rows_at_thresholds,
        )
        for objective in ("cross_entropy", "cross_entropy_lambda")
    ),
    Case(
        id="LGBMRegressor-custom",
        make=lambda: LGBMRegressor(objective=squared_error, **SMALL),
        data="regression",
        rows=rows_at_thresholds,
    ),
    *(
        Case(
            id=f"LGBMRegressor-square-root-{objective}",
            make=lambda objective=objective: LGBMRegressor(objective=objective, reg_sqrt=True, **SMALL),
            data="regression",
            rows=rows_at_thresholds,
        )
        for objective in ("regression", "regression_l1")
    ),
    *(
        Case(
            id=f"LGBMRegressor-{kind}",
            make=lambda kind=kind: LGBMRegressor(
                boosting_type=kind, subsample=0.7, subsample_freq=int(kind == "rf"), **SMALL
            ),
            data="regression",
            fit=fit_with_gaps,
            rows=rows_at_thresholds,
        )
        for kind in ("gbdt", "dart", "goss", "rf")
    ),
    *(
        Case(
            id=f"LGBMRegressor-{name}",
            make=lambda options=options: LGBMRegressor(**{**SMALL, **options}),
            data="regression",
            fit=fit_with_gaps,
            rows=rows_at_thresholds,
        )
        for name, options in {
            "zero-as-missing": {"zero_as_missing": True},
            "nothing-missing": {"use_missing": False},
            "stumps": {"num_leaves": 2},
            "one-tree": {"n_estimators": 1},
            "deep": {"num_leaves": 60, "min_child_samples": 1, "n_estimators": 3},
            "many-leaves": {"num_leaves": 100, "min_child_samples": 1, "n_estimators": 3, "max_bin": 20},
            "constrained": {"monotone_constraints": [1, 0, 0, -1, 0, 0], "extra_trees": True, "path_smooth": 1.0},
        }.items()
    ),
    Case(
        id="LGBMRegressor-linear",
        make=lambda: LGBMRegressor(linear_tree=True, **SMALL),
        data="regression",
        fit=fit_with_gaps,
        rows=finite_rows_at_thresholds,
    ),
    Case(id="LGBMRegressor-constant", make=lambda: LGBMRegressor(**SMALL), data="regression", fit=constant),
    Case(
        id="LGBMRegressor-early-stop",
        make=lambda: LGBMRegressor(**{**SMALL, "n_estimators": 100, "learning_rate": 0.5}),
        data="regression",
        fit=fit_until_it_is_enough,
    ),
    *(
        Case(
            id=f"LGBMRanker-{objective}",
            make=lambda objective=objective: LGBMRanker(objective=objective, **SMALL),
            data="three_classes",
            fit=fit_ranks,
            rows=rows_at_thresholds,
        )
        for objective in ("lambdarank", "rank_xendcg")
    ),
    _booster("regression", lambda: trained(regression()), "regression"),
    _booster("early-stop", lambda: trained(regression(), 60, valid=True, learning_rate=0.5), "regression"),
    _booster(
        "sigmoid-of-training",
        lambda: trained(three_classes(), keep=True, objective="multiclassova", num_class=3, sigmoid=0.123456789),
        "three_classes",
    ),
    _booster("multiclass", lambda: trained(three_classes(), objective="multiclass", num_class=3), "three_classes"),
    _booster("poisson", lambda: trained(positive_regression(), objective="poisson"), "positive_regression"),
    _booster(
        "forest",
        lambda: trained(regression(), boosting="rf", bagging_fraction=0.6, bagging_freq=1, reg_sqrt=True),
        "regression",
    ),
)
