"""LightGBM on categories: their numbers in arrays, columns of frames, and behind other steps."""

from typing import Any

import numpy as np
import pandas as pd
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.compose import make_column_transformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder, StandardScaler

from . import Case
from .data import Data, regression
from .lightgbm import SMALL, booster_of, leave_as_trained, splits_of, trained

MANY = {**SMALL, "min_data_per_group": 1, "cat_smooth": 1.0, "min_child_samples": 2, "num_leaves": 12}

ODD_CODES = [np.nan, -1.0, -0.5, -0.0, 0.9, 3.7, 31.0, 32.0, 255.0, 256.0, 299.5, 4001.0, 1e6, 2.0**31, 1e18, -1e18]
ODD_CODES += [np.inf, -np.inf, 2.0**32 + 3.0, 5e-324, 2.9999999999999996]


def with_codes(X: np.ndarray, count: int) -> np.ndarray:
    """Rows with codes of categories, and gaps, in the second and the last column."""
    rows = X.copy()
    rows[:, 1] = (np.abs(X[:, 1]) * 1e6).astype(np.int64) % 5
    rows[:, 5] = (np.abs(X[:, 5]) * 1e6).astype(np.int64) % count * (4000 // count)
    rows[::11, 1] = np.nan
    return rows


def fit_codes(estimator: Any, data: Data, count: int = 40) -> None:
    """Fit on codes that the target depends on."""
    X = with_codes(np.asarray(data.X), count)
    estimator.fit(X, np.where(X[:, 5] % 3 == 1, data.y[::-1], data.y), categorical_feature=[1, 5])


def fit_few_codes(estimator: Any, data: Data) -> None:
    """Fit on codes of which each may have a split of its own."""
    fit_codes(estimator, data, 4)


def rows_of_codes(model: Any, data: Data) -> np.ndarray:
    """Rows with codes known, not known, negative, missing, huge and broken."""
    rows = with_codes(np.clip(np.asarray(data.unseen), -9.0, 9.0), 40)
    blocks = [rows]
    sets = [str(limit).split("||") for _, limit, kind in splits_of(model) if kind == "=="]
    known = sorted({float(code) for part in sets for code in part})
    for feature in (1, 5):
        values = [*ODD_CODES, *known, *(code + 1 for code in known)]
        block = np.repeat(rows[1:2], len(values), axis=0)
        block[:, feature] = values
        blocks.append(block)
    return np.vstack(blocks)


def framed(rows: np.ndarray) -> pd.DataFrame:
    """A frame with a categorical column of words, one of numbers, and gaps in both."""
    table = pd.DataFrame(rows, columns=["u", "v", "w", "x", "y", "z"])
    words = np.array(["no", "yes", "Ärger", "", "zz"])[(np.abs(rows[:, 1]) * 1e6).astype(np.int64) % 5]
    table["v"] = pd.Categorical(words, categories=["zz", "yes", "no", "Ärger", ""])
    table["z"] = pd.Categorical(np.array([30, 1, 7, -2])[(np.abs(rows[:, 5]) * 1e6).astype(np.int64) % 4])
    table.loc[::7, "v"] = None
    table.loc[::6, "z"] = None
    return table


def fit_frame(estimator: Any, data: Data) -> None:
    """Fit on a frame whose categories the target depends on."""
    table = framed(np.asarray(data.X))
    estimator.fit(table, np.where(table["v"].isin(["zz", "no"]), data.y[::-1], data.y))


def rows_of_frame(model: Any, data: Data) -> pd.DataFrame:
    """Rows as a frame with other categories than those of the fit, in another order, words that no fit has seen."""
    table = framed(np.clip(np.asarray(data.unseen), -9.0, 9.0))
    table["v"] = table["v"].cat.set_categories(["", "yes", "unseen", "no", "zz"])
    table.loc[2:4, "v"] = "unseen"
    table["z"] = table["z"].cat.add_categories([8])
    table.loc[3:9, "z"] = 8
    return table


def booster_of_frame() -> Any:
    """A Booster trained on a frame."""
    data = regression()
    table = framed(data.X)
    model = LGBMRegressor(**MANY).fit(table, np.where(table["v"].isin(["zz", "no"]), data.y[::-1], data.y))
    return booster_of(model)


def fit_mixed_frame(estimator: Any, data: Data) -> None:
    """Fit a pipeline on a frame with words that are no categorical column."""
    table = framed(np.asarray(data.X)).astype({"v": object, "z": float})
    estimator.fit(table, data.y)


def rows_of_mixed_frame(model: Any, data: Data) -> pd.DataFrame:
    """Rows as a frame, its columns in another order, words that no fit has seen."""
    table = framed(np.clip(np.asarray(data.unseen), -9.0, 9.0)).astype({"v": object, "z": float})
    table.loc[2:4, "v"] = "unseen"
    return table[["z", "u", "y", "x", "w", "v"]]


CASES = (
    Case(
        id="LGBMClassifier-codes",
        make=lambda: LGBMClassifier(**MANY),
        data="three_words",
        fit=fit_codes,
        rows=rows_of_codes,
    ),
    *(
        Case(
            id=f"LGBMRegressor-{name}",
            make=lambda options=options: LGBMRegressor(**{**MANY, **options}),
            data="regression",
            fit=fit,
            rows=rows_of_codes,
        )
        for name, fit, options in (
            ("codes", fit_codes, {}),
            ("codes-one-versus-rest", fit_few_codes, {"max_cat_to_onehot": 8}),
            ("codes-zero-as-missing", fit_codes, {"zero_as_missing": True}),
            ("codes-forest", fit_codes, {"boosting_type": "rf", "subsample": 0.7, "subsample_freq": 1}),
            ("codes-linear", fit_few_codes, {"linear_tree": True}),
        )
    ),
    Case(
        id="LGBMClassifier-frame",
        make=lambda: LGBMClassifier(**MANY),
        data="two_words",
        fit=fit_frame,
        rows=rows_of_frame,
    ),
    Case(
        id="LGBMRegressor-frame",
        make=lambda: LGBMRegressor(**MANY),
        data="regression",
        fit=fit_frame,
        rows=rows_of_frame,
    ),
    Case(
        id="Booster-lightgbm-frame",
        make=booster_of_frame,
        data="regression",
        fit=leave_as_trained,
        rows=rows_of_frame,
    ),
    Case(
        id="Booster-lightgbm-codes",
        make=lambda: trained(regression(), codes=[3], min_data_per_group=1, cat_smooth=1),
        data="regression",
        fit=leave_as_trained,
    ),
    Case(
        id="Pipeline-lightgbm-frame",
        make=lambda: make_pipeline(
            make_column_transformer(
                (OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan), ["v"]),
                (StandardScaler(), ["u", "w"]),
                remainder="passthrough",
            ),
            LGBMClassifier(**MANY),
        ),
        data="three_words",
        fit=fit_mixed_frame,
        rows=rows_of_mixed_frame,
    ),
)
