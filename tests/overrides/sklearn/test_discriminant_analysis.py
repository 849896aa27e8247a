"""Discriminants beyond the contract: saturated probabilities, trained parameters, damaged shapes."""

import numpy as np
import pytest
import torch
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis

import bridge
from bridge.errors import CorruptEstimatorError, InputError

RANDOM = np.random.default_rng(0)
Y = np.arange(90) % 3
X = RANDOM.normal(size=(90, 4)) + Y[:, None]
METHODS = ("predict", "predict_proba", "predict_log_proba", "decision_function")


def _assert_equal(module, estimator, rows, rtol=1e-11):
    for method in METHODS:
        result = getattr(module, method)(torch.as_tensor(rows)).detach()
        np.testing.assert_allclose(result, getattr(estimator, method)(rows), rtol=rtol, atol=1e-12, err_msg=method)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_probability_of_zero_has_the_logarithm_of_the_smallest_number(n_classes):
    estimator = LinearDiscriminantAnalysis().fit(X[n_classes > Y], Y[n_classes > Y])
    rows = np.vstack([X[:4] * 1e4, X[:4] * -1e4])
    module = bridge.to_torch(estimator)
    x = torch.tensor(rows, requires_grad=True)
    result = module.predict_log_proba(x)
    assert (result == np.log(np.finfo(np.float64).smallest_normal)).any()
    _assert_equal(module, estimator, rows)
    result.sum().backward()
    assert torch.isfinite(x.grad).all()


@pytest.mark.parametrize("solver", ["svd", "eigen"])
def test_quadratic_scores_follow_the_parameters(solver):
    """A trained module is scikit-learn's estimator with those attributes: nothing derived from the old ones is left."""
    estimator = QuadraticDiscriminantAnalysis(solver=solver).fit(X, Y)
    module = bridge.to_torch(estimator)
    names = {name for name, _ in module.named_parameters()}
    assert names == {"means_", "rotations_", "scalings_", "priors_"}
    for i, name in enumerate(sorted(names)):
        factor = 1.1 + 0.2 * i
        setattr(estimator, name, [part * factor for part in getattr(estimator, name)])
        with torch.no_grad():
            getattr(module, name).mul_(factor)
    _assert_equal(module, estimator, X)
    module.predict_log_proba(torch.as_tensor(X))[:, 0].sum().backward()
    assert all(torch.isfinite(parameter.grad).all() for parameter in module.parameters())


def test_rows_far_away():
    estimator = QuadraticDiscriminantAnalysis().fit(X, Y)
    rows = X * 1e5
    module = bridge.to_torch(estimator)
    for method in ("predict", "decision_function"):
        result = getattr(module, method)(torch.as_tensor(rows)).detach()
        np.testing.assert_allclose(result, getattr(estimator, method)(rows), rtol=1e-12)


def test_a_float32_fit_is_exact_on_float64_rows():
    """scikit-learn takes roots and logarithms of such a model in float32, and all others in float64."""
    estimator = QuadraticDiscriminantAnalysis().fit(X.astype(np.float32), Y)
    assert estimator.scalings_[0].dtype == np.float32
    _assert_equal(bridge.to_torch(estimator), estimator, X)


@pytest.mark.parametrize("n_components", [1, 2, None])
@pytest.mark.parametrize("solver", ["svd", "eigen"])
def test_as_many_discriminants_as_asked_for(solver, n_components):
    estimator = LinearDiscriminantAnalysis(solver=solver, n_components=n_components).fit(X + 1e3, Y)
    result = bridge.to_torch(estimator).transform(torch.as_tensor(X + 1e3)).detach()
    np.testing.assert_allclose(result, estimator.transform(X + 1e3), rtol=0, atol=1e-10)


def test_one_class_has_labels_and_no_probabilities():
    estimator = LinearDiscriminantAnalysis().fit(X, np.full(90, 7))
    module = bridge.to_torch(estimator)
    x = torch.as_tensor(X)
    assert module.predict(x).tolist() == estimator.predict(X).tolist()
    np.testing.assert_allclose(module.decision_function(x).detach(), estimator.decision_function(X), atol=1e-12)
    assert module.transform(x).shape == estimator.transform(X).shape == (90, 0)
    for method in ("predict_proba", "predict_log_proba"):
        with pytest.raises(ValueError, match="axis"):
            getattr(estimator, method)(X)
        with pytest.raises(InputError, match="one class"):
            getattr(module, method)(x)


def test_damaged_shapes():
    linear = LinearDiscriminantAnalysis().fit(X, Y)
    linear.coef_ = linear.coef_[:2]
    with pytest.raises(CorruptEstimatorError, match="3 classes"):
        bridge.to_torch(linear, verify=False)
    quadratic = QuadraticDiscriminantAnalysis().fit(X, Y)
    quadratic.means_ = quadratic.means_[:2]
    with pytest.raises(CorruptEstimatorError, match="2 means"):
        bridge.to_torch(quadratic, verify=False)
