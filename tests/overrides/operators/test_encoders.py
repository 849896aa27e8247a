"""LabelEncoder, CategoryMapper, OneHotEncoder and ArrayFeatureExtractor against onnxruntime."""

import numpy as np
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from onnx2torch.onnx_graph import OnnxGraph

from bridge.errors import CorruptEstimatorError, InputError
from bridge.overrides.operators.words import codes, vocabulary
from tests.overrides.operators.support import ML, assert_same, convert, model_of, ort

NUMBERS = {
    "int64": (np.array([1, 2, 9, -5, 2]), [2, -5, 1], TensorProto.INT64),
    "float": (np.array([1.5, np.nan, 0, -0.0, np.inf, 7], np.float32), [0.0, 1.5, 8.0], TensorProto.FLOAT),
    "string": (np.array(["a", "c", "x", "é"], dtype=object), ["c", "é", "a"], TensorProto.STRING),
}
VALUES = {
    "int64": [10, 20, 30],
    "float": [0.1, -2.5, 1e9],
    "string": ["one", "two", "three"],
}
DEFAULTS = {"int64": 77, "float": 0.25, "string": "two"}


def encode_words(x, words):
    return codes(x.ravel().tolist(), words).reshape(x.shape) if x.dtype == object else x


def assert_same_words(model, x, expected, **options):
    """Compare with onnxruntime where inputs or outputs may be words."""
    words = vocabulary(OnnxGraph(model.graph))
    expected = [encode_words(np.asarray(part), words) for part in expected]
    assert_same(model, {"x": encode_words(x, words)}, expected, **options)


@pytest.mark.parametrize("keys", list(NUMBERS))
@pytest.mark.parametrize("values", list(VALUES))
@pytest.mark.parametrize("has_default", [False, True])
def test_label_encoder_2(keys, values, has_default):
    x, key_list, _ = NUMBERS[keys]
    options = {f"default_{values}": DEFAULTS[values]} if has_default else {}
    model = model_of(
        "LabelEncoder",
        {"x": x},
        ["y"],
        types=[NUMBERS[values][2]],
        **{f"keys_{keys}s": key_list, f"values_{values}s": VALUES[values]},
        **options,
    )
    # "_Unused", the default of words, is no word of the graph: -1
    assert_same_words(model, x, ort(model, {"x": x}), export=keys == values)


@pytest.mark.parametrize("x", [np.array([[1, 2], [9, -5]]), np.array([[1.5, np.nan], [-0.0, 1e300]])])
@pytest.mark.parametrize("values", [np.array([0.1, 0.2, 0.3]), np.array([1, 2, 3]), np.array(["u", "v", "w"], object)])
def test_label_encoder_4_with_tensors(x, values):
    keys = np.array([1.5, np.nan, 0.0]) if x.dtype == np.float64 else np.array([9, 1, 4])
    kind = {"f": TensorProto.DOUBLE, "i": TensorProto.INT64, "O": TensorProto.STRING}[values.dtype.kind]
    model = model_of(
        "LabelEncoder",
        {"x": x},
        ["y"],
        ml=4,
        types=[kind],
        keys_tensor=numpy_helper.from_array(keys),
        values_tensor=numpy_helper.from_array(values),
        default_tensor=numpy_helper.from_array(values[2:]),
    )
    # float64 and integers to float64 are missing in onnxruntime
    table = {"nan" if key != key else key: value for key, value in zip(keys.tolist(), values.tolist(), strict=True)}
    expected = [[table.get("nan" if item != item else item, values[2]) for item in row] for row in x.tolist()]
    assert_same_words(model, x, [np.array(expected, dtype=values.dtype)])


def test_label_encoder_4_of_nan_in_onnxruntime():
    x = np.array([1, np.nan, 3], np.float32)
    model = model_of("LabelEncoder", {"x": x}, ["y"], ml=4, keys_floats=[1.0, float("nan")], values_floats=[5.0, 6.0])
    assert_same(model, {"x": x}, ort(model, {"x": x}), export=False)


def test_first_of_equal_keys_counts():
    x = np.array([1, 2])
    model = model_of("LabelEncoder", {"x": x}, ["y"], keys_int64s=[1, 2, 1], values_floats=[1.0, 2.0, 3.0])
    assert_same(model, {"x": x}, ort(model, {"x": x}), export=False)


@pytest.mark.parametrize("n_keys", [1, 2, 3, 7, 8, 9, 100])
def test_look_up_of_every_size(n_keys):
    keys = np.arange(n_keys) * 3
    x = np.arange(-2, 3 * n_keys + 2)
    model = model_of(
        "LabelEncoder",
        {"x": x},
        ["y"],
        types=[TensorProto.INT64],
        keys_int64s=keys.tolist(),
        values_int64s=(keys + 1000).tolist(),
    )
    assert_same(model, {"x": x}, ort(model, {"x": x}), export=False)


@pytest.mark.parametrize("operator", ["CategoryMapper", "LabelEncoder"])
@pytest.mark.parametrize("x", [np.array(["a", "b", "x"], dtype=object), np.array([0, 1, 5])])
def test_mappers_of_both_directions(operator, x):
    words = ["b", "a"]
    options = (
        {"cats_strings": words, "cats_int64s": [5, 1]} if operator == "CategoryMapper" else {"classes_strings": words}
    )
    model = model_of(
        operator,
        {"x": x},
        ["y"],
        ml=1,
        types=[TensorProto.INT64 if x.dtype == object else TensorProto.STRING],
        default_int64=-7,
        default_string="a",
        **options,
    )
    assert_same_words(model, x, ort(model, {"x": x}))


