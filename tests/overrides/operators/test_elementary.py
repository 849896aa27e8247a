"""Plain operators against onnxruntime, or onnx's evaluator where onnxruntime lacks float64."""

import numpy as np
import pytest
import torch
from onnx import TensorProto

from bridge.overrides.errors import UnsupportedOperatorError
from tests.overrides.operators.support import assert_same, convert, model_of, ort, reference

X = np.random.default_rng(0).uniform(-2, 2, size=(4, 3))
SQUARE = np.random.default_rng(1).normal(size=(4, 3, 3))
INDEX = np.array([[0, 2], [-1, 5], [1, -9]])


def model(operator, feeds, kind=TensorProto.DOUBLE, **options):
    return model_of(operator, feeds, ["y"], domain="", types=[kind], **options)


@pytest.mark.parametrize("operator", ["Asinh", "Cosh", "Sinh", "Acosh", "Atanh"])
def test_functions(operator):
    x = np.abs(X) + 1 if operator == "Acosh" else X / 3
    built = model(operator, {"x": x})
    assert_same(built, {"x": x}, reference(built, {"x": x}), rtol=1e-13, export=operator == "Acosh")


def test_determinant():
    built = model("Det", {"x": SQUARE})
    assert_same(built, {"x": SQUARE}, reference(built, {"x": SQUARE}), rtol=1e-12)


def test_size():
    built = model("Size", {"x": SQUARE}, TensorProto.INT64)
    assert_same(built, {"x": SQUARE}, ort(built, {"x": SQUARE}), dynamic=False)


def test_cast_like():
    feeds = {"x": X, "like": X.astype(np.float32)}
    built = model("CastLike", feeds, TensorProto.FLOAT)
    assert_same(built, feeds, [X.astype(np.float32)])


@pytest.mark.parametrize("upper", [0, 1])
@pytest.mark.parametrize("constants", [None, {"k": np.array(-1)}, {"k": np.array(1)}])
def test_triangles(upper, constants):
    built = model("Trilu", {"x": SQUARE}, constants=constants, upper=upper)
    assert_same(built, {"x": SQUARE}, ort(built, {"x": SQUARE}), export=upper == 1)


@pytest.mark.parametrize("axis", [-1, 0, 1, -2])
def test_one_hot(axis):
    constants = {"depth": np.array([4]), "values": np.array([-1.0, 2.5])}
    built = model("OneHot", {"x": INDEX}, constants=constants, axis=axis)
    expected = ort(
        model(
            "OneHot",
            {"x": INDEX},
            TensorProto.FLOAT,
            constants={"depth": np.array([4]), "values": np.array([-1, 2.5], np.float32)},
            axis=axis,
        ),
        {"x": INDEX},
    )
    assert_same(built, {"x": INDEX}, expected, dtypes=False, dynamic=axis == -1)


@pytest.mark.parametrize("axis", [0, 1])
def test_scatter_elements(axis):
    feeds = {"x": X, "i": np.array([[0, 2, 1], [-1, 0, 0]]), "u": np.full((2, 3), 7.0)}
    built = model("ScatterElements", feeds, axis=axis)
    assert_same(built, feeds, ort(built, feeds), dynamic=False)


@pytest.mark.parametrize("options", [{"axis": 1}, {"axis": 0}, {}])
def test_compress(options):
    built = model("Compress", {"x": X}, constants={"c": np.array([True, False, True])}, **options)
    assert_same(built, {"x": X}, ort(built, {"x": X}), dynamic=options == {"axis": 1})


def test_hardmax():
    x = np.array([[1, 3, 3], [2, 0, 2]], np.float32)
    built = model("Hardmax", {"x": x}, TensorProto.FLOAT)
    assert_same(built, {"x": x}, ort(built, {"x": x}))


def test_thresholded_relu():
    x = X.astype(np.float32)
    built = model("ThresholdedRelu", {"x": x}, TensorProto.FLOAT, alpha=0.75)
    assert_same(built, {"x": x}, ort(built, {"x": x}))


def test_what_must_be_constant():
    feeds = {"x": X, "c": np.array([True, False, True])}
    with pytest.raises(UnsupportedOperatorError, match="condition must be a constant"):
        convert(model("Compress", feeds, axis=1))
    with pytest.raises(UnsupportedOperatorError, match="'k' must be a constant"):
        convert(model("Trilu", {"x": SQUARE, "k": np.array(1)}))


def test_determinant_has_a_slope():
    module, _ = convert(model("Det", {"x": SQUARE}))
    assert torch.autograd.gradcheck(module, torch.tensor(SQUARE, requires_grad=True))
