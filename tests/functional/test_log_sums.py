"""Sums of logarithms against numpy."""

import numpy as np
import torch

from bridge.overrides.functional.log_sums import logaddexp

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
