"""Names of steps that torch does not take, and children under names of their own."""

import io

import pytest
import torch
from torch import Tensor, nn

from bridge.overrides.core.composite import Children, legal_names


@pytest.mark.parametrize(
    ("names", "legal"),
    [
        (["scale", "_private", "Step2"], ["scale", "_private", "Step2"]),
        (["a.b", "a b", "a_b"], ["a_b", "a_b_", "a_b__"]),
        (["1st", ""], ["_1st", "_"]),
        (["forward", "pop", "keys", "type", "code", "train"], ["forward_", "pop_", "keys", "type_", "code_", "train_"]),
        (["lambda", "None"], ["lambda_", "None_"]),
        (["čmelák", "x!"], ["_mel_k", "x_"]),
    ],
)
def test_names_become_legal_and_differ(names, legal):
    assert legal_names(names) == legal


class _Add(nn.Module):
    def __init__(self, number: float) -> None:
        super().__init__()
        self.number = nn.Parameter(torch.tensor(number))

    @torch.jit.export
    def transform(self, x: Tensor) -> Tensor:
        return x + self.number


class _Sum(nn.Module):
    def __init__(self, names: list[str]) -> None:
        super().__init__()
        self.steps = Children({name: _Add(float(i)) for i, name in enumerate(legal_names(names))})

    def forward(self, x: Tensor) -> Tensor:
        for step in self.steps[:-1]:
            x = step.transform(x)
        return -self.steps[-1].transform(x)


def test_any_name_scripts_saves_and_loads():
    names = ["a.b", "forward", "keys", "items", "pop", "type", "1st", "lambda", "code", "graph", "čmelák", "", "x y"]
    module = _Sum(names)
    saved = io.BytesIO()
    torch.jit.save(torch.jit.script(module), saved)
    saved.seek(0)
    loaded = torch.jit.load(saved)
    assert list(loaded.state_dict()) == list(module.state_dict())
    assert len(module.state_dict()) == len(names)
    x = torch.ones(2, 1)
    assert torch.equal(loaded(x), module(x))
    assert module(x)[0].item() == -(1 + sum(range(len(names))))
