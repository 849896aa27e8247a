"""Partial least squares beyond the contract: shapes of targets, constant features, trained parameters."""

import numpy as np
import pytest
import torch
from sklearn.cross_decomposition import CCA, PLSSVD, PLSCanonical, PLSRegression

import bridge

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(60, 5)) * [1, 10, 0.1, 1, 1] + [0, 1e3, 0, 0, 5]
TARGETS = X[:, :3] @ RANDOM.normal(size=(3, 2)) + 0.1 * RANDOM.normal(size=(60, 2))


@pytest.mark.parametrize("cls", [PLSRegression, PLSCanonical, CCA])
@pytest.mark.parametrize("form", ["vector", "column", "two"])
def test_targets_come_back_in_their_form(cls, form):
    y = {"vector": TARGETS[:, 0], "column": TARGETS[:, :1], "two": TARGETS}[form]
    estimator = cls(1).fit(X, y)
    module = bridge.to_torch(estimator)
    for n_rows in (0, 1, 7):
        result = module.predict(torch.as_tensor(X[:n_rows])).detach()
        assert result.shape == (n_rows, *y.shape[1:])
    np.testing.assert_allclose(module.predict(torch.as_tensor(X)).detach(), estimator.predict(X), rtol=1e-12)


def test_a_constant_feature_is_not_divided_by_zero():
    rows = np.column_stack([X, np.full(60, 3.0)])
    estimator = PLSRegression(2).fit(rows, TARGETS)
    module = bridge.to_torch(estimator)
    x = torch.as_tensor(rows)
    scores = module.transform(x)
    np.testing.assert_allclose(scores.detach(), estimator.transform(rows), rtol=1e-10, atol=1e-12)
    back = module.inverse_transform(scores).detach()
    np.testing.assert_allclose(back, estimator.inverse_transform(scores.detach().numpy()), rtol=1e-12)


def test_scores_follow_the_parameters():
    estimator = PLSSVD(2).fit(X, TARGETS)
    module = bridge.to_torch(estimator)
    for name in ("x_weights_", "_x_mean", "_x_std"):
        setattr(estimator, name, getattr(estimator, name) * 1.25)
        with torch.no_grad():
            getattr(module, name).mul_(1.25)
    np.testing.assert_allclose(module.transform(torch.as_tensor(X)).detach(), estimator.transform(X), rtol=1e-12)
