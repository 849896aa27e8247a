"""Transformed targets beyond the contract: what is refused, and in which words."""

import functools

import numpy as np
import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.neural_network import MLPRegressor
from sklearn.preprocessing import FunctionTransformer

import bridge
from bridge.errors import UnsupportedError

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(40, 2))
Y = np.exp(X[:, 0] / 3)


def _fit(**options):
    regressor = MLPRegressor(hidden_layer_sizes=(3,), tol=10.0, random_state=0)
    return TransformedTargetRegressor(regressor, check_inverse=False, **options).fit(X, Y)


def _exponential(y):
    return np.exp(y)


class _Callable:
    __hash__ = None

    def __call__(self, y):
        return y


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (_exponential, "_exponential"),
        (lambda y: y, "<lambda>"),
        (functools.partial(np.power, 2.0), "functools.partial"),
        (_Callable(), "_Callable"),
    ],
)
def test_a_function_of_the_users_is_refused_in_words(function, name):
    model = _fit(func=np.log, inverse_func=function)
    with pytest.raises(UnsupportedError, match=rf"TransformedTargetRegressor: inverse_func=.*{name}.* graph") as caught:
        bridge.to_torch(model)
    assert "expm1" in str(caught.value)
    assert "inverse_transform" in str(caught.value)


def test_arguments_of_a_function_are_refused():
    transformer = FunctionTransformer(np.log, np.exp, inv_kw_args={"dtype": np.float64})
    with pytest.raises(UnsupportedError, match="inv_kw_args"):
        bridge.to_torch(_fit(transformer=transformer))


def test_only_the_inverse_needs_to_be_known():
    model = _fit(func=lambda y: np.log(y), inverse_func=np.exp)
    assert bridge.check_parity(model, X, witnesses=("eager", "torchscript")).max_error < 1e-14
