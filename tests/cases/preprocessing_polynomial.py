"""Cases of SplineTransformer and PolynomialFeatures."""

from typing import Any

import numpy as np
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, SplineTransformer

from . import Case
from .data import Data


def _at_the_knots(estimator: Any, data: Data) -> np.ndarray:
    """The unseen rows, and the knots and one ulp around them."""
    knots = np.stack([spline.t for spline in estimator.bsplines_], axis=1)
    return np.vstack([data.unseen, knots, np.nextafter(knots, np.inf), np.nextafter(knots, -np.inf)])


def _between_the_knots(estimator: Any, data: Data) -> np.ndarray:
    """Rows that fit has seen, and the outermost of their values."""
    return np.vstack([data.X[:40], data.X.min(axis=0), data.X.max(axis=0)])


def _with_gaps(estimator: Any, data: Data) -> np.ndarray:
    rows = _at_the_knots(estimator, data)
    rows[::3, 1] = np.nan
    rows[-1] = np.nan
    return rows


def _fit_hard(estimator: Any, data: Data) -> None:
    """Values that repeat, so that quantiles are equal, a constant feature, one with gaps."""
    rows = np.round(data.X, 1)
    rows[:, 0] = np.round(rows[:, 0])
    rows[:, 1] = 0.7
    if getattr(estimator, "handle_missing", "error") == "zeros":
        rows[::4, 2] = np.nan
    estimator.fit(rows)


GIVEN = np.stack([[-1.5, -0.2, 0.1, 2.0]] * 6, axis=1)

CASES = (
    Case(
        id="SplineTransformer-constant",
        make=lambda: make_pipeline(SplineTransformer(order="F"), Ridge()),
        data="positive_regression",
        smooth=True,
    ),
    Case(
        id="SplineTransformer-constant-hard",
        make=lambda: SplineTransformer(knots="quantile"),
        fit=_fit_hard,
    ),
    Case(
        id="SplineTransformer-degree-0-sparse",
        make=lambda: SplineTransformer(degree=0, sparse_output=True),
        rows=_at_the_knots,
    ),
    Case(
        id="SplineTransformer-linear",
        make=lambda: SplineTransformer(7, degree=2, extrapolation="linear", include_bias=False),
        rows=_at_the_knots,
    ),
    Case(
        id="SplineTransformer-linear-two-knots",
        make=lambda: SplineTransformer(2, degree=1, extrapolation="linear", sparse_output=True),
        rows=_at_the_knots,
    ),
    Case(
        id="SplineTransformer-linear-degree-0",
        make=lambda: SplineTransformer(4, degree=0, extrapolation="linear"),
        rows=_at_the_knots,
    ),
    Case(
        id="SplineTransformer-continue",
        make=lambda: SplineTransformer(degree=5, extrapolation="continue", knots=GIVEN),
        rows=_at_the_knots,
    ),
    Case(
        id="SplineTransformer-periodic",
        make=lambda: SplineTransformer(extrapolation="periodic", knots="quantile", include_bias=False),
        rows=_at_the_knots,
    ),
    Case(
        id="SplineTransformer-periodic-as-many-knots-as-needed",
        since="1.8",
        make=lambda: SplineTransformer(4, degree=3, extrapolation="periodic", handle_missing="zeros"),
        fit=_fit_hard,
        rows=_with_gaps,
    ),
    Case(
        id="SplineTransformer-error",
        make=lambda: SplineTransformer(degree=1, extrapolation="error", sparse_output=True),
        rows=_between_the_knots,
    ),
    Case(
        id="SplineTransformer-missing",
        since="1.8",
        make=lambda: SplineTransformer(handle_missing="zeros", sparse_output=True),
        fit=_fit_hard,
        rows=_with_gaps,
    ),
    Case(id="PolynomialFeatures", make=PolynomialFeatures, smooth=True),
    Case(id="PolynomialFeatures-cubic", make=lambda: PolynomialFeatures(3, include_bias=False, order="F"), smooth=True),
    Case(
        id="PolynomialFeatures-interactions",
        make=lambda: PolynomialFeatures((2, 4), interaction_only=True),
        data="two_classes",
    ),
    Case(id="PolynomialFeatures-degree-0", make=lambda: make_pipeline(PolynomialFeatures(0), Ridge())),
)
