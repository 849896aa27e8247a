"""Scan against onnxruntime: pairwise distances as skl2onnx writes them, and bodies with states, axes and directions."""

import pickle

import numpy as np
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from bridge.errors import CorruptEstimatorError
from bridge.overrides.errors import UnsupportedOperatorError
from tests.overrides.operators.support import assert_same, convert, model_of, ort, run_everywhere

X = np.random.default_rng(0).normal(size=(5, 3))
Y = np.random.default_rng(1).normal(size=(7, 3))


def value(name, rank=None):
    return helper.make_tensor_value_info(name, TensorProto.DOUBLE, None if rank is None else [None] * rank)


def body_of(nodes, inputs, outputs, constants=None):
    initializers = [numpy_helper.from_array(array, name) for name, array in (constants or {}).items()]
    return helper.make_graph(
        [helper.make_node(*node[:3], **(node[3] if len(node) > 3 else {})) for node in nodes],
        "body",
        [value(name, rank) for name, rank in inputs.items()],
        [value(name) for name in outputs],
        initializers,
    )


def scan_model(feeds, body, n_outputs, n_scanned=1, **options):
    outputs = [f"y{i}" for i in range(n_outputs)]
    return model_of(
        "Scan",
        feeds,
        outputs,
        domain="",
        types=[TensorProto.DOUBLE] * n_outputs,
        body=body,
        num_scan_inputs=n_scanned,
        **options,
    )


DISTANCES = {
    "sqeuclidean": [("ReduceSumSquare", ["d"], ["r"], {"axes": [1], "keepdims": 0})],
    "manhattan": [("Abs", ["d"], ["a"]), ("ReduceSum", ["a", "axes"], ["r"], {"keepdims": 0})],
    "minkowski": [
        ("Abs", ["d"], ["a"]),
        ("Pow", ["a", "p"], ["b"]),
        ("ReduceSum", ["b", "axes"], ["r"], {"keepdims": 0}),
    ],
    "chebyshev": [("Abs", ["d"], ["a"]), ("ReduceMax", ["a"], ["r"], {"axes": [1], "keepdims": 0})],
}


def distances(metric):
    nodes = [
        ("Identity", ["next_in"], ["next_out"]),
        ("Sub", ["next_in", "next"], ["d"]),
        *DISTANCES[metric],
        ("Identity", ["r"], ["out"]),
    ]
    constants = {"axes": np.array([1]), "p": np.array([3.0])}
    return body_of(nodes, {"next_in": 2, "next": 1}, ["next_out", "out"], constants)


@pytest.mark.parametrize("metric", list(DISTANCES))
def test_distances(metric):
    """All slices at once in a graph; rows and slices are dynamic at the same time."""
    feeds = {"x": X, "y": Y}
    model = scan_model(feeds, distances(metric), 2)
    expected = ort(model, feeds)
    ways = run_everywhere(model, feeds, dynamic=False)
    assert set(ways) == {"eager", "script", "export"}
    for results in ways.values():
        for found, wanted in zip(results, expected, strict=True):
            np.testing.assert_allclose(found, wanted, rtol=1e-14)


