"""Compressed rows: cut, joined and multiplied as scipy does it, in eager torch and in TorchScript."""

import numpy as np
import pytest
import torch
from scipy import sparse

from bridge.overrides.functional import csr as functional

RANDOM = np.random.default_rng(0)


def matrix(n_rows, n_columns, density=0.3):
    rows = RANDOM.normal(size=(n_rows, n_columns)) * (RANDOM.random((n_rows, n_columns)) < density)
    rows[: n_rows // 5] = 0.0
    return rows


def compressed(rows):
    found = sparse.csr_array(rows)
    parts = (torch.from_numpy(part.astype(np.int64)) for part in (found.indptr, found.indices))
    return functional.csr(*parts, torch.from_numpy(found.data), rows.shape[1])


def both(name):
    function = getattr(functional, name)
    return function, torch.jit.script(function)


@pytest.mark.parametrize("form", [compressed, torch.from_numpy])
def test_rows_between(form):
    rows = matrix(23, 7)
    for function in both("rows_between"):
        for start, size in ((0, 5), (20, 5), (0, 100), (22, 1)):
            np.testing.assert_array_equal(function(form(rows), start, size), rows[start : start + size])
        assert function(form(rows[:0]), 0, 4).shape == (0, 7)


def test_a_tile_is_bounded_and_never_empty():
    assert functional.tile_of_csr(compressed(matrix(3, 8)), 100) == 100
    wide = functional.csr(torch.zeros(2, dtype=torch.int64), torch.zeros(0, dtype=torch.int64), torch.zeros(0), 2**20)
    assert functional.tile_of_csr(wide, 100) == 4
    huge = functional.csr(torch.zeros(2, dtype=torch.int64), torch.zeros(0, dtype=torch.int64), torch.zeros(0), 2**30)
    assert functional.tile_of_csr(huge, 100) == 1


def test_columns():
    rows = matrix(19, 11)
    places = torch.tensor([-1, 0, -1, 1, 2, -1, -1, -1, 3, -1, 4])
    for function in both("column_range"):
        for start, stop in ((0, 11), (3, 8), (10, 11), (4, 4)):
            np.testing.assert_array_equal(function(compressed(rows), start, stop).to_dense(), rows[:, start:stop])
            np.testing.assert_array_equal(function(torch.from_numpy(rows), start, stop), rows[:, start:stop])
    for function in both("select_columns"):
        np.testing.assert_array_equal(function(compressed(rows), places, 5).to_dense(), rows[:, [1, 3, 4, 8, 10]])
        assert function(compressed(rows[:0]), places, 5).shape == (0, 5)


def test_side_by_side():
    parts = [matrix(13, width) for width in (3, 1, 6)]
    parts[1][4] = np.nan
    for function in both("side_by_side"):
        for forms in ((compressed,) * 3, (compressed, torch.from_numpy, compressed), (torch.from_numpy,) * 3):
            given = [form(part) for form, part in zip(forms, parts, strict=True)]
            result = function(given)
            assert (result.layout == torch.strided) == (forms[0] is torch.from_numpy)
            np.testing.assert_array_equal(result.to_dense(), np.hstack(parts))
        assert function([compressed(part[:0]) for part in parts]).shape == (0, 10)


@pytest.mark.parametrize("n_columns", [5, 4000])
@pytest.mark.parametrize("with_bias", [False, True])
def test_linear_and_its_gradient(n_columns, with_bias):
    rows = matrix(31, n_columns, 0.01 if n_columns > 5 else 0.5)
    weight, bias = RANDOM.normal(size=(3, n_columns)), RANDOM.normal(size=3) if with_bias else np.zeros(3)
    for function in both("linear"):
        for form in (compressed, torch.from_numpy):
            w = torch.from_numpy(weight).requires_grad_(True)
            result = function(form(rows), w, torch.from_numpy(bias) if with_bias else None)
            np.testing.assert_allclose(result.detach(), rows @ weight.T + bias, rtol=1e-12, atol=1e-12)
            result.sum().backward()
            np.testing.assert_allclose(w.grad, np.broadcast_to(rows.sum(axis=0), weight.shape), rtol=1e-12, atol=1e-12)
        assert function(compressed(rows[:0]), torch.from_numpy(weight)).shape == (0, 3)
