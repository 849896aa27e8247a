"""The kernel module against scikit-learn's functions: every name, options, precisions, and rows that were trained."""

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist
from sklearn.metrics import pairwise
from sklearn.metrics.pairwise import KERNEL_PARAMS, pairwise_kernels

from bridge.overrides.core.pairwise_kernel import PairwiseKernel
from bridge.overrides.functional.pairwise import kernels

NAMES = sorted(KERNEL_PARAMS)
OPTIONS = {"gamma": 0.3, "coef0": 0.7, "degree": 4.0}


@pytest.fixture
def rows():
    random = np.random.default_rng(0)
    return random.uniform(0.1, 1.0, size=(9, 5)), random.uniform(0.1, 1.0, size=(7, 5))


def _theirs(name, x, y, **options):
    return pairwise_kernels(x, y, metric=name, filter_params=True, **{**OPTIONS, **options})


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("is_framed", [False, True])
@pytest.mark.parametrize("n_rows", [0, 1, 9])
def test_every_name_equals_scikit_learn(name, is_framed, n_rows, rows):
    x, y = rows
    fitted = torch.tensor(y)
    kernel = PairwiseKernel(name, fitted if is_framed else None, **OPTIONS)
    for call in (kernel, torch.jit.script(kernel)):
        value = call(torch.tensor(x[:n_rows]), fitted)
        assert value.shape == (n_rows, 7)
        if n_rows:
            np.testing.assert_allclose(value, _theirs(name, x[:n_rows], y), rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("degree", [1.0, 2.0, 3.0, 1.7, 2.5, 11.0])
def test_degrees(degree, rows):
    x, y = rows
    value = PairwiseKernel("polynomial", degree=degree, gamma=0.3, coef0=0.7)(torch.tensor(x), torch.tensor(y))
    np.testing.assert_allclose(value, pairwise.polynomial_kernel(x, y, degree, 0.3, 0.7), rtol=1e-13)


@pytest.mark.parametrize("name", NAMES)
def test_kernel_in_a_graph_takes_any_number_of_rows(name, rows):
    x, y = (torch.tensor(part) for part in rows)
    kernel = PairwiseKernel(name, y, **OPTIONS)
    shapes = ({0: torch.export.Dim("n", min=0)}, {})
    program = torch.export.export(kernel, (x, y), dynamic_shapes=shapes).module()
    for n_rows in (0, 1, 9):
        torch.testing.assert_close(program(x[:n_rows], y), kernel(x[:n_rows], y), rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("name", [*NAMES, "precomputed"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("n_rows", [1, 9])
def test_other_precisions_overflow_no_constant(name, dtype, n_rows, rows):
    """Of everyday rows, near, and beyond the reach of the kernel, where an RBF kernel is 0."""
    x, y = rows
    kernel = PairwiseKernel(name, torch.tensor(y), **OPTIONS).to(dtype)
    near = kernel(torch.tensor(x[:n_rows]).to(dtype), torch.tensor(y).to(dtype))
    assert near.dtype == dtype
    expected = x[:n_rows] if name == "precomputed" else _theirs(name, x[:n_rows], y)
    np.testing.assert_allclose(near.double(), expected, rtol=0.05, atol=0.05)
    zero = kernel(torch.zeros((n_rows, 5), dtype=dtype), torch.tensor(y).to(dtype))
    assert zero.isfinite().all()
    if name in ("rbf", "laplacian"):
        far = kernel(torch.full((n_rows, 5), 2e4, dtype=dtype), torch.tensor(y).to(dtype))
        assert (far == 0).all()


def test_precomputed_rows_come_out_as_they_are(rows):
    x, y = (torch.tensor(part) for part in rows)
    assert PairwiseKernel("precomputed")(x, y) is x


@pytest.mark.parametrize("weight", [1.0, 1e3, np.inf])
def test_the_bound_asks_for_differences_before_the_rounding_shows(weight, rows):
    """For rows ever further apart: as long as a product serves, results are good to what parity allows."""
    random = np.random.default_rng(3)
    chosen = set()
    for spread in (0.0, 10.0, 1e2, 1e3, 1e4, 1e6):
        y = random.normal(size=(60, 4)) + spread * random.integers(-1, 2, size=(60, 1))
        x = y[::2] + random.normal(size=(30, 4)) / 2
        kernel = PairwiseKernel("rbf", torch.tensor(y), gamma=0.5, weight=weight)
        value, exact = kernel(torch.tensor(x), torch.tensor(y)).numpy(), np.exp(-0.5 * cdist(x, y, "sqeuclidean"))
        error = np.abs(value - exact)
        is_seen = exact > 1e-300
        error = error[is_seen] / exact[is_seen] if np.isinf(weight) else error * weight
        assert error.max() < 1e-8
        chosen.add(kernel.by_differences)
    assert chosen == {False, True}


def test_rows_that_were_trained_are_not_clipped(rows):
    """An optimizer may carry fitted rows away from where they were framed."""
    y = torch.tensor(rows[1])
    kernel = PairwiseKernel("rbf", y, gamma=0.3)
    moved = y + 60.0
    x = moved[:3] + 0.1
    np.testing.assert_allclose(kernel(x, moved), np.exp(-0.3 * cdist(x, moved, "sqeuclidean")), atol=1e-9)


def test_the_exponent_error_is_a_bound():
    random = np.random.default_rng(4)
    for spread in (0.0, 10.0, 300.0):
        y = random.normal(size=(60, 4)) + spread * random.integers(-1, 2, size=(60, 1))
        x = y[::2] + random.normal(size=(30, 4)) * 3
        rows = torch.tensor(y)
        center, reach = kernels.rbf_frame(rows, 0.3)
        gamma, reach = torch.tensor(0.3, dtype=torch.float64), torch.tensor(reach, dtype=torch.float64)
        value = kernels.rbf_kernel(torch.tensor(x), rows, gamma, center, reach).numpy()
        exact = np.exp(-0.3 * cdist(x, y, "sqeuclidean"))
        is_seen = exact > 1e-300
        error = (np.abs(value - exact)[is_seen] / exact[is_seen]).max()
        assert error <= kernels.rbf_exponent_error(rows, center, 0.3)
