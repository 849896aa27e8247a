"""Isotonic regression beyond the contract: thresholds, one threshold only, and any data at all."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

import bridge
from bridge.errors import CorruptEstimatorError

NUMBERS = st.floats(-1e6, 1e6, allow_subnormal=False)


def around(model, anywhere=()):
    knots = model.X_thresholds_
    dtype = knots.dtype
    ulps = [np.nextafter(knots, knots + 1, dtype=dtype), np.nextafter(knots, knots - 1, dtype=dtype)]
    return np.concatenate([knots, *ulps, np.array(anywhere, dtype=dtype)]).reshape(-1, 1)


def assert_equal(model, rows):
    module = bridge.to_torch(model, verify=False)
    expected = model.predict(rows)
    x = torch.tensor(rows, dtype=torch.float64)
    for candidate in (module, torch.jit.script(module)):
        np.testing.assert_array_equal(candidate.predict(x).detach().numpy(), expected)
        np.testing.assert_array_equal(candidate.transform(x).detach().numpy(), expected)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=25),
    st.lists(NUMBERS, max_size=5),
    st.sampled_from(["nan", "clip"]),
    st.sampled_from([True, False]),
    st.sampled_from([np.float64, np.float32]),
)
def test_any_fit_equals_scikit_learn_to_the_last_bit(points, anywhere, out_of_bounds, increasing, dtype):
    x, y = np.array(points, dtype=dtype).T
    # Steps nearer than this would give slopes that overflow, of which numpy and scipy make NaN in ways of their own.
    x = np.round(x, 3)
    model = IsotonicRegression(out_of_bounds=out_of_bounds, increasing=increasing).fit(x, y)
    assert_equal(model, around(model, anywhere))


@pytest.mark.parametrize("out_of_bounds", ["nan", "clip"])
def test_one_threshold_is_a_constant_everywhere(out_of_bounds):
    model = IsotonicRegression(out_of_bounds=out_of_bounds).fit([2.0, 2.0], [1.0, 5.0])
    assert len(model.X_thresholds_) == 1
    assert_equal(model, np.array([[2.0], [-7.0], [1e300]]))


def test_raise_gives_nan_where_scikit_learn_raises():
    model = IsotonicRegression(out_of_bounds="raise").fit([0.0, 1.0, 2.0], [0.0, 1.0, 3.0])
    with pytest.raises(ValueError, match="below the interpolation range"):
        model.predict([[-1.0]])
    result = bridge.to_torch(model).predict(torch.tensor([[-1.0], [1.5], [2.5]], dtype=torch.float64))
    np.testing.assert_array_equal(result.detach(), [np.nan, 2.0, np.nan])


def test_more_thresholds_than_a_graph_counts():
    random = np.random.default_rng(0)
    x = np.sort(random.normal(size=3000))
    model = IsotonicRegression(out_of_bounds="clip").fit(x, x + 1e-9 * random.normal(size=3000))
    assert len(model.X_thresholds_) > 1024
    report = bridge.check_parity(model, around(model, [-9.0, 9.0])[::7])
    assert report.ok
    assert report.max_error == 0


@pytest.mark.parametrize(
    ("knots", "values"), [([0.0, 0.0, 1.0], [0.0, 0.5, 1.0]), ([1.0, 0.0], [0.0, 1.0]), ([0.0, 1.0], [0.0]), ([], [])]
)
def test_damaged_thresholds_are_refused(knots, values):
    model = IsotonicRegression().fit([0.0, 1.0], [0.0, 1.0])
    model.X_thresholds_, model.y_thresholds_ = np.array(knots), np.array(values)
    with pytest.raises(CorruptEstimatorError, match="X_thresholds_"):
        bridge.to_torch(model, verify=False)
