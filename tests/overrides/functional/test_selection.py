"""Columns picked as numpy picks them."""

import numpy as np
import pytest
import torch

from bridge.overrides.functional.selection import take_columns

ROWS = np.random.default_rng(0).normal(size=(9, 5))


@pytest.mark.parametrize("kind", [np.float64, np.float32, bool])
@pytest.mark.parametrize("places", [[3, 0, 0], [], [4]])
def test_columns_are_those_of_numpy(kind, places):
    rows, index = ROWS.astype(kind), torch.tensor(places, dtype=torch.int64)
    for function in (take_columns, torch.jit.script(take_columns)):
        for n_rows in (9, 1, 0):
            np.testing.assert_array_equal(function(torch.from_numpy(rows[:n_rows]), index), rows[:n_rows][:, places])


def test_the_gradient_adds_up_where_a_column_is_taken_twice():
    x = torch.from_numpy(ROWS).requires_grad_(True)
    take_columns(x, torch.tensor([1, 1, 4])).sum().backward()
    np.testing.assert_array_equal(x.grad, np.tile([0.0, 2.0, 0.0, 0.0, 1.0], (9, 1)))
