"""Pipelines and unions beyond the contract: paths, widths, refusals, and rows that pass through untouched."""

import numpy as np
import pytest
import torch
from sklearn.cluster import DBSCAN
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

import bridge
from bridge.errors import InputError, UnsupportedError

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(60, 4)) * [1, 10, 0.1, 1] + [0, 5, 0, 100]
Y = (X[:, 0] > 0).astype(int)


def test_state_dict_keys_are_paths_of_steps():
    nested = Pipeline([("first", make_pipeline(StandardScaler(), "passthrough")), ("a.b", LogisticRegression())])
    module = bridge.to_torch(nested.fit(X, Y))
    keys = set(module.state_dict())
    assert {"steps.first.steps.standardscaler.scale_", "steps.a_b.coef_", "steps.a_b.classes_", "classes_"} <= keys
    assert [step.path for step in bridge.plan(nested).steps] == [
        "",
        "steps.first",
        "steps.first.steps.standardscaler",
        "steps.a_b",
    ]


def test_the_gradient_reaches_every_step():
    module = bridge.to_torch(make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y))
    module.decision_function(torch.tensor(X)).square().sum().backward()
    assert all(parameter.grad.abs().sum() > 0 for parameter in module.parameters())


def test_a_wrong_width_is_seen_at_the_first_step_that_knows_it():
    module = bridge.to_torch(Pipeline([("none", "passthrough"), ("scale", StandardScaler())]).fit(X))
    assert module.n_features_in_ == 4
    with pytest.raises(InputError, match="4 features, got rows of 3"):
        module.transform(torch.zeros(2, 3))


def test_a_step_without_a_method_is_refused_by_its_path():
    with pytest.raises(UnsupportedError, match=r"DBSCAN at 'steps\.dbscan'"):
        bridge.to_torch(make_pipeline(StandardScaler(), DBSCAN()).fit(X))


@pytest.mark.parametrize("scripted", [False, True])
def test_nothing_but_passing_through(scripted):
    module = bridge.to_torch(Pipeline([("first", "passthrough"), ("last", None)]).fit(X))
    module = torch.jit.script(module) if scripted else module
    x = torch.tensor(X)
    assert torch.equal(module.transform(x), x)
    assert torch.equal(module.inverse_transform(x), x)


@pytest.mark.parametrize("scripted", [False, True])
def test_a_union_of_nothing_has_no_columns(scripted):
    union = FeatureUnion([("gone", "drop"), ("too", "drop")]).fit(X)
    module = bridge.to_torch(union)
    module = torch.jit.script(module) if scripted else module
    assert tuple(module.transform(torch.tensor(X)).shape) == union.transform(X).shape == (60, 0)


def test_a_weight_near_one_counts():
    union = FeatureUnion([("a", StandardScaler()), ("b", MinMaxScaler())], transformer_weights={"b": 1.000001})
    report = bridge.check_parity(union.fit(X), X, runtimes=("eager", "onnxruntime"))
    assert report.max_error < 1e-14
