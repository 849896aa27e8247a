import pytest
import torch

from bridge.errors import OnnxRouteError
from bridge.onnx_import.passes._base import Pass, observe
from tests.onnx_import.graphs import fx_model


def _doubled(graph, x):
    return graph.call_function(torch.add, (x, x))


def test_a_pass_that_lies_about_a_change_is_caught():
    class Silent(Pass):
        def rewrite(self, model):
            next(node for node in model.graph.nodes if node.target is torch.add).target = torch.sub
            return False

    class Boaster(Pass):
        def rewrite(self, model):
            return True

    for lying in (Silent, Boaster):
        with pytest.raises(OnnxRouteError, match=f"pass {lying.__name__} says modified"):
            lying()(fx_model(_doubled))


def test_a_broken_promise_is_caught_after_the_pass():
    class Forgetful(Pass):
        def rewrite(self, model):
            return False

        def violation(self, model):
            return "an addition"

    with pytest.raises(OnnxRouteError, match="Forgetful leaves what it promises to remove: an addition"):
        Forgetful()(fx_model(_doubled))


def test_a_graph_that_is_not_well_formed_is_caught():
    class Breaker(Pass):
        def rewrite(self, model):
            next(node for node in model.graph.nodes if node.target is torch.add).target = None
            return True

    with pytest.raises((RuntimeError, AssertionError, ValueError)):
        Breaker()(fx_model(_doubled))


def test_what_nothing_reads_is_dropped():
    class Detour(Pass):
        def rewrite(self, model):
            add = next(node for node in model.graph.nodes if node.target is torch.add)
            add.args = (add.args[0], add.args[0])
            return True

    model = fx_model(lambda graph, x, c: graph.call_function(torch.add, (x, c)), c=torch.ones(3))
    model = Detour()(model).model
    assert not dict(model.named_buffers())
    assert len(model.graph.nodes) == 3


def test_two_runs_show_what_follows_the_rows():
    model = fx_model(_doubled)
    few, more = observe(model)[next(node for node in model.graph.nodes if node.target is torch.add)]
    assert few.shape == (7, 3)
    assert more.shape == (11, 3)
