"""Kernels against scikit-learn's, at offsets, coincidences and overflow, and in graphs."""

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist
from sklearn.metrics import pairwise

from bridge.overrides.functional.pairwise import kernels


@pytest.fixture
def rows():
    random = np.random.default_rng(0)
    return random.normal(size=(9, 5)), random.normal(size=(7, 5))


def _tensors(*arrays):
    return [torch.as_tensor(array, dtype=torch.float64) for array in arrays]


def _frame(y, gamma):
    """Centre and reach as tensors."""
    center, reach = kernels.rbf_frame(y, gamma)
    return center, torch.tensor(reach, dtype=torch.float64)


def _kernels():
    gamma, tiny = _tensors(0.3, 10 * np.finfo(float).eps)

    def rbf(x, y):
        return kernels.rbf_kernel(x, y, gamma, *_frame(y, 0.3))

    return {
        "rbf": (rbf, lambda x, y: np.exp(-0.3 * cdist(x, y) ** 2)),
        "rbf of differences": (
            lambda x, y: kernels.rbf_kernel_of_differences(x, y, gamma),
            lambda x, y: np.exp(-0.3 * cdist(x, y) ** 2),
        ),
        "laplacian": (
            lambda x, y: kernels.laplacian_kernel(x, y, gamma),
            lambda x, y: pairwise.laplacian_kernel(x, y, 0.3),
        ),
        "cosine": (lambda x, y: kernels.cosine_similarity(x, y, tiny), pairwise.cosine_similarity),
        "chi2": (
            lambda x, y: kernels.chi2_kernel(x.abs(), y.abs(), gamma),
            lambda x, y: pairwise.chi2_kernel(abs(x), abs(y), 0.3),
        ),
        "additive chi2": (
            lambda x, y: kernels.additive_chi2_kernel(x.abs(), y.abs()),
            lambda x, y: pairwise.additive_chi2_kernel(abs(x), abs(y)),
        ),
    }


KERNELS = _kernels()
every_kernel = pytest.mark.parametrize(("ours", "theirs"), KERNELS.values(), ids=KERNELS)


@every_kernel
@pytest.mark.parametrize("n_rows", [0, 1, 9])
def test_kernel_equals_scikit_learn(ours, theirs, n_rows, rows):
    x, y = rows
    value = ours(*_tensors(x[:n_rows], y)).numpy()
    assert value.shape == (n_rows, 7)
    if n_rows:
        np.testing.assert_allclose(value, theirs(x[:n_rows], y), rtol=1e-13, atol=1e-14)


class _Kernel(torch.nn.Module):
    def __init__(self, kernel, y):
        super().__init__()
        self.kernel = kernel
        self.register_buffer("y", y)

    def forward(self, x):
        return self.kernel(x, self.y)


