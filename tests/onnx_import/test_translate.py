import numpy as np
import pytest
import torch
from onnx import helper
from onnx2torch.node_converters.registry import _CONVERTER_REGISTRY

from bridge.errors import OnnxRouteError
from bridge.onnx_import import translate as stage
from bridge.onnx_import.passes.fold_shapes import FoldShapes
from bridge.onnx_import.passes.inline_constants import InlineConstants
from bridge.overrides.operators import all_converters
from tests.onnx_import.graphs import by_onnx, onnx_model, rows, translated


def test_our_operators_are_handed_over_once():
    stage.register_operators()
    stage.register_operators()
    known = {(item.domain, item.operation_type, item.version) for item in _CONVERTER_REGISTRY}
    assert set(all_converters()) <= known


def test_an_unknown_operator_is_named_with_its_node_and_version():
    model = onnx_model(("Exp", "x", "e", {}), ("RandomUniformLike", "e", "y", {}))
    message = (
        r"translate: node 'RandomUniformLike_1' is the operator RandomUniformLike \(ai\.onnx 15\), which "
        r"neither onnx2torch nor bridge\.overrides\.operators knows"
    )
    with pytest.raises(OnnxRouteError, match=message):
        stage.translate(model, 3)
    assert len(stage.unknown_operators(model)) == 1


def test_a_node_without_a_name_is_named_by_what_it_makes():
    model = onnx_model(("Exp", "x", "y", {}))
    model.graph.node.append(helper.make_node("Mystery", ["y"], ["z"], domain="ai.onnx.ml"))
    assert "node 'z' is the operator Mystery (ai.onnx.ml 3)" in stage.unknown_operators(model)[0]


def test_known_operators_are_no_objection():
    assert stage.unknown_operators(onnx_model(("Exp", "x", "y", {}))) == []


@pytest.mark.parametrize("attributes", [{}, {"reverse": 0}])
def test_rule_1_a_sum_that_does_not_say_reverse_runs_forward(attributes):
    nodes, constants = [("CumSum", "x a", "y", attributes)], {"a": np.array(1)}
    model = FoldShapes()(InlineConstants()(translated(*nodes, constants=constants)).model).model
    np.testing.assert_allclose(model(rows()), by_onnx(onnx_model(*nodes, constants=constants), rows()))


def test_rule_1_a_reverse_sum_stays_reverse():
    model = translated(("CumSum", "x a", "y", {"reverse": 1}), constants={"a": np.array(1)})
    torch.testing.assert_close(model(rows())[:, 0], rows().sum(1))


def test_rule_2_only_axis_0_becomes_a_reshape():
    for axis, operator in ((0, "Reshape"), (1, "Flatten")):
        model = onnx_model(("Flatten", "x", "y", {"axis": axis}))
        stage.normalize(model)
        assert [node.op_type for node in model.graph.node] == [operator]
        np.testing.assert_array_equal(by_onnx(model, rows()), rows().reshape((1, -1) if axis == 0 else (-1, 3)))


def test_rule_3_operators_of_ai_onnx_ml_get_through():
    nodes, constants = [("ArrayFeatureExtractor", "x i", "y", {"domain": "ai.onnx.ml"})], {"i": np.array([2, 0])}
    model = onnx_model(*nodes, constants=constants)
    translated = stage.translate(model, 3)
    torch.testing.assert_close(translated(rows()), rows()[:, [2, 0]])
    assert model.graph.node[0].domain == "ai.onnx.ml"
