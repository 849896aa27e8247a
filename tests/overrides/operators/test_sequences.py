"""LpNormalization and the operators of sequences against onnxruntime."""

import numpy as np
import pytest
import torch
from onnx import TensorProto, helper

from bridge.overrides.errors import UnsupportedOperatorError
from tests.overrides.operators.support import assert_same, convert, model_of, ort

ROWS = np.array([[1, -2, 0.5], [0, 0, 0], [-3, -4, -1], [1e8, 1e-8, 3]])


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("axis", [-1, 1, 0])
def test_lp_normalization(p, axis):
    model = model_of("LpNormalization", {"x": ROWS}, ["y"], domain="", types=[TensorProto.DOUBLE], p=p, axis=axis)
    if axis == 0:
        module, _ = convert(model)
        np.testing.assert_allclose(module(torch.tensor(ROWS)), ort(model, {"x": ROWS})[0], rtol=1e-14)
        return
    assert_same(model, {"x": ROWS}, ort(model, {"x": ROWS}), rtol=1e-14)


def test_lp_normalization_has_a_slope_at_zero():
    module, _ = convert(model_of("LpNormalization", {"x": ROWS}, ["y"], domain=""))
    x = torch.tensor(ROWS, requires_grad=True)
    module(x).sum().backward()
    assert torch.isfinite(x.grad).all()


def sequence_model(last, constants=None, **attributes):
    """SequenceConstruct of three inputs, then ``last``."""
    feeds = {name: ROWS + i for i, name in enumerate("abc")}
    model = model_of(last, feeds, ["y"], domain="", types=[TensorProto.DOUBLE], constants=constants, **attributes)
    model.graph.node.insert(0, helper.make_node("SequenceConstruct", list(feeds), ["s"]))
    model.graph.node[1].input[:] = ["s", *(constants or {})]
    return model, feeds


class Chain(torch.nn.Module):
    def __init__(self, first, second):
        super().__init__()
        self.first = first
        self.second = second

    def forward(self, a: torch.Tensor, b: torch.Tensor, c: torch.Tensor):
        return self.second(self.first(a, b, c))


@pytest.mark.parametrize(
    ("last", "constants", "attributes"),
    [
        ("SequenceAt", {"i": np.array(1)}, {}),
        ("SequenceAt", {"i": np.array(-1)}, {}),
        ("ConcatFromSequence", None, {"axis": 1}),
        ("ConcatFromSequence", None, {"axis": 1, "new_axis": 1}),
        ("ConcatFromSequence", None, {"axis": -1, "new_axis": 1}),
    ],
)
def test_sequences(last, constants, attributes):
    model, feeds = sequence_model(last, constants, **attributes)
    (expected,) = ort(model, feeds)
    chain = Chain(convert(model, model.graph.node[0])[0], convert(model)[0])
    args = tuple(torch.tensor(value) for value in feeds.values())
    program = torch.export.export(chain, args)
    for way in (chain, torch.jit.script(chain), program.module()):
        np.testing.assert_array_equal(way(*args), expected)


def test_length():
    model, feeds = sequence_model("SequenceLength")
    chain = Chain(convert(model, model.graph.node[0])[0], convert(model)[0])
    args = tuple(torch.tensor(value) for value in feeds.values())
    assert int(chain(*args)) == int(torch.jit.script(chain)(*args)) == 3


def test_computed_position_is_refused():
    model, _ = sequence_model("SequenceAt", {"i": np.array(1)})
    del model.graph.initializer[:]
    with pytest.raises(UnsupportedOperatorError, match="must be a constant"):
        convert(model)
