"""Kernels and metrics of the user's: traced, compared with the function itself, or refused with a reason."""

import copy
import functools
import math
import pickle

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist, euclidean
from sklearn.ensemble import BaggingClassifier
from sklearn.kernel_ridge import KernelRidge
from sklearn.metrics import pairwise
from sklearn.metrics.pairwise import cosine_similarity, linear_kernel, rbf_kernel
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

import bridge
from bridge.errors import UnsupportedError
from bridge.overrides.tracing import FunctionError
from bridge.overrides.tracing.pairwise_function import function_of_pairs, function_of_rows

RANDOM = np.random.default_rng(0)
X, Y = RANDOM.normal(size=(9, 3)), RANDOM.normal(size=(7, 3))
LABELS = np.arange(9) % 2


def _nested(a, b):
    return _inner(a) @ _inner(b).T


def _inner(rows):
    return np.tanh(rows)


OF_ROWS = {
    "product": lambda a, b: a @ b.T,
    "dot": lambda a, b: np.dot(a, b.T),
    "scikit-learn's": rbf_kernel,
    "partial": functools.partial(rbf_kernel, gamma=0.2),
    "a mixture": lambda a, b: rbf_kernel(a, b, gamma=0.3) + 0.5 * linear_kernel(a, b),
    "by the module": lambda a, b: pairwise.laplacian_kernel(a, b, gamma=0.1),
    "by scipy": lambda a, b: np.exp(-cdist(a, b, "sqeuclidean")),
    "cosine": lambda a, b: cosine_similarity(a, b) ** 2,
    "broadcast": lambda a, b: np.exp(-0.3 * ((a[:, None] - b) ** 2).sum(2)),
    "histograms": lambda a, b: np.minimum(a[:, None], b[None]).sum(-1),
    "polynomial": lambda a, b: pairwise.polynomial_kernel(a, b, degree=2, coef0=0.5),
    "sigmoid": pairwise.sigmoid_kernel,
    "nested": _nested,
    "centred on the fit": lambda a, b: (a - b.mean(axis=0)) @ (b - b.mean(axis=0)).T,
}


def _loop(a, b):
    total = 0.0
    for i in range(len(a)):
        total += abs(a[i] - b[i]) * (i + 1)
    return total


def _zipped(a, b, power=1):
    return sum(max(x, y) ** power for x, y in zip(a, b, strict=True))


def _in_place(a, b):
    difference = a - b
    difference *= difference
    return np.sqrt(difference.sum())


WEIGHTS = np.diag([1.0, 2.0, 3.0])

OF_PAIRS = {
    "product": lambda a, b: a @ b,
    "dot": lambda a, b: np.dot(a, b) ** 2,
    "RBF": lambda a, b: np.exp(-0.3 * np.sum((a - b) ** 2)),
    "float": lambda a, b: float(np.exp(-np.linalg.norm(a - b))),
    "math": lambda a, b: math.exp(-math.sqrt(((a - b) ** 2).sum())),
    "histograms": lambda a, b: np.minimum(a, b).sum(),
    "scipy's": euclidean,
    "scipy's, and more": lambda a, b: euclidean(a, b) + 1,
    "matrix": lambda a, b: np.sqrt((a - b) @ WEIGHTS @ (a - b)),
    "places": lambda a, b: abs(a[0] - b[0]) + 2 * abs(a[1] - b[-1]),
    "largest": lambda a, b: np.max(np.abs(a - b)),
    "unequal": lambda a, b: np.mean(a != b),
    "Manhattan": lambda a, b: np.linalg.norm(a - b, 1),
    "cosine": lambda a, b: 1 - a.dot(b) / (np.linalg.norm(a) * np.linalg.norm(b)),
    "where": lambda a, b: np.where(a > b, a - b, 0).sum(),
    "loop": _loop,
    "zip": _zipped,
    "in place": _in_place,
}


@pytest.mark.parametrize("function", OF_ROWS.values(), ids=OF_ROWS)
def test_kernels_of_all_rows(function):
    module = function_of_rows(function, Y)
    for call in (module, copy.deepcopy(module), pickle.loads(pickle.dumps(module)), torch.jit.script(module)):
        value = call(torch.tensor(X), torch.tensor(Y))
        np.testing.assert_allclose(value, function(X, Y), rtol=1e-12, atol=1e-13)
        assert call(torch.tensor(X[:0]), torch.tensor(Y)).shape == (0, 7)


@pytest.mark.parametrize("function", OF_PAIRS.values(), ids=OF_PAIRS)
def test_functions_of_two_rows(function):
    module = function_of_pairs(function, None, 3)
    expected = np.array([[function(x, y) for y in Y] for x in X])
    for call in (module, copy.deepcopy(module), pickle.loads(pickle.dumps(module)), torch.jit.script(module)):
        np.testing.assert_allclose(call(torch.tensor(X), torch.tensor(Y)), expected, rtol=1e-12, atol=1e-13)
        assert call(torch.tensor(X[:0]), torch.tensor(Y)).shape == (0, 7)


def test_keywords_count():
    module = function_of_pairs(_zipped, {"power": 2}, 3)
    expected = np.array([[_zipped(x, y, power=2) for y in Y] for x in X])
    np.testing.assert_allclose(module(torch.tensor(X), torch.tensor(Y)), expected, rtol=1e-12)


