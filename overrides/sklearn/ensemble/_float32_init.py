"""What an ``init`` estimator of gradient boosting computes in float32, for it is handed rows cast to that.

Three cases. *Nothing*: it casts its rows back, as trees, neighbours and support vector machines do. *Its scalers*: each
number by itself, so that a module repeats it to the last bit. *Products and sums*: their last digits depend on the
processor's library and on how many rows stand beside a row; what they all approximate is the same computed in float64.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.decomposition import (
    PCA,
    FactorAnalysis,
    FastICA,
    IncrementalPCA,
    KernelPCA,
    MiniBatchSparsePCA,
    SparsePCA,
    TruncatedSVD,
)
from sklearn.linear_model import RANSACRegressor
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, PolynomialFeatures, RobustScaler, StandardScaler

from ...core.composite import returns_its_rows
from ...core.facts import facts_of, inside

_SCALERS = (MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler)

_PROJECTIONS = (PCA, FactorAnalysis, FastICA, IncrementalPCA, KernelPCA, MiniBatchSparsePCA, SparsePCA, TruncatedSVD)
_CONTINUOUS_TYPES = (*_SCALERS, *_PROJECTIONS, PolynomialFeatures, GaussianNB)
_CONTINUOUS_FAMILIES = (
    "cross_decomposition",
    "discriminant_analysis",
    "gaussian_process",
    "kernel_ridge",
    "linear_model",
    "neural_network",
    "svm",
)
_COMPOSITES = ("compose", "model_selection", "pipeline", "ensemble._bagging", "ensemble._stacking", "ensemble._voting")


class InFloat64:
    """An ``init`` estimator that computes in float64, on the rows that it has in float32, and rounds the result.

    Parameters
    ----------
    init : estimator
        Fitted.
    dtype : numpy dtype
        Of its own results.
    """

    def __init__(self, init: Any, dtype: Any) -> None:
        self.init = init
        self.dtype = dtype

    def predict(self, X: Any) -> np.ndarray:
        """Predictions, of the dtype that the estimator gives them in."""
        return np.asarray(self.init.predict(np.asarray(X, dtype=np.float64))).astype(self.dtype)

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probabilities, of the dtype that the estimator gives them in."""
        return np.asarray(self.init.predict_proba(np.asarray(X, dtype=np.float64))).astype(self.dtype)


def float32_rounding(boosting: Any) -> float:
    """By how much results of ``init_`` differ on float32 rows from those in float64.

    Of pipelines, what their steps hand on differs too where the last step, a tree for one, hides it from most rows.
    """
    calls = [(_results(boosting), _drawn_around(boosting))]
    for found in inside(boosting.init_):
        if type(found) is Pipeline and len(found) > 1:
            calls.append((found[:-1].transform, _drawn(found.n_features_in_)))
    return max(_difference(call, rows) for call, rows in calls)


def scalers_in_float32(boosting: Any) -> list[int] | None:
    """Places, among the steps that are not passed through, of scalers of a pipeline that compute in float32.

    Returns
    -------
    list of int or None
        None where another step, or what is no pipeline, rounds as well: not all can be repeated.
    """
    init = boosting.init_
    if type(init) is not Pipeline:
        return None
    found = []
    rows = _drawn_around(boosting)
    *before, last = [step for _, step in init.steps if step is not None and not returns_its_rows(step)]
    for i, step in enumerate(before):
        if rows.dtype == np.float32 and type(step) in _SCALERS:
            found.append(i)
        elif _difference(step.transform, rows) > 0:
            return None
        rows = _dense(step.transform(rows))
    call = last.predict_proba if hasattr(boosting, "classes_") else last.predict
    return found if _difference(call, rows) <= LEAST_ROUNDING else None


def is_continuous(estimator: Any, reads_rows: bool = True) -> bool:
    """Whether a rounding on the way moves the results by as little: nowhere does it decide between two leaves.

    Parameters
    ----------
    estimator : estimator
        Fitted, or what stands for it where rows are passed through.
    reads_rows : bool
        Whether the rows themselves come to it, which nothing has rounded yet.
    """
    if estimator is None or returns_its_rows(estimator):
        return True
    name = type(estimator).__module__
    children = list(facts_of(estimator).supported_children.values())
    if name.startswith(tuple(f"sklearn.{part}" for part in _COMPOSITES)) or type(estimator) is RANSACRegressor:
        in_a_row = type(estimator) is Pipeline or "stacking" in name
        return all(is_continuous(child, reads_rows and not (in_a_row and i)) for i, child in enumerate(children))
    if type(estimator) in _CONTINUOUS_TYPES or name.split(".")[1] in _CONTINUOUS_FAMILIES:
        return True
    call = estimator.predict if hasattr(estimator, "predict") else estimator.transform
    return reads_rows and _difference(call, _drawn(estimator.n_features_in_)) == 0


def dtype_of_init(boosting: Any) -> np.dtype:
    """Of the results of ``init_`` on float32 rows."""
    return _dense(_results(boosting)(_drawn(boosting.n_features_in_))).dtype


LEAST_ROUNDING = 1e-10
"""What is above it is no rounding of float64."""


def _results(boosting: Any) -> Callable[[Any], Any]:
    """The method of ``init_`` that gradient boosting asks."""
    call: Callable[[Any], Any] = boosting.init_.predict
    return boosting.init_.predict_proba if hasattr(boosting, "classes_") else call


def _drawn_around(boosting: Any) -> np.ndarray:
    """Rows among those that the trees tell apart, others, and some that ``init_`` has kept: a kernel is 0 far away."""
    width = boosting.n_features_in_
    rows = _drawn(width)
    trees = [tree.tree_ for tree in boosting.estimators_.ravel()]
    feature, threshold = (np.concatenate([getattr(tree, name) for tree in trees]) for name in ("feature", "threshold"))
    for i in range(width):
        limits = threshold[(feature == i) & np.isfinite(threshold)]
        rows[::2, i] = np.resize(limits, len(rows[::2])) if len(limits) else rows[::2, i]
    kept = [part for part in vars(boosting.init_).values() if isinstance(part, np.ndarray) and part.ndim == 2]
    return np.concatenate([rows, *(part[:32].astype(np.float32) for part in kept if part.shape[1] == width)])


def _drawn(n_features: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(32, n_features)).astype(np.float32)


def _difference(call: Callable[[Any], Any], rows: np.ndarray) -> float:
    """Largest difference between results on rows and on the same in float64, as a part of what is above 1."""
    try:
        single, double = _dense(call(rows)).astype(np.float64), _dense(call(rows.astype(np.float64)))
    except ValueError:  # rows that it does not take: the comparison with scikit-learn after conversion decides
        return 0.0
    error = np.abs(single - double) / np.maximum(1.0, np.abs(double))
    return float(np.nan_to_num(error).max(initial=0.0))


def _dense(result: Any) -> np.ndarray:
    return np.asarray(result.toarray() if hasattr(result, "toarray") else result)
