"""Cases of sklearn.preprocessing."""

from functools import partial
from typing import Any

import numpy as np
from sklearn.preprocessing import Binarizer, MaxAbsScaler, MinMaxScaler, Normalizer, RobustScaler, StandardScaler

from . import Case
from .data import Data


def _with_missing(estimator: Any, data: Data) -> np.ndarray:
    """The unseen rows, the last of them with a missing value each: scalers let NaN through."""
    rows = data.unseen.copy()
    rows[-6:, 2] = np.nan
    rows[-1] = np.nan
    return rows


def _scaler(id: str, make: Any, **options: Any) -> Case:
    return Case(id=id, make=make, data="regression", rows=_with_missing, smooth=True, **options)


def _around_threshold(estimator: Any, data: Data) -> np.ndarray:
    """The unseen rows, and rows at the threshold and one ulp to either side."""
    edges = [estimator.threshold, np.nextafter(estimator.threshold, 1), np.nextafter(estimator.threshold, -1)]
    return np.vstack([data.unseen, *(np.full((1, data.X.shape[1]), edge) for edge in edges)])


CASES = (
    _scaler("StandardScaler", StandardScaler),
    _scaler("StandardScaler-no-mean", lambda: StandardScaler(with_mean=False)),
    _scaler("StandardScaler-no-std", lambda: StandardScaler(with_std=False)),
    _scaler("StandardScaler-neither", lambda: StandardScaler(with_mean=False, with_std=False)),
    _scaler("MinMaxScaler", lambda: MinMaxScaler(feature_range=(-0.1, 0.7))),
    _scaler("MinMaxScaler-clip", lambda: MinMaxScaler(feature_range=(-0.1, 0.7), clip=True)),
    _scaler("MaxAbsScaler", MaxAbsScaler),
    _scaler("MaxAbsScaler-clip", lambda: MaxAbsScaler(clip=True)),
    _scaler("RobustScaler", RobustScaler),
    _scaler("RobustScaler-no-centering", lambda: RobustScaler(with_centering=False, quantile_range=(10.0, 80.0))),
    _scaler("RobustScaler-no-scaling", lambda: RobustScaler(with_scaling=False)),
    _scaler("RobustScaler-unit-variance", lambda: RobustScaler(unit_variance=True)),
    *(Case(id=f"Normalizer-{norm}", make=partial(Normalizer, norm=norm), smooth=True) for norm in ("l1", "l2", "max")),
    Case(id="Binarizer", make=lambda: Binarizer(threshold=0.1), rows=_around_threshold),
)