@every_kernel
def test_kernel_in_a_graph_takes_any_number_of_rows(ours, theirs, rows):
    x, y = _tensors(*rows)
    if ours is KERNELS["rbf"][0]:
        frame = _frame(y, 0.3)
        gamma = torch.tensor(0.3, dtype=torch.float64)
        module = _Kernel(lambda a, b: kernels.rbf_kernel(a, b, gamma, *frame), y)
    else:
        module = _Kernel(ours, y)
    program = torch.export.export(module, (x,), dynamic_shapes={"x": {0: torch.export.Dim("n", min=0)}}).module()
    for n_rows in (0, 1, 9):
        torch.testing.assert_close(program(x[:n_rows]), ours(x[:n_rows], y), rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("name", ["rbf of differences", "laplacian", "additive chi2"])
def test_many_features_take_bounded_steps_in_a_graph(name):
    ours, theirs = KERNELS[name]
    random = np.random.default_rng(1)
    x, y = random.uniform(size=(5, 131)) / 10, random.uniform(size=(4, 131)) / 10
    module = _Kernel(ours, *_tensors(y))
    program = torch.export.export(module, tuple(_tensors(x)), dynamic_shapes={"x": {0: torch.export.Dim("n")}})
    assert len(program.graph.nodes) < 64 * 20
    np.testing.assert_allclose(program.module()(*_tensors(x)), theirs(x, y), rtol=1e-13)


def test_rbf_is_exact_where_all_features_are_offset(rows):
    x, y = (array + 1e6 for array in rows)
    value = KERNELS["rbf"][0](*_tensors(x, y)).numpy()
    np.testing.assert_allclose(value, np.exp(-0.3 * cdist(x, y) ** 2), atol=1e-13)


def test_rbf_error_is_a_bound():
    """The matrix product stays below the bound, which is above 1e-8 where the product really loses that much."""
    random = np.random.default_rng(2)
    for spread in (0.0, 10.0, 1e3, 1e4, 1e6):
        for gamma in (1e-3, 0.3, 5.0):
            y = random.normal(size=(60, 4)) + spread * random.integers(-1, 2, size=(60, 1))
            x = y[::2] + random.normal(size=(30, 4)) / 2
            tensors = _tensors(x, y)
            center, reach = _frame(tensors[1], gamma)
            value = kernels.rbf_kernel(*tensors, torch.tensor(gamma, dtype=torch.float64), center, reach)
            exact = np.exp(-gamma * cdist(x, y) ** 2)
            assert np.abs(value.numpy() - exact).max() <= kernels.rbf_error(tensors[1], center, gamma)


@pytest.mark.parametrize("size", [1e155, 1e200, 1.7e308])
def test_rbf_of_huge_rows_is_zero(size, rows):
    y = torch.as_tensor(rows[1])
    for n_rows in (1, 3):
        x = torch.full((n_rows, 5), size, dtype=torch.float64, requires_grad=True)
        for name in ("rbf", "rbf of differences"):
            value = KERNELS[name][0](x, y)
            assert (value == 0).all()
    (gradient,) = torch.autograd.grad(KERNELS["rbf"][0](x, y).sum(), x)
    assert (gradient == 0).all()


def test_gamma_of_zero_makes_every_kernel_one(rows):
    x, y = _tensors(*rows)
    value = kernels.rbf_kernel(x, y, torch.tensor(0.0, dtype=torch.float64), *_frame(y, 0.0))
    assert (value == 1).all()


@pytest.mark.parametrize("n_rows", [1, 7])
@pytest.mark.parametrize("name", ["rbf", "rbf of differences"])
def test_gradient_at_coincident_rows(name, n_rows, rows):
    y = torch.as_tensor(rows[1])
    x = y[:n_rows].clone().requires_grad_(True)
    (gradient,) = torch.autograd.grad(KERNELS[name][0](x, y).sum(), x)
    difference = x.detach()[:, None, :] - y
    expected = (-0.6 * difference * torch.exp(-0.3 * (difference**2).sum(2, keepdim=True))).sum(1)
    torch.testing.assert_close(gradient, expected, rtol=1e-12, atol=1e-14)


def test_cosine_leaves_tiny_rows_as_scikit_learn_does(rows):
    x = np.vstack([np.zeros(5), np.full(5, 1e-16), np.full(5, 1e-14), rows[0][:2]])
    ours, theirs = KERNELS["cosine"]
    leaf = torch.as_tensor(x).requires_grad_(True)
    value = ours(leaf, torch.as_tensor(rows[1]))
    np.testing.assert_allclose(value.detach(), theirs(x, rows[1]), rtol=1e-13, atol=1e-30)
    (gradient,) = torch.autograd.grad(value.sum(), leaf)
    assert gradient.isfinite().all()


def test_chi2_counts_nothing_where_both_are_zero(rows):
    x, y = (np.abs(array) for array in rows)
    x[:, 2] = y[:, 2] = 0.0
    ours, theirs = KERNELS["additive chi2"]
    leaf = torch.as_tensor(x).requires_grad_(True)
    value = ours(leaf, torch.as_tensor(y))
    np.testing.assert_allclose(value.detach(), theirs(x, y), rtol=1e-13)
    (gradient,) = torch.autograd.grad(value.sum(), leaf)
    assert gradient.isfinite().all()
