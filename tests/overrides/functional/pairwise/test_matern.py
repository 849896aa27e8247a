"""The Matern correlation of any smoothness against scipy's Bessel functions."""

import numpy as np
import pytest
import torch
from scipy.special import gamma, kv

from bridge.overrides.functional.pairwise.matern import matern, matern_table

X = np.concatenate(
    [np.geomspace(1e-150, 1e3, 3000), 2.0 ** np.arange(-60, 9), np.nextafter(2.0 ** np.arange(-60, 9), 0)]
)


def _truth(x, nu):
    with np.errstate(all="ignore"):
        return 2 ** (1 - nu) / gamma(nu) * x**nu * kv(nu, x)


@pytest.mark.parametrize("nu", [0.1, 0.75, 1.0, 2.0, 3.5, 7.3])
@pytest.mark.parametrize("scripted", [False, True])
def test_values(nu, scripted):
    call = torch.jit.script(matern) if scripted else matern
    values = call(torch.tensor(X), torch.tensor(matern_table(nu))).numpy()
    expected = _truth(X, nu)
    # Near 0 scipy's own factors overflow and vanish.
    expected = np.where(np.isfinite(expected) & (X**nu > 1e-290), expected, 1.0)
    np.testing.assert_allclose(values, expected, rtol=0, atol=1e-13)
    assert values[-1] <= values[0] <= 1 + 1e-13


@pytest.mark.parametrize("nu", [0.75, 2.0])
def test_gradient_within_and_between_octaves(nu):
    table = torch.tensor(matern_table(nu))
    x = torch.tensor([0.3, 0.5, 1.0, 1.7, 4.0, 20.0], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda rows: matern(rows, table), x)


def test_ends():
    table = torch.tensor(matern_table(1.3))
    x = torch.tensor([1e-300, 1e4, 1e300, float("inf"), float("nan")], dtype=torch.float64)
    values = matern(x, table)
    assert abs(float(values[0]) - 1) < 1e-11  # below the table
    assert values[1:4].tolist() == [0, 0, 0]
    assert torch.isnan(values[4])
