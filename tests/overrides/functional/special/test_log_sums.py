"""Sums of logarithms against numpy."""

import numpy as np
import pytest
import torch
from scipy.special import logsumexp

from bridge.overrides.functional.special.log_sums import log_sum_rows, logaddexp

VALUES = np.array([-np.inf, -1e300, -745.0, -37.0, -1.0, -1e-17, 0.0, 0.5, 700.0])


def test_equals_numpy():
    x, y = (part.ravel() for part in np.meshgrid(VALUES, VALUES))
    result = logaddexp(torch.tensor(x), torch.tensor(y))
    np.testing.assert_allclose(result, np.logaddexp(x, y), rtol=1e-15, atol=1e-323)


def test_the_gradient_is_finite_where_a_summand_is_zero():
    x = torch.tensor([-torch.inf, 0.0, -torch.inf], dtype=torch.float64, requires_grad=True)
    y = torch.tensor([-torch.inf, 0.0, 1.0], dtype=torch.float64, requires_grad=True)
    logaddexp(x, y)[1:].sum().backward()
    assert x.grad[1:].tolist() == [0.5, 0.0]
    assert y.grad[1:].tolist() == [0.5, 1.0]


@pytest.mark.parametrize("n_terms", [1, 2, 9])
def test_sums_of_rows_equal_scipy(n_terms):
    rows = np.random.default_rng(0).choice(VALUES, size=(200, n_terms))
    rows[:2] = -np.inf
    rows[2] = -800.0  # all exponentials underflow
    rows[3, 0] = np.inf
    result = log_sum_rows(torch.tensor(rows))
    assert result.shape == (200, 1)
    with np.errstate(divide="ignore"):
        expected = logsumexp(rows, axis=1, keepdims=True)
    np.testing.assert_allclose(result, expected, rtol=1e-15, atol=1e-15)
    assert log_sum_rows(torch.zeros(0, n_terms)).shape == (0, 1)


def test_the_gradient_of_a_sum_is_that_of_a_softmax():
    rows = torch.tensor([[-torch.inf, 0.0, 1.0], [-torch.inf] * 3, [-1e3, 0.0, 1e3]], dtype=torch.float64)
    rows.requires_grad_(True)
    log_sum_rows(rows).sum().backward()
    expected = torch.softmax(rows.detach(), dim=1)
    expected[1] = 0.0
    torch.testing.assert_close(rows.grad, expected)
