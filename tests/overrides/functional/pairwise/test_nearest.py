"""The smallest numbers of a row: ties fall to the first, in eager torch, TorchScript, torch.export and onnxruntime."""

import numpy as np
import onnxruntime
import pytest
import torch
from torch import nn

from bridge.overrides.functional.pairwise.nearest import find_smallest, smallest


class _Smallest(nn.Module):
    def __init__(self, k):
        super().__init__()
        self.k = k

    def forward(self, values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return smallest(values, self.k)


@pytest.mark.parametrize("k", [1, 5, 20, 40])
def test_ties_fall_to_the_first(k):
    random = np.random.default_rng(0)
    values = random.integers(0, 6, size=(30, 40)).astype(np.float64)
    values[0], values[1] = 1.0, random.normal(size=40)
    index = np.argsort(values, axis=1, kind="stable")[:, :k]
    module, x = _Smallest(k), torch.as_tensor(values)
    program = torch.export.export(module, (x,), dynamic_shapes={"values": {0: torch.export.Dim("n", min=0)}})
    session = onnxruntime.InferenceSession(
        torch.onnx.export(program, dynamo=True, verbose=False).model_proto.SerializeToString()
    )
    results = {
        "eager": module(x),
        "TorchScript": torch.jit.script(module)(x),
        "torch.export": program.module()(x),
        "onnxruntime": session.run(None, {session.get_inputs()[0].name: values}),
    }
    for name, (found, position) in results.items():
        np.testing.assert_array_equal(np.asarray(position), index, err_msg=name)
        np.testing.assert_array_equal(np.asarray(found), np.take_along_axis(values, index, axis=1), err_msg=name)


@pytest.mark.parametrize("n_values", [200, 201, 215, 400, 1999, 2500])
@pytest.mark.parametrize("k", [1, 3, 12, 40])
@pytest.mark.parametrize("kind", ["apart", "ties", "infinite", "few finite"])
def test_the_smallest_are_found_by_blocks(n_values, k, kind):
    random = np.random.default_rng(n_values + k)
    values = random.normal(size=(100, n_values))
    if kind == "ties":
        values = np.round(values)
    elif kind == "infinite":
        values[random.random(values.shape) < 0.5] = np.inf
    elif kind == "few finite":
        values[:, k // 2 :] = np.inf
        values = random.permuted(values, axis=1)
    found, index = find_smallest(torch.tensor(values), k)
    np.testing.assert_array_equal(found, np.sort(values, axis=1)[:, :k])
    np.testing.assert_array_equal(np.take_along_axis(values, index.numpy(), axis=1), found)
    if kind == "apart":
        np.testing.assert_array_equal(index, np.argsort(values, axis=1)[:, :k])
