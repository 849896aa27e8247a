"""Neighbours on the rows that a model was fitted on, which many people score: nothing refused, nothing recomputed."""

import numpy as np
import pytest
import torch
from sklearn.neighbors import (
    KNeighborsClassifier,
    KNeighborsRegressor,
    KNeighborsTransformer,
    LocalOutlierFactor,
    NearestNeighbors,
    RadiusNeighborsRegressor,
)
from torch.utils._python_dispatch import TorchDispatchMode

import bridge

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(150, 20))
Y = RANDOM.integers(0, 3, 150)

MODELS = [
    KNeighborsClassifier(algorithm="brute"),
    KNeighborsClassifier(algorithm="brute", weights="distance"),
    KNeighborsRegressor(algorithm="brute", weights="distance"),
    KNeighborsRegressor(),
    KNeighborsTransformer(algorithm="brute"),
    NearestNeighbors(n_neighbors=4),
    LocalOutlierFactor(n_neighbors=10, novelty=True),
    RadiusNeighborsRegressor(4.0, weights="distance", algorithm="brute"),
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: f"{type(model).__name__}-{model.algorithm}")
def test_training_rows_are_not_refused(model):
    """scikit-learn's distance of a row from itself may be its rounding, 1e-7 and less: such rows are on the edge."""
    model.fit(X, Y)
    report = bridge.check_parity(model, X, runtimes=["eager", "torchscript"])
    assert report.ok, report.failures_text()


class _Products(TorchDispatchMode):
    """Number of matrix products in float64."""

    n = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        if function in (torch.ops.aten.mm.default, torch.ops.aten.addmm.default) and result.dtype == torch.float64:
            self.n += 1
        return result


def test_training_rows_take_the_way_of_others():
    """No second product of all rows with all points, which took four times as long."""
    module = bridge.to_torch(KNeighborsClassifier(algorithm="brute").fit(X, Y))
    for rows in (X, X + 0.1):
        with torch.no_grad(), _Products() as products:
            module.predict(torch.tensor(rows))
        assert products.n == 0


def test_a_row_next_to_a_point_still_takes_the_product():
    """There the root makes much of digits that only one summation gives."""
    model = NearestNeighbors(n_neighbors=3, algorithm="brute").fit(X)
    module, rows = bridge.to_torch(model), X + 2e-7
    with torch.no_grad(), _Products() as products:
        near = module.kneighbors(torch.tensor(rows))[0]
    assert products.n == 1
    np.testing.assert_allclose(near[:, 1:], model.kneighbors(rows)[0][:, 1:], rtol=1e-12)
