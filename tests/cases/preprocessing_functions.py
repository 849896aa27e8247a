"""Cases of FunctionTransformer: numpy's functions, functions made of them, of torch's, and registered ones."""

import functools
from typing import Any

import numpy as np
import pandas as pd
import torch
from scipy import special
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

import bridge

from . import Case
from .data import Data

WEIGHTS = np.linspace(-1, 1, 12).reshape(6, 2)


def _with_gaps(estimator: Any, data: Data) -> np.ndarray:
    """The unseen rows, without those that overflow, and with gaps and infinite numbers."""
    rows = np.clip(data.unseen, -300, 300)
    rows[-6:, 2] = np.nan
    rows[-3:, 4] = np.inf
    return rows


def power_of(X: np.ndarray, exponent: float, sign: bool = False) -> np.ndarray:
    result = np.abs(X) ** exponent
    return np.sign(X) * result if sign else result


def element_by_element(X: np.ndarray) -> np.ndarray:
    X = np.asarray(X, dtype=float)
    small = np.clip(X, -1, 1)
    parts = [
        np.tan(small) + np.arctan(X),
        np.arcsin(small) - np.arccos(small),
        np.arctan2(X, X[:, ::-1]),
        np.hypot(X, 3.0),
        np.logaddexp(X, 0.5),
        np.arccosh(1 + X**2),
        np.where(np.isnan(X) | ~np.isfinite(X), -1.0, X // 0.7),
        np.nan_to_num(X, posinf=9.0, neginf=-9.0) % 0.3,
        np.fmax(X, 0.1) + np.fmin(X, 0.2),
        np.maximum(X, 0.1) * np.minimum(X, 0.2),
        np.copysign(2.0, X) + np.heaviside(X, 0.5),
        special.erf(X) + special.ndtr(X) - special.erfc(X),
        special.xlogy(np.abs(X), np.abs(X) + 1.0),
        special.log_expit(X) + special.exp10(small),
        special.boxcox(np.abs(X) + 1e-3, 0.3),
        np.round(X, 2) + np.trunc(X),
        np.degrees(X) + np.radians(X),
        np.interp(X, [-1.0, 0.0, 2.0], [5.0, -1.0, 4.0], right=0.0),
        np.digitize(X, [-1.0, 0.0, 0.5]).astype(float),
        np.isin(np.round(X), [0, 2]) + 0.5,
        np.select([X < -1, X < 0.5], [0.0, X], 7.0),
        (X > 0) & (X < 1) | np.isinf(X),
    ]
    return np.hstack(parts)


def row_by_row(X: np.ndarray) -> np.ndarray:
    X = np.nan_to_num(X, posinf=5.0)
    exponential = np.exp(X - X.max(axis=1, keepdims=True))
    parts = [
        exponential / exponential.sum(axis=1, keepdims=True),
        X / np.linalg.norm(X, axis=1, keepdims=True).clip(1e-9),
        np.column_stack([X.mean(axis=1), X.std(axis=1, ddof=1), np.median(X, axis=1), np.ptp(X, axis=1)]),
        (X[:, :2, None] * X[:, None, 1:3]).reshape(len(X), -1),
        np.c_[X[:, 0], X[:, -1] ** 2, np.ones(len(X)), np.argmax(X, axis=1)],
        np.array([np.sin(X[:, 1]), np.cos(X[:, 1])]).T,
        np.sort(X, axis=1)[:, :3] @ WEIGHTS[:3],
        np.diff(X, axis=1),
        np.cumsum(X, axis=1),
        np.delete(X, [1, 2], axis=1).prod(axis=1)[:, None],
        special.logsumexp(X, axis=1, keepdims=True),
        (X > 0).any(axis=1).reshape(-1, 1),
    ]
    return np.concatenate(parts, axis=1)


def by_assignment(X: np.ndarray) -> np.ndarray:
    X = np.array(X)
    X[:, 0] = np.log1p(np.abs(X[:, 0]))
    X[:, [1, 2]] = X[:, [2, 1]]
    X[X > 2.5] = 2.5
    X[X[:, 3] < 0, 4] = -7
    X *= 2
    return X


def ratios(frame: pd.DataFrame) -> pd.DataFrame:
    frame = frame.assign(per_head=frame["fare"] / (frame["sibsp"] + 1), old=lambda made: made["age"] > 40)
    frame["age"] = frame["age"].fillna(0).clip(upper=60)
    return frame.drop(columns="sibsp")


def when(frame: pd.DataFrame) -> pd.DataFrame:
    day, values = frame["day"].dt, frame.to_numpy() if not isinstance(frame, pd.DataFrame) else frame["spent"]
    parts = pd.DataFrame(
        {"year": day.year, "month": day.month, "weekday": day.weekday, "hour": day.hour, "end": day.is_month_end}
    )
    parts["since"] = (frame["day"] - pd.Timestamp("1999-12-31")).dt.days + values
    parts.columns = [name.upper() for name in parts.columns]
    return parts


def in_torch(x: torch.Tensor, scale: float = 1.0) -> torch.Tensor:
    x = torch.as_tensor(x)
    if x.shape[1] > 3:
        x = torch.nn.functional.softplus(x)
    return x * scale


def digits(X: np.ndarray) -> np.ndarray:
    return np.frompyfunc(lambda value: len(str(int(value))), 1, 1)(np.abs(X)).astype(float)


@functools.partial(bridge.register_function, digits, replace=True)
def digits_in_torch(x: torch.Tensor) -> torch.Tensor:
    size = torch.trunc(x.abs())
    count = torch.ones_like(x)
    for power in range(1, 8):
        count = count + (size >= 10.0**power).to(x.dtype)
    return count


CASES = (
    Case(id="FunctionTransformer-none", make=lambda: FunctionTransformer(), smooth=True),
    Case(
        id="FunctionTransformer-log1p",
        make=lambda: make_pipeline(FunctionTransformer(np.log1p, np.expm1), Ridge()),
        data="positive",
        smooth=True,
    ),
    Case(id="FunctionTransformer-expit", make=lambda: FunctionTransformer(special.expit), smooth=True),
    Case(
        id="FunctionTransformer-clip",
        make=lambda: make_union(
            FunctionTransformer(np.clip, kw_args={"a_min": -0.5, "a_max": 0.7}, feature_names_out="one-to-one"),
            FunctionTransformer(functools.partial(np.subtract, 1.0), validate=True),
        ),
    ),
    Case(
        id="FunctionTransformer-there-and-back",
        make=lambda: FunctionTransformer(
            power_of,
            power_of,
            validate=True,
            check_inverse=True,
            kw_args={"exponent": 1 / 3, "sign": True},
            inv_kw_args={"exponent": 3.0, "sign": True},
        ),
    ),
    Case(
        id="FunctionTransformer-element-by-element",
        make=lambda: FunctionTransformer(element_by_element),
        rows=_with_gaps,
    ),
    Case(id="FunctionTransformer-row-by-row", make=lambda: FunctionTransformer(row_by_row), rows=_with_gaps),
    Case(id="FunctionTransformer-by-assignment", make=lambda: FunctionTransformer(by_assignment), rows=_with_gaps),
    Case(
        id="FunctionTransformer-of-torch",
        make=lambda: FunctionTransformer(in_torch, kw_args={"scale": 0.1}),
        smooth=True,
    ),
    Case(id="FunctionTransformer-registered", make=lambda: FunctionTransformer(digits), data="regression"),
    Case(
        id="FunctionTransformer-moments",
        make=lambda: make_pipeline(
            make_column_transformer((FunctionTransformer(when), ["day", "spent"])), StandardScaler(), Ridge()
        ),
        data="every_kind",
        fit=lambda estimator, data: estimator.fit(data.X, np.arange(len(data.X)) % 7),
    ),
    Case(
        id="FunctionTransformer-frames",
        make=lambda: make_pipeline(
            make_column_transformer(
                (
                    make_pipeline(FunctionTransformer(ratios), SimpleImputer(), StandardScaler()),
                    ["age", "fare", "sibsp"],
                ),
                (
                    make_pipeline(
                        FunctionTransformer(lambda frame: frame[["embarked", "sex"]]),
                        OneHotEncoder(handle_unknown="ignore"),
                    ),
                    make_column_selector("sex|embarked|deck"),
                ),
                (FunctionTransformer(np.sqrt), ["pclass"]),
            ),
            LogisticRegression(max_iter=500),
        ),
        data="titanic",
    ),
)
