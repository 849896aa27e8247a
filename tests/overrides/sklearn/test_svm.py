"""Support vector machines where the contract does not look: offsets, distance, ties, damage, tuning."""

import copy

import numpy as np
import pytest
import torch
from sklearn.datasets import make_classification
from sklearn.svm import SVC, SVR, LinearSVC, OneClassSVM

import bridge
from bridge.errors import UnsupportedError
from bridge.overrides.errors import CorruptEstimatorError

METHODS = ("predict", "decision_function", "predict_proba", "predict_log_proba")


@pytest.fixture
def data():
    return make_classification(200, 5, n_informative=4, n_redundant=0, n_classes=3, random_state=1)


def _with_probability(X, y, **options):
    with pytest.warns(FutureWarning, match="probability"):
        return SVC(probability=True, random_state=0, **options).fit(X, y)


def _assert_equal(model, X, methods=METHODS, atol=1e-10):
    module = bridge.to_torch(model, verify=False)
    x = torch.as_tensor(X)
    for method in methods:
        call = getattr(module, method)
        expected = getattr(model, method)(X)
        for value in (call(x), torch.cat([call(row[None]) for row in x])):
            np.testing.assert_allclose(value.detach().numpy(), expected, rtol=1e-10, atol=atol)
    return module


def test_features_offset_by_a_million(data):
    X, y = data
    module = _assert_equal(_with_probability(X[:120] + 1e6, y[:120], gamma=0.2), X[120:] + 1e6)
    assert not module.kernel.by_differences


@pytest.mark.parametrize("distance", [1e4, 1e6])
def test_clusters_far_apart(data, distance):
    X, y = data
    shift = distance * np.where(np.arange(200) % 2, 1.0, -1.0)[:, None]
    X = X + shift
    model = _with_probability(X[:120], y[:120], gamma=0.3)
    module = _assert_equal(model, X[120:])
    assert module.kernel.by_differences
    scripted = torch.jit.script(module)
    np.testing.assert_allclose(scripted.decision_function(torch.as_tensor(X)).detach(), model.decision_function(X))
    x = torch.as_tensor(X[120:126]).requires_grad_(True)
    (gradient,) = torch.autograd.grad(module.decision_function(x).sum(), x)
    step = np.zeros_like(X[120:126])
    step[:, 2] = 2.0**-14
    rows = X[120:126]
    slope = (model.decision_function(rows + step) - model.decision_function(rows - step)).sum(1) * 2.0**13
    np.testing.assert_allclose(gradient[:, 2], slope, rtol=1e-5, atol=1e-6)


def test_large_coefficients_count_as_well():
    """The bound is on decision values: coefficients that enlarge the kernel's error turn the product off."""
    random = np.random.default_rng(0)
    X = random.normal(size=(80, 3)) * 30
    model = SVR(C=1e9, gamma=0.01, epsilon=1e-9).fit(X, 1e6 * random.normal(size=80))
    rows = X + random.normal(size=X.shape)
    module = bridge.to_torch(model, verify=False)
    assert module.kernel.by_differences
    np.testing.assert_allclose(module.predict(torch.as_tensor(rows)).detach(), model.predict(rows), rtol=1e-9)


@pytest.mark.parametrize(
    "intercepts",
    [
        (1.0, -1.0, 1.0),  # each class wins once
        (-1.0, 1.0, -1.0),
        (0.0, 0.0, 0.0),  # a decision value of 0 is a vote for the second class
        (-0.0, 2.0, 0.0),
        (5e-324, -5e-324, 5e-324),
        (3.0, -1.0, 1.0),  # a tie that confidence would resolve differently
        (-1.0, 3.0, -0.5),
    ],
)
@pytest.mark.parametrize("options", [{}, {"break_ties": True}, {"decision_function_shape": "ovo"}])
def test_ties_of_votes(data, intercepts, options):
    X, y = data
    model = SVC(**options).fit(X, np.array([-3, 4, 10])[y])
    model._dual_coef_[:] = 0.0
    model._intercept_[:] = intercepts
    module = _assert_equal(model, X[:3], ("predict", "decision_function"), atol=0)
    assert module.predict(torch.as_tensor(X[:1])).dtype == torch.int64


@pytest.mark.parametrize("intercept", [0.0, -0.0, 5e-324, -5e-324])
def test_two_classes_at_the_boundary(data, intercept):
    X, y = data
    model = SVC().fit(X, np.where(y == 0, "a", "b"))
    model._dual_coef_[:] = 0.0
    model._intercept_[:] = intercept
    module = bridge.to_torch(model, verify=False)
    assert module.predict_labels(torch.as_tensor(X[:2])) == model.predict(X[:2]).tolist()