def test_graph_of_dynamic_rows():
    model = scan_model({"x": X, "y": Y}, distances("sqeuclidean"), 2)
    module, _ = convert(model)
    args = (torch.tensor(X), torch.tensor(Y))
    shapes = ({0: torch.export.Dim("rows", min=0)}, {0: torch.export.Dim("slices", min=0)})
    program = torch.export.export(module, args, dynamic_shapes=shapes).module()
    for n_rows, n_slices in ((0, 7), (1, 1), (5, 0), (2, 6)):
        x, y = args[0][:n_rows], args[1][:n_slices]
        for way in (program, module, torch.jit.script(module)):
            found = way(x, y)[1]
            assert found.shape == (n_slices, n_rows)
            torch.testing.assert_close(found, torch.cdist(y, x) ** 2, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("backward", [0, 1])
@pytest.mark.parametrize("out_backward", [0, 1])
@pytest.mark.parametrize(("axis", "out_axis"), [(0, 0), (1, 1), (0, 1)])
def test_running_sum(backward, out_backward, axis, out_axis):
    body = body_of(
        [("Add", ["s", "item"], ["t"]), ("Mul", ["t", "t"], ["square"])], {"s": 1, "item": 1}, ["t", "square"]
    )
    matrix = X if axis == 0 else np.ascontiguousarray(X.T)
    feeds = {"s": np.array([1.0, 2.0, 3.0]), "x": matrix}
    model = scan_model(
        feeds,
        body,
        2,
        scan_input_axes=[axis],
        scan_input_directions=[backward],
        scan_output_axes=[out_axis],
        scan_output_directions=[out_backward],
    )
    assert_same(model, feeds, ort(model, feeds), rtol=1e-14, dynamic=False, export=backward == out_backward)


def test_two_states_and_two_scanned_inputs():
    body = body_of(
        [
            ("Max", ["high", "a"], ["high_out"]),
            ("Min", ["low", "b"], ["low_out"]),
            ("Concat", ["a", "b"], ["both"], {"axis": 0}),
            ("Sub", ["high_out", "low_out"], ["range"]),
        ],
        {"high": 1, "low": 1, "a": 1, "b": 1},
        ["high_out", "low_out", "range", "both"],
    )
    feeds = {"high": X[0], "low": X[0], "a": X, "b": X[::-1].copy()}
    model = scan_model(feeds, body, 4, n_scanned=2)
    assert_same(model, feeds, ort(model, feeds), rtol=1e-14, dynamic=False)


def test_no_state():
    body = body_of([("Neg", ["a"], ["b"])], {"a": 1}, ["b"])
    model = scan_model({"x": X}, body, 1)
    assert_same(model, {"x": X}, ort(model, {"x": X}))


def test_values_from_around_the_body():
    """A constant of the outer graph becomes one of the body, a computed value a further input."""
    body = body_of([("Mul", ["a", "scale"], ["b"]), ("Add", ["b", "shift"], ["c"])], {"a": 1}, ["c"])
    feeds = {"shift": X[0], "x": X}
    model = scan_model(feeds, body, 1)
    model.graph.node[0].input[:] = ["x"]
    model.graph.initializer.append(numpy_helper.from_array(np.array([2.0, 3.0, 4.0]), "scale"))
    module, mapping = convert(model)
    assert mapping.inputs == ("x", "shift")
    (expected,) = ort(model, feeds)
    np.testing.assert_allclose(module(torch.tensor(X), torch.tensor(X[0])), expected, rtol=1e-15)
    np.testing.assert_allclose(torch.jit.script(module)(torch.tensor(X), torch.tensor(X[0])), expected, rtol=1e-15)


def test_plain_operators_of_bodies():
    """Each once, on positive numbers."""
    names = ["Abs", "Ceil", "Cos", "Exp", "Floor", "Log", "Neg", "Reciprocal", "Relu"]
    names += ["Sigmoid", "Sign", "Sin", "Sqrt", "Tanh", "Identity"]
    reductions = ["ReduceL1", "ReduceL2", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceSumSquare"]
    nodes = [(name, ["a"], [f"u{i}"]) for i, name in enumerate(names)]
    nodes += [(name, ["a"], [f"r{i}"], {"axes": [0], "keepdims": 1}) for i, name in enumerate(reductions)]
    nodes += [
        ("ReduceSum", ["a"], ["r9"], {"keepdims": 0}),
        ("Sum", ["u0", "u1", "u2"], ["sum"]),
        ("Div", ["a", "u3"], ["quotient"]),
        ("Less", ["a", "quotient"], ["less"]),
        ("Equal", ["u0", "a"], ["equal"]),
        ("Or", ["less", "equal"], ["either"]),
        ("Not", ["either"], ["neither"]),
        ("And", ["neither", "equal"], ["both"]),
        ("Where", ["both", "a", "u3"], ["where"]),
        ("Cast", ["less"], ["cast"], {"to": TensorProto.DOUBLE}),
        ("Unsqueeze", ["a", "zero"], ["row"]),
        ("Transpose", ["row"], ["column"], {"perm": [1, 0]}),
        ("MatMul", ["row", "column"], ["product"]),
        ("Squeeze", ["product", "zero"], ["line"]),
        ("Reshape", ["row", "flat"], ["flattened"]),
        ("Softmax", ["row"], ["softmax"], {"axis": 1}),
    ]
    outputs = [node[2][0] for node in nodes if node[0] not in ("Less", "Equal", "Or", "Not", "And")]
    constants = {"zero": np.array([0]), "flat": np.array([3])}
    body = body_of(nodes, {"a": 1}, outputs, constants)
    x = np.abs(X) + 0.1
    model = scan_model({"x": x}, body, len(outputs))
    assert_same(model, {"x": x}, ort(model, {"x": x}), rtol=1e-12)


def test_pickles():
    module, _ = convert(scan_model({"x": X, "y": Y}, distances("minkowski"), 2))
    twin = pickle.loads(pickle.dumps(module))
    torch.testing.assert_close(twin(torch.tensor(X), torch.tensor(Y)), module(torch.tensor(X), torch.tensor(Y)))


def test_unknown_operators_are_named():
    body = body_of([("Hardmax", ["a"], ["b"])], {"a": 1}, ["b"])
    with pytest.raises(UnsupportedOperatorError, match="Hardmax"):
        convert(scan_model({"x": X}, body, 1))


@pytest.mark.parametrize("axis", ["0); raise SystemExit(", 1.5])
def test_attributes_cannot_carry_code(axis):
    body = body_of([("Concat", ["a", "a"], ["b"], {"axis": axis})], {"a": 1}, ["b"])
    if isinstance(axis, str):
        with pytest.raises(CorruptEstimatorError, match="cannot be read"):
            convert(scan_model({"x": X}, body, 1))
    else:
        assert convert(scan_model({"x": X}, body, 1))


@pytest.mark.parametrize(("n_outputs", "n_scanned", "message"), [(2, 1, "has not the outputs"), (1, 3, "the inputs")])
def test_contradictions_are_refused(n_outputs, n_scanned, message):
    body = body_of([("Neg", ["a"], ["b"])], {"a": 1}, ["b"])
    with pytest.raises(CorruptEstimatorError, match=message):
        convert(scan_model({"x": X}, body, n_outputs, n_scanned=n_scanned))
