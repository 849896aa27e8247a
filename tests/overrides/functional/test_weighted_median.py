"""The weighted median against scikit-learn's own, with ties and weights of every size."""

import numpy as np
import torch
from sklearn.ensemble import AdaBoostRegressor

from bridge.overrides.functional.weighted_median import weighted_median, weighted_medians


class _Constant:
    """An estimator with given predictions."""

    def __init__(self, values):
        self.values = values

    def predict(self, X):
        return self.values


def test_equals_scikit_learn_with_ties():
    random = np.random.default_rng(0)
    for n_values in (1, 2, 3, 8, 25):
        values = random.integers(-3, 4, size=(400, n_values)) / 2
        weights = 2.0 ** random.integers(-3, 4, size=n_values)  # sums are exact in any order
        model = AdaBoostRegressor()
        model.estimators_ = [_Constant(column) for column in values.T]
        model.estimator_weights_ = weights
        expected = model._get_median_predict(values, n_values)
        np.testing.assert_array_equal(weighted_median(torch.tensor(values), torch.tensor(weights)), expected)
        staged = np.stack([model._get_median_predict(values, limit) for limit in range(1, n_values + 1)], axis=1)
        np.testing.assert_array_equal(weighted_medians(torch.tensor(values), torch.tensor(weights)), staged)


def test_half_of_the_weight_is_enough():
    values = torch.tensor([[3.0, 1.0, 2.0]])
    assert weighted_median(values, torch.tensor([1.0, 2.0, 1.0])).item() == 1.0
    assert weighted_median(values, torch.tensor([1.0, 1.999, 1.0])).item() == 2.0


def test_the_gradient_goes_to_the_median():
    values = torch.tensor([[3.0, 1.0, 2.0]], requires_grad=True)
    weighted_median(values, torch.ones(3)).sum().backward()
    assert values.grad.tolist() == [[0.0, 0.0, 1.0]]
