"""Methods that compute the same on the same rows are traced once, and what is written to is never shared."""

import collections

import pytest
import torch
from torch import nn

import bridge
from bridge.artifacts.shared_calls import WrittenTo, shared_calls
from bridge.artifacts.torch_formats import example_rows, export_program
from tests.cases import fitted

X = torch.arange(6, dtype=torch.float64).reshape(3, 2)


class _Counting(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.calls: collections.Counter[str] = collections.Counter()

    def scores(self, x, power=1):
        self.calls["scores"] += 1
        return x.sum(1) ** power

    def parts(self, x):
        self.calls["parts"] += 1
        return [x[:, 0].clone(), x[:, 1].clone()]

    def width(self, count):
        self.calls["width"] += 1
        return count


def test_equal_calls_are_made_once():
    module = nn.Sequential(_Counting())
    with shared_calls(module):
        (part,) = module
        assert part.scores(X) is part.scores(X)
        assert not torch.equal(part.scores(X, power=2), part.scores(X))
        assert part.scores(X, 2) is not part.scores(X.clone(), 2)
        part.parts(X).append(X)
        assert len(part.parts(X)) == 2
        assert part.width(3) == part.width(3) == 3
    assert part.calls == {"scores": 4, "parts": 1, "width": 2}
    part.scores(X)
    part.scores(X)
    assert part.calls["scores"] == 6
    assert not {"scores", "parts", "width"} & set(vars(part))


def test_rows_that_were_written_to_are_other_rows():
    module, x = _Counting(), X.clone()
    with shared_calls(module):
        before = module.scores(x)
        x.add_(1)
        assert module.scores(x).tolist() == (before + 2).tolist()


@pytest.mark.parametrize("write", [lambda result: result.add_(1), lambda result: result[:1].zero_()])
def test_a_result_that_is_written_to_is_told(write):
    module = _Counting()
    with pytest.raises(WrittenTo), shared_calls(module):
        write(module.scores(X))
    assert "scores" not in vars(module)


class _Writing(bridge.Module):
    """Two methods on one result, one of which writes into it."""

    method_names = ("first", "second")

    def __init__(self) -> None:
        super().__init__(object())

    def total(self, x):
        return x * 2.0

    def first(self, x):
        return self.total(x).add_(1.0)

    def second(self, x):
        return self.total(x)


def test_a_module_that_writes_is_traced_without_sharing():
    program = export_program(_Writing(), ("first", "second"), X)
    results = program.module()(X)
    torch.testing.assert_close(results["first"], X * 2 + 1, rtol=0, atol=0)
    torch.testing.assert_close(results["second"], X * 2, rtol=0, atol=0)


@pytest.mark.parametrize("name", ["LogisticRegression-words-balanced", "RandomForestClassifier-words"])
def test_methods_of_a_graph_give_what_they_give_alone(name):
    module = bridge.to_torch(fitted(name).estimator)
    methods = ("predict", "predict_proba", "predict_log_proba")
    x = module.encode(fitted(name).rows)
    together = export_program(module, methods, example_rows(module, "predict"))
    results = together.module()(x)
    assert list(results) == list(methods)
    alone = 0
    for method in methods:
        program = export_program(module, (method,), example_rows(module, "predict"))
        alone += len(program.graph.nodes)
        torch.testing.assert_close(results[method], getattr(module, method)(x), rtol=1e-12, atol=1e-12, equal_nan=True)
    assert len(together.graph.nodes) < alone
