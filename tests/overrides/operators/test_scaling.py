"""Scaler, Normalizer, Binarizer, Imputer and FeatureVectorizer against onnxruntime or onnx's evaluator."""

import numpy as np
import pytest
import torch
from onnx import TensorProto

from bridge.errors import CorruptEstimatorError
from tests.overrides.operators.support import assert_same, convert, model_of, ort, reference

ROWS = np.array([[1, -2, 0.5], [0, 0, 0], [-3, -4, -1], [1e8, 1e-8, 3]])
FLOATS = ROWS.astype(np.float32)
WHOLE = np.arange(12).reshape(4, 3)


@pytest.mark.parametrize("width", [1, 3])
@pytest.mark.parametrize("x", [FLOATS, WHOLE])
def test_scaler(width, x):
    model = model_of("Scaler", {"x": x}, ["y"], offset=[1.5, 2, -3][:width], scale=[0.5, 0.1, 2][:width])
    assert_same(model, {"x": x}, ort(model, {"x": x}), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("norm", ["MAX", "L1", "L2"])
@pytest.mark.parametrize("x", [FLOATS, WHOLE])
def test_normalizer(norm, x):
    model = model_of("Normalizer", {"x": x}, ["y"], norm=norm)
    assert_same(model, {"x": x}, ort(model, {"x": x}), rtol=1e-6, atol=1e-7)


def test_normalizer_in_double_has_a_slope_at_zero():
    module, _ = convert(model_of("Normalizer", {"x": ROWS}, ["y"], norm="L2"))
    x = torch.tensor(ROWS, requires_grad=True)
    y = module(x)
    np.testing.assert_allclose(y.detach()[0], ROWS[0] / np.linalg.norm(ROWS[0]), rtol=1e-15)
    y.sum().backward()
    assert torch.isfinite(x.grad).all()


def test_binarizer():
    x = np.array([[1, 2, 1 + 1e-6], [-np.inf, np.inf, 0]], dtype=np.float32)
    model = model_of("Binarizer", {"x": x}, ["y"], threshold=1.0)
    assert_same(model, {"x": x}, ort(model, {"x": x}))
    x[0, 0] = np.nan  # onnxruntime raises
    assert_same(model, {"x": x}, reference(model, {"x": x}), export=False)


@pytest.mark.parametrize("replaced", [np.nan, 0.0, 0.5])
@pytest.mark.parametrize("width", [1, 3])
def test_imputer_of_floats(replaced, width):
    x = np.array([[1, np.nan, 0], [0, 0.5, np.inf], [np.nan, np.nan, 0.5]], dtype=np.float32)
    options = {"imputed_value_floats": [5.5, 7.0, -1.0][:width], "replaced_value_float": replaced}
    model = model_of("Imputer", {"x": x}, ["y"], **options)
    assert_same(model, {"x": x}, ort(model, {"x": x}))
    double = x.astype(np.float64)  # which onnxruntime lacks
    model = model_of("Imputer", {"x": double}, ["y"], types=[TensorProto.DOUBLE], **options)
    assert_same(model, {"x": double}, reference(model, {"x": double}), export=False)


def test_imputer_of_whole_numbers():
    model = model_of(
        "Imputer",
        {"x": WHOLE},
        ["y"],
        types=[TensorProto.INT64],
        imputed_value_int64s=[100, 200, 300],
        replaced_value_int64=4,
    )
    assert_same(model, {"x": WHOLE}, ort(model, {"x": WHOLE}))


def test_feature_vectorizer():
    feeds = {"a": FLOATS, "b": FLOATS[:, :2], "c": FLOATS[:, :1]}
    model = model_of("FeatureVectorizer", feeds, ["y"], inputdimensions=[2, 2, 3])
    expected = np.concatenate([FLOATS[:, :2], FLOATS[:, :2], FLOATS[:, :1], np.zeros((4, 2), np.float32)], axis=1)
    assert_same(model, feeds, [expected])


def test_contradictions_are_refused():
    with pytest.raises(CorruptEstimatorError, match="norm is 'L3'"):
        convert(model_of("Normalizer", {"x": ROWS}, ["y"], norm="L3"))
    with pytest.raises(CorruptEstimatorError, match="no imputed values"):
        convert(model_of("Imputer", {"x": ROWS}, ["y"]))
    with pytest.raises(CorruptEstimatorError, match="1 inputdimensions for 2 inputs"):
        convert(model_of("FeatureVectorizer", {"a": ROWS, "b": ROWS}, ["y"], inputdimensions=[3]))
