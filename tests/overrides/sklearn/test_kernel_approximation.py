"""Kernel approximations where the contract does not look: options, edges, sizes."""

import numpy as np
import pytest
import torch
from sklearn.gaussian_process.kernels import RBF
from sklearn.kernel_approximation import AdditiveChi2Sampler, Nystroem, PolynomialCountSketch, SkewedChi2Sampler
from sklearn.metrics.pairwise import KERNEL_PARAMS

import bridge
from bridge.errors import UnsupportedError
from bridge.overrides.errors import CorruptEstimatorError


@pytest.fixture
def rows():
    return np.random.default_rng(0).uniform(0.1, 1.0, size=(40, 4))


def _result(model, X):
    return bridge.to_torch(model, verify=False).transform(torch.as_tensor(X)).detach().numpy()


@pytest.mark.parametrize("kernel", sorted(KERNEL_PARAMS))
def test_every_named_kernel_with_options_from_both_places(kernel, rows):
    """``kernel_params`` fill what the attributes leave open; both are left as they were."""
    names = KERNEL_PARAMS[kernel]
    given = {"gamma": 0.4, "unknown": 3.0}
    options = {"degree": 2} if "degree" in names else {}
    model = Nystroem(kernel, n_components=3, kernel_params=dict(given), random_state=0, **options).fit(rows)
    model.kernel_params = dict(given)
    result = _result(model, rows)
    assert model.kernel_params == given
    np.testing.assert_allclose(result, model.transform(rows), rtol=1e-9, atol=1e-9)


def test_nystroem_of_many_rows_is_tiled(rows):
    model = Nystroem("laplacian", n_components=10, random_state=0).fit(rows)
    module = bridge.to_torch(model)
    module.tile_rows = 7
    np.testing.assert_allclose(
        module.transform(torch.as_tensor(rows)).detach(), model.transform(rows), rtol=1e-10, atol=1e-12
    )


@pytest.mark.parametrize(
    ("kernel", "words"),
    [
        (lambda a, b: 1.0 if a[0] > b[0] else 0.5, "Python function"),
        (RBF(), "Python function"),
    ],
)
def test_refused_kernels(kernel, words, rows):
    model = Nystroem(kernel, n_components=40, random_state=0).fit(rows)
    with pytest.raises(UnsupportedError, match=words):
        bridge.to_torch(model)


def test_skewed_chi2_of_too_small_features_is_nan(rows):
    module = bridge.to_torch(SkewedChi2Sampler(skewedness=0.5, n_components=4, random_state=0).fit(rows))
    x = torch.as_tensor(rows[:3].copy())
    x[1, 2] = -0.5
    x[2, 0] = -0.7
    finite = module.transform(x).isfinite().all(dim=1)
    assert finite.tolist() == [True, False, False]


def test_additive_chi2_at_zero_has_finite_gradient(rows):
    rows[:, 1] = 0.0
    model = AdditiveChi2Sampler(sample_steps=3).fit(rows)
    x = torch.as_tensor(rows).requires_grad_(True)
    result = bridge.to_torch(model).transform(x)
    np.testing.assert_allclose(result.detach(), model.transform(rows), rtol=1e-13, atol=1e-15)
    (gradient,) = torch.autograd.grad(result.sum(), x)
    assert gradient.isfinite().all()
    assert (gradient[:, 1] == 0).all()
    assert (gradient[:, 0] != 0).all()


@pytest.mark.parametrize("size", [1, 2, 3, 31, 64, 300])
@pytest.mark.parametrize("degree", [1, 2, 4])
def test_count_sketch_of_every_size_in_eager_and_in_a_graph(size, degree, rows):
    model = PolynomialCountSketch(n_components=size, degree=degree, coef0=0.3, random_state=0).fit(rows)
    module = bridge.to_torch(model)
    x = torch.as_tensor(rows)
    program = torch.export.export(module, (x,), dynamic_shapes={"x": {0: torch.export.Dim("n", min=0)}}).module()
    for call in (module, program):
        np.testing.assert_allclose(call(x).detach(), model.transform(rows), rtol=1e-11, atol=1e-13)
        assert call(x[:0]).shape == (0, size)


def test_damaged_hashes_are_found(rows):
    model = PolynomialCountSketch(n_components=8, random_state=0).fit(rows)
    model.indexHash_[0, 0] = 8
    with pytest.raises(CorruptEstimatorError, match="damaged"):
        bridge.to_torch(model)


def test_damaged_normalization_is_found(rows):
    model = Nystroem(n_components=8, random_state=0).fit(rows)
    model.normalization_ = model.normalization_[:-1]
    with pytest.raises(CorruptEstimatorError, match="damaged"):
        bridge.to_torch(model)
