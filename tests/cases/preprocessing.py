"""Cases of sklearn.preprocessing."""

from functools import partial
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.preprocessing import (
    Binarizer,
    LabelBinarizer,
    LabelEncoder,
    MaxAbsScaler,
    MinMaxScaler,
    MultiLabelBinarizer,
    Normalizer,
    PowerTransformer,
    RobustScaler,
    StandardScaler,
)

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


def _near_with_missing(estimator: Any, data: Data) -> np.ndarray:
    """As above, without the rows so far away that the way back leaves the range of a power."""
    rows = np.clip(_with_missing(estimator, data), data.X.min(axis=0), data.X.max(axis=0))
    rows[0, 1:] = -rows[0, 1:]
    return rows


def _fit_constant(estimator: Any, data: Data) -> None:
    """A constant feature keeps the power 1."""
    rows = data.X.copy()
    rows[:, 1] = 0.7
    estimator.fit(rows)


def _fit_above_zero(estimator: Any, data: Data) -> None:
    estimator.fit(np.abs(data.X) + 0.1)


def _above_zero(estimator: Any, data: Data) -> np.ndarray:
    return np.abs(_near_with_missing(estimator, data)) + 0.1


def _around_threshold(estimator: Any, data: Data) -> np.ndarray:
    """The unseen rows, and rows at the threshold and one ulp to either side."""
    edges = [estimator.threshold, np.nextafter(estimator.threshold, 1), np.nextafter(estimator.threshold, -1)]
    return np.vstack([data.unseen, *(np.full((1, data.X.shape[1]), edge) for edge in edges)])


def _label_case(id: str, make: Any, labels: Any, rows: Any = None) -> Case:
    """A transformer of labels, fitted on these and judged on ``rows``, or on these in another order."""
    judged = labels[::-1] if rows is None else rows
    return Case(
        id=id, make=make, fit=lambda estimator, data: estimator.fit(labels), rows=lambda estimator, data: judged
    )


_WORDS = np.array(["bee", "čmelák", "ant", "bee", "", "ant"])
_INTS = np.array([7, -5, 0, 7, 7, 0])
_TWO = np.array([3, 1, 1, 3, 1])
_INDICATOR = np.array([[0, 1, 1], [1, 0, 0], [0, 0, 0], [1, 1, 1], [0, 1, 0]])
_SETS = [{3, 1}, set(), {2}, {1, 2, 3}, {11}]
_WORD_SETS = [{"sci-fi", "thriller"}, {"comedy"}, set(), {"comedy", "sci-fi", "thriller"}]

_LABEL_CASES = (
    _label_case("LabelEncoder-ints", LabelEncoder, _INTS),
    _label_case("LabelEncoder-floats", LabelEncoder, np.array([0.5, -1.25, np.nan, 0.5])),
    _label_case("LabelEncoder-words", LabelEncoder, _WORDS),
    _label_case("LabelEncoder-bools", LabelEncoder, np.array([True, False, False])),
    _label_case("LabelBinarizer-ints", LabelBinarizer, _INTS, np.array([0, -5, 7, 4, 7])),
    _label_case("LabelBinarizer-words", LabelBinarizer, _WORDS, ["ant", "čmelák", "wasp", "bee", ""]),
    _label_case("LabelBinarizer-two", LabelBinarizer, _TWO),
    _label_case("LabelBinarizer-two-words", LabelBinarizer, ["yes", "no", "no"], ["yes", "yes", "maybe"]),
    _label_case("LabelBinarizer-two-bools", LabelBinarizer, np.array([True, False, True])),
    _label_case("LabelBinarizer-one", LabelBinarizer, ["only"] * 3),
    _label_case("LabelBinarizer-indicator", LabelBinarizer, _INDICATOR),
    _label_case("LabelBinarizer-sparse", partial(LabelBinarizer, sparse_output=True, pos_label=3), _INTS),
    _label_case("LabelBinarizer-sparse-input", LabelBinarizer, csr_matrix(_INDICATOR), _INDICATOR),
    *(
        _label_case(f"LabelBinarizer-{form}-{neg}-{pos}", partial(LabelBinarizer, neg_label=neg, pos_label=pos), labels)
        for form, labels, neg, pos in (
            ("ints", _INTS, -3, 0),
            ("two", _TWO, -1, 1),
            ("indicator", _INDICATOR, -1, 1),
            ("indicator", _INDICATOR, -3, 0),
            ("indicator", _INDICATOR, 2, 5),
        )
    ),
    _label_case("LabelBinarizer-one-2-5", partial(LabelBinarizer, neg_label=2, pos_label=5), ["only"] * 3),
    _label_case("MultiLabelBinarizer-ints", MultiLabelBinarizer, _SETS, [{2, 11}, {1, 99}, set(), [3, 3, 1]]),
    _label_case(
        "MultiLabelBinarizer-words", MultiLabelBinarizer, _WORD_SETS, [["thriller", "western"], [], ["sci-fi"]]
    ),
    _label_case(
        "MultiLabelBinarizer-given", partial(MultiLabelBinarizer, classes=[3, 1, 2, 11], sparse_output=True), _SETS
    ),
    _label_case(
        "MultiLabelBinarizer-given-words", partial(MultiLabelBinarizer, classes=["b", "a"]), [{"a"}, {"b", "a"}, []]
    ),
    _label_case("MultiLabelBinarizer-floats", MultiLabelBinarizer, [{0.1, 2.5}, {2.5}, {-1.0}]),
)

CASES = (
    _scaler("StandardScaler", StandardScaler),
    _scaler("StandardScaler-no-mean", lambda: StandardScaler(with_mean=False)),
    _scaler("StandardScaler-no-std", lambda: StandardScaler(with_std=False)),
    _scaler("StandardScaler-neither", lambda: StandardScaler(with_mean=False, with_std=False)),
    _scaler("MinMaxScaler", lambda: MinMaxScaler(feature_range=(-0.1, 0.7))),
    _scaler("MinMaxScaler-clip", lambda: MinMaxScaler(feature_range=(-0.1, 0.7), clip=True)),
    _scaler("MaxAbsScaler", MaxAbsScaler),
    _scaler("MaxAbsScaler-clip", lambda: MaxAbsScaler(clip=True), since="1.8"),
    _scaler("RobustScaler", RobustScaler),
    _scaler("RobustScaler-no-centering", lambda: RobustScaler(with_centering=False, quantile_range=(10.0, 80.0))),
    _scaler("RobustScaler-no-scaling", lambda: RobustScaler(with_scaling=False)),
    _scaler("RobustScaler-unit-variance", lambda: RobustScaler(unit_variance=True)),
    Case(id="PowerTransformer", make=PowerTransformer, rows=_near_with_missing),
    Case(id="PowerTransformer-raw", make=lambda: PowerTransformer(standardize=False), rows=_near_with_missing),
    Case(id="PowerTransformer-constant", make=PowerTransformer, fit=_fit_constant, rows=_near_with_missing),
    Case(
        id="PowerTransformer-box-cox", make=lambda: PowerTransformer("box-cox"), fit=_fit_above_zero, rows=_above_zero
    ),
    Case(
        id="PowerTransformer-box-cox-raw",
        make=lambda: PowerTransformer("box-cox", standardize=False),
        fit=_fit_above_zero,
        rows=_above_zero,
    ),
    *(Case(id=f"Normalizer-{norm}", make=partial(Normalizer, norm=norm), smooth=True) for norm in ("l1", "l2", "max")),
    Case(id="Binarizer", make=lambda: Binarizer(threshold=0.1), rows=_around_threshold),
    *_LABEL_CASES,
)
