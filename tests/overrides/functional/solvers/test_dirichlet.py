"""The digamma of scikit-learn, which is not scipy's."""

import numpy as np
import torch
from scipy.special import digamma
from sklearn.decomposition._online_lda_fast import _dirichlet_expectation_2d

from bridge.overrides.functional.solvers.dirichlet import PSI_CONSTANTS, exp_dirichlet_expectation, psi

CONSTANTS = torch.tensor(PSI_CONSTANTS, dtype=torch.float64)


def test_expectation_is_that_of_scikit_learn():
    random = np.random.default_rng(0)
    rows = 10.0 ** random.uniform(-8, 6, size=(500, 4))
    rows[0] = [1e-6, np.nextafter(1e-6, 1), 6.0, np.nextafter(6.0, 0)]
    result = exp_dirichlet_expectation(torch.as_tensor(rows), CONSTANTS)
    np.testing.assert_allclose(result, np.exp(_dirichlet_expectation_2d(rows)), rtol=1e-9, atol=1e-300)


def test_digamma_is_nearly_scipys():
    x = torch.logspace(-5, 8, 400, dtype=torch.float64)
    error = (psi(x, CONSTANTS) - torch.as_tensor(digamma(x.numpy()))).abs()
    assert 1e-13 < error.max() < 1e-7


def test_gradient_is_finite_at_the_pole():
    x = torch.tensor([1e-9, 1e-6, 1.0, 7.0], dtype=torch.float64, requires_grad=True)
    psi(x, CONSTANTS).sum().backward()
    assert torch.isfinite(x.grad).all()
