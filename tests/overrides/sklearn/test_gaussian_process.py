"""Gaussian processes beyond the contract: every kernel by itself, coincident points, refusals."""

import numpy as np
import pytest
import torch
from sklearn.gaussian_process import GaussianProcessClassifier, GaussianProcessRegressor
from sklearn.gaussian_process.kernels import (
    RBF,
    CompoundKernel,
    ConstantKernel,
    DotProduct,
    ExpSineSquared,
    Matern,
    PairwiseKernel,
    RationalQuadratic,
    WhiteKernel,
)
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import bridge
from bridge.errors import InputError, UnsupportedError
from bridge.overrides.sklearn.gaussian_process.kernels import kernel_module

RANDOM = np.random.default_rng(0)
X = np.abs(RANDOM.normal(size=(30, 3)))
Y = np.sin(X[:, 0]) + X[:, 1]
# Rows that coincide with each other and with others, and rows of zeros.
ROWS = np.vstack([X[:4], X[2:4], np.zeros((2, 3)), X[:3] + 1e-9, X[:2] * 1e3])

KERNELS = [
    ConstantKernel(2.5),
    WhiteKernel(0.3),
    RBF(0.7),
    RBF([0.5, 1.0, 3.0]),
    *(Matern([0.5, 1.0, 3.0], nu=nu) for nu in (0.5, 1.5, 2.5, np.inf, 0.3, 1.0, 4.2)),
    RationalQuadratic(0.8, alpha=1.7),
    ExpSineSquared(1.2, periodicity=0.7),
    DotProduct(0.6),
    *(
        PairwiseKernel(gamma=0.4, metric=metric)
        for metric in ("linear", "additive_chi2", "chi2", "poly", "polynomial", "rbf", "laplacian", "sigmoid", "cosine")
    ),
    PairwiseKernel(metric="poly", pairwise_kernels_kwargs={"degree": 2, "coef0": 0.3}),
    (RBF(2.0) + WhiteKernel(0.1)) * ConstantKernel(3.0) + DotProduct() ** 2,
    (RBF(2.0) * 0.5 + ConstantKernel(1.0)) ** 1.5,
]


@pytest.mark.parametrize("kernel", KERNELS, ids=str)
@pytest.mark.parametrize("scripted", [False, True])
def test_kernels(kernel, scripted):
    module = kernel_module(kernel)
    a, b = torch.tensor(ROWS), torch.tensor(X)
    if scripted:
        module = torch.jit.script(module)
    np.testing.assert_allclose(module(a, b), kernel(ROWS, X), rtol=1e-12, atol=1e-13)
    if not scripted:
        np.testing.assert_allclose(module.itself(a), kernel(ROWS), rtol=1e-12, atol=1e-13)
        np.testing.assert_allclose(module.diag(a), kernel.diag(ROWS), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(
    "kernel", [RBF(), Matern(nu=0.5), Matern(nu=1.5), Matern(nu=0.8), ExpSineSquared(periodicity=9.0)], ids=str
)
def test_gradients_at_training_rows_are_finite(kernel):
    module = bridge.to_torch(GaussianProcessRegressor(kernel, alpha=1e-2, optimizer=None).fit(X, Y))
    for method in ("predict", "predict_std", "predict_cov"):
        x = torch.tensor(np.vstack([X[:3], X[:2]]), requires_grad=True)
        (gradient,) = torch.autograd.grad(getattr(module, method)(x).sum(), x)
        assert torch.isfinite(gradient).all(), method


def test_a_variance_below_zero_is_zero():
    model = GaussianProcessRegressor(DotProduct(), alpha=1e-14, optimizer=None).fit(X, Y)
    with pytest.warns(UserWarning, match="smaller than 0"):
        _, expected = model.predict(X, return_std=True)
    values = bridge.to_torch(model, verify=False).predict_std(torch.tensor(X)).detach().numpy()
    assert 0 in values  # where the variance is nothing but rounding
    np.testing.assert_allclose(values, expected, atol=1e-6)


def test_deviations_at_training_rows():
    model = GaussianProcessRegressor(RBF(0.5), optimizer=None).fit(X, Y)  # alpha=1e-10
    _, expected = model.predict(X, return_std=True)
    values = bridge.to_torch(model, X).predict_std(torch.tensor(X)).detach().numpy()
    np.testing.assert_allclose(values, expected, atol=1e-9)


def test_the_covariance_of_many_rows_is_one_matrix(tmp_path):
    model = GaussianProcessRegressor(RBF() + WhiteKernel(), optimizer=None).fit(X[:5], Y[:5])
    rows = RANDOM.normal(size=(1500, 3))
    _, expected = model.predict(rows, return_cov=True)
    bridge.export(model, tmp_path / "artifact")
    for runtime in ("torchscript", "torch.export", "onnxruntime"):
        served = bridge.load(tmp_path / "artifact", runtime=runtime)
        np.testing.assert_allclose(served.predict_cov(torch.tensor(rows)), expected, atol=1e-12)


def test_methods_behind_other_estimators():
    process = GaussianProcessRegressor(RBF(), alpha=0.1, optimizer=None)
    pipeline = make_pipeline(StandardScaler(), process).fit(X, Y)
    _, expected = pipeline.predict(ROWS, return_std=True)
    np.testing.assert_allclose(bridge.to_torch(pipeline).predict_std(torch.tensor(ROWS)).detach(), expected, atol=1e-12)
    search = bridge.to_torch(GridSearchCV(process, {"alpha": [0.1, 1.0]}, cv=2).fit(X, Y))
    assert not hasattr(search, "predict_std")  # nor does scikit-learn's predict take the argument


def test_pairs_have_no_probabilities():
    model = GaussianProcessClassifier(multi_class="one_vs_one", optimizer=None).fit(X, np.arange(30) % 3)
    with pytest.raises(InputError, match="one_vs_rest"):
        bridge.to_torch(model).predict_proba(torch.tensor(X))


class _OwnKernel(RBF):
    pass


@pytest.mark.parametrize(
    ("kernel", "words"),
    [
        (_OwnKernel() + WhiteKernel(), "_OwnKernel"),
        (PairwiseKernel(metric=lambda a, b, gamma: float(a @ b)) + WhiteKernel(), "a function of yours"),
    ],
)
def test_kernels_that_no_graph_holds(kernel, words):
    model = GaussianProcessRegressor(kernel, optimizer=None).fit(X, Y)
    with pytest.raises(UnsupportedError, match=words):
        bridge.to_torch(model)
    with pytest.raises(UnsupportedError, match=words):
        bridge.to_torch(GaussianProcessClassifier(kernel, optimizer=None).fit(X, np.arange(30) % 2))


def test_a_prior_and_a_compound_kernel():
    with pytest.raises(UnsupportedError, match="prior"):
        bridge.to_torch(GaussianProcessRegressor())
    model = GaussianProcessRegressor(optimizer=None).fit(X, Y)
    model.kernel_ = CompoundKernel([RBF(), RBF()])
    with pytest.raises(UnsupportedError, match="CompoundKernel"):
        bridge.to_torch(model)
