"""Scalers beyond the contract: bits, edges of a clip, rows that are nearly zero."""

import numpy as np
import pytest
import torch
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, Normalizer, RobustScaler, StandardScaler

import bridge

SCALERS = [
    StandardScaler(),
    StandardScaler(with_mean=False),
    RobustScaler(),
    MinMaxScaler((-0.3, 0.7)),
    MinMaxScaler((-0.3, 0.7), clip=True),
    MaxAbsScaler(),
]


@pytest.mark.parametrize("scaler", SCALERS, ids=repr)
def test_scalers_agree_to_the_last_bit(scaler):
    """A tree behind a scaler asks for `<=`: one ulp is another leaf."""
    random = np.random.default_rng(0)
    X = random.normal(size=(200, 5)) * [1.0, 1e-3, 1e6, 7.0, 0.1] + [0.0, 3.0, 1e7, -2.0, 0.0]
    scaler.fit(X)
    unseen = np.vstack([random.normal(size=(2000, 5)) * 1e3, X])
    module = bridge.to_torch(scaler)
    expected = scaler.transform(unseen)
    np.testing.assert_array_equal(module.transform(torch.as_tensor(unseen)).detach(), expected)
    back = module.inverse_transform(torch.as_tensor(expected)).detach()
    np.testing.assert_array_equal(back, scaler.inverse_transform(expected))


def test_constant_feature_is_scaled_by_one():
    X = np.column_stack([np.full(10, 5.0), np.arange(10.0)])
    scaler = StandardScaler().fit(X)
    row = np.array([[7.0, 3.0]])
    result = bridge.to_torch(scaler).transform(torch.as_tensor(row))
    np.testing.assert_array_equal(result.detach(), scaler.transform(row))
    assert result[0, 0] == 2.0


@pytest.mark.parametrize("norm", ["l1", "l2", "max"])
def test_normalizer_leaves_rows_of_no_norm(norm):
    """Below ten times the machine epsilon scikit-learn does not divide; squares that overflow give zeros."""
    tiny = np.finfo(np.float64).eps * 10
    sizes = [0.0, tiny * 0.1, np.nextafter(tiny, 0), tiny, tiny * 2, 1.0, 1e200]
    X = np.array([[size, 0.0, 0.0] for size in sizes] + [[size, -size, size] for size in sizes])
    normalizer = Normalizer(norm).fit(X)
    with np.errstate(over="ignore"):
        expected = normalizer.transform(X)
    x = torch.as_tensor(X).requires_grad_(True)
    result = bridge.to_torch(normalizer).transform(x)
    np.testing.assert_array_equal(result.detach()[:7], expected[:7])
    np.testing.assert_allclose(result.detach(), expected, rtol=1e-15)
    result[0].sum().backward()
    np.testing.assert_array_equal(x.grad[0], np.ones(3))


def test_scaler_fitted_with_one_width_says_both_widths_backwards():
    module = bridge.to_torch(StandardScaler().fit(np.eye(3)))
    with pytest.raises(bridge.errors.InputError, match=r"inverse_transform.*3.*4"):
        module.inverse_transform(torch.zeros(1, 4, dtype=torch.float64))
