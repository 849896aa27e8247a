"""Plans: values that say what conversion will do."""

import json

import numpy as np
from scipy import sparse
from sklearn.datasets import load_iris
from sklearn.linear_model import Ridge
from sklearn.multiclass import OneVsOneClassifier
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor, NearestNeighbors
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR, LinearSVC

import bridge
from bridge.plans import Plan, Route

RANDOM = np.random.default_rng(0)
X, Y = RANDOM.normal(size=(40, 3)), RANDOM.integers(0, 2, 40)


def test_a_plan_is_a_tree_with_ways_reasons_and_methods():
    plan = bridge.plan(make_pipeline(StandardScaler(), SVC()).fit(X, Y))
    assert [(step.path, step.name, step.route) for step in plan.steps] == [
        ("", "Pipeline", Route.OVERRIDE),
        ("steps.standardscaler", "StandardScaler", Route.OVERRIDE),
        ("steps.svc", "SVC", Route.OVERRIDE),
    ]
    assert all(step.reason for step in plan.steps)
    assert plan.steps[1].methods == ("transform", "inverse_transform")
    assert Plan.from_dict(json.loads(plan.to_json())) == plan
    lines = str(plan).splitlines()
    assert lines[0].startswith("Pipeline [override]")
    assert any(line.startswith("  svc: SVC [override]") for line in lines)


def test_a_regressor_with_predict_alone_takes_the_road():
    assert bridge.plan(Ridge().fit(X, Y)).root.route is Route.ONNX


def one_by_one(a, b):
    """A kernel that goes through its rows."""
    return np.array([[float(x @ y) for y in b] for x in a])


def test_a_refused_step_says_what_to_do():
    plan = bridge.plan(make_pipeline(StandardScaler(), SVR(kernel=one_by_one)).fit(X, Y))
    (refused,) = plan.refused
    assert refused.path == "steps.svr"
    assert "kernel" in refused.reason
    assert "bridge.register" in refused.advice
    assert "what to do:" in str(plan)


def test_supported_estimators_are_classes_with_ways():
    supported = bridge.supported_estimators()
    assert supported["sklearn.svm._classes.SVC"] is Route.OVERRIDE
    assert supported["sklearn.linear_model._ridge.Ridge"] is Route.ONNX
    assert list(supported) == sorted(supported)


def test_a_plan_says_where_a_decision_jumps():
    X, y = load_iris(return_X_y=True)
    assert "decision_function counts votes" in bridge.plan(SVC().fit(X, y)).root.limit
    assert "decision_function counts votes" in bridge.plan(OneVsOneClassifier(LinearSVC()).fit(X, y)).root.limit
    for smooth in (SVC(decision_function_shape="ovo").fit(X, y), SVC().fit(X[:100], y[:100])):
        assert not bridge.plan(smooth).root.limit


def test_a_plan_says_what_decides_ties_of_sparse_rows():
    X, y = load_iris(return_X_y=True)
    for model in (KNeighborsClassifier(), KNeighborsRegressor(), NearestNeighbors()):
        assert "numpy's partition" in bridge.plan(model.fit(sparse.csr_array(X), y)).root.limit
        assert not bridge.plan(model.fit(X, y)).root.limit
