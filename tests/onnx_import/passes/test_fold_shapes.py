import numpy as np
import pytest
import torch

from bridge.errors import OnnxRouteError
from bridge.onnx_import.passes.fold_shapes import FoldShapes
from bridge.onnx_import.passes.inline_constants import InlineConstants
from tests.onnx_import.graphs import by_onnx, calls, fx_model, onnx_model, rows, translated


def _shape(*sizes):
    return {"s": np.array(sizes)}


# rules of the docstring, nodes, constants, what is called then
TABLE = [
    ("1-column", [("Reshape", "x s", "y", {})], _shape(-1, 1), ["reshape"]),
    ("1-zero-copies", [("Reshape", "x s", "y", {})], _shape(0, 3, 1), ["reshape"]),
    ("1-flatten", [("Flatten", "x", "y", {"axis": 1})], {}, ["reshape"]),
    ("1-flatten-0", [("Flatten", "x", "y", {"axis": 0})], {}, ["reshape"]),
    (
        "2-expand",
        [("Shape", "x", "s", {}), ("Expand", "c s", "y", {})],
        {"c": np.array([1.0, 2.0, 3.0])},
        ["size", "expand"],
    ),
    ("2-full", [("Shape", "x", "s", {}), ("ConstantOfShape", "s", "y", {})], {}, ["size", "new_full"]),
    ("2-tile", [("Tile", "x s", "y", {})], _shape(1, 2), ["repeat"]),
    (
        "3-slice",
        [("Slice", "x b e a", "y", {})],
        {"b": np.array([1]), "e": np.array([2**63 - 1]), "a": np.array([1])},
        ["getitem"],
    ),
    (
        "3-slice-steps",
        [("Slice", "x b e a t", "y", {})],
        {"b": np.array([0]), "e": np.array([-1]), "a": np.array([-1]), "t": np.array([2])},
        ["getitem"],
    ),
    ("4-unsqueeze", [("Unsqueeze", "x s", "y", {})], _shape(1), ["reshape"]),
    ("4-squeeze", [("Unsqueeze", "x s", "u", {}), ("Squeeze", "u s", "y", {})], _shape(1), ["reshape", "reshape"]),
    ("4-transpose", [("Transpose", "x", "y", {"perm": [1, 0]})], {}, ["permute"]),
    ("4-transpose-default", [("Transpose", "x", "y", {})], {}, ["permute"]),
    ("5-cumsum", [("CumSum", "x a", "y", {})], {"a": np.array(1)}, ["cumsum"]),
    (
        "5-axes",
        [("Identity", "a", "b", {}), ("ReduceSum", "x b", "y", {"keepdims": 0})],
        {"a": np.array([1])},
        ["sum"],
    ),
]


@pytest.mark.parametrize(("nodes", "constants", "expected"), [pytest.param(*entry[1:], id=entry[0]) for entry in TABLE])
def test_shapes_become_integers_with_the_same_result(nodes, constants, expected):
    model = FoldShapes()(InlineConstants()(translated(*nodes, constants=constants)).model).model
    assert [call for call in calls(model) if call != "OnnxCopyIdentity"] == expected
    for count in (1, 5, 8):
        reference = by_onnx(onnx_model(*nodes, constants=constants), rows(count))
        result = model(rows(count)).numpy()
        assert result.shape == reference.shape
        np.testing.assert_array_equal(result, reference)


def test_rule_1_no_rows_reshape_too():
    model = FoldShapes()(
        InlineConstants()(translated(("Reshape", "x s", "y", {}), constants=_shape(-1, 1))).model
    ).model
    assert model(rows()[:0]).shape == (0, 1)


def test_rule_2_a_filled_tensor_follows_the_dtype_of_the_rows():
    model = FoldShapes()(translated(("Shape", "x", "s", {}), ("ConstantOfShape", "s", "y", {}))).model
    assert model(rows()).dtype == torch.float64
    assert model(rows().float()).dtype == torch.float32


def test_rule_5_the_second_result_of_topk_is_the_indices():
    nodes = [("TopK", "x k", "values y", {"axis": 1, "largest": 0})]
    model = FoldShapes()(InlineConstants()(translated(*nodes, constants={"k": np.array([2])})).model).model
    assert calls(model)[0] == "topk"
    values, indices = model(rows())
    np.testing.assert_array_equal(values, np.sort(rows().numpy(), axis=1)[:, :2])
    np.testing.assert_array_equal(indices, np.argsort(rows().numpy(), axis=1)[:, :2])


def test_rule_6_a_size_that_depends_on_values_is_refused():
    nodes = [
        ("ReduceMax", "x", "m", {"axes": [0, 1], "keepdims": 0}),
        ("Ceil", "m", "c", {}),
        ("Cast", "c", "i", {"to": 7}),
        ("Unsqueeze", "i a", "s", {}),
        ("ConstantOfShape", "s", "y", {}),
    ]
    model = InlineConstants()(translated(*nodes, constants={"a": np.array([0])})).model
    with pytest.raises(OnnxRouteError, match="size of node 'constant_of_shape_4' depends on the values"):
        FoldShapes()(model)


def test_functions_are_left_alone():
    model = fx_model(lambda graph, x: graph.call_method("reshape", (x, [-1, 1])))
    assert not FoldShapes()(model).modified
