import numpy as np
import torch

from bridge.onnx_import.passes.inline_constants import InlineConstants
from tests.onnx_import.graphs import calls, fx_model, rows, translated


def _constants(model):
    return dict(model.named_buffers())


def test_rule_1_initializers_are_read_from_the_module_itself():
    model = translated(("Add", "x c", "y", {}), constants={"c": np.arange(3.0)})
    assert any("." in name for name in _constants(model))
    result = InlineConstants()(model)
    assert result.modified
    assert list(_constants(result.model)) == ["constant_0"]
    np.testing.assert_array_equal(result.model(rows()), rows() + torch.arange(3.0))


def test_rule_2_a_constant_node_is_a_constant():
    value = {"value_floats": [1.0, 2.0, 3.0]}
    model = translated(("Constant", "", "c", value), ("Cast", "c", "d", {"to": 11}), ("Add", "x d", "y", {}))
    model = InlineConstants()(model).model
    assert "OnnxConstant" not in calls(model)
    torch.testing.assert_close(_constants(model)["constant_0"], torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64))


def test_rule_3_a_linear_layer_is_a_product_with_constants():
    weight, bias = np.arange(6.0).reshape(3, 2), np.array([0.5, -0.5])
    for inputs, constants in (("x w b", {"w": weight, "b": bias}), ("x w", {"w": weight})):
        model = InlineConstants()(translated(("Gemm", inputs, "y", {}), constants=constants)).model
        assert calls(model) == ["addmm" if "b" in constants else "matmul"]
        np.testing.assert_allclose(model(rows()), rows().numpy() @ weight + constants.get("b", 0))


def test_rule_4_floats_are_float64_and_whole_numbers_stay():
    narrow = fx_model(lambda graph, x, c: graph.call_function(torch.add, (x, c)), c=torch.tensor([0.1]))
    model = InlineConstants()(narrow).model
    (value,) = _constants(model).values()
    assert value.dtype == torch.float64
    assert float(value) == float(torch.tensor(0.1))  # what float32 rounded stays rounded
    whole = fx_model(lambda graph, x, c: graph.call_function(torch.index_select, (x, 1, c)), c=torch.tensor([1]))
    assert not InlineConstants()(whole).modified


def test_a_float64_constant_of_the_module_is_left_alone():
    model = fx_model(lambda graph, x, c: graph.call_function(torch.add, (x, c)), c=torch.ones(3, dtype=torch.float64))
    assert not InlineConstants()(model).modified
