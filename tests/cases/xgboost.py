"""XGBoost: boosters and objectives, missing values, categories, early stopping, raw boosters."""

import json
from typing import Any

import numpy as np
import pandas as pd
import xgboost
from scipy import sparse

from . import Case
from .data import Data

FEW = {"n_estimators": 12, "max_depth": 4, "n_jobs": 1}


def trained(parameters: dict[str, Any]) -> Any:
    """A fit that makes a raw booster the one that is trained with some parameters."""

    def train(estimator: xgboost.Booster, data: Data) -> None:
        booster = xgboost.train(parameters, xgboost.DMatrix(data.X, data.y), 12)
        estimator.__setstate__(booster.__getstate__())

    return train


def with_gaps(X: np.ndarray) -> np.ndarray:
    """Rows with gaps in two columns."""
    rows = X.copy()
    rows[::7, 1] = np.nan
    rows[3::11, 4] = np.nan
    return rows


def fit_gaps(estimator: Any, data: Data) -> None:
    """Fit on rows with gaps."""
    estimator.fit(with_gaps(data.X), data.y)


def fit_early(estimator: Any, data: Data) -> None:
    """Fit until rows that were held out are predicted no better."""
    estimator.fit(data.X[:80], data.y[:80], eval_set=[(data.X[80:], data.y[80:])], verbose=False)


