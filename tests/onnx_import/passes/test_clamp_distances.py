import torch

from bridge.onnx_import.passes.clamp_distances import ClampDistances
from tests.onnx_import.graphs import calls, fx_model

Y = torch.tensor([[0.1, 0.7, -1.3], [1e8, 1e-3, 3.0]], dtype=torch.float64)
CONSTANTS = {"y": Y, "two": torch.tensor(-2.0, dtype=torch.float64), "squares": (Y**2).sum(1)}


def _distances(graph, x, y, two, squares):
    own = graph.call_function(torch.sum, (graph.call_function(torch.square, (x,)),), {"dim": [1], "keepdim": True})
    product = graph.call_function(torch.matmul, (x, graph.call_method("t", (y,))))
    cross = graph.call_function(torch.mul, (product, two))
    total = graph.call_function(torch.add, (graph.call_function(torch.add, (own, cross)), squares))
    return graph.call_function(torch.sqrt, (total,))


def test_rule_1_the_distance_of_a_point_to_itself_is_a_number():
    model = fx_model(_distances, **CONSTANTS)
    near = Y[:1] + torch.linspace(0, 1e-9, 50, dtype=torch.float64)[:, None]
    assert torch.isnan(model(near)).any()
    result = ClampDistances()(model)
    assert result.modified
    assert not torch.isnan(result.model(near)).any()
    far = Y + 1.0
    torch.testing.assert_close(result.model(far)[0, 0], torch.tensor(3.0, dtype=torch.float64).sqrt())


def test_rule_2_other_roots_are_left_alone():
    def root(graph, x):
        return graph.call_function(torch.sqrt, (x,))

    def norm(graph, x):
        squares = graph.call_function(torch.square, (x,))
        return graph.call_function(torch.sqrt, (graph.call_function(torch.sum, (squares,), {"dim": [1]}),))

    for write in (root, norm):
        model = fx_model(write)
        assert not ClampDistances()(model).modified
        assert calls(model)[-1] == "sqrt"
