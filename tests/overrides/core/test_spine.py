"""Base, composing, registry and codegen: what every override stands on."""

import copy
import pickle

import numpy as np
import pytest
import torch
from sklearn.preprocessing import StandardScaler
from torch import Tensor

from bridge.overrides import Module, OnnxGap, build, find, register
from bridge.overrides.core import registry
from bridge.overrides.core.classes import split_classes
from bridge.overrides.core.codegen import class_from_source
from bridge.overrides.core.compose import compose
from bridge.overrides.errors import InputError, RegistrationError


class Doubler(Module):
    """Doubles rows, and remembers in how large pieces."""

    def __init__(self, estimator):
        super().__init__(estimator)
        self.add_parameter("factor_", 2.0)
        self.add_buffer("shift_", np.array([0, 1]))
        self.sizes = []

    @torch.jit.unused
    def note(self, x: Tensor) -> None:
        self.sizes.append(len(x))

    def _transform(self, x: Tensor) -> Tensor:
        self.note(x)
        return x * self.factor_

    def _predict_proba(self, x: Tensor) -> list[Tensor]:
        return [x, x * self.factor_]


class Estimator:
    n_features_in_ = 2


def _doubler():
    return compose(Doubler, ("transform", "predict_proba"), ("predict_proba",))(Estimator())


def test_tiles_are_bounded_and_joined():
    module = _doubler()
    module.tile_rows = 4
    x = torch.arange(22.0, dtype=torch.float64).reshape(11, 2)
    assert torch.equal(module.transform(x), 2 * x)
    assert module.sizes == [4, 4, 3]
    first, second = module.predict_proba(x)
    assert torch.equal(first, x)
    assert torch.equal(second, 2 * x)


def test_only_the_methods_asked_for_exist():
    module = _doubler()
    assert not hasattr(module, "predict")
    assert not hasattr(module, "inverse_transform")
    assert torch.equal(module(torch.ones(1, 2)), module.transform(torch.ones(1, 2)))


def test_parameters_and_buffers():
    module = _doubler()
    assert [name for name, _ in module.named_parameters()] == ["factor_"]
    assert list(module.state_dict()) == ["factor_", "shift_"]
    assert module.factor_.dtype == torch.float64
    assert module.shift_.dtype == torch.int64


def test_composed_classes_are_one_per_set_of_methods_and_pickle():
    assert compose(Doubler, ("transform",)) is compose(Doubler, ("transform",))
    module = _doubler()
    for twin in (copy.deepcopy(module), pickle.loads(pickle.dumps(module))):
        assert type(twin) is type(module)
        assert twin.factor_ is not module.factor_
        assert torch.equal(twin.transform(torch.ones(1, 2)), module.transform(torch.ones(1, 2)))


@pytest.mark.parametrize(
    ("classes", "names", "values"),
    [
        (np.array([3, -1]), [], [3, -1]),
        (np.array([False, True]), [], [False, True]),
        (np.array([0.5, 1.5]), [], [0.5, 1.5]),
        (np.array(["a", "ü"]), ["a", "ü"], [0, 1]),
        (np.array(["a", "b"], dtype=object), ["a", "b"], [0, 1]),
        (np.array([1, 2], dtype=object), [], [1, 2]),
    ],
)
def test_classes(classes, names, values):
    found_names, found = split_classes(classes)
    assert found_names == names
    assert found.tolist() == values


def test_classes_of_mixed_kind_are_refused():
    with pytest.raises(InputError, match="numbers or words"):
        split_classes(np.array(["a", None], dtype=object))


def test_registration_is_exact_unique_and_replaceable(monkeypatch):
    registry.all_overrides()  # imported now: what is registered later is taken back
    monkeypatch.setattr(registry, "_RECORDS", dict(registry._RECORDS))

    class Mine(StandardScaler):
        pass

    with pytest.raises(RegistrationError, match="replace=True"):
        register(StandardScaler, gaps=OnnxGap.METHOD)(Doubler)
    with pytest.raises(RegistrationError, match="takes estimator classes"):
        register(StandardScaler(), gaps=OnnxGap.METHOD)(Doubler)
    assert find(Mine) is None
    register(Mine, gaps=(OnnxGap.METHOD, OnnxGap.SPEED))(Doubler)
    assert find(Mine).module is Doubler
    assert find(Mine).reason == "the ONNX graph lacks methods; the ONNX graph is slow"
    register(Mine, gaps=OnnxGap.METHOD, replace=True)(Module)
    assert find(Mine).module is Module


def test_build_composes_what_the_estimator_has():
    scaler = StandardScaler().fit(np.eye(2))
    module = build(Doubler, scaler)
    assert module.method_names == ("transform", "inverse_transform")
    assert module.n_features_in_ == 2
    assert not module.training


def test_generated_classes_keep_their_source():
    import inspect

    made = class_from_source("Made", "class Made:\n    def one(self):\n        return 1\n", {})
    assert made().one() == 1
    assert "return 1" in inspect.getsource(made.one)
