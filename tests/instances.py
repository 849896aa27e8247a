"""The fitted instances of every estimator that scikit-learn tests itself with, and rows they were not fitted on."""

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.utils import get_tags
from sklearn.utils._test_common.instance_generator import _tested_estimators

N_FIT, N_UNSEEN, N_FEATURES = 60, 15, 5

DOCUMENTS = ["the cat sat on the mat", "a dog and a cat", "the mat of the dog", "", "naïve cats — dogs"]


def instances() -> Iterator[tuple[str, Any]]:
    """(id, unfitted estimator), in scikit-learn's order."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = list(_tested_estimators())
    for i, item in enumerate(found):
        yield f"{type(item).__name__}-{i}", item


def fit(instance: Any) -> tuple[Any, Any]:
    """A fitted copy, and rows that it was not fitted on.

    Parameters
    ----------
    instance : estimator

    Returns
    -------
    estimator : estimator
    rows : array-like of shape (n_samples, n_features), or what else the estimator takes
    """
    estimator = clone(instance)
    special = _SPECIAL.get(type(instance).__name__)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if special is not None:
            fitted_on, rows = special()
            return estimator.fit(*fitted_on), rows
        X, y = _data(estimator)
        if get_tags(estimator).input_tags.pairwise:
            return estimator.fit(X[:N_FIT] @ X[:N_FIT].T, y[:N_FIT]), X[N_FIT:] @ X[:N_FIT].T
        return estimator.fit(X[:N_FIT], y[:N_FIT]), X[N_FIT:]


def _data(estimator: Any) -> tuple[np.ndarray, np.ndarray]:
    """Rows and targets of the kind that the estimator's tags ask for."""
    tags, random = get_tags(estimator), np.random.default_rng(0)
    X = random.normal(size=(N_FIT + N_UNSEEN, N_FEATURES))
    if tags.input_tags.positive_only:
        X = np.abs(X)
    if tags.input_tags.categorical:
        X = np.clip(np.abs(np.round(X * 2)), 0, 4)
    y = X @ random.normal(size=N_FEATURES)
    if tags.target_tags.positive_only:
        y = np.abs(y) + 0.1
    if tags.estimator_type != "regressor":
        y = np.digitize(y, np.quantile(y, [0.33, 0.66]))
    if tags.classifier_tags is not None and not tags.classifier_tags.multi_class:
        y = (y > 0).astype(int)
    if tags.target_tags.multi_output and not tags.target_tags.single_output:
        y = np.stack([y, y[::-1]], axis=1)
    return X, y


def _numbers() -> np.ndarray:
    return np.random.default_rng(1).normal(size=(N_FIT + N_UNSEEN, N_FEATURES))


def _documents() -> tuple[tuple[Any], Any]:
    return (DOCUMENTS,), ["cat dog bird", "", *DOCUMENTS[::2]]


def _dicts() -> tuple[tuple[Any], Any]:
    rows = [{"a": 1.0, "b": "x"}, {"a": 2.0, "b": "y"}, {"c": 3.0}]
    return (rows,), [{"a": 5.0, "b": "y", "unknown": 1.0}, {}, {"b": "x"}]


def _labels() -> tuple[tuple[Any], Any]:
    return (["cat", "dog", "ant", "cat"],), ["ant", "dog"]


def _label_sets() -> tuple[tuple[Any], Any]:
    return ([("cat", "dog"), (), ("ant",)],), [("dog",), (), ("ant", "cat")]


def _column() -> tuple[tuple[Any, Any], Any]:
    X = _numbers()
    return (X[:N_FIT, :1], X[:N_FIT, 1]), X[N_FIT:, :1]


def _close() -> tuple[tuple[Any, Any], Any]:
    X = 0.2 * _numbers()  # every row has a neighbour within the radius of 1
    return (X[:N_FIT], (X[:N_FIT, 0] > 0).astype(int)), X[N_FIT:]


def _narrow() -> tuple[tuple[Any], Any]:
    X = _numbers()[:, :3]
    return (X[:N_FIT],), X[N_FIT:]


def _above_minus_one() -> tuple[tuple[Any], Any]:
    X = np.abs(_numbers()) - 0.5
    return (X[:N_FIT],), X[N_FIT:]


def _images() -> tuple[tuple[Any], Any]:
    images = np.random.default_rng(1).normal(size=(6, 12, 20))
    return (images[:4],), images[4:]


_SPECIAL: dict[str, Callable[[], tuple[tuple[Any, ...], Any]]] = {
    "CountVectorizer": _documents,
    "DictVectorizer": _dicts,
    "FeatureHasher": _dicts,
    "HashingVectorizer": _documents,
    "IsotonicRegression": _column,
    "LabelBinarizer": _labels,
    "LabelEncoder": _labels,
    "MultiLabelBinarizer": _label_sets,
    "PatchExtractor": _images,
    "RadiusNeighborsClassifier": _close,
    "SkewedChi2Sampler": _above_minus_one,
    "SparseCoder": _narrow,
    "TfidfVectorizer": _documents,
}
"""Classes whose data their tags do not tell: what to fit on, and rows to judge on."""