def fit_groups(estimator: Any, data: Data) -> None:
    """Fit a ranker on three queries."""
    estimator.fit(data.X, data.y, qid=np.arange(len(data.X)) * 3 // len(data.X))


def fit_positive(estimator: Any, data: Data) -> None:
    """Fit on targets above zero."""
    estimator.fit(data.X, np.abs(data.y) + 0.1)


def fit_rates(estimator: Any, data: Data) -> None:
    """Fit on targets between 0 and 1."""
    estimator.fit(data.X, 1 / (1 + np.exp(-data.y)))


def hard_rows(estimator: Any, data: Data) -> np.ndarray:
    """Rows at the thresholds of the first trees, and a unit in the last place of float32 and of float64 to either side.

    Gaps, zeros of both signs, tiny and huge numbers beside them; none beyond float32, which a DMatrix refuses.
    """
    booster = estimator if isinstance(estimator, xgboost.Booster) else estimator.get_booster()
    rows = [np.clip(data.unseen, -1e30, 1e30)]
    found = json.loads(booster.save_raw("json"))["learner"]["gradient_booster"]
    trees = found.get("gbtree", found)["model"].get("trees", ())
    for tree in trees[:4]:
        splits = [i for i, left in enumerate(tree["left_children"]) if left != -1]
        for i in splits[:3]:
            limit = np.float32(tree["split_conditions"][i])
            block = np.repeat(data.X[:1], 6, axis=0)
            block[:, tree["split_indices"][i]] = [
                limit,
                *(np.nextafter(limit, np.float32(side)) for side in (np.inf, -np.inf)),
                *(np.nextafter(float(limit), side) for side in (np.inf, -np.inf)),
                np.nan,
            ]
            rows.append(block)
    width = data.X.shape[1]
    rows.append(np.outer([np.nan, 0.0, -0.0, 1e-45, -1e-45, 1e-300, 3.4e38, -3.4e38, 1e-38], np.ones(width)))
    return with_gaps(np.vstack(rows))


def rows_without_gaps(estimator: Any, data: Data) -> np.ndarray:
    """Rows of which some numbers are the one that stands for missing."""
    rows = np.round(np.clip(data.unseen, -9.0, 9.0))
    rows[::4, 2] = np.nan
    return rows


def fit_rounded(estimator: Any, data: Data) -> None:
    """Fit on whole numbers, among them the one that stands for missing."""
    estimator.fit(np.round(data.X), data.y)


CODES = 300


def with_codes(X: np.ndarray) -> np.ndarray:
    """Rows with codes of few categories in the second column, of many in the last."""
    rows = X.copy()
    rows[:, 1] = (np.abs(X[:, 1]) * 1000).astype(np.int64) % 5
    rows[:, 5] = (np.abs(X[:, 5]) * 10007).astype(np.int64) % CODES
    rows[::13, 1] = np.nan
    return rows


def fit_codes(estimator: Any, data: Data) -> None:
    """Fit on codes of categories that the target depends on."""
    X = with_codes(data.X)
    estimator.fit(X, np.where(np.isin(X[:, 1], [1, 3]), data.y[::-1], data.y) + np.sin(X[:, 5]))


def rows_of_codes(estimator: Any, data: Data) -> np.ndarray:
    """Rows with codes that are known, unknown, negative, broken, huge and missing."""
    rows = with_codes(np.clip(data.unseen, -9.0, 9.0))
    odd = [-1.0, -0.5, -1e-30, -0.0, 0.5, 3.99, 5.0, 299.5, 301.0, 2.0**24, 2.0**24 - 1, 1e20, -1e20, np.nan]
    more, last = np.repeat(rows[:1], len(odd), axis=0), np.repeat(rows[1:2], len(odd), axis=0)
    more[:, 1], last[:, 5] = odd, odd
    return np.vstack([rows, more, last])


def framed(rows: np.ndarray) -> pd.DataFrame:
    """Rows as a frame with categories that are words, others that are numbers, and gaps in both."""
    table = pd.DataFrame(rows, columns=list("uvwxyz"))
    words = np.array(["no", "yes", "", "a longer word", "zz"])[(np.abs(rows[:, 1]) * 1000).astype(np.int64) % 5]
    numbers = np.array([30, 1, 7, -2])[(np.abs(rows[:, 5]) * 1000).astype(np.int64) % 4]
    table["v"] = pd.Categorical(words, categories=["zz", "no", "", "yes", "a longer word"])
    table["z"] = pd.Categorical(numbers)
    table.loc[::7, "v"] = None
    table.loc[::6, "z"] = None
    return table


def fit_frame(estimator: Any, data: Data) -> None:
    """Fit on a frame whose categories the target depends on."""
    table = framed(data.X)
    estimator.fit(table, np.where(table["v"].isin(["zz", "no"]), data.y[::-1], data.y))


def rows_of_frame(estimator: Any, data: Data) -> pd.DataFrame:
    """Rows as a frame, the categories in another order."""
    table = framed(np.clip(data.unseen, -9.0, 9.0))
    table["v"] = table["v"].cat.reorder_categories(["yes", "a longer word", "", "zz", "no"])
    return table


def sparse_rows(estimator: Any, data: Data) -> sparse.csr_matrix:
    """Compressed rows: what is absent is missing, and stored zeros are zeros."""
    rows = np.clip(data.unseen, -9.0, 9.0)
    compressed = sparse.csr_matrix(np.where(np.abs(rows) < 0.5, 0.0, rows))
    compressed.data[::9] = 0.0
    return compressed


def fit_sparse(estimator: Any, data: Data) -> None:
    """Fit on compressed rows."""
    estimator.fit(sparse.csr_matrix(np.where(np.abs(data.X) < 0.5, 0.0, data.X)), data.y)


def _regressor(name: str, fit: Any = None, data: str = "regression", **options: Any) -> Case:
    return Case(
        id=f"XGBRegressor-{name}",
        make=lambda: xgboost.XGBRegressor(**{**FEW, **options}),
        data=data,
        fit=fit,
        rows=hard_rows,
    )


def _classifier(name: str, data: str, fit: Any = None, **options: Any) -> Case:
    return Case(
        id=f"XGBClassifier-{name}",
        make=lambda: xgboost.XGBClassifier(**{**FEW, **options}),
        data=data,
        fit=fit,
        rows=hard_rows,
    )


_DART = {"booster": "dart", "rate_drop": 0.4, "seed": 1}
_LINEAR = {"booster": "gblinear", "max_depth": None}

CASES = (
    _classifier("two-classes", "two_classes", fit_gaps),
    _classifier("three-classes", "three_classes", fit_gaps),
    _classifier("softmax", "three_classes", objective="multi:softmax"),
    _classifier("multilabel", "multilabel"),
    _classifier("vector-leaves", "three_classes", multi_strategy="multi_output_tree"),
    _classifier("hinge", "two_classes", objective="binary:hinge"),
    _classifier("logitraw", "two_classes", objective="binary:logitraw"),
    _classifier("base-score", "two_classes", base_score=0.3),
    _classifier("dart", "two_classes", **_DART),
    _classifier("dart-three-classes", "three_classes", **_DART),
    _classifier("linear", "two_classes", **_LINEAR),
    _classifier("linear-three-classes", "three_classes", **_LINEAR),
    _classifier("early", "two_classes", fit_early, n_estimators=200, early_stopping_rounds=3, learning_rate=0.5),
    _classifier(
        "early-parallel", "three_classes", fit_early, n_estimators=200, early_stopping_rounds=2, num_parallel_tree=2
    ),
    _regressor("squared", fit_gaps),
    _regressor("deep", fit_gaps, max_depth=12, min_child_weight=0, n_estimators=40),
    _regressor("pruned", gamma=0.5, max_depth=8),
    _regressor("lossguide", grow_policy="lossguide", max_leaves=40, max_depth=0, tree_method="hist"),
    _regressor("exact", tree_method="exact"),
    _regressor("one-tree", n_estimators=1, max_depth=2),
    _regressor("stump-of-one-leaf", n_estimators=3, gamma=1e9),
    _regressor("base-score", base_score=0.25),
    _regressor("base-score-by-target", data="two_targets", base_score=[0.25, -3.0]),
    _regressor("parallel", num_parallel_tree=3, subsample=0.7),
    _regressor("two-targets", data="two_targets"),
    _regressor("vector-leaves", data="two_targets", multi_strategy="multi_output_tree"),
    _regressor("squaredlogerror", fit_positive, objective="reg:squaredlogerror"),
    _regressor("logistic", fit_rates, objective="reg:logistic"),
    _regressor("pseudohuber", objective="reg:pseudohubererror"),
    _regressor("absolute", objective="reg:absoluteerror"),
    _regressor("quantiles", objective="reg:quantileerror", quantile_alpha=[0.1, 0.5, 0.9]),
    _regressor("poisson", fit_positive, objective="count:poisson"),
    _regressor("gamma", fit_positive, objective="reg:gamma"),
    _regressor("tweedie", fit_positive, objective="reg:tweedie", tweedie_variance_power=1.3),
    _regressor("cox", fit_positive, objective="survival:cox"),
    _regressor("dart", **_DART),
    _regressor("dart-two-targets", data="two_targets", **_DART),
    _regressor("linear", fit_gaps, **_LINEAR),
    _regressor("linear-poisson", fit_positive, objective="count:poisson", **_LINEAR),
    _regressor("early", fit_early, n_estimators=300, early_stopping_rounds=2, learning_rate=0.5),
    Case(
        id="XGBRegressor-missing-is-a-number",
        make=lambda: xgboost.XGBRegressor(**FEW, missing=-1.0),
        data="two_targets",
        fit=fit_rounded,
        rows=rows_without_gaps,
    ),
    Case(
        id="XGBRegressor-sparse",
        make=lambda: xgboost.XGBRegressor(**FEW),
        data="regression",
        fit=fit_sparse,
        rows=sparse_rows,
    ),
    Case(
        id="XGBRegressor-codes",
        make=lambda: xgboost.XGBRegressor(
            **FEW, enable_categorical=True, feature_types=["q", "c", "q", "q", "q", "c"], max_cat_to_onehot=3
        ),
        data="regression",
        fit=fit_codes,
        rows=rows_of_codes,
    ),
    Case(
        id="XGBRegressor-frame",
        make=lambda: xgboost.XGBRegressor(**FEW, enable_categorical=True),
        data="regression",
        fit=fit_frame,
        rows=rows_of_frame,
    ),
    Case(
        id="XGBClassifier-frame",
        make=lambda: xgboost.XGBClassifier(**FEW, enable_categorical=True, max_cat_to_onehot=1),
        data="three_classes",
        fit=fit_frame,
        rows=rows_of_frame,
    ),
    Case(
        id="XGBRFClassifier-three-classes",
        make=lambda: xgboost.XGBRFClassifier(n_estimators=15, max_depth=4, n_jobs=1),
        rows=hard_rows,
    ),
    Case(
        id="XGBRFRegressor-squared",
        make=lambda: xgboost.XGBRFRegressor(n_estimators=15, max_depth=6, n_jobs=1),
        data="regression",
        rows=hard_rows,
    ),
    *(
        Case(
            id=f"XGBRanker-{name}",
            make=lambda objective=f"rank:{name}": xgboost.XGBRanker(**FEW, objective=objective),
            data="two_classes",
            fit=fit_groups,
            rows=hard_rows,
        )
        for name in ("ndcg", "pairwise", "map")
    ),
    *(
        Case(
            id=f"Booster-{name}",
            make=xgboost.Booster,
            data="two_classes" if "binary" in str(options) else "three_classes",
            fit=trained({**options, "nthread": 1}),
            rows=hard_rows,
        )
        for name, options in {
            "logistic": {"objective": "binary:logistic"},
            "softmax": {"objective": "multi:softmax", "num_class": 3},
            "softprob": {"objective": "multi:softprob", "num_class": 3, "num_parallel_tree": 2},
            "dart": {"objective": "binary:logistic", **_DART},
            "linear": {"objective": "binary:logistic", "booster": "gblinear"},
        }.items()
    ),
)
