import torch

from bridge.onnx_import.passes.remove_no_ops import RemoveNoOps
from tests.onnx_import.graphs import calls, fx_model, rows


def test_rule_1_a_cast_to_the_same_dtype_goes():
    model = RemoveNoOps()(fx_model(lambda graph, x: graph.call_method("to", (x, torch.float64)))).model
    assert calls(model) == []


def test_rule_2_a_reshape_to_the_same_shape_goes():
    model = RemoveNoOps()(fx_model(lambda graph, x: graph.call_method("reshape", (x, [-1, 3])))).model
    assert calls(model) == []


def test_rule_3_the_last_of_two_reshapes_stays():
    def write(graph, x):
        return graph.call_method("reshape", (graph.call_method("reshape", (x, [-1, 1])), [-1]))

    model = RemoveNoOps()(fx_model(write)).model
    assert calls(model) == ["reshape"]
    assert model(rows(4)).shape == (12,)


def test_rule_4_whole_numbers_need_no_detour_through_floats():
    def write(graph, x):
        index = graph.call_function(torch.argmax, (x,), {"dim": 1})
        return graph.call_method("to", (graph.call_method("to", (index, x)), torch.int64))

    model = RemoveNoOps()(fx_model(write)).model
    assert calls(model) == ["argmax"]


def test_rule_5_a_zero_term_is_not_added():
    def write(graph, x, zero):
        return graph.call_function(torch.add, (x, graph.call_function(torch.mul, (x, zero))))

    model = RemoveNoOps()(fx_model(write, zero=torch.zeros(1, dtype=torch.float64))).model
    assert calls(model) == []


def test_rule_5_a_zero_term_that_widens_the_sum_stays():
    def write(graph, x, zero):
        column = graph.call_function(torch.sum, (x,), {"dim": [1], "keepdim": True})
        return graph.call_function(torch.add, (column, graph.call_function(torch.mul, (x, zero))))

    assert not RemoveNoOps()(fx_model(write, zero=torch.zeros(1, dtype=torch.float64))).modified


def test_what_changes_something_is_left_alone():
    def write(graph, x):
        whole = graph.call_method("to", (x, torch.int64))
        return graph.call_method("reshape", (graph.call_method("to", (whole, x)), [-1]))

    model = fx_model(write)
    assert not RemoveNoOps()(model).modified
    assert calls(model) == ["to", "to", "reshape"]


def test_another_factor_than_zero_is_left_alone():
    def write(graph, x, one):
        return graph.call_function(torch.add, (x, graph.call_function(torch.mul, (x, one))))

    assert not RemoveNoOps()(fx_model(write, one=torch.ones(1, dtype=torch.float64))).modified
