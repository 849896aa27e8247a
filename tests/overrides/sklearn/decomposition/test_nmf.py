"""Factorizations beyond the contract: batches that no runtime may cut, compressed rows, refusals."""

import numpy as np
import pytest
import torch
from sklearn.decomposition import NMF, LatentDirichletAllocation, MiniBatchNMF
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

import bridge
from bridge.errors import InputError, UnsupportedError

pytestmark = pytest.mark.filterwarnings(
    # Iterations that are stopped early are what is tested.
    "ignore::sklearn.exceptions.ConvergenceWarning",
    "ignore:Sparse CSR tensor support is in beta",
)
RANDOM = np.random.default_rng(0)
X = RANDOM.gamma(1.0, size=(60, 5)) @ RANDOM.uniform(size=(5, 9))
MANY = RANDOM.gamma(1.0, size=(5000, 9))


@pytest.mark.parametrize("model", [NMF(3), NMF(3, solver="mu"), MiniBatchNMF(3, random_state=0)], ids=repr)
def test_a_large_batch_is_one_batch(model):
    model.fit(X)
    module = bridge.to_torch(model)
    result = module.transform(torch.as_tensor(MANY)).detach().numpy()
    np.testing.assert_allclose(result, model.transform(MANY), rtol=1e-9, atol=1e-10)
    alone = np.concatenate([model.transform(row[None]) for row in MANY[:100]])
    assert np.abs(alone - result[:100]).max() > 1e-8


def test_a_batch_is_whole_inside_a_pipeline_and_in_artifacts(tmp_path):
    model = make_pipeline(MinMaxScaler(clip=True), NMF(3)).fit(X)
    module = bridge.to_torch(model)
    assert module.batch_dependent
    expected = model.transform(MANY)
    np.testing.assert_allclose(module.transform(torch.as_tensor(MANY)).detach(), expected, rtol=1e-9, atol=1e-10)
    bridge.export(model, tmp_path / "artifact", X)
    for runtime in ("torchscript", "torch.export", "onnxruntime"):
        result = bridge.load(tmp_path / "artifact", runtime).transform(MANY)
        np.testing.assert_allclose(result.detach(), expected, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("model", [NMF(3), NMF(3, solver="mu", beta_loss=1.0), LatentDirichletAllocation(3)], ids=repr)
def test_compressed_rows(model):
    rows = RANDOM.poisson(0.4, size=(300, 9)).astype(float)
    model.set_params(random_state=0).fit(rows)
    result = bridge.to_torch(model).transform(torch.as_tensor(rows).to_sparse_csr())
    np.testing.assert_allclose(result.detach(), model.transform(rows), rtol=1e-9, atol=1e-10)


def test_rows_that_scikit_learn_refuses():
    x = torch.as_tensor(X)
    for model in (NMF(3).fit(X), LatentDirichletAllocation(3, random_state=0).fit(X)):
        module = bridge.to_torch(model)
        with pytest.raises(InputError, match="no negative numbers, got -1"):
            module.transform(-torch.ones_like(x))
        with pytest.raises(torch.jit.Error, match="no negative numbers"):
            torch.jit.script(module).transform(-torch.ones_like(x))
    module = bridge.to_torch(NMF(3, solver="mu", beta_loss=0, init="random", random_state=0).fit(X), X)
    with pytest.raises(InputError, match="no zeros"):
        module.transform(torch.zeros_like(x))


def test_an_order_that_is_drawn_anew_is_refused():
    with pytest.raises(UnsupportedError, match="set random_state to a number"):
        bridge.to_torch(NMF(3, shuffle=True).fit(X))


def test_no_rows_take_no_rounds():
    for model in (NMF(3, solver="mu"), NMF(3), MiniBatchNMF(3, random_state=0), LatentDirichletAllocation(3)):
        module = bridge.to_torch(model.set_params(random_state=0).fit(X))
        assert module.transform(torch.zeros(0, 9, dtype=torch.float64)).shape == (0, 3)


def test_gradient_of_a_batch_that_settles():
    """Between steps of the rule of stopping the weights are smooth: autograd against scikit-learn's differences."""
    model = NMF(3, max_iter=5, tol=1e-12).fit(X)
    rows = X[:6]
    x = torch.as_tensor(rows).requires_grad_(True)
    (gradient,) = torch.autograd.grad(bridge.to_torch(model).transform(x).sum(), x)
    shift = np.zeros_like(rows)
    shift[2, 4] = 1e-5
    slope = (model.transform(rows + shift).sum() - model.transform(rows - shift).sum()) / 2e-5
    assert slope != 0
    np.testing.assert_allclose(gradient[2, 4], slope, rtol=1e-5)
