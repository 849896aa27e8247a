"""Elementwise, Reductions and Selections against the reference implementation of ONNX, an operator each."""

import numpy as np
import pytest
import torch

from bridge.errors import OnnxRouteError
from bridge.onnx_import.passes.elementwise import Elementwise
from bridge.onnx_import.passes.inline_constants import InlineConstants
from bridge.onnx_import.passes.reductions import Reductions
from bridge.onnx_import.passes.selections import Selections
from tests.onnx_import.graphs import by_onnx, calls, fx_model, onnx_model, rows, translated

C = {"c": np.array([0.5, -1.5, 2.0])}
POSITIVE = [("Abs", "x", "p", {})]

# operator, nodes, constants, what is called then
ELEMENTWISE = [
    ("Add", [("Add", "x c", "y", {})], C, ["add"]),
    ("Sub", [("Sub", "c x", "y", {})], C, ["sub"]),
    ("Mul", [("Mul", "x c", "y", {})], C, ["mul"]),
    ("Div", [("Div", "x c", "y", {})], C, ["div"]),
    ("Pow", [*POSITIVE, ("Pow", "p c", "y", {})], C, ["abs", "pow"]),
    ("Sqrt", [*POSITIVE, ("Sqrt", "p", "y", {})], {}, ["abs", "sqrt"]),
    ("Log", [*POSITIVE, ("Log", "p", "y", {})], {}, ["abs", "log"]),
    ("Exp", [("Exp", "x", "y", {})], {}, ["exp"]),
    ("Tanh", [("Tanh", "x", "y", {})], {}, ["tanh"]),
    ("Sign", [("Sign", "x", "y", {})], {}, ["sign"]),
    ("Neg", [("Neg", "x", "y", {})], {}, ["neg"]),
    ("Floor", [("Floor", "x", "y", {})], {}, ["floor"]),
    ("Round", [("Round", "x", "y", {})], {}, ["round"]),
    ("Reciprocal", [("Reciprocal", "x", "y", {})], {}, ["reciprocal"]),
    ("Relu", [("Relu", "x", "y", {})], {}, ["relu"]),
    ("Sigmoid", [("Sigmoid", "x", "y", {})], {}, ["sigmoid"]),
    ("Softmax", [("Softmax", "x", "y", {"axis": -1})], {}, ["softmax"]),
    ("LogSoftmax", [("LogSoftmax", "x", "y", {"axis": 1})], {}, ["log_softmax"]),
    ("Less", [("Less", "x c", "y", {})], C, ["less"]),
    ("Equal", [("Equal", "x c", "y", {})], C, ["eq"]),
    ("GreaterOrEqual", [("GreaterOrEqual", "x c", "y", {})], C, ["greater_equal"]),
    ("IsNaN-Not", [("IsNaN", "x", "n", {}), ("Not", "n", "y", {})], {}, ["isnan", "logical_not"]),
    ("Where", [("Less", "x c", "l", {}), ("Where", "l x c", "y", {})], C, ["less", "where"]),
    ("MatMul", [("MatMul", "x w", "y", {})], {"w": np.arange(6.0).reshape(3, 2)}, ["matmul"]),
    ("Sum", [("Sum", "x c x", "y", {})], C, ["add", "add"]),
    ("Mean", [("Mean", "x c", "y", {})], C, ["add", "div"]),
    ("Min", [("Min", "x c", "y", {})], C, ["minimum"]),
    ("Max", [("Max", "x c x", "y", {})], C, ["maximum", "maximum"]),
    ("Cast-whole", [("Cast", "x", "y", {"to": 7})], {}, ["to"]),
    ("Cast-floating", [("Less", "x c", "l", {}), ("Cast", "l", "y", {"to": 11})], C, ["less", "to"]),
    ("Clip", [("Clip", "x low high", "y", {})], {"low": np.float64(-0.1), "high": np.float64(0.7)}, ["clamp"]),
    ("Identity", [("Identity", "x", "a", {}), ("Exp", "a", "y", {})], {}, ["exp"]),
    (
        "Gemm",
        [("Exp", "x", "e", {}), ("Gemm", "x w e", "y", {"alpha": -2.0, "beta": 0.5, "transB": 1})],
        {"w": np.eye(3) + 1},
        ["exp", "t", "matmul", "mul", "mul", "add"],
    ),
]

ALONG = {"axes": [1], "keepdims": 0}
REDUCTIONS = [
    ("ReduceSum", [("ReduceSum", "x a", "y", {"keepdims": 1})], {"a": np.array([1])}, ["sum"]),
    ("ReduceMean", [("ReduceMean", "x", "y", ALONG)], {}, ["mean"]),
    ("ReduceMean-all", [("ReduceMean", "x", "y", {"keepdims": 0})], {}, ["mean"]),
    ("ReduceMax", [("ReduceMax", "x", "y", ALONG)], {}, ["amax"]),
    ("ReduceMin-negative-axis", [("ReduceMin", "x", "y", {"axes": [-1], "keepdims": 1})], {}, ["amin"]),
    ("ReduceLogSumExp", [("ReduceLogSumExp", "x", "y", ALONG)], {}, ["logsumexp"]),
    ("ReduceSumSquare", [("ReduceSumSquare", "x", "y", ALONG)], {}, ["square", "sum"]),
    ("ReduceL1", [("ReduceL1", "x", "y", ALONG)], {}, ["abs", "sum"]),
    ("ReduceL2", [("ReduceL2", "x", "y", ALONG)], {}, ["linalg_vector_norm"]),
    ("ReduceLogSum", [*POSITIVE, ("ReduceLogSum", "p", "y", ALONG)], {}, ["OnnxFunction", "sum", "log"]),
    ("ReduceProd", [("ReduceProd", "x", "y", {"axes": [1], "keepdims": 1})], {}, ["prod"]),
    ("ReduceProd-all", [("ReduceProd", "x", "y", {"keepdims": 0})], {}, ["prod", "prod"]),
]

