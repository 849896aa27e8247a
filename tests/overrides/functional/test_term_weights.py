"""Weights of terms against scikit-learn's ``normalize`` and ``TfidfTransformer``; their gradients."""

import numpy as np
import pytest
import torch
from scipy import sparse
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.preprocessing import normalize

import bridge
from bridge.overrides.functional.csr import row_index
from bridge.overrides.functional.term_weights import sublinear, unit_rows, unit_values

RANDOM = np.random.default_rng(0)
COUNTS = RANDOM.poisson(0.5, (40, 12)).astype(np.float64)
COUNTS[3] = 0.0


@pytest.mark.parametrize("norm", ["l1", "l2"])
@pytest.mark.parametrize("scale", [1.0, -1.0, 1e-160, 1e150])
def test_unit_rows(norm, scale):
    rows = COUNTS * scale
    expected = normalize(sparse.csr_array(rows), norm).toarray()
    x = torch.from_numpy(rows)
    np.testing.assert_allclose(unit_rows(x, norm), expected, rtol=1e-15)
    compressed = x.to_sparse_csr()
    values = unit_values(compressed.values(), row_index(compressed), len(rows), norm)
    np.testing.assert_allclose(values, expected[rows != 0], rtol=1e-15)


@pytest.mark.parametrize("norm", ["l1", "l2"])
def test_single_precision_is_scikit_learns_to_the_bit(norm):
    rows = (COUNTS * RANDOM.normal(size=12)).astype(np.float32)
    expected = normalize(sparse.csr_array(rows), norm).toarray()
    assert expected.dtype == np.float32
    x = torch.from_numpy(rows.astype(np.float64))
    np.testing.assert_array_equal(unit_rows(x, norm, True), expected)
    compressed = x.to_sparse_csr()
    values = unit_values(compressed.values(), row_index(compressed), len(rows), norm, True)
    np.testing.assert_array_equal(values, expected[rows != 0])


def test_sublinear_keeps_zeros_and_tells_what_is_no_count():
    values = sublinear(torch.tensor([0.0, 1.0, np.e, -1.0, np.nan], dtype=torch.float64))
    np.testing.assert_allclose(values, [0.0, 1.0, 2.0, np.nan, np.nan], rtol=1e-15)


@pytest.mark.parametrize("norm", ["l1", "l2", None])
@pytest.mark.parametrize("sublinear_tf", [False, True])
def test_gradients_are_finite_and_right(norm, sublinear_tf):
    module = bridge.to_torch(TfidfTransformer(norm=norm, sublinear_tf=sublinear_tf).fit(COUNTS))
    x = torch.from_numpy(COUNTS + 0.25).requires_grad_(True)
    assert torch.autograd.gradcheck(module.transform, (x[:6],))
    zeros = torch.from_numpy(COUNTS).requires_grad_(True)
    module.transform(zeros).sum().backward()
    assert torch.isfinite(zeros.grad).all()
    assert torch.isfinite(module.idf_.grad).all()
