"""Distances to centres against scikit-learn, their gradients, and which of equally near centres wins."""

import numpy as np
import pytest
import torch
from sklearn.metrics import euclidean_distances as reference
from sklearn.metrics import pairwise_distances_argmin

from bridge.overrides.functional.pairwise.centers import euclidean_distances, nearest, root

RANDOM = np.random.default_rng(0)
CENTERS = RANDOM.normal(size=(7, 5))
ROWS = RANDOM.normal(size=(30, 5))


@pytest.mark.parametrize("scale", [1e-150, 1.0, 1e6, 1e150])
def test_distances_of_any_size(scale):
    result = euclidean_distances(torch.as_tensor(ROWS * scale), torch.as_tensor(CENTERS * scale))
    np.testing.assert_allclose(result, reference(ROWS * scale, CENTERS * scale), rtol=1e-12)


def test_a_far_offset_costs_what_it_costs_scikit_learn():
    rows, centers = ROWS + 1e3, CENTERS + 1e3
    result = euclidean_distances(torch.as_tensor(rows), torch.as_tensor(centers))
    np.testing.assert_allclose(result, reference(rows, centers), rtol=1e-8)


@pytest.mark.parametrize("requires_grad", [False, True])
def test_a_row_on_a_centre(requires_grad):
    """Up to the root of the rounding of its square norm, which is no part of the distance."""
    x = torch.tensor(CENTERS, requires_grad=requires_grad)
    diagonal = euclidean_distances(x, torch.as_tensor(CENTERS)).diagonal()
    assert torch.isfinite(diagonal).all()
    assert (diagonal.detach() <= 1e-7).all()
    whole = torch.tensor([[1.0, 2.0], [3.0, -4.0]], dtype=torch.float64, requires_grad=requires_grad)
    distances = euclidean_distances(whole, whole.detach())
    assert distances.diagonal().tolist() == [0.0, 0.0]
    if requires_grad:
        distances.diagonal().sum().backward()
        assert whole.grad.tolist() == [[0.0, 0.0], [0.0, 0.0]]


def test_rows_and_centres_are_left_as_they_are():
    x, centers = torch.as_tensor(ROWS.copy()), torch.as_tensor(CENTERS.copy())
    euclidean_distances(x, centers)
    nearest(x, centers)
    assert np.array_equal(x, ROWS)
    assert np.array_equal(centers, CENTERS)


def test_both_ways_to_the_distance_agree():
    plain = euclidean_distances(torch.as_tensor(ROWS), torch.as_tensor(CENTERS))
    tracked = euclidean_distances(torch.tensor(ROWS, requires_grad=True), torch.as_tensor(CENTERS))
    assert torch.equal(plain, tracked.detach())


def test_a_negative_square_has_no_root():
    squares = torch.tensor([-1e-17, 0.0, 4.0], dtype=torch.float64, requires_grad=True)
    result = root(squares)
    result.sum().backward()
    assert result.tolist() == [0.0, 0.0, 2.0]
    assert squares.grad.tolist() == [0.0, 0.0, 0.25]


def test_the_first_of_equally_near_centres():
    """On whole numbers, where the formula does not round."""
    grid = np.stack(np.meshgrid(np.arange(-3.0, 4.0), np.arange(-3.0, 4.0)), axis=-1).reshape(-1, 2)
    centers = np.array([[1.0, 1.0], [-1.0, 1.0], [1.0, -1.0], [-1.0, -1.0], [1.0, 1.0]])
    result = nearest(torch.as_tensor(grid), torch.as_tensor(centers))
    expected = pairwise_distances_argmin(grid, centers)
    assert result.tolist() == expected.tolist()
    assert result[(grid == 0).all(axis=1)].tolist() == [0]
