"""How often a verb asks: counted on scikit-learn, skl2onnx, the tracer and the runtimes themselves."""

import functools
from collections import Counter

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import bridge
from bridge.artifacts import measure as measuring
from bridge.onnx_import import from_sklearn
from bridge.overrides.core import facts
from bridge.overrides.sklearn.preprocessing import _function_transformer

X, Y = load_iris(return_X_y=True)
METHODS = ("predict", "predict_proba", "predict_log_proba", "decision_function")


@pytest.fixture
def counted(monkeypatch):
    """A function that counts the calls of attributes of a module or class, those inside such a call left out."""
    counts: Counter[str] = Counter()
    depth: list[int] = []

    def count(owner, name):
        original = getattr(owner, name)

        @functools.wraps(original)
        def call(*args, **keywords):
            if not depth:
                counts[name] += 1
            depth.append(1)
            try:
                return original(*args, **keywords)
            finally:
                depth.pop()

        monkeypatch.setattr(owner, name, call)
        return counts

    return count


def _log_of_magnitude(X):
    return np.log1p(np.abs(X))


def test_a_function_is_traced_once(counted):
    model = make_pipeline(FunctionTransformer(_log_of_magnitude), StandardScaler(), LogisticRegression()).fit(X, Y)
    counts = counted(_function_transformer, "convert_function")
    bridge.to_torch(model)
    assert counts["convert_function"] == 1


def test_a_step_over_onnx_is_exported_once(counted):
    model = make_pipeline(StandardScaler(), Ridge()).fit(X, Y)
    assert [step.route.value for step in bridge.plan(model).steps].count("onnx") == 1
    counts = counted(from_sklearn, "_run_skl2onnx")
    bridge.to_torch(model)
    assert counts["_run_skl2onnx"] == 1


@pytest.mark.parametrize("verb", ["to_torch", "export", "check_parity"])
def test_scikit_learn_is_asked_once_for_each_method(counted, verb, tmp_path):
    model = LogisticRegression(max_iter=1000).fit(X[::2], Y[::2])
    for name in METHODS:
        counts = counted(LogisticRegression, name)
    if verb == "to_torch":
        bridge.to_torch(model, X[1::2])
    elif verb == "export":
        bridge.export(model, tmp_path / "iris", X[1::2])
    else:
        bridge.check_parity(model, X[1::2])
    assert counts == dict.fromkeys(METHODS, 1)


def test_questions_about_an_estimator_are_asked_once(counted):
    model = make_pipeline(make_pipeline(make_pipeline(StandardScaler(), OneVsRestClassifier(LogisticRegression()))))
    model.fit(X, Y)
    module = facts.facts_of(model.steps[-1][1].steps[-1][1].steps[-1][1]).module
    for name in ("unsupported_reason", "failing_methods", "multi_output_methods", "children_of"):
        counts = counted(module, name)
    bridge.plan(model)
    assert {name for name, count in counts.items() if count != 1} == set()
    assert {"unsupported_reason", "failing_methods", "children_of"} <= set(counts)


def test_an_artifact_opens_each_runtime_once(monkeypatch, tmp_path):
    bridge.export(LogisticRegression(max_iter=1000).fit(X, Y), tmp_path / "iris", X[:9])
    opened: Counter[str] = Counter()
    original = measuring.open_runtime

    def counting(name, folder, manifest):
        opened[name] += 1
        return original(name, folder, manifest)

    monkeypatch.setattr("bridge.artifacts.measure.open_runtime", counting)
    monkeypatch.setattr("bridge.artifacts.read.open_runtime", counting)
    assert bridge.check_parity(tmp_path / "iris", X).ok
    assert opened == {"torchscript": 1, "onnxruntime": 1, "torch.export": 1}
