"""Cases of QuantileTransformer."""

from typing import Any

import numpy as np
from scipy.sparse import csc_array
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import QuantileTransformer

from . import Case
from .data import Data


def _with_ties(estimator: Any, data: Data) -> None:
    """Fit on values that repeat, a constant feature, one with gaps, an empty one."""
    rows = np.round(data.X, 1)
    rows[:, 0] = np.round(rows[:, 0])
    rows[:, 1] = 0.7
    rows[::4, 2] = np.nan
    rows[:, 3] = np.nan
    estimator.fit(rows)


def _at_the_quantiles(estimator: Any, data: Data) -> np.ndarray:
    """The unseen rows, and the quantiles, one ulp and 5e-8 around them, and gaps."""
    edges = estimator.quantiles_
    around = [edges, np.nextafter(edges, np.inf), np.nextafter(edges, -np.inf), edges + 5e-8, edges - 5e-8]
    rows = np.vstack([data.unseen, *around])
    rows[-3:, 2:5] = np.nan
    return rows


CASES = (
    Case(
        id="QuantileTransformer-uniform",
        make=lambda: QuantileTransformer(n_quantiles=40),
        data="regression",
        rows=_at_the_quantiles,
    ),
    Case(
        id="QuantileTransformer-normal",
        make=lambda: QuantileTransformer(n_quantiles=120, output_distribution="normal"),
        data="regression",
        rows=_at_the_quantiles,
    ),
    *(
        Case(
            id=f"QuantileTransformer-{distribution}-ties",
            make=lambda distribution=distribution: QuantileTransformer(
                n_quantiles=30, output_distribution=distribution, subsample=100, random_state=0
            ),
            fit=_with_ties,
            rows=_at_the_quantiles,
        )
        for distribution in ("uniform", "normal")
    ),
    Case(
        id="QuantileTransformer-one-quantile",
        make=lambda: QuantileTransformer(n_quantiles=1, output_distribution="normal"),
        data="regression",
        rows=_at_the_quantiles,
    ),
    Case(
        id="QuantileTransformer-sparse",
        make=lambda: QuantileTransformer(n_quantiles=20, ignore_implicit_zeros=True),
        data="positive",
        fit=lambda estimator, data: estimator.fit(csc_array(data.X)),
    ),
    Case(
        id="QuantileTransformer-smooth",
        make=lambda: make_pipeline(
            QuantileTransformer(n_quantiles=2, output_distribution="normal", random_state=0), Ridge()
        ),
        data="positive_regression",
        rows=lambda estimator, data: data.unseen[:12],
        smooth=True,
    ),
)
