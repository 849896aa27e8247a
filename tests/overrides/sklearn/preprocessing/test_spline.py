"""Splines beyond the contract: what is refused, and in which words, and every degree."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.preprocessing import SplineTransformer

import bridge
from bridge.errors import InputError, UnsupportedError

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(50, 3))
ROWS = np.vstack([RANDOM.normal(size=(30, 3)) * 3, X.min(axis=0), X.max(axis=0)])


@pytest.mark.parametrize("degree", range(6))
@pytest.mark.parametrize("extrapolation", ["linear", "continue", "periodic"])
@pytest.mark.parametrize("knots", ["uniform", "quantile"])
def test_every_degree(degree, extrapolation, knots):
    model = SplineTransformer(7, degree=degree, knots=knots, extrapolation=extrapolation).fit(X)
    given = bridge.to_torch(model, verify=False)(torch.tensor(ROWS)).numpy()
    np.testing.assert_allclose(given, model.transform(ROWS), rtol=1e-12, atol=1e-12)


def test_weights_of_samples_move_the_knots():
    model = SplineTransformer(5, knots="quantile").fit(X, sample_weight=RANDOM.random(len(X)))
    np.testing.assert_allclose(bridge.to_torch(model)(torch.tensor(ROWS)).numpy(), model.transform(ROWS), atol=1e-14)


def test_a_value_beyond_the_knots_is_refused_by_column():
    model = SplineTransformer(extrapolation="error").fit(pd.DataFrame(X, columns=["a", "b", "c"]))
    module = bridge.to_torch(model)
    rows = torch.tensor(X[:3])
    rows[2, 1] = 99.5
    with pytest.raises(InputError, match=r"got 99.5 in column 'b' at row 2, which is beyond the limits of its knots"):
        module(rows)
    with pytest.raises(torch.jit.Error, match=r"99.5 in column 'b' at row 2"):
        torch.jit.script(module)(rows)
    exported = torch.export.export(module, (torch.tensor(X[:3]),)).module()
    assert torch.isnan(exported(rows)[2]).any()
    assert not torch.isnan(exported(rows)[:2]).any()


def test_too_few_knots_for_scikit_learn_are_refused():
    model = SplineTransformer(2, degree=0, extrapolation="linear").fit(X)
    with pytest.raises(IndexError):
        model.transform(X)
    with pytest.raises(UnsupportedError, match="scikit-learn's own transform fails"):
        bridge.to_torch(model)
