"""What is wrong is said at once, in our words; what is fine equals scikit-learn."""

import concurrent.futures

import numpy as np
import pytest
import torch
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

import bridge
from bridge.errors import BridgeError, InputError, ModelError, NotFittedError, ParityError, UnsupportedError

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(80, 4))
Y = (X[:, 0] + X[:, 1] > 0).astype(int)


def one_by_one(a, b):
    """A kernel that goes through its rows."""
    return np.array([[float(x @ y) for y in b] for x in a])


class ChangedPredict(SVC):
    """A subclass that predicts otherwise."""

    def predict(self, X):
        return 1 - super().predict(X)


class Unknown(ClassifierMixin, BaseEstimator):
    """An estimator that nobody registered."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


@pytest.fixture(scope="module")
def model():
    return make_pipeline(StandardScaler(), SVC()).fit(X, Y)


@pytest.fixture(scope="module")
def module(model):
    return bridge.to_torch(model)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (torch.zeros(3, 5, dtype=torch.float64), ["4 features", "5"]),
        (torch.zeros(4), ["1-D", "reshape"]),
        (torch.zeros(1, 3, 4), ["3-D"]),
        (torch.tensor(1.0), ["0-D"]),
        (torch.zeros(3, 4, dtype=torch.complex64), ["complex"]),
        (torch.zeros(3, 4).to_sparse(), ["to_dense"]),
        ([[0.0] * 4], ["list", "torch.as_tensor"]),
        (X, ["ndarray", "torch.as_tensor"]),
        (None, ["NoneType"]),
        ("rows", ["str"]),
    ],
)
def test_wrong_rows(module, wrong, words):
    for method in (module.predict, module.decision_function, module):
        with pytest.raises(InputError) as caught:
            method(wrong)
        assert all(word in str(caught.value) for word in words), str(caught.value)


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        (SVC(), NotFittedError, ["SVC", "fit"]),
        (make_pipeline(StandardScaler(), SVC()), NotFittedError, ["Pipeline"]),
        (SVC, ModelError, ["class SVC", "instance"]),
        (None, ModelError, ["NoneType"]),
        (42, ModelError, ["int"]),
        (torch.nn.Linear(2, 2), ModelError, ["Linear"]),
        (ChangedPredict().fit(X, Y), UnsupportedError, ["ChangedPredict", "subclass of SVC", "register"]),
        (Unknown().fit(X, Y), UnsupportedError, ["Unknown", "register"]),
        (make_pipeline(StandardScaler(), Unknown()).fit(X, Y), UnsupportedError, ["'steps.unknown'", "Unknown"]),
        (SVC(kernel=one_by_one).fit(X, Y), UnsupportedError, ["kernel of SVC", "one_by_one", "register_function"]),
    ],
)
def test_wrong_models(wrong, error, words):
    with pytest.raises(error) as caught:
        bridge.to_torch(wrong)
    assert all(word in str(caught.value) for word in words), str(caught.value)
    assert isinstance(caught.value, BridgeError)


def test_an_unfitted_step_is_named(model):
    broken = make_pipeline(StandardScaler(), SVC()).fit(X, Y)
    broken.steps[0] = ("standardscaler", StandardScaler())
    with pytest.raises(NotFittedError, match=r"StandardScaler .*steps\.standardscaler"):
        bridge.plan(broken)


def test_a_wrong_module_is_not_handed_over(monkeypatch):
    fitted = LogisticRegression().fit(X, Y)

    def moved(cls, estimator, children=None):
        wrong = build(cls, estimator, children)
        with torch.no_grad():
            wrong.coef_.mul_(1 + 1e-6)
        return wrong

    from bridge.overrides.core.compose import build

    monkeypatch.setattr("bridge.convert.build", moved)
    with pytest.raises(ParityError, match=r"predict_proba.*24 rows"):
        bridge.to_torch(fitted)
    assert bridge.to_torch(fitted, verify=False) is not None


@pytest.mark.parametrize(
    "rows",
    [
        np.round(X * 3).astype(np.int64),
        np.round(X * 3).astype(np.int8),
        X.astype(np.float32),
        X > 0,
        X[:0],
        X[:1],
        X[::3, ::-1][:, ::-1],
        X * 1e150,
        np.asfortranarray(X),
    ],
    ids=["int64", "int8", "float32", "bool", "none", "one", "strided", "huge", "fortran"],
)
def test_fine_rows_equal_scikit_learn(model, module, rows):
    x = torch.as_tensor(np.ascontiguousarray(rows) if min(rows.strides, default=1) < 0 else rows)
    if len(rows) == 0:
        assert module.predict(x).shape == (0,)
        assert module.decision_function(x).shape == (0,)
        return
    # scikit-learn in float64 is the reference: given float32 rows its scaler computes in float32.
    exact = rows.astype(np.float64)
    np.testing.assert_array_equal(module.predict(x), model.predict(exact))
    expected = model.decision_function(exact)
    np.testing.assert_allclose(module.decision_function(x).detach(), expected, rtol=1e-9, atol=1e-9)


def test_eight_threads_at_once(model, module):
    batches = [RANDOM.normal(size=(50, 4)) for _ in range(64)]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda rows: module.decision_function(torch.as_tensor(rows)), batches))
    for rows, result in zip(batches, results, strict=True):
        np.testing.assert_allclose(result.detach(), model.decision_function(rows), rtol=1e-9, atol=1e-9)


def test_nothing_is_shared_with_the_estimator(model):
    module = bridge.to_torch(model)
    before = model.predict(X).copy(), model[0].mean_.copy()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.zero_()
    np.testing.assert_array_equal(model.predict(X), before[0])
    np.testing.assert_array_equal(model[0].mean_, before[1])
