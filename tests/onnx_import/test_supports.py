import numpy as np
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestRegressor
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import CategoricalNB
from sklearn.neighbors import KNeighborsRegressor
from sklearn.preprocessing import Normalizer, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from bridge.onnx_import import supports
from bridge.overrides.core.methods import available_methods

RNG = np.random.default_rng(0)
X = RNG.normal(size=(30, 3))
Y = RNG.normal(size=30)
CLASSES = np.arange(30) % 3


class Changed(LinearRegression):
    def predict(self, X):
        return super().predict(X) + 1


OBJECTIONS = [
    (Changed().fit(X, Y), None, "skl2onnx has no converter for Changed"),
    (StandardScaler().fit(X), None, "the ONNX graph of StandardScaler lacks inverse_transform"),
    (RandomForestRegressor(2).fit(X, Y), ("predict",), "TreeEnsembleRegressor keeps its numbers in float32"),
    (CategoricalNB().fit(np.abs(np.round(X)), CLASSES), ("predict",), "in float32"),
    (Normalizer().fit(X), None, "the ONNX graph of Normalizer divides a row of zeros by zero"),
    (KNeighborsRegressor(weights="distance").fit(X, Y), None, "KNeighborsRegressor weights neighbours otherwise"),
    (OneVsRestClassifier(LogisticRegression()).fit(X, CLASSES), None, "OneVsRestClassifier compares probabilities"),
    (
        ColumnTransformer([("scale", StandardScaler(), [0]), ("norm", Normalizer(), [1, 2])]).fit(X),
        ("transform",),
        "the ONNX graph of Normalizer divides",
    ),
    (
        ColumnTransformer([("impute", SimpleImputer(), [0, 1])]).fit(X),
        ("transform",),
        "the ONNX operator Imputer keeps its numbers in float32",
    ),
    (DecisionTreeClassifier().fit(X, np.stack([CLASSES, CLASSES], 1)), ("predict",), "several outputs"),
]


@pytest.mark.parametrize(("estimator", "methods", "words"), OBJECTIONS, ids=lambda value: type(value).__name__)
def test_an_objection_says_what_would_be_lost(estimator, methods, words):
    objection = supports(estimator, methods or available_methods(estimator))
    assert objection is not None
    assert words in objection


def test_no_objection_where_nothing_is_lost():
    assert supports(LinearRegression().fit(X, Y), ("predict",)) is None
    assert supports(TfidfTransformer(norm=None).fit(np.abs(X)), ("transform",)) is None
