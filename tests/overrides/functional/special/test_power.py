"""Power transforms against scipy and scikit-learn, at the powers where their formulas change."""

import numpy as np
import pytest
import torch
from scipy import special, stats
from sklearn.preprocessing import PowerTransformer

from bridge.overrides.functional.special import power

POWERS = [-2.5, -1.0, -1e-3, -1e-300, 0.0, 1e-17, 0.5, 1.0, 2.0 - 1e-15, 2.0, 2.0 + 1e-3, 3.0]
X = np.array([-50.0, -3.0, -1.0, -0.2, -1e-12, -0.0, 0.0, 1e-300, 1e-12, 0.2, 1.0, 3.0, 50.0, np.nan])


def _column(values, p):
    return torch.as_tensor(values).reshape(-1, 1), torch.tensor([p], dtype=torch.float64)


@pytest.mark.parametrize("p", POWERS)
def test_yeojohnson(p):
    result = power.yeojohnson(*_column(X, p))[:, 0].numpy()
    np.testing.assert_allclose(result, stats.yeojohnson(X, p), rtol=1e-13, atol=1e-300)


@pytest.mark.parametrize("p", POWERS)
def test_inverse_yeojohnson(p):
    """Beyond the range of the transform scikit-learn gives NaN."""
    with np.errstate(all="ignore"):
        expected = PowerTransformer()._yeo_johnson_inverse_transform(X, p)
    result = power.inverse_yeojohnson(*_column(X, p))[:, 0].numpy()
    np.testing.assert_allclose(result, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("p", POWERS)
def test_boxcox_there_and_back(p):
    x = X[X > 0]
    there = power.boxcox(*_column(x, p))
    np.testing.assert_allclose(there[:, 0], special.boxcox(x, p), rtol=1e-13)
    values = np.append(X, [-200.0])
    expected = special.inv_boxcox(values, p)
    np.testing.assert_allclose(power.inv_boxcox(*_column(values, p))[:, 0], expected, rtol=1e-12)


@pytest.mark.parametrize("name", ["yeojohnson", "inverse_yeojohnson", "boxcox", "inv_boxcox"])
def test_gradients(name):
    """Of the rows and of the powers, with both branches of every column."""
    x = torch.tensor([[0.3, 0.2, 0.4], [-0.1, -0.2, -0.05]], dtype=torch.float64)
    if name == "boxcox":
        x = x.abs()
    powers = torch.tensor([0.5, 1.5, 3.0], dtype=torch.float64)
    assert torch.autograd.gradcheck(getattr(power, name), (x.requires_grad_(True), powers.requires_grad_(True)))


@pytest.mark.parametrize("p", [0.0, 2.0])
def test_gradients_are_finite_where_a_power_has_no_formula(p):
    x, powers = _column(np.array([0.0, 0.7, -0.7]), p)
    x.requires_grad_(True)
    for function in (power.yeojohnson, power.inverse_yeojohnson):
        (gradient,) = torch.autograd.grad(function(x, powers).sum(), x)
        assert torch.isfinite(gradient).all()
