"""CatBoost on categories: values of their own, statistics of all kinds, combinations, of words and whole numbers."""

from typing import Any

import numpy as np
import pandas as pd
from catboost import CatBoostClassifier, CatBoostRegressor
from sklearn.compose import make_column_transformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from . import Case
from .catboost import ODD, SMALL
from .data import Data

WORDS = ["no", "yes", "Ärger", "", "zz", "a word of more than sixteen bytes", "x" * 40, "日本語" * 30]


def framed(rows: np.ndarray) -> pd.DataFrame:
    """A frame with words, whole numbers, bools and a categorical column as categories, and two columns of numbers."""
    table = pd.DataFrame(rows, columns=["u", "v", "w", "x", "y", "z"])
    place = (np.abs(np.nan_to_num(rows, posinf=1.0, neginf=1.0)) * 1e6).astype(np.int64)
    table["v"] = np.array(WORDS, dtype=object)[place[:, 1] % len(WORDS)]
    table["w"] = place[:, 2] % 30 - 10
    table["x"] = place[:, 3] % 2 == 0
    table["z"] = pd.Categorical(np.array(["p", "q", "r"])[place[:, 5] % 3])
    table.loc[::7, "y"] = np.nan
    return table


def fit_frame(estimator: Any, data: Data) -> None:
    """Fit on a frame whose categories the target depends on."""
    table = framed(np.asarray(data.X))
    y = np.where(table["v"].isin(["zz", "no"]) & (table["w"] % 3 != 0), data.y[::-1], data.y)
    estimator.fit(table, y)


def rows_of_frame(model: Any, data: Data) -> pd.DataFrame:
    """Rows with words and numbers that no fit has seen, and odd numbers, the columns in the order of the fit."""
    table = framed(np.clip(np.asarray(data.unseen), -9.0, 9.0)).astype({"w": object, "z": object})
    table.loc[2:5, "v"] = ["unseen", "Unseen wörds of more than thirty-two bytes, quite long", "y" * 65, "NO"]
    table.loc[4:6, "w"] = [-1000, 2**40, 0]
    table.loc[6, "z"] = "s"
    table.loc[7 : 6 + len(ODD), "u"] = ODD
    table.loc[9 : 8 + len(ODD), "y"] = ODD
    return table


def finite_rows_of_frame(model: Any, data: Data) -> pd.DataFrame:
    """The rows without numbers that a scaler refuses."""
    table = rows_of_frame(model, data)
    return table[~np.isinf(table[["u", "y"]]).any(axis=1)].reset_index(drop=True)


def fit_whole_numbers(estimator: Any, data: Data) -> None:
    """Fit on an array of whole numbers, some of them categories."""
    X = (np.asarray(data.X) * 4).astype(np.int64)
    estimator.fit(X, np.where(X[:, 1] % 2 == 0, data.y[::-1], data.y))


def rows_of_whole_numbers(model: Any, data: Data) -> np.ndarray:
    """Rows of whole numbers."""
    return (np.clip(np.asarray(data.unseen), -99, 99) * 5).astype(np.int64)


def _case(cls: type, name: str, data: str, fit: Any = fit_frame, rows: Any = rows_of_frame, **options: Any) -> Case:
    settings = {**SMALL, "cat_features": ["v", "w", "x", "z"], **options}
    return Case(id=f"{cls.__name__}-{name}", make=lambda: cls(**settings), data=data, fit=fit, rows=rows)


KINDS: dict[str, dict[str, Any]] = {
    "statistics": {"one_hot_max_size": 1},
    "values-of-their-own": {"one_hot_max_size": 200},
    "values-and-combinations": {"one_hot_max_size": 3, "max_ctr_complexity": 4, "depth": 5, "iterations": 12},
    "buckets": {"simple_ctr": ["Buckets"], "combinations_ctr": ["Buckets", "Counter"], "depth": 5},
    "means": {"simple_ctr": ["BinarizedTargetMeanValue"], "combinations_ctr": ["BinarizedTargetMeanValue"], "depth": 5},
    "counters": {"simple_ctr": ["Counter:Prior=.5"], "combinations_ctr": ["Counter"], "counter_calc_method": "Full"},
    "categories-lossguide": {"grow_policy": "Lossguide", "max_leaves": 8, "one_hot_max_size": 10},
}

CASES = (
    *(_case(CatBoostClassifier, f"{name}-two", "two_words", **options) for name, options in KINDS.items()),
    *(_case(CatBoostClassifier, f"{name}-three", "three_classes", **options) for name, options in KINDS.items()),
    *(_case(CatBoostRegressor, name, "regression", **options) for name, options in KINDS.items()),
    _case(
        CatBoostRegressor,
        "target-borders",
        "regression",
        simple_ctr=["Borders:TargetBorderCount=4", "Buckets:TargetBorderCount=3"],
        combinations_ctr=["Borders:TargetBorderCount=3"],
        depth=5,
    ),
    _case(
        CatBoostRegressor,
        "whole-numbers",
        "regression",
        fit_whole_numbers,
        rows_of_whole_numbers,
        cat_features=[1, 4],
    ),
    Case(
        id="Pipeline-catboost-frame",
        make=lambda: make_pipeline(
            make_column_transformer(
                (StandardScaler(), ["u", "y"]),
                ("passthrough", ["v", "w"]),
                remainder="drop",
                verbose_feature_names_out=False,
            ).set_output(transform="pandas"),
            CatBoostClassifier(**{**SMALL, "cat_features": ["v", "w"]}),
        ),
        data="three_words",
        fit=fit_frame,
        rows=finite_rows_of_frame,
    ),
)
