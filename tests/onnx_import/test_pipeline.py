import pytest
import torch

from bridge.errors import OnnxRouteError
from bridge.onnx_import.passes.fit_output import Signature
from bridge.onnx_import.pipeline import FINISH, PIPELINE, run_passes
from tests.onnx_import.graphs import calls, fx_model, rows, translated

ANY = Signature((3,), torch.float64)


def test_every_pass_describes_its_rules_before_and_after():
    for step in {*PIPELINE, *FINISH}:
        for heading in ("Rules", "1. ", "Before::", "After::"):
            assert heading in (step.__doc__ or ""), f"{step.__name__} lacks {heading!r}"


def test_a_module_without_a_rule_is_named():
    model = fx_model(lambda graph, x: graph.call_module("strange", (x,)), {"strange": torch.nn.Hardtanh()})
    with pytest.raises(
        OnnxRouteError, match="ONNX import: node 'strange' calls Hardtanh, for which no pass has a rule"
    ):
        run_passes(model, ANY)


def test_a_module_of_ours_stays():
    class Ours(torch.nn.Module):
        def forward(self, x):
            return x + 1

    model = run_passes(fx_model(lambda graph, x: graph.call_module("ours", (x,)), {"ours": Ours()}), ANY)
    assert calls(model) == ["Ours"]


def test_the_widest_value_of_a_row_is_measured():
    import numpy as np

    model = translated(("MatMul", "x w", "h", {}), ("MatMul", "h v", "y", {}), constants={
        "w": np.ones((3, 50)), "v": np.ones((50, 3)),
    })  # fmt: skip
    assert run_passes(model, ANY).meta["numbers_per_row"] == 50
    torch.testing.assert_close(model(rows()), rows().sum(1, keepdim=True).expand(-1, 3) * 50)