@pytest.mark.parametrize(
    "x", [np.array([[1, 2], [7, 3]]), np.array([[1.0, 2.5], [np.nan, -3]], np.float32), np.array([2, 9])]
)
def test_one_hot_encoder(x):
    model = model_of("OneHotEncoder", {"x": x}, ["y"], cats_int64s=[3, 1, 2, 1])
    assert_same(model, {"x": x}, ort(model, {"x": x}))


def test_one_hot_encoder_of_words():
    x = np.array(["b", "c", "a"], dtype=object)
    model = model_of("OneHotEncoder", {"x": x}, ["y"], cats_strings=["c", "a"])
    assert_same_words(model, x, ort(model, {"x": x}))


def test_one_hot_encoder_refuses_unknown_categories():
    x = np.array([1, 2])
    model = model_of("OneHotEncoder", {"x": x}, ["y"], cats_int64s=[1, 2], zeros=0)
    assert_same(model, {"x": x}, ort(model, {"x": x}))
    module, _ = convert(model)
    with pytest.raises(InputError, match="does not know"):
        module(torch.tensor([1, 3]))
    with pytest.raises(Exception, match="does not know"):
        torch.jit.script(module)(torch.tensor([1, 3]))


def test_columns_by_constant_index():
    x = np.arange(12.0).reshape(4, 3)
    model = model_of(
        "ArrayFeatureExtractor", {"x": x}, ["y"], types=[TensorProto.DOUBLE], constants={"i": np.array([2, 0, 2])}
    )
    assert_same(model, {"x": x}, ort(model, {"x": x}))


@pytest.mark.parametrize("labels", [np.array([3.5, -1.0, 7.0]), np.array(["u", "a", "m"], dtype=object)])
def test_labels_by_computed_index(labels):
    index = np.array([2, 0, 0, 1])
    model = model_of(
        "ArrayFeatureExtractor",
        {"i": index},
        ["y"],
        types=[TensorProto.DOUBLE if labels.dtype == float else TensorProto.STRING],
        constants={"labels": labels},
    )
    model.graph.node[0].input[:] = ["labels", "i"]
    (expected,) = ort(model, {"i": index})
    module, mapping = convert(model)
    if labels.dtype == object:
        assert mapping.inputs == ("i",)
        result = torch.jit.script(module)(torch.tensor(index))
        assert [module.words[code] for code in result[0]] == expected[0].tolist()
    else:
        result = torch.jit.script(module)(torch.tensor(labels), torch.tensor(index))
        np.testing.assert_array_equal(result, expected)


def test_index_out_of_range_is_refused():
    module, _ = convert(model_of("ArrayFeatureExtractor", {"x": np.eye(3)}, ["y"], constants={"i": np.array([3])}))
    with pytest.raises((IndexError, RuntimeError), match="out of"):
        module(torch.eye(3), torch.tensor([3]))


def test_zip_map_keeps_the_scores_and_names_the_columns():
    x = np.random.default_rng(0).random((4, 2)).astype(np.float32)
    kind = helper.make_sequence_type_proto(
        helper.make_map_type_proto(TensorProto.STRING, helper.make_tensor_type_proto(TensorProto.FLOAT, []))
    )
    model = model_of("ZipMap", {"x": x}, ["y"], types=[kind], classlabels_strings=["q", "p"])
    assert_same(model, {"x": x}, [x])
    module, _ = convert(model)
    (maps,) = ort(model, {"x": x})
    for row, found in zip(module(torch.tensor(x)), maps, strict=True):
        assert {module.words[code]: value for code, value in zip(module.labels, row.tolist(), strict=True)} == found


def test_one_vocabulary_serves_the_whole_graph():
    """Words that leave one operator enter the next."""
    x = np.array(["ann", "bob", "eve"], dtype=object)
    first = helper.make_node(
        "LabelEncoder", ["x"], ["m"], domain=ML, keys_strings=["bob", "ann"], values_strings=["red", "blue"]
    )
    second = helper.make_node("OneHotEncoder", ["m"], ["y"], domain=ML, cats_strings=["blue", "red"])
    model = model_of("OneHotEncoder", {"x": x}, ["y"])
    del model.graph.node[:]
    model.graph.node.extend([first, second])
    words = vocabulary(OnnxGraph(model.graph))
    assert words == ["ann", "blue", "bob", "red"]
    encoder, _ = convert(model, model.graph.node[0])
    one_hot, _ = convert(model, model.graph.node[1])
    result = one_hot(encoder(torch.tensor(codes(x, words))))
    np.testing.assert_array_equal(result, ort(model, {"x": x})[0])


def test_contradictions_are_refused():
    x = np.array([1, 2])
    with pytest.raises(CorruptEstimatorError, match="2 keys and 1 values"):
        convert(model_of("LabelEncoder", {"x": x}, ["y"], keys_int64s=[1, 2], values_int64s=[3]))
    with pytest.raises(CorruptEstimatorError, match="missing"):
        convert(model_of("LabelEncoder", {"x": x}, ["y"], keys_int64s=[1, 2]))
    with pytest.raises(CorruptEstimatorError, match="no categories"):
        convert(model_of("OneHotEncoder", {"x": x}, ["y"]))
