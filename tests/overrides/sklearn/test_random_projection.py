"""Random projections beyond the contract: sparse rows, and the inverse that scikit-learn computes at every call."""

import numpy as np
import pytest
import torch
from scipy import sparse
from sklearn.random_projection import GaussianRandomProjection, SparseRandomProjection

import bridge

X = np.random.default_rng(0).normal(size=(30, 12))


@pytest.mark.parametrize("compute", [True, False])
@pytest.mark.parametrize("cls", [GaussianRandomProjection, SparseRandomProjection])
def test_the_way_back(cls, compute):
    estimator = cls(5, compute_inverse_components=compute, random_state=0).fit(X)
    module = bridge.to_torch(estimator)
    low = estimator.transform(X)
    result = module.inverse_transform(torch.as_tensor(low)).detach()
    np.testing.assert_allclose(result, estimator.inverse_transform(low), rtol=1e-11, atol=1e-12)
    names = {name for name, _ in module.named_parameters()}
    assert names == {"components_"} | ({"inverse_components_"} if compute else set())


@pytest.mark.parametrize("dense_output", [True, False])
def test_sparse_rows_have_a_dense_result(dense_output):
    estimator = SparseRandomProjection(5, density=0.3, dense_output=dense_output, random_state=0)
    rows = sparse.random(20, 12, 0.4, format="csr", random_state=0)
    estimator.fit(rows)
    module = bridge.to_torch(estimator)
    expected = estimator.transform(rows)
    expected = expected if dense_output else expected.toarray()
    np.testing.assert_allclose(module.transform(module.encode(rows)).detach(), expected, rtol=1e-13, atol=1e-15)


def test_more_components_than_features():
    with pytest.warns(UserWarning, match="higher than the number of features"):
        estimator = GaussianRandomProjection(20, random_state=0).fit(X)
    module = bridge.to_torch(estimator)
    back = module.inverse_transform(module.transform(torch.as_tensor(X))).detach()
    np.testing.assert_allclose(back, X, rtol=1e-10, atol=1e-12)