def test_a_function_that_turns_its_arguments():
    """Label spreading compares the rows of the fit with the others: what is symmetric may be traced the other way."""
    assert function_of_rows(rbf_kernel, Y, turned=True)(torch.tensor(X), torch.tensor(Y)).shape == (9, 7)
    with pytest.raises(FunctionError, match="itself"):
        function_of_rows(lambda a, b: a @ b.T + a[:, :1], Y, turned=True)


def _branching(a, b):
    return 1.0 if a[0] > b[0] else 0.0


def _two_numbers(a, b):
    return a[:2] * b[:2]


@pytest.mark.parametrize(
    ("convert", "words"),
    [
        (lambda: function_of_pairs(_branching, None, 3), "decides by the values"),
        (lambda: function_of_pairs(_two_numbers, None, 3), "2 numbers for two rows"),
        (lambda: function_of_pairs(lambda a, b: 0.5, None, 3), "does not depend on the rows"),
        (lambda: function_of_pairs(lambda a, b: np.histogram(a)[0][0], None, 3), "histogram"),
        (lambda: function_of_pairs(lambda a, b: np.concatenate([a, b]).sum(), None, 3), "puts rows together"),
        (lambda: function_of_pairs(lambda a, b: np.sum(a[[0, 2]]), None, 3), "picks numbers"),
        (lambda: function_of_rows(lambda a, b: np.array([[x @ y for y in b] for x in a]), Y), "one by one"),
        (lambda: function_of_rows(lambda a, b: a @ a.T, Y), "columns"),
        (lambda: function_of_rows(lambda a, b: 0.0, ["a", "b"]), "no numbers"),
    ],
)
def test_what_cannot_be_traced_says_why(convert, words):
    with pytest.raises(FunctionError, match=words):
        convert()


def test_a_function_that_draws_is_seen_to_differ():
    with pytest.raises(FunctionError, match="itself"):
        function_of_rows(lambda a, b: a @ b.T + np.random.default_rng().normal(), Y)


def test_a_refusal_names_the_estimator_and_what_to_do():
    model = KNeighborsClassifier(3, metric=_branching).fit(X, LABELS)
    with pytest.raises(UnsupportedError, match=r"metric of KNeighborsClassifier.*_branching.*register_function"):
        bridge.to_torch(model)


def _uphill(a, b):
    """The way up costs twice."""
    distance = np.abs(a - b).sum()
    return 2 * distance if a[0] > b[0] else distance


def _uphill_in_torch(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    distance = (x.unsqueeze(1) - y).abs().sum(2)
    return torch.where(x[:, :1] > y[:, 0], distance * 2.0, distance)


def _of_all(a, b):
    return np.array([[math.exp(-_uphill(x, y)) for y in b] for x in a])


def _of_all_in_torch(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return torch.exp(-_uphill_in_torch(x, y))


def _scaled(a, b, scale):
    return math.exp(-scale * _uphill(a, b))


def _scaled_in_torch(x: torch.Tensor, y: torch.Tensor, scale: float) -> torch.Tensor:
    return torch.exp(_uphill_in_torch(x, y) * -scale)


@pytest.mark.parametrize(
    ("function", "in_torch", "model"),
    [
        (_uphill, _uphill_in_torch, KNeighborsClassifier(3, metric=_uphill, algorithm="brute", weights="distance")),
        (_of_all, _of_all_in_torch, SVC(kernel=_of_all)),
        (_scaled, _scaled_in_torch, KernelRidge(kernel=_scaled, kernel_params={"scale": 0.3})),
    ],
)
def test_a_torch_function_can_be_registered_for_one(function, in_torch, model):
    """A function that cannot be traced, of pairs, of all rows, and with keywords."""
    model.fit(X, LABELS)
    with pytest.raises(UnsupportedError, match="Python function"):
        bridge.to_torch(model)
    bridge.register_function(function, in_torch, replace=True)
    report = bridge.check_parity(model, RANDOM.normal(size=(20, 3)))
    assert report.ok, report.failures_text()
    module = bridge.to_torch(model)
    assert torch.equal(pickle.loads(pickle.dumps(module)).predict(torch.tensor(X)), module.predict(torch.tensor(X)))


def test_kernels_inside_composites():
    model = make_pipeline(StandardScaler(), BaggingClassifier(SVC(kernel=OF_ROWS["a mixture"]), 3, random_state=0))
    model.fit(np.vstack([X, Y]), np.arange(16) % 3)
    report = bridge.check_parity(model, RANDOM.normal(size=(10, 3)), runtimes=["eager", "torchscript"])
    assert report.ok, report.failures_text()


def test_the_gradient_of_a_traced_kernel():
    model = SVC(kernel=OF_ROWS["a mixture"]).fit(X, LABELS)
    x = torch.tensor(Y).requires_grad_(True)
    bridge.to_torch(model).decision_function(x).sum().backward()
    step = np.array([0.0, 1e-6, 0.0])
    slope = (model.decision_function(Y + step) - model.decision_function(Y - step)) / 2e-6
    np.testing.assert_allclose(x.grad[:, 1], slope, rtol=1e-5, atol=1e-7)
