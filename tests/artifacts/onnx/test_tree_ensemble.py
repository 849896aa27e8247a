"""Trees in ONNX: one exact operator per forest, wherever in a model the forest stands."""

import threading
from types import SimpleNamespace

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingRegressor,
)
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

import bridge
from bridge.overrides.functional.trees.operators import tree_operators, wants_operators

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(300, 5))
HOLES = np.where(RANDOM.random(X.shape) < 0.1, np.nan, X)
Y = X[:, 0] + X[:, 1] ** 2 + 0.3 * RANDOM.normal(size=300)
CLASSES = np.digitize(Y, [0.0, 1.0])


def _session(proto):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(proto.SerializeToString(), options, providers=["CPUExecutionProvider"])


def _run(session, method, rows):
    return session.run([method], {"X": rows})[0]


def _ensembles(proto):
    return [node for node in proto.graph.node if node.op_type == "TreeEnsemble"]


def _rows_at_thresholds(trees, width):
    """Rows that meet each threshold, and one ulp of float32 and of float64 to either side of it."""
    rows = [np.zeros((1, width)), np.full((1, width), np.nan)]
    for tree in trees:
        for feature, threshold in zip(tree.feature, tree.threshold, strict=True):
            if feature < 0 or not np.isfinite(threshold):
                continue
            single = np.float32(threshold)
            near = [np.nextafter(single, np.float32(side * np.inf)) for side in (-1, 1)]
            near += [np.nextafter(threshold, side * np.inf) for side in (-1, 1)]
            block = np.zeros((6, width))
            block[:, feature] = [threshold, single, *near]
            rows.append(block)
    return np.concatenate(rows)


@pytest.mark.parametrize(
    "model",
    [
        DecisionTreeClassifier(random_state=0),
        DecisionTreeRegressor(max_depth=1),
        RandomForestClassifier(7, random_state=0),
        RandomForestRegressor(7, random_state=0),
        ExtraTreesClassifier(7, max_depth=4, random_state=0),
    ],
    ids=lambda model: type(model).__name__,
)
def test_thresholds_and_missing_values_route_as_in_scikit_learn(model):
    model.fit(HOLES, CLASSES)
    proto = bridge.to_onnx(model)
    onnx.checker.check_model(proto, full_check=True)
    session = _session(proto)
    trees = [tree.tree_ for tree in getattr(model, "estimators_", [model])]
    rows = np.concatenate([_rows_at_thresholds(trees, 5), HOLES])
    leaves = _session(bridge.to_onnx(model, graph="apply"))
    assert np.array_equal(_run(leaves, "apply", rows), model.apply(rows))
    assert np.array_equal(_run(session, "predict", rows[:1]), model.predict(rows[:1]))
    method = "predict_proba" if hasattr(model, "predict_proba") else "predict"
    np.testing.assert_allclose(_run(session, method, rows), getattr(model, method)(rows), rtol=1e-14, atol=1e-15)
    for n_rows in (0, 1):
        assert len(_run(session, method, rows[:n_rows])) == n_rows


def test_a_forest_is_one_operator_for_all_methods():
    model = RandomForestClassifier(5, random_state=0).fit(X, CLASSES)
    proto = bridge.to_onnx(model)
    (node,) = _ensembles(proto)
    attributes = {item.name: onnx.helper.get_attribute_value(item) for item in node.attribute}
    assert attributes["nodes_splits"].data_type == onnx.TensorProto.DOUBLE
    assert len(attributes["tree_roots"]) == 5
    assert {item.domain: item.version for item in proto.opset_import} == {"": 18, "ai.onnx.ml": 5}
    assert not any("threshold" in tensor.name or "child" in tensor.name for tensor in proto.graph.initializer)
    expected = {
        "model": ["predict", "predict_proba", "predict_log_proba"],
        "apply": ["apply"],
        "decision_path": ["decision_path"],
    }
    for graph, names in expected.items():
        assert len(_ensembles(bridge.to_onnx(model, graph=graph))) == 1
        session = _session(bridge.to_onnx(model, graph=graph))
        assert [item.name for item in session.get_outputs()] == names
        results = dict(zip(names, session.run(None, {"X": X[:9]}), strict=True))
        for name, result in results.items():
            with np.errstate(divide="ignore"):  # the logarithm of no vote
                wanted = getattr(model, name)(X[:9])
            wanted = wanted[0].toarray() if name == "decision_path" else wanted
            np.testing.assert_allclose(result, wanted, rtol=1e-13, atol=1e-13)


def test_trees_without_a_split():
    model = RandomForestRegressor(3, random_state=0).fit(X, np.full(300, 2.5))
    assert all(tree.tree_.node_count == 1 for tree in model.estimators_)
    mixed = DecisionTreeRegressor(max_leaf_nodes=2, random_state=0).fit(X, Y)
    model.estimators_[1] = mixed
    session = _session(bridge.to_onnx(model))
    np.testing.assert_allclose(_run(session, "predict", HOLES[:0]), [])
    np.testing.assert_allclose(_run(session, "predict", X), model.predict(X), rtol=1e-15)
    leaves = _session(bridge.to_onnx(model, graph="apply"))
    assert np.array_equal(_run(leaves, "apply", X), model.apply(X))


