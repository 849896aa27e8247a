"""Projections beyond the contract: far offsets, singular covariances, what a score is worth."""

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA, FactorAnalysis, IncrementalPCA, KernelPCA, SparsePCA

import bridge
from bridge.errors import CorruptEstimatorError, InputError, UnsupportedError

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


@pytest.mark.filterwarnings("ignore:An ill-conditioned matrix")
@pytest.mark.parametrize("make", [PCA, lambda: FactorAnalysis(2)])
def test_no_score_where_the_covariance_is_singular(make):
    """scikit-learn's score of dependent features is what rounding left of it; the projection is sound."""
    rows = np.column_stack([X, X[:, 0] + X[:, 1]])
    estimator = make().fit(rows)
    module = bridge.to_torch(estimator)
    try:
        alone = np.concatenate([estimator.score_samples(row[None]) for row in rows])
    except np.linalg.LinAlgError:  # rounding, which differs by processor, may leave exactly 0
        reason = "singular"
        assert module.nondeterministic_names == []
    else:
        reason = "score_samples is noise"
        assert np.abs(alone - estimator.score_samples(rows)).max() > 1e-8
        assert module.nondeterministic_names == ["score_samples"]
    assert "score_samples" not in bridge.plan(estimator).root.methods
    x = torch.as_tensor(rows)
    np.testing.assert_allclose(module.transform(x).detach(), estimator.transform(rows), rtol=1e-10, atol=1e-10)
    with pytest.raises(InputError, match=reason):
        module.score_samples(x)
    with pytest.raises(torch.jit.Error, match=reason):
        torch.jit.script(module).score_samples(x)


@pytest.mark.filterwarnings("ignore:An ill-conditioned matrix")
def test_minus_infinity_where_the_precision_is_no_precision():
    """Rounding may leave a precision matrix without a logarithm of its determinant: scikit-learn scores -inf."""
    rows = np.random.default_rng(0).normal(size=(60, 5))
    rows = np.column_stack([rows, rows[:, 0] + rows[:, 1]])
    pca = PCA(5).fit(rows)
    assert (pca.score_samples(rows) == -np.inf).all()
    assert (bridge.to_torch(pca).score_samples(torch.as_tensor(rows)) == -torch.inf).all()


@pytest.mark.filterwarnings("ignore:An ill-conditioned matrix")
def test_scores_of_features_of_any_scale():
    """What counts is whether features depend on each other, not the condition of their covariance."""
    rows = X * 10.0 ** np.array([-8, 0, 4, 0, 8])
    pca = PCA().fit(rows)
    result = bridge.to_torch(pca).score_samples(torch.as_tensor(rows)).detach()
    np.testing.assert_allclose(result, pca.score_samples(rows), rtol=1e-11)


@pytest.mark.filterwarnings("ignore:An ill-conditioned matrix")
def test_raises_where_scikit_learn_cannot_invert():
    pca = PCA().fit(np.column_stack([X, np.zeros(60)]))
    with pytest.raises(np.linalg.LinAlgError):
        pca.score_samples(np.zeros((2, 6)))
    module = bridge.to_torch(pca)
    assert module.nondeterministic_names == []
    with pytest.raises(InputError, match="covariance that is singular"):
        module.score_samples(torch.zeros(2, 6, dtype=torch.float64))


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


def test_precomputed_kernel_takes_kernel_rows():
    kernel = KernelPCA(3, kernel="precomputed").fit(X @ X.T)
    rows = RANDOM.normal(size=(7, 5)) @ X.T
    result = bridge.to_torch(kernel).transform(torch.as_tensor(rows)).detach()
    np.testing.assert_allclose(result, kernel.transform(rows), rtol=1e-11, atol=1e-11)


def test_no_way_back_where_none_was_fitted():
    kernel = KernelPCA(3, kernel="rbf").fit(X)
    module = bridge.to_torch(kernel)
    assert bridge.plan(kernel).root.methods == ("transform",)
    with pytest.raises(InputError, match="fit_inverse_transform=True"):
        module.inverse_transform(torch.zeros(2, 3, dtype=torch.float64))


def test_null_space_gives_zeros():
    """Five features have five directions: a sixth component has the eigenvalue 0."""
    kernel = KernelPCA(6, kernel="linear").fit(X)
    assert kernel.eigenvalues_[5] == 0
    module = bridge.to_torch(kernel)
    result = module.transform(torch.as_tensor(X))
    np.testing.assert_allclose(result.detach(), kernel.transform(X), rtol=1e-10, atol=1e-12)
    assert not result[:, 5].any()
    result.sum().backward()
    assert all(torch.isfinite(parameter.grad).all() for parameter in module.parameters() if parameter.grad is not None)


def test_kernel_of_far_clusters():
    """A product of centred rows would round at the square of the distance: differences are taken."""
    rows = np.vstack([X, X + 1e6])
    kernel = KernelPCA(3, kernel="rbf", gamma=0.05).fit(rows)
    module = bridge.to_torch(kernel, verify=False)
    differences = ((rows[:, None] - rows) ** 2).sum(axis=2)
    exact = np.exp(-0.05 * differences)
    centered = kernel._centerer.transform(exact)
    expected = centered @ (kernel.eigenvectors_ / np.sqrt(kernel.eigenvalues_))
    np.testing.assert_allclose(module.transform(torch.as_tensor(rows)).detach(), expected, rtol=1e-9, atol=1e-9)


def test_kernel_that_is_a_function_is_refused():
    kernel = KernelPCA(2, kernel=lambda a, b: 1.0 if a[0] > b[0] else 0.5).fit(X)
    with pytest.raises(UnsupportedError, match="KernelPCA is a Python function"):
        bridge.to_torch(kernel)


def test_damaged_kernel_is_found():
    kernel = KernelPCA(2, kernel="rbf").fit(X)
    kernel.eigenvectors_ = kernel.eigenvectors_[:-1]
    with pytest.raises(CorruptEstimatorError, match="damaged"):
        bridge.to_torch(kernel)
