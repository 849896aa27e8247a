"""Models that another version of scikit-learn wrote: predicted where it still does, else one error that says so."""

import pickle
import warnings

import joblib
import numpy as np
import pytest
import scipy.sparse as sp
import sklearn
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import SparseCoder
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.exceptions import InconsistentVersionWarning
from sklearn.feature_extraction.text import TfidfTransformer, TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, RidgeClassifier, RidgeClassifierCV, SGDRegressor
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import ClassifierChain
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, SplineTransformer
from sklearn.svm import SVR, LinearSVC

import bridge
from bridge.errors import VersionMismatchError
from bridge.io.models import read_model
from tests.cases import installed

RANDOM = np.random.RandomState(3)
X = RANDOM.randn(60, 4)
y = (X[:, 0] + 0.3 * RANDOM.randn(60) > 0).astype(int)
labels = np.c_[y, X[:, 1] > 0].astype(int)
NEW = RANDOM.randn(25, 4)
WORDS = ["a cat", "two cats", "the dog", "one dog and a cat"] * 5


def _lacking(model, of, name):
    """The model without an attribute of an estimator in it, as an older version pickled it."""
    del of.__dict__[name]
    return model


def _imputer():
    m = make_pipeline(SimpleImputer(), LogisticRegression()).fit(X, y)
    return _lacking(m, m[0], "_fill_dtype"), "steps.simpleimputer", "SimpleImputer"


def _imputer_of_columns():
    m = make_pipeline(ColumnTransformer([("gaps", SimpleImputer(), [0, 1])]), LogisticRegression()).fit(X, y)
    return _lacking(m, m[0].named_transformers_["gaps"], "_fill_dtype"), ".gaps'", "SimpleImputer"


def _imputer_of_a_search():
    m = GridSearchCV(make_pipeline(SimpleImputer(), LogisticRegression()), {}, cv=2).fit(X, y)
    return _lacking(m, m.best_estimator_[0], "_fill_dtype"), "simpleimputer", "SimpleImputer"


def _tfidf():
    m = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(WORDS, [0, 1, 1, 0] * 5)
    return _lacking(m, m[0]._tfidf, "idf_"), "", "TfidfTransformer"


def _weights():
    m = make_pipeline(TfidfTransformer(), LogisticRegression()).fit(np.abs(X), y)
    return _lacking(m, m[0], "idf_"), "steps.tfidftransformer", "TfidfTransformer"


def _scaler():
    m = make_pipeline(MaxAbsScaler(), LogisticRegression()).fit(X, y)
    return _lacking(m, m[0], "clip"), "steps.maxabsscaler", "MaxAbsScaler"


def _splines():
    m = make_pipeline(SplineTransformer(), LogisticRegression()).fit(X, y)
    return _lacking(m, m[0], "handle_missing"), "steps.splinetransformer", "SplineTransformer"


def _chain():
    m = ClassifierChain(LogisticRegression()).fit(X, labels)
    return _lacking(m, m, "estimator"), "ClassifierChain has", "ClassifierChain"


def _ridge():
    m = RidgeClassifier().fit(X, y)
    return _lacking(m, m, "classes_"), "RidgeClassifier has", "RidgeClassifier"


def _machine():
    m = SVR().fit(sp.csr_array(X), X[:, 0])
    return _lacking(m, m, "_effective_probability"), "SVR has", "SVR"


SINCE_1_9 = pytest.mark.skipif(not installed("1.9"), reason="this version of scikit-learn does not read the attribute")
LACKING = [
    _imputer,
    _imputer_of_columns,
    _imputer_of_a_search,
    _tfidf,
    _weights,
    _scaler,
    _splines,
    _chain,
    _ridge,
    _machine,
]


@SINCE_1_9
@pytest.mark.parametrize("make", LACKING)
@pytest.mark.parametrize("verb", [bridge.to_torch, bridge.to_onnx], ids=["to_torch", "to_onnx"])
def test_what_scikit_learn_cannot_use_is_said(make, verb):
    model, step, name = make()
    with pytest.raises(VersionMismatchError, match=r"scikit-learn.*Fit it again") as caught:
        verb(model)
    assert str(caught.value).startswith(name)
    assert step in str(caught.value)


@SINCE_1_9
def test_the_version_that_wrote_the_file_is_named(tmp_path):
    model, _, _ = _imputer()
    file = tmp_path / "model.joblib"
    state = pickle.dumps(model)
    older = state.replace(sklearn.__version__.encode(), b"1.5.2")
    assert older != state
    file.write_bytes(older)
    with pytest.warns(InconsistentVersionWarning) as warned:
        read = read_model(file, trust=True)
    assert len(warned) == 1
    with pytest.raises(VersionMismatchError, match=r"written by scikit-learn 1\.5\.2"):
        bridge.to_torch(read)


def test_a_file_of_this_version_gives_no_warning(tmp_path):
    joblib.dump(LogisticRegression().fit(X, y), tmp_path / "model.joblib")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        bridge.to_torch(read_model(tmp_path / "model.joblib", trust=True))


def _sparsified():
    m = SGDRegressor(random_state=0).fit(X, X[:, 0])
    m.coef_ = sp.csr_matrix(m.coef_)
    return m


def _coder():
    m = SparseCoder(RANDOM.randn(5, 4), transform_algorithm="threshold").fit(X)
    m.__dict__.pop("n_features_in_", None)
    return m


def _without_classes(m):
    m.fit(X, labels).__dict__.pop("classes_", None)
    return m


STILL = {
    "sparsified": _sparsified,
    "coder": _coder,
    "ridge-labels": lambda: _without_classes(RidgeClassifier()),
    "ridge-labels-cv": lambda: _without_classes(RidgeClassifierCV()),
}


@pytest.mark.parametrize("make", STILL.values(), ids=STILL)
def test_what_scikit_learn_still_uses_is_converted(make):
    model = make()
    module = bridge.to_torch(model)
    for method in ("predict", "transform", "decision_function"):
        if hasattr(model, method):
            got = getattr(module, method)(module.encode(NEW)).detach().numpy()
            want = getattr(model, method)(NEW)
            assert got.shape == want.shape
            np.testing.assert_allclose(got, want, rtol=1e-8, atol=1e-8)


def test_a_fault_of_something_else_is_not_blamed_on_a_version():
    model = GradientBoostingRegressor(n_estimators=2).fit(X, X[:, 0])
    model.estimators_ = [[object()]]
    with pytest.raises(Exception) as caught:  # noqa: PT011  whatever it is
        bridge.to_torch(model)
    assert not isinstance(caught.value, VersionMismatchError)


def test_a_method_that_an_estimator_never_had_is_not_blamed_on_a_version():
    with pytest.warns(UserWarning, match="present in all"):
        model = OneVsRestClassifier(LinearSVC()).fit(X, np.c_[np.ones(60, dtype=int), y])
    assert bridge.to_torch(model).plan is not None