def test_tied_votes_fall_as_in_scikit_learn():
    """Leaves hold thirds and sevenths, whose sums differ with their order, and a repeated forest ties often."""
    rows = RANDOM.integers(0, 3, size=(400, 3)).astype(float)
    labels = RANDOM.integers(0, 3, size=400)
    model = RandomForestClassifier(120, max_depth=2, random_state=0).fit(rows, labels)
    half = model.estimators_[:60]
    mirrored = []
    for tree in half:
        twin = RandomForestClassifier(1, max_depth=2, random_state=0).fit(rows, labels).estimators_[0]
        twin.tree_ = _with_values(tree.tree_, tree.tree_.value[:, :, [1, 0, 2]])
        mirrored.append(twin)
    model.estimators_ = [*half, *mirrored]
    grid = np.stack(np.meshgrid(*[np.arange(3.0)] * 3), axis=-1).reshape(-1, 3)
    expected = model.predict_proba(grid)
    assert (np.abs(expected[:, 0] - expected[:, 1]) < 1e-12).all()
    session = _session(bridge.to_onnx(model))
    for batch in (grid, grid[:1], grid[7:9]):
        assert np.array_equal(_run(session, "predict_proba", batch), model.predict_proba(batch))
        assert np.array_equal(_run(session, "predict", batch), model.predict(batch))


def _with_values(tree, value):
    """A copy of a fitted tree with other values."""
    state = tree.__getstate__()
    twin = type(tree)(tree.n_features, tree.n_classes, tree.n_outputs)
    twin.__setstate__({**state, "values": np.ascontiguousarray(value)})
    return twin


@pytest.mark.parametrize(
    ("model", "target", "methods"),
    [
        (GradientBoostingRegressor(n_estimators=12), Y, ["predict"]),
        (GradientBoostingClassifier(n_estimators=6), CLASSES, ["predict", "decision_function", "predict_proba"]),
        (HistGradientBoostingRegressor(max_iter=12, categorical_features=[2]), Y, ["predict"]),
        (HistGradientBoostingClassifier(max_iter=6, min_samples_leaf=3), CLASSES, ["predict", "decision_function"]),
        (IsolationForest(n_estimators=12, random_state=0), None, ["predict", "score_samples"]),
    ],
    ids=lambda value: type(value).__name__ if hasattr(value, "fit") else "",
)
def test_ensembles_that_add(model, target, methods):
    rows = X.copy()
    rows[:, 2] = np.round(np.abs(rows[:, 2]) * 3)
    model.fit(rows, target)
    if isinstance(model, (HistGradientBoostingRegressor, HistGradientBoostingClassifier)):
        rows = np.where(RANDOM.random(rows.shape) < 0.1, np.nan, rows)
    proto = bridge.to_onnx(model)
    assert len(_ensembles(proto)) == 1
    session = _session(proto)
    for method in methods:
        for part in (rows, rows[:1]):
            expected = getattr(model, method)(part)
            np.testing.assert_allclose(_run(session, method, part), expected, rtol=1e-12, atol=1e-12)


def test_thresholds_of_float64_are_kept():
    rows = (X / 1e9 + 1.0)[:, :1]  # neighbours that float32 cannot tell apart
    model = HistGradientBoostingRegressor(max_iter=4, min_samples_leaf=2).fit(rows, X[:, 0])
    limits = np.concatenate([tree.nodes["num_threshold"] for (tree,) in model._predictors])
    limits = limits[np.isfinite(limits) & (limits != 0)]
    near = np.concatenate([limits, np.nextafter(limits, 2), np.nextafter(limits, 0)])[:, None]
    assert len(np.unique(model.predict(near))) > 20
    result = _run(_session(bridge.to_onnx(model)), "predict", near)
    np.testing.assert_allclose(result, model.predict(near), rtol=0, atol=1e-14)


@pytest.mark.parametrize(
    ("model", "n_forests"),
    [
        (make_pipeline(StandardScaler(), RandomForestClassifier(5, random_state=0)), 1),
        (CalibratedClassifierCV(ExtraTreesClassifier(5, random_state=0), cv=2), 2),
        (StackingRegressor([("forest", RandomForestRegressor(5, random_state=0))], LinearRegression(), cv=2), 1),
    ],
    ids=["pipeline", "calibration", "stack"],
)
def test_a_forest_inside_another_model(model, n_forests):
    model.fit(X, Y if isinstance(model, StackingRegressor) else CLASSES)
    proto = bridge.to_onnx(model)
    assert sum(len(_attribute(node, "tree_roots")) == 5 for node in _ensembles(proto)) == n_forests
    assert not any(node.op_type in ("Loop", "Scan") for node in proto.graph.node)
    session = _session(proto)
    method = "predict_proba" if hasattr(model, "predict_proba") else "predict"
    for rows in (X, X[:1], X[:0]):
        expected = getattr(model, method)(rows) if len(rows) else np.zeros((0, *getattr(model, method)(X).shape[1:]))
        np.testing.assert_allclose(_run(session, method, rows), expected, rtol=1e-12, atol=1e-13)


def _attribute(node, name):
    return next(onnx.helper.get_attribute_value(item) for item in node.attribute if item.name == name)


def test_other_formats_know_no_operator_of_ours(tmp_path):
    model = DecisionTreeRegressor(max_depth=3).fit(X, Y)
    bridge.export(model, tmp_path / "artifact")
    program = torch.export.load(tmp_path / "artifact" / "model.pt2")
    assert not any("symbolic" in str(node.target) for node in program.graph.nodes)


def test_the_flag_is_of_one_thread():
    seen = SimpleNamespace(inside=None)

    def look():
        seen.inside = wants_operators.__globals__["_WANTED"].get()

    with tree_operators():
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert seen.inside is False
