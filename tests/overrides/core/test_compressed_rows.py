"""Steps that keep compressed rows as they are, to the last bit of scikit-learn's own results on compressed rows."""

import numpy as np
import pytest
import torch
from scipy import sparse
from sklearn.feature_selection import RFE, SelectKBest, VarianceThreshold, chi2
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import MaxAbsScaler, RobustScaler, StandardScaler

import bridge

RANDOM = np.random.default_rng(3)
ROWS = RANDOM.poisson(0.5, (80, 12)) * RANDOM.normal(3.0, 1.0, 12).round(2) ** 2
STEPS = {
    "standard": StandardScaler(with_mean=False),
    "standard without scale": StandardScaler(with_mean=False, with_std=False),
    "robust": RobustScaler(with_centering=False, quantile_range=(0, 100)),
    "largest": MaxAbsScaler(),
    "best": SelectKBest(chi2, k=5),
    "variance": VarianceThreshold(3.0),
    "elimination": RFE(LogisticRegression(max_iter=1000), n_features_to_select=4),
}


@pytest.mark.parametrize("scripted", [False, True])
@pytest.mark.parametrize("name", STEPS)
def test_steps_keep_compressed_rows(name, scripted):
    rows = sparse.csr_array(ROWS)
    model = STEPS[name].fit(rows[:50], np.arange(50) % 3)
    module = bridge.to_torch(model)
    called = torch.jit.script(module) if scripted else module
    x = torch.from_numpy(ROWS[50:]).to_sparse_csr()
    result = called.transform(x)
    assert result.layout == torch.sparse_csr
    np.testing.assert_array_equal(result.detach().to_dense(), model.transform(rows[50:]).toarray())
    assert called.transform(x.to_dense()[:0].to_sparse_csr()).shape == (0, result.shape[1])


def test_a_scaler_that_centers_makes_rows_dense():
    model = StandardScaler().fit(ROWS)
    result = bridge.to_torch(model).transform(torch.from_numpy(ROWS).to_sparse_csr())
    assert result.layout == torch.strided
    np.testing.assert_allclose(result.detach(), model.transform(ROWS), rtol=1e-15)
