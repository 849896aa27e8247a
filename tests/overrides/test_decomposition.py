"""Projections beyond the contract: far offsets, singular covariances, what a score is worth."""

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA, FactorAnalysis, IncrementalPCA, SparsePCA

import bridge

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(60, 5)) @ RANDOM.normal(size=(5, 5))


@pytest.mark.parametrize("whiten", [False, True])
def test_far_offsets_cost_what_they_cost_scikit_learn(whiten):
    """The mean is projected, not subtracted: the error is that of scikit-learn, so the two agree."""
    rows = X + 1e6
    pca = PCA(3, whiten=whiten).fit(rows)
    result = bridge.to_torch(pca, verify=False).transform(torch.as_tensor(rows)).detach()
    np.testing.assert_allclose(result, pca.transform(rows), rtol=0, atol=1e-8)


def test_whitening_bounds_the_deviation_from_below():
    """A feature that is constant but for nothing has variance 0: scikit-learn divides by the machine epsilon."""
    rows = np.column_stack([X, np.zeros(60)])
    pca = PCA(whiten=True).fit(rows)
    assert pca.explained_variance_[-1] < 1e-30
    pca.explained_variance_[-1] = 0.0
    result = bridge.to_torch(pca, verify=False).transform(torch.as_tensor(rows)).detach()
    expected = pca.transform(rows)
    assert torch.isfinite(result).all()
    np.testing.assert_allclose(result[:, :5], expected[:, :5], rtol=1e-10)
    unit = np.zeros((1, 6))
    unit[0] = pca.components_[-1] + pca.mean_
    result = bridge.to_torch(pca, verify=False).transform(torch.as_tensor(unit)).detach()
    np.testing.assert_allclose(result[0, -1], pca.transform(unit)[0, -1], rtol=1e-8)


def test_no_score_where_the_covariance_is_singular():
    """scikit-learn's score of dependent features is what rounding left of it; the projection is sound."""
    rows = np.column_stack([X, X[:, 0] + X[:, 1]])
    for pca in (PCA().fit(rows), PCA(5).fit(rows), PCA().fit(rows[:4])):
        module = bridge.to_torch(pca)
        assert not hasattr(module, "score_samples")
        assert "score_samples" not in bridge.plan(pca).root.methods
        result = module.transform(torch.as_tensor(rows)).detach()
        np.testing.assert_allclose(result, pca.transform(rows), rtol=1e-10, atol=1e-10)
    assert hasattr(bridge.to_torch(PCA(3).fit(X)), "score_samples")


@pytest.mark.parametrize("n_components", [1, 3, 5])
def test_scores_with_and_without_noise(n_components):
    for estimator in (PCA(n_components), PCA(n_components, whiten=True), FactorAnalysis(n_components)):
        estimator.fit(X)
        result = bridge.to_torch(estimator).score_samples(torch.as_tensor(X * 3)).detach()
        assert result.shape == (60,)
        np.testing.assert_allclose(result, estimator.score_samples(X * 3), rtol=1e-11)


def test_no_component_at_all():
    """scikit-learn refuses rows of no feature, so there is nothing to verify inverse_transform on."""
    pca = PCA(0).fit(X)
    module = bridge.to_torch(pca, verify=False)
    x = torch.as_tensor(X)
    assert module.transform(x).shape == (60, 0)
    np.testing.assert_allclose(module.score_samples(x).detach(), pca.score_samples(X), rtol=1e-11)


def test_fitted_in_parts():
    estimator = IncrementalPCA(2, whiten=True)
    for start in (0, 30):
        estimator.partial_fit(X[start : start + 30])
    result = bridge.to_torch(estimator).transform(torch.as_tensor(X)).detach()
    np.testing.assert_allclose(result, estimator.transform(X), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("ridge_alpha", [1e-6, 0.01, 10.0])
@pytest.mark.parametrize("n_components", [2, 5, 9])
def test_ridge_of_any_strength(ridge_alpha, n_components):
    estimator = SparsePCA(n_components, ridge_alpha=ridge_alpha, random_state=0, max_iter=20).fit(X)
    result = bridge.to_torch(estimator).transform(torch.as_tensor(X)).detach()
    np.testing.assert_allclose(result, estimator.transform(X), rtol=1e-9, atol=1e-9)
