"""Mixtures beyond the contract: trained parameters, far offsets, empty components, damaged shapes."""

import numpy as np
import pytest
import torch
from sklearn.mixture import BayesianGaussianMixture, GaussianMixture

import bridge
from bridge.errors import CorruptEstimatorError

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(120, 3)) @ RANDOM.normal(size=(3, 3)) + 3.0 * RANDOM.integers(0, 3, size=(120, 1))
KINDS = ("full", "tied", "diag", "spherical")
METHODS = ("predict", "predict_proba", "score_samples")


def _assert_equal(module, estimator, rows, rtol=1e-11):
    for method in METHODS:
        result = getattr(module, method)(torch.as_tensor(rows)).detach()
        np.testing.assert_allclose(result, getattr(estimator, method)(rows), rtol=rtol, atol=1e-11, err_msg=method)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cls", [GaussianMixture, BayesianGaussianMixture])
def test_densities_follow_the_parameters(cls, kind):
    """A trained module is scikit-learn's estimator with those attributes: nothing derived from the old ones is left."""
    estimator = cls(n_components=3, covariance_type=kind, random_state=0).fit(X)
    module = bridge.to_torch(estimator)
    names = {"means_", "precisions_cholesky_"} | ({"weights_"} if cls is GaussianMixture else set())
    assert names == {name for name, _ in module.named_parameters()}
    for i, name in enumerate(sorted(names)):
        setattr(estimator, name, getattr(estimator, name) * (1.1 + 0.2 * i))
        with torch.no_grad():
            getattr(module, name).mul_(1.1 + 0.2 * i)
    _assert_equal(module, estimator, X)


@pytest.mark.parametrize("kind", KINDS)
def test_a_likelihood_trains_all_parameters(kind):
    module = bridge.to_torch(GaussianMixture(3, covariance_type=kind, random_state=0).fit(X))
    module.score_samples(torch.as_tensor(X)).mean().backward()
    for name, parameter in module.named_parameters():
        assert torch.isfinite(parameter.grad).all(), name
        assert (parameter.grad != 0).any(), name


@pytest.mark.parametrize("kind", KINDS)
def test_a_float32_fit_trains_too(kind):
    """What float32 rounded at fitting is added, and does not keep the parameters from counting."""
    estimator = GaussianMixture(3, covariance_type=kind, random_state=0).fit(X.astype(np.float32))
    module = bridge.to_torch(estimator)
    _assert_equal(module, estimator, X, rtol=1e-10)
    with torch.no_grad():
        module.means_.add_(1.0)
    estimator.means_ = estimator.means_ + 1.0
    result = module.score_samples(torch.as_tensor(X)).detach()
    np.testing.assert_allclose(result, estimator.score_samples(X), rtol=1e-4)


@pytest.mark.parametrize("kind", ["full", "tied"])
def test_far_offsets_cost_what_they_cost_scikit_learn(kind):
    rows = X + 1e4
    estimator = GaussianMixture(2, covariance_type=kind, random_state=0).fit(rows)
    _assert_equal(bridge.to_torch(estimator, rows), estimator, rows, rtol=1e-9)


def test_a_component_without_weight():
    estimator = GaussianMixture(3, random_state=0).fit(X)
    estimator.weights_ = np.array([0.5, 0.0, 0.5])
    module = bridge.to_torch(estimator, verify=False)
    with np.errstate(divide="ignore"):
        _assert_equal(module, estimator, X)
    assert (module.predict_proba(torch.as_tensor(X))[:, 1] == 0).all()


def test_one_component_and_one_feature():
    for kind in KINDS:
        estimator = GaussianMixture(1, covariance_type=kind).fit(X[:, :1])
        _assert_equal(bridge.to_torch(estimator), estimator, X[:, :1])


def test_rows_as_far_as_squares_reach():
    estimator = GaussianMixture(2, random_state=0).fit(X)
    rows = X[:5] * 1e140
    result = bridge.to_torch(estimator).score_samples(torch.as_tensor(rows)).detach()
    np.testing.assert_allclose(result, estimator.score_samples(rows), rtol=1e-10)


@pytest.mark.parametrize("name", ["precisions_cholesky_", "weights_"])
def test_damaged_shapes(name):
    estimator = GaussianMixture(3, random_state=0).fit(X)
    setattr(estimator, name, getattr(estimator, name)[:2])
    with pytest.raises(CorruptEstimatorError, match="damaged"):
        bridge.to_torch(estimator, verify=False)
