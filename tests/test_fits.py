"""Cases fitted on other data than their own: float32, sparse rows, labels of every kind, weighted rows."""

import inspect
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import is_classifier
from sklearn.utils import get_tags

import bridge
from bridge.parity.compare import compare_eager
from tests.cases import RECIPES, Case, all_cases
from tests.cases.data import Data


@dataclass(frozen=True)
class Variant:
    """Another fit: which cases and data it is for, and what it makes of the data."""

    takes: Callable[[Case, Any, Data], bool]
    change: Callable[[Data], Data]
    weighs: bool = False


def _has_numbers(case, estimator, data):
    return all(isinstance(rows, np.ndarray) and rows.dtype == np.float64 for rows in (data.X, data.unseen))


def _is_plain(case, estimator, data):
    return _has_numbers(case, estimator, data) and case.fit is None and case.rows is None


def _has_classes(case, estimator, data):
    y = np.asarray(data.y)
    return _is_plain(case, estimator, data) and is_classifier(estimator) and y.ndim == 1 and y.dtype.kind == "i"


def _takes_sparse_rows(estimator):
    """Neither graphs, for which models of precomputed distances are refused, nor rows that a function cannot take."""
    tags = get_tags(estimator).input_tags
    return tags.sparse and not tags.pairwise and not callable(getattr(estimator, "metric", None))


def _labels(change):
    return Variant(_has_classes, lambda data: replace(data, y=change(np.asarray(data.y))))


VARIANTS = {
    "float32": Variant(_has_numbers, lambda data: replace(data, X=data.X.astype(np.float32))),
    "sparse": Variant(
        lambda case, estimator, data: _is_plain(case, estimator, data) and _takes_sparse_rows(estimator),
        lambda data: replace(data, X=sparse.csr_matrix(data.X)),
    ),
    "fortran": Variant(_has_numbers, lambda data: replace(data, X=np.asfortranarray(data.X))),
    "weights": Variant(
        lambda case, estimator, data: (
            _is_plain(case, estimator, data) and "sample_weight" in inspect.signature(estimator.fit).parameters
        ),
        lambda data: data,
        weighs=True,
    ),
    "words": _labels(lambda y: np.array([f"č{label}" for label in y])),
    "objects": _labels(lambda y: np.array([f"č{label}" for label in y], dtype=object)),
    "floats": _labels(lambda y: y.astype(np.float64)),
    "negative": _labels(lambda y: -3 * y - 1),
    "bytes": _labels(lambda y: y.astype(np.int8)),
    "bools": Variant(
        lambda case, estimator, data: _has_classes(case, estimator, data) and len(set(data.y)) == 2,
        lambda data: replace(data, y=data.y == max(data.y)),
    ),
}

BY_NIGHT = ("fortran", "objects", "floats", "negative", "bytes")
"""What little depends on; of the others, the first case of each class is fitted by day."""

LEFT_OUT = {
    ("float32", "KNeighborsClassifier-ties-brute"): "which of equal distances come first is left to numpy's partition",
    ("sparse", "KNeighborsClassifier-several-outputs-distance"): "a row on a point: the distance is scipy's rounding",
    ("sparse", "KNeighborsRegressor-two-targets-distance"): "a row on a point: the distance is scipy's rounding",
    ("sparse", "KNeighborsClassifier-multilabel"): "ties of distances, decided by the rounding of a sparse product",
    ("weights", "SplineTransformer-error"): "the weighted knots leave rows outside, which scikit-learn refuses",
}


def _fits():
    """Every variant of every case that it is for."""
    seen = set()
    for case in all_cases():
        data = RECIPES[case.data]()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            estimator = case.make()
        for name, variant in VARIANTS.items():
            if (name, case.id) not in LEFT_OUT and variant.takes(case, estimator, data):
                first = (name, case.id.partition("-")[0])
                by_night = name in BY_NIGHT or first in seen
                marks = [pytest.mark.xdist_group(case.family), *([pytest.mark.nightly] if by_night else [])]
                seen.add(first)
                yield pytest.param(case, name, id=f"{case.id}-on-{name}", marks=marks)


@pytest.mark.parametrize(("case", "name"), list(_fits()))
def test_a_model_fitted_on_other_data_equals_scikit_learn(case, name):
    variant = VARIANTS[name]
    data = variant.change(RECIPES[case.data]())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        estimator = case.make()
        weights = np.random.default_rng(0).integers(1, 4, len(data.y)).astype(np.float64) if variant.weighs else None
        try:
            if case.fit is not None:
                case.fit(estimator, data)
            elif weights is not None:
                estimator.fit(data.X, data.y, sample_weight=weights)
            else:
                estimator.fit(data.X, data.y)
        except (ValueError, TypeError, NotImplementedError) as refusal:
            pytest.skip(f"scikit-learn does not fit it: {refusal}")
    rows = data.unseen if case.rows is None else case.rows(estimator, data)
    if isinstance(rows, np.ndarray) and rows.dtype == np.float32:
        rows = rows.astype(np.float64)
    report = compare_eager(estimator, bridge.to_torch(estimator, verify=False), rows)
    assert report.comparisons
    assert report.ok, report.failures_text()
    assert report.on_edge == 0
