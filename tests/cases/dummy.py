"""Cases of sklearn.dummy."""

from typing import Any

import numpy as np
from scipy.sparse import csc_matrix
from sklearn.dummy import DummyClassifier, DummyRegressor

from . import Case
from .data import Data


def _two_columns(estimator: Any, data: Data) -> None:
    """Fit on two outputs of words, the second of two classes."""
    estimator.fit(data.X, np.column_stack([data.y, np.where(data.y == "bee", "yes", "no")]))


def _sparse(estimator: Any, data: Data) -> None:
    estimator.fit(data.X, csc_matrix(data.y))


CASES = (
    Case(id="DummyClassifier-prior", make=DummyClassifier, data="negative_classes"),
    Case(
        id="DummyClassifier-most-frequent", make=lambda: DummyClassifier(strategy="most_frequent"), data="three_words"
    ),
    Case(
        id="DummyClassifier-constant",
        make=lambda: DummyClassifier(strategy="constant", constant=-5),
        data="negative_classes",
    ),
    Case(
        id="DummyClassifier-constant-word",
        make=lambda: DummyClassifier(strategy="constant", constant="čmelák"),
        data="three_words",
    ),
    Case(id="DummyClassifier-outputs", make=DummyClassifier, data="multilabel"),
    Case(id="DummyClassifier-outputs-sparse", make=DummyClassifier, data="multilabel", fit=_sparse),
    Case(
        id="DummyClassifier-outputs-constant",
        make=lambda: DummyClassifier(strategy="constant", constant=[0, 1, 1, 0]),
        data="multilabel",
    ),
    Case(
        id="DummyClassifier-outputs-words",
        make=lambda: DummyClassifier(strategy="most_frequent"),
        data="three_words",
        fit=_two_columns,
    ),
    Case(
        id="DummyClassifier-stratified",
        make=lambda: DummyClassifier(strategy="stratified", random_state=0),
        data="negative_classes",
    ),
    Case(
        id="DummyClassifier-uniform-words",
        make=lambda: DummyClassifier(strategy="uniform", random_state=0),
        data="three_words",
    ),
    Case(
        id="DummyClassifier-outputs-stratified",
        make=lambda: DummyClassifier(strategy="stratified", random_state=0),
        data="multilabel",
    ),
    Case(
        id="DummyClassifier-outputs-uniform-words",
        make=lambda: DummyClassifier(strategy="uniform", random_state=0),
        data="three_words",
        fit=_two_columns,
    ),
    Case(id="DummyRegressor-mean", make=DummyRegressor, data="regression"),
    Case(id="DummyRegressor-median", make=lambda: DummyRegressor(strategy="median"), data="one_column"),
    Case(
        id="DummyRegressor-quantile",
        make=lambda: DummyRegressor(strategy="quantile", quantile=0.8),
        data="two_targets",
    ),
    Case(
        id="DummyRegressor-constant",
        make=lambda: DummyRegressor(strategy="constant", constant=[3, -0.1]),
        data="two_targets",
    ),
)
