"""Numpy's functions as tensors: eager, scripted and in onnxruntime, near zero and at the ends of their range."""

import numpy as np
import onnxruntime
import pytest
import torch
from torch import nn

from bridge.artifacts.onnx.exact_constants import exact_constants
from bridge.overrides.functional.special.ufuncs import UFUNCS, cbrt

RANDOM = np.random.default_rng(0)
NUMBERS = np.concatenate(
    [
        RANDOM.normal(size=40),
        RANDOM.normal(size=20) * 30,
        RANDOM.uniform(0, 1, size=20),
        [0.0, 1.0, -1.0, 0.5, 1e-12, -1e-12, 1e-300, 1e9, -1e9, 1e200, -1e200, 709.5, 710.2, -710.2],
        [1e-3, 27.0, -8.0, 2.5, 3.5],
    ]
)
NAMES = [function.__name__ for function in UFUNCS]
EVERY = pytest.mark.parametrize(("function", "tensor_function"), UFUNCS.items(), ids=NAMES)


def truth(function):
    with np.errstate(all="ignore"):
        return function(NUMBERS)


def assert_close(result, expected, relative):
    same = np.isfinite(expected)
    np.testing.assert_array_equal(np.isnan(result), np.isnan(expected))
    np.testing.assert_array_equal(result[~same & ~np.isnan(expected)], expected[~same & ~np.isnan(expected)])
    error = np.abs(result[same] - expected[same]) / np.maximum(1.0, np.abs(expected[same]))
    assert error.max() < relative


@EVERY
def test_eager_and_scripted_are_numpy(function, tensor_function):
    x = torch.tensor(NUMBERS)
    assert_close(tensor_function(x).numpy(), truth(function), 4e-15)

    def scripted(x: torch.Tensor) -> torch.Tensor:
        return tensor_function(x)

    assert_close(torch.jit.script(scripted)(x).numpy(), truth(function), 4e-15)


class _One(nn.Module):
    def __init__(self, tensor_function):
        super().__init__()
        self.tensor_function = tensor_function

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.tensor_function(x)


@EVERY
def test_onnxruntime_is_numpy(function, tensor_function):
    x = torch.tensor(NUMBERS)
    program = torch.export.export(_One(tensor_function), (x,))
    exact_constants(program)
    proto = torch.onnx.export(program, dynamo=True, verbose=False).model_proto
    session = onnxruntime.InferenceSession(proto.SerializeToString())
    (result,) = session.run(None, {session.get_inputs()[0].name: NUMBERS})
    assert_close(result, truth(function), 1e-12)


FLAT = (np.sign, np.floor, np.ceil, np.rint, np.trunc, np.arccosh)


@pytest.mark.parametrize("function", [function for function in UFUNCS if function not in FLAT])
def test_gradients(function):
    x = torch.tensor([0.2, 0.45, 0.7], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(UFUNCS[function], (x,))


def test_cube_roots_are_exact_and_have_no_nan_gradient():
    x = torch.tensor([0.0, -27.0, 8.0, 1e300, np.inf, -np.inf, np.nan], dtype=torch.float64, requires_grad=True)
    root = cbrt(x)
    np.testing.assert_allclose(root.detach(), np.cbrt(x.detach().numpy()), rtol=3e-16)
    root[:4].sum().backward()
    assert torch.isfinite(x.grad[:4]).all()
