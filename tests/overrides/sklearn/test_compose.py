"""Transformed targets beyond the contract: what is refused, and in which words."""

import functools

import numpy as np
import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.linear_model import LinearRegression
from sklearn.neural_network import MLPRegressor

import bridge
from bridge.errors import UnsupportedError

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(40, 2))
Y = np.exp(X[:, 0] / 3)


def _fit(**options):
    regressor = MLPRegressor(hidden_layer_sizes=(3,), tol=10.0, random_state=0)
    return TransformedTargetRegressor(regressor, check_inverse=False, **options).fit(X, Y)


def _centred(y):
    return y - y.mean()


class _Callable:
    __hash__ = None

    def __call__(self, y):
        return y if y.any() else -y


@pytest.mark.parametrize(
    ("function", "name", "reason"),
    [
        (_centred, "_centred", "mean over the rows"),
        (lambda y: y[y > 0], "<lambda>", "picks rows"),
        (functools.partial(np.vectorize(abs)), "functools.partial", "values"),
        (_Callable(), "_Callable", "over the rows"),
    ],
)
def test_a_function_that_cannot_be_recorded_is_refused_in_words(function, name, reason):
    model = _fit(func=np.log, inverse_func=function)
    said = rf"TransformedTargetRegressor: inverse_func=.*{name}.* graph.*{reason}.*bridge.register_function"
    with pytest.raises(UnsupportedError, match=said) as caught:
        bridge.to_torch(model)
    assert "inverse_transform" in str(caught.value)


def test_a_function_of_columns_knows_how_many_there_are():
    targets = np.column_stack([Y, np.exp(X[:, 1])])
    model = TransformedTargetRegressor(
        LinearRegression(), func=lambda y: np.log(y)[:, ::-1], inverse_func=lambda y: np.exp(y[:, [1, 0]])
    ).fit(X, targets)
    assert bridge.check_parity(model, X, runtimes=("eager", "torchscript")).max_error < 1e-14


def test_only_the_inverse_needs_to_be_known():
    model = _fit(func=lambda y: np.log(y), inverse_func=np.exp)
    assert bridge.check_parity(model, X, runtimes=("eager", "torchscript")).max_error < 1e-14
