"""Operators that the exporter does not know, replaced in place; results stay."""

import onnxruntime
import pytest
import torch
from torch import nn

from bridge.artifacts.onnx.decompose import decompose
from bridge.artifacts.onnx.translate import _exporter, translate

X = torch.tensor([[1.5, -2.0], [0.0, 3.0], [4.0, -0.5]], dtype=torch.float64)


def exported(forward):
    module = nn.Module()
    module.forward = forward
    return torch.export.export(module, (X,), dynamic_shapes=({0: torch.export.Dim("n", min=0)},))


def targets(program):
    return {str(node.target) for node in program.graph.nodes if node.op == "call_function"}


def simple(x):
    low, high = x > -1, x < 2
    return (
        (low & high).to(torch.int64),
        low | high,
        low ^ high,
        x.square(),
        x.to(torch.float64) + 1,
        x.to(torch.float64),
    )


def writing(x):
    total = torch.zeros_like(x)
    total[:, 0].add_(x[:, 1])
    return total, x.square()


def unknown(x):
    return (torch.linalg.vector_norm(x, dim=1), torch.special.xlog1py(x.abs(), x.abs()))


def test_known_kinds_are_replaced_in_place():
    program = exported(simple)
    expected = program.module()(X)
    known = _exporter()[2].is_registered
    assert decompose(program, known)
    assert not targets(program) & {"aten.__and__.Tensor", "aten.to.dtype", "aten.square.default"}
    assert not any("assert" in target for target in targets(program))
    for result, value in zip(program.module()(X), expected, strict=True):
        torch.testing.assert_close(result, value, rtol=0, atol=0)


@pytest.mark.parametrize("forward", [writing, unknown])
def test_what_is_beyond_is_left_to_torch(forward):
    program = exported(forward)
    before = targets(program)
    assert not decompose(program, _exporter()[2].is_registered)
    assert targets(program) == before


@pytest.mark.parametrize("forward", [simple, writing, unknown])
@pytest.mark.parametrize("internals", [True, False])
def test_the_graph_gives_the_same_with_and_without_the_steps_of_this_torch(forward, internals, monkeypatch):
    """Another version of torch may keep them elsewhere."""
    expected = exported(forward).module()(X)
    if not internals:
        monkeypatch.setattr("bridge.artifacts.onnx.translate._exporter", lambda: None)
    import onnx_ir

    proto = onnx_ir.to_proto(translate(exported(forward), [f"y{i}" for i in range(len(expected))]))
    session = onnxruntime.InferenceSession(proto.SerializeToString())
    for rows in (X, X[:1], X[:0]):
        results = session.run(None, {"X": rows.numpy()})
        for result, value in zip(results, exported(forward).module()(rows), strict=True):
            torch.testing.assert_close(torch.from_numpy(result), value, rtol=1e-14, atol=1e-15)