@pytest.mark.parametrize("intercept", [0.0, 5e-324, -5e-324])
def test_one_class_at_the_boundary(data, intercept):
    model = OneClassSVM().fit(data[0])
    model._dual_coef_[:] = 0.0
    model._intercept_[:] = intercept
    module = bridge.to_torch(model, verify=False)
    assert module.predict(torch.as_tensor(data[0][:2])).tolist() == model.predict(data[0][:2]).tolist()


def test_duplicated_rows(data):
    X, y = data
    X, y = np.vstack([X[:60]] * 3), np.concatenate([y[:60], y[:60], y[20:80]])
    _assert_equal(_with_probability(X, y), X[::5])


def test_ten_classes():
    X, y = make_classification(
        700, 12, n_informative=10, n_redundant=0, n_classes=10, n_clusters_per_class=1, random_state=0
    )
    _assert_equal(_with_probability(X[:500], y[:500]), X[500:])
    _assert_equal(_with_probability(X[:500], y[:500], kernel="linear"), X[500:])


def test_overflow_is_that_of_libsvm(data):
    """Rows at which polynomials overflow: votes, and probabilities of what is no number."""
    X, y = data
    model = _with_probability(X, y, kernel="poly", degree=3)
    rows = X[:4] * 1e140
    module = bridge.to_torch(model, verify=False)
    for method in ("predict", "predict_proba"):
        value = getattr(module, method)(torch.as_tensor(rows)).detach()
        np.testing.assert_allclose(value, getattr(model, method)(rows), atol=1e-12)


def test_tuned_parameters_count(data):
    """Nothing is folded away: support vectors and coefficients that an optimizer moves change every method."""
    X, y = data
    for options in ({"gamma": 0.2}, {"kernel": "linear"}):
        model = SVC(**options).fit(X, y)
        module = bridge.to_torch(model, verify=False)
        moved = copy.deepcopy(model)
        moved.support_vectors_ += 0.01
        moved._dual_coef_ = moved._dual_coef_ * 1.1
        moved._intercept_ = moved._intercept_ - 0.2
        with torch.no_grad():
            module.support_vectors_.add_(0.01)
            module.dual_coef_.mul_(1.1)
            module.intercept_.sub_(0.2)
        for rows in (X[:1], X[:30]):
            value = module.decision_function(torch.as_tensor(rows)).detach()
            np.testing.assert_allclose(value, moved.decision_function(rows), rtol=1e-12, atol=1e-12)


def test_parameters_are_the_fitted_attributes(data):
    X, y = data
    for labels in (y, y > 0):
        model = SVC().fit(X, labels)
        module = bridge.to_torch(model)
        for name in ("support_vectors_", "dual_coef_", "intercept_"):
            np.testing.assert_array_equal(getattr(module, name).detach(), getattr(model, name))


def test_tiles_follow_the_number_of_support_vectors(data):
    X, y = data
    module = bridge.to_torch(SVC().fit(X, y))
    assert module.tile_rows * len(module.support_vectors_) <= 2**17
    assert bridge.to_torch(SVR(epsilon=1e9).fit(X, y)).tile_rows >= 32


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (
            SVC(kernel=lambda a, b: np.array([[float(x @ y) for y in b] for x in a])),
            "kernel of SVC is a Python function",
        ),
        (SVC(break_ties=True, decision_function_shape="ovo"), "break_ties=True"),
    ],
)
def test_refusals_name_estimator_and_option(model, words, data):
    X, y = data
    model.fit(X, y)
    with pytest.raises(UnsupportedError, match=words):
        bridge.to_torch(model)


def test_probability_set_after_the_fit_is_refused(data):
    model = SVC().fit(*data)
    model.probability = True
    with pytest.raises(UnsupportedError, match="fitted before probability=True"):
        bridge.to_torch(model)


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("_n_support", lambda value: value + 1),
        ("_dual_coef_", lambda value: value[:, :-1]),
        ("_intercept_", lambda value: value[:-1]),
        ("support_vectors_", lambda value: value[:-2]),
        ("support_", lambda value: value + 500),
        ("support_", lambda value: value[1:]),
    ],
)
def test_damage_is_found(data, name, damage):
    X, y = data
    model = SVC(kernel="precomputed").fit(X @ X.T, y) if name == "support_" else SVC().fit(X, y)
    setattr(model, name, damage(getattr(model, name)))
    with pytest.raises(CorruptEstimatorError, match="damaged"):
        bridge.to_torch(model)


def test_linear_svc_scores_are_plain(data):
    X, y = data
    _assert_equal(LinearSVC().fit(X, y), X, ("predict", "decision_function"))
