"""Equal calls of a graph are one afterwards, unless something was written in between."""

import collections

import pytest
import torch
from torch import nn
from torch._higher_order_ops.while_loop import while_loop_op

import bridge
from bridge.artifacts.common_subexpressions import common_subexpressions
from bridge.artifacts.torch_formats import Methods, example_rows, programs_of
from tests.cases import fitted


def exported(forward):
    module = nn.Module()
    module.forward = forward
    x = torch.linspace(-1.0, 1.0, 12, dtype=torch.float64).view(4, 3)
    return torch.export.export(module, (x,)), x


def calls(program):
    return collections.Counter(str(node.target) for node in program.graph.nodes if node.op == "call_function")


def test_equal_calls_are_one():
    def forward(x):
        return x.sum(1) * 2.0, x.sum(1) * 2, x.sum(0), x.sum(1) * 2.0 + 1.0

    program, x = exported(forward)
    before = calls(program)
    expected = program.module()(x)
    common_subexpressions(program)
    after = calls(program)
    assert before["aten.sum.dim_IntList"] == 4
    assert after["aten.sum.dim_IntList"] == 2
    # 2 and 2.0 are different numbers, and what is an output stays.
    assert after["aten.mul.Tensor"] == 3
    for result, value in zip(program.module()(x), expected, strict=True):
        torch.testing.assert_close(result, value, rtol=0, atol=0)


def test_what_is_written_to_is_read_again():
    def forward(x):
        first, second = torch.zeros_like(x), torch.zeros_like(x)
        row = first[0]
        before = first.sum(1)
        row.add_(x[0])
        return before, first.sum(1), second.sum(1), first * second, torch.zeros_like(x) + x

    program, x = exported(forward)
    assert calls(program)["aten.add_.Tensor"] == 1
    expected = program.module()(x)
    common_subexpressions(program)
    for result, value in zip(program.module()(x), expected, strict=True):
        torch.testing.assert_close(result, value, rtol=0, atol=0)
    assert calls(program)["aten.zeros_like.default"] == 2  # one of its own for what is written to


def test_random_numbers_are_drawn_again():
    program, _ = exported(lambda x: (torch.rand_like(x) + x, torch.rand_like(x) - x))
    common_subexpressions(program)
    assert calls(program)["aten.rand_like.default"] == 2


@pytest.mark.parametrize("name", ["KNeighborsClassifier", "GaussianProcessRegressor-fitted-kernel"])
def test_methods_of_a_model_share_what_they_have_in_common(name):
    """Loops included: those of neighbours are most of their graphs."""
    module = bridge.to_torch(fitted(name).estimator)
    methods = programs_of(module)["model"]
    rows = example_rows(module, methods[0])
    with torch.no_grad():
        program = torch.export.export(Methods(module, methods), (rows,))
        expected, before = program.module()(rows), len(program.graph.nodes)
        common_subexpressions(program)
        torch.testing.assert_close(program.module()(rows), expected, rtol=0, atol=0)
    assert len(program.graph.nodes) < 0.8 * before


def test_operands_of_a_loop_stay_apart():
    """torch refuses a loop that gets one memory twice; two equal loops are one all the same."""

    def forward(x):
        totals = []
        for _ in range(2):
            zero = torch.zeros((), dtype=torch.int64)
            _, first, second = while_loop_op(
                lambda step, first, second, rows: step < 3,
                lambda step, first, second, rows: (step + 1, first + rows, second + first),
                (zero, torch.zeros_like(x), torch.zeros_like(x)),
                (x,),
            )
            totals.append((first + second).sum())
        return totals[0], totals[1] * 2

    program, x = exported(forward)
    expected = program.module()(x)
    common_subexpressions(program)
    assert calls(program)["aten.zeros_like.default"] == 2
    assert calls(program)["while_loop"] == 1
    program = program.run_decompositions()
    for result, value in zip(program.module()(x), expected, strict=True):
        torch.testing.assert_close(result, value, rtol=0, atol=0)
