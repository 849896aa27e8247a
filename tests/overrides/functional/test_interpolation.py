"""Interpolation against numpy's and scipy's own, on knots, an ulp beside them, beyond them and anywhere."""

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.interpolate import interp1d as scipy_interp1d

from bridge.overrides.functional import interpolation
from bridge.overrides.functional.interpolation import interp, interp1d, knots_below, knots_below_by_column

NUMBERS = st.floats(-1e6, 1e6, allow_subnormal=False)


@st.composite
def curves(draw):
    """Strictly ascending knots, values at them, and places to ask: anywhere, on the knots and an ulp beside them."""
    knots = apart(draw(st.sets(NUMBERS, min_size=2, max_size=30)))
    assume(len(knots) > 1)
    values = np.array(draw(st.lists(NUMBERS, min_size=len(knots), max_size=len(knots))))
    anywhere = np.array(draw(st.lists(st.floats(-2e6, 2e6), max_size=10)))
    return knots, values, places(knots, anywhere)


def apart(numbers):
    """Numbers in order, those left out that would make a slope overflow."""
    kept = []
    for number in sorted(numbers):
        if not kept or number - kept[-1] > 1e-9:
            kept.append(number)
    return np.array(kept)


def places(knots, anywhere):
    beside = [np.nextafter(knots, np.inf, dtype=knots.dtype), np.nextafter(knots, -np.inf, dtype=knots.dtype)]
    return np.concatenate([knots, *beside, anywhere, [np.inf, -np.inf]]).astype(knots.dtype)


def tensors(*arrays):
    return [torch.tensor(array) for array in arrays]


@settings(max_examples=200, deadline=None)
@given(curves())
def test_interp_is_numpy_to_the_last_bit(curve):
    knots, values, x = curve
    np.testing.assert_array_equal(interp(*tensors(x, knots, values)).numpy(), np.interp(x, knots, values))


def test_interp_keeps_nan():
    x, knots, values = np.array([np.nan, 0.5]), np.array([0.0, 1.0]), np.array([2.0, 3.0])
    np.testing.assert_array_equal(interp(*tensors(x, knots, values)).numpy(), [np.nan, 2.5])


@settings(max_examples=100, deadline=None)
@given(curves())
def test_interp1d_is_scipy_in_single_precision(curve):
    knots, values, x = (array.astype(np.float32) for array in curve)
    knots, first = np.unique(knots, return_index=True)
    values = values[first]
    assume(len(knots) > 1)
    x = places(knots, x)
    x = x[(x >= knots[0]) & (x <= knots[-1])]
    expected = scipy_interp1d(knots, values, kind="linear")(x).astype(np.float32)
    result = interp1d(*tensors(x, knots, values))
    assert result.dtype == torch.float32
    np.testing.assert_array_equal(result.numpy(), expected)


@pytest.mark.parametrize("count", [2, 3, 4, 7, 8, 1023, 1024, 1025, 1500, 4096])
@pytest.mark.parametrize("or_equal", [True, False])
def test_counting_and_halving_agree_with_searching(count, or_equal, monkeypatch):
    random = np.random.default_rng(count)
    knots = np.unique(np.round(random.normal(size=4 * count), 3))[:count]
    x = places(knots, random.normal(size=50))
    expected = np.searchsorted(knots, x, side="right" if or_equal else "left")
    found = [
        knots_below(*tensors(x, knots), or_equal),
        interpolation._knots_below_compared(*tensors(x, knots), or_equal),
    ]
    monkeypatch.setattr(interpolation, "COUNTED", 0)
    found.append(interpolation._knots_below_compared(*tensors(x, knots), or_equal))
    for result in found:
        np.testing.assert_array_equal(result.numpy(), expected)


def test_gradients_are_slopes_and_shares():
    x, knots, values = (
        torch.tensor(numbers, dtype=torch.float64, requires_grad=True)
        for numbers in ([0.25, 1.5, 9.0], [0.0, 1.0, 3.0], [0.0, 2.0, -2.0])
    )
    assert torch.autograd.gradcheck(interp, (x, knots, values))
    interp(x, knots, values).sum().backward()
    np.testing.assert_allclose(x.grad, [2.0, -2.0, 0.0])


def test_both_script():
    x, knots, values = (torch.tensor(numbers) for numbers in ([0.25, 1.5], [0.0, 1.0, 3.0], [0.0, 2.0, -2.0]))
    for function in (interp, interp1d):
        assert torch.equal(torch.jit.script(function)(x, knots, values), function(x, knots, values))


@pytest.mark.parametrize("count", [0, 1, 2, 5, 8, 1000])
@pytest.mark.parametrize("or_equal", [True, False])
def test_knots_below_by_column_is_searchsorted_of_each(count, or_equal):
    random = np.random.default_rng(count)
    knots = np.sort(random.integers(0, count + 1, (3, count)).astype(float), axis=1)
    x = random.integers(-1, count + 2, (3, 40)) / 2
    side = "right" if or_equal else "left"
    wanted = np.stack([np.searchsorted(row, x[i], side) for i, row in enumerate(knots)])
    arguments = *tensors(x, knots), or_equal
    for found in (knots_below_by_column(*arguments), interpolation._knots_below_by_column_halving(*arguments)):
        np.testing.assert_array_equal(found.numpy(), wanted)
