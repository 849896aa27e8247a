import pytest
import torch

from bridge.onnx_import.passes.fuse_affine import FuseAffine
from tests.onnx_import.graphs import calls, fx_model, rows

W = torch.arange(6.0, dtype=torch.float64).reshape(3, 2)
B = torch.tensor([0.5, -1.5], dtype=torch.float64)


def _affine(graph, x, w, b):
    return graph.call_function(torch.add, (graph.call_function(torch.matmul, (x, w)), b))


@pytest.mark.parametrize("bias", [B, B.reshape(1, 2)])
@pytest.mark.parametrize("swap", [False, True])
def test_rule_1_product_and_sum_become_one_call(bias, swap):
    def write(graph, x, w, b):
        product = graph.call_function(torch.matmul, (x, w))
        return graph.call_function(torch.add, (b, product) if swap else (product, b))

    model = FuseAffine()(fx_model(write, w=W, b=bias)).model
    assert calls(model) == ["addmm"]
    torch.testing.assert_close(model(rows()), rows() @ W + B)
    assert model(rows()[:0]).shape == (0, 2)


def test_rule_2_a_vector_gets_a_number():
    model = FuseAffine()(fx_model(_affine, w=W[:, 0].contiguous(), b=B[:1])).model
    assert calls(model) == ["mv", "add"]
    torch.testing.assert_close(model(rows()), rows() @ W[:, 0] + B[0])
    assert model(rows()[:0]).shape == (0,)


def test_rule_3_a_column_that_is_flattened_is_a_vector():
    def write(graph, x, w, b):
        return graph.call_method("reshape", (_affine(graph, x, w, b), [-1]))

    model = FuseAffine()(fx_model(write, w=W[:, :1].contiguous(), b=B[:1])).model
    assert calls(model) == ["mv", "add"]
    torch.testing.assert_close(model(rows()), rows() @ W[:, 0] + B[0])


def test_rule_4_a_product_used_twice_stays():
    def write(graph, x, w, b):
        product = graph.call_function(torch.matmul, (x, w))
        return graph.call_function(torch.mul, (graph.call_function(torch.add, (product, b)), product))

    assert not FuseAffine()(fx_model(write, w=W, b=B)).modified


def test_rule_4_an_addend_that_varies_stays():
    def write(graph, x, w):
        product = graph.call_function(torch.matmul, (x, w))
        return graph.call_function(torch.add, (product, graph.call_function(torch.exp, (product,))))

    assert not FuseAffine()(fx_model(write, w=W)).modified


def test_rule_1_an_addend_that_widens_stays():
    assert not FuseAffine()(fx_model(_affine, w=W[:, :1].contiguous(), b=B)).modified
