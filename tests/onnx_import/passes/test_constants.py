"""FoldConstants and MergeConstants."""

import torch

from bridge.onnx_import.passes.fold_constants import FoldConstants
from bridge.onnx_import.passes.merge_constants import MergeConstants
from tests.onnx_import.graphs import calls, fx_model, rows

W = torch.arange(6.0, dtype=torch.float64).reshape(2, 3)


def test_fold_rule_1_a_chain_of_constants_becomes_one():
    def write(graph, x, w):
        turned = graph.call_method("permute", (w, [1, 0]))
        return graph.call_function(torch.matmul, (x, graph.call_function(torch.exp, (turned,))))

    model = FoldConstants()(fx_model(write, w=W)).model
    assert calls(model) == ["matmul"]
    (value,) = model.buffers()
    torch.testing.assert_close(value, W.t().exp())
    assert value.is_contiguous()


def test_fold_rule_2_what_reads_the_rows_is_left_alone():
    def write(graph, x, w):
        cast = graph.call_method("to", (w, x))
        size = graph.call_method("size", (x, 0))
        return graph.call_method("expand", (graph.call_function(torch.sum, (cast,)), [size]))

    model = fx_model(write, w=W)
    assert not FoldConstants()(model).modified


def test_fold_rule_3_a_result_that_is_no_tensor_is_left_alone():
    def write(graph, x, w):
        return graph.call_method("reshape", (x, [graph.call_method("size", (w, 0)), -1]))

    model = fx_model(write, w=W[:1])
    assert not FoldConstants()(model).modified


def _sum_of_three(graph, x, a, b):
    return graph.call_function(torch.add, (graph.call_function(torch.add, (x, a)), b))


def test_merge_rule_1_equal_constants_become_one():
    model = MergeConstants()(fx_model(_sum_of_three, a=torch.ones(3), b=torch.ones(3))).model
    assert len(dict(model.named_buffers())) == 1
    torch.testing.assert_close(model(rows()), rows() + 2)


def test_merge_rule_1_zeros_of_two_signs_stay_apart():
    assert not MergeConstants()(fx_model(_sum_of_three, a=torch.zeros(3), b=-torch.zeros(3))).modified


def test_merge_rule_2_other_dtypes_and_shapes_stay_apart():
    for other in (torch.ones(3, dtype=torch.float64), torch.ones(1, 3), torch.ones(3, dtype=torch.int64)):
        assert not MergeConstants()(fx_model(_sum_of_three, a=torch.ones(3), b=other)).modified