SELECTIONS = [
    ("Gather", [("Gather", "x i", "y", {"axis": 1})], {"i": np.array([2, 0])}, ["index_select"]),
    (
        "Gather-from-the-end",
        [("Gather", "x i", "y", {"axis": 1})],
        {"i": np.array([-1])},
        ["remainder", "index_select"],
    ),
    ("Gather-one", [("Gather", "x i", "y", {"axis": 1})], {"i": np.array(1)}, ["reshape", "index_select", "squeeze"]),
    (
        "Gather-matrix",
        [("Gather", "x i", "y", {"axis": 1})],
        {"i": np.array([[0, 1], [2, 2]])},
        ["reshape", "index_select", "size", "size", "unflatten"],
    ),
    ("Concat", [("Concat", "x x", "y", {"axis": 1})], {}, ["cat"]),
    ("ArgMax", [("ArgMax", "x", "y", {"axis": 1, "keepdims": 0})], {}, ["argmax"]),
    ("ArgMin", [("ArgMin", "x", "y", {"axis": 1})], {}, ["argmin"]),
    (
        "GatherElements",
        [("ArgMax", "x", "i", {"axis": 1}), ("GatherElements", "x i", "y", {"axis": 1})],
        {},
        ["argmax", "gather"],
    ),
]

TABLE = [
    pytest.param(step, *entry[1:], id=entry[0])
    for step, entries in ((Elementwise, ELEMENTWISE), (Reductions, REDUCTIONS), (Selections, SELECTIONS))
    for entry in entries
]


@pytest.mark.parametrize(("step", "nodes", "constants", "expected"), TABLE)
def test_an_operator_becomes_functions_with_the_same_result(step, nodes, constants, expected):
    model = step()(InlineConstants()(translated(*nodes, constants=constants)).model).model
    assert calls(model) == expected
    reference = by_onnx(onnx_model(*nodes, constants=constants), rows())
    result = model(rows()).numpy()
    assert result.shape == reference.shape
    assert result.dtype == reference.dtype
    np.testing.assert_allclose(result, reference, rtol=1e-12, atol=1e-12)


def test_div_of_whole_numbers_rounds_towards_zero():
    nodes = [("Cast", "x", "i", {"to": 7}), ("Div", "i two", "y", {})]
    constants = {"two": np.array(2)}
    model = Elementwise()(InlineConstants()(translated(*nodes, constants=constants)).model).model
    reference = by_onnx(onnx_model(*nodes, constants=constants), rows(9) * 3)
    result = model(rows(9) * 3)
    assert result.dtype == torch.int64
    np.testing.assert_array_equal(result, reference)


def test_argmax_takes_the_first_of_equals():
    nodes = [("ArgMax", "x", "y", {"axis": 1, "keepdims": 0})]
    model = Selections()(translated(*nodes)).model
    assert model(torch.ones(4, 3, dtype=torch.float64)).tolist() == [0, 0, 0, 0]


def test_a_cast_follows_the_dtype_of_the_rows():
    nodes = [("Less", "x c", "l", {}), ("Cast", "l", "y", {"to": 11})]
    model = Elementwise()(InlineConstants()(translated(*nodes, constants=C)).model).model.float()
    assert model(rows().float()).dtype == torch.float32


@pytest.mark.parametrize(
    ("step", "node", "message"),
    [
        (Selections, ("ArgMax", "x", "y", {"axis": 1, "select_last_index": 1}), "the last of equal elements"),
        (Elementwise, ("Softplus", "x", "y", {"threshold": 3.0}), "a Softplus with parameters"),
    ],
)
def test_a_variant_without_a_rule_is_refused_by_name(step, node, message):
    from onnx2torch.node_converters import activations  # noqa: F401

    if node[0] == "Softplus":
        module = torch.nn.Softplus(threshold=3.0)
        model = fx_model(lambda graph, x: graph.call_module("Softplus_0", (x,)), {"Softplus_0": module})
    else:
        model = translated(node)
    with pytest.raises(OnnxRouteError, match=message):
        step()(model)


def test_the_norm_of_a_row_of_zeros_has_a_finite_gradient():
    model = Reductions()(translated(("ReduceL2", "x", "y", ALONG))).model
    x = torch.zeros(2, 3, dtype=torch.float64, requires_grad=True)
    model(x).sum().backward()
    assert torch.isfinite(x.grad).all()


@pytest.mark.parametrize("step", [Elementwise, Reductions, Selections])
def test_functions_and_modules_of_ours_are_left_alone(step):
    class Ours(torch.nn.Module):
        def forward(self, x):
            return x

    model = fx_model(
        lambda graph, x: graph.call_function(torch.exp, (graph.call_module("ours", (x,)),)), {"ours": Ours()}
    )
    assert not step()(model).modified
    assert calls(model) == ["Ours", "exp"]
