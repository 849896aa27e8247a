"""Trees in compiled programs: found wherever they stand, replaced by one operator, and exact on every hard row."""

import shutil
from collections import Counter

import numpy as np
import pytest
import torch
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingRegressor,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from torch import nn

import bridge
from bridge.artifacts.aoti.native_trees import with_native_trees
from bridge.artifacts.aoti.programs import _compile
from bridge.artifacts.torch_formats import example_rows, export_program
from tests.overrides.operators import test_tree_ensemble_of_version_5 as sets
from tests.overrides.operators.support import convert

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(400, 5))
X[:, 2] = np.round(np.abs(X[:, 2]) * 3)
HOLES = np.where(RANDOM.random(X.shape) < 0.1, np.nan, X)
Y = X[:, 0] + X[:, 1] ** 2 + 0.3 * RANDOM.normal(size=400)
CLASSES = np.digitize(Y, [0.0, 1.0])

SUMS, LEAVES = "tree_sums", "tree_leaves"


def native(program):
    """How often each operator of ours is in a program, and whether a descent is left."""
    names = Counter(str(node.target) for node in program.graph.nodes)
    found = {name: names[f"bridge_native.{name}.default"] for name in (SUMS, LEAVES)}
    return {name: count for name, count in found.items() if count}, "while_loop" in names


@pytest.mark.parametrize(
    ("model", "target", "method", "expected"),
    [
        (RandomForestClassifier(5, random_state=0), CLASSES, "predict_proba", {SUMS: 1}),
        (RandomForestClassifier(5, random_state=0), CLASSES, "apply", {LEAVES: 1}),
        (RandomForestRegressor(5, max_depth=3), np.stack([Y, -Y], axis=1), "predict", {SUMS: 1}),
        (DecisionTreeClassifier(), CLASSES, "decision_path", {LEAVES: 1}),
        (GradientBoostingClassifier(n_estimators=4), CLASSES, "predict_proba", {SUMS: 1}),
        (GradientBoostingRegressor(n_estimators=4, max_depth=14), Y, "predict", {SUMS: 1}),
        (GradientBoostingRegressor(n_estimators=4), Y, "staged_predict", {LEAVES: 1}),
        (
            GradientBoostingRegressor(n_estimators=4, init=DecisionTreeRegressor(max_depth=2)),
            Y,
            "predict",
            {SUMS: 1, LEAVES: 1},
        ),
        (HistGradientBoostingClassifier(max_iter=4), CLASSES, "decision_function", {SUMS: 1}),
        (HistGradientBoostingRegressor(max_iter=4, categorical_features=[2]), Y, "predict", {SUMS: 1}),
        (IsolationForest(n_estimators=8, random_state=0), None, "decision_function", {SUMS: 1}),
        (AdaBoostClassifier(DecisionTreeClassifier(max_depth=2), n_estimators=4), CLASSES, "predict_proba", {SUMS: 1}),
        (AdaBoostRegressor(n_estimators=4), Y, "predict", {LEAVES: 1}),
        (BaggingRegressor(n_estimators=4, max_features=0.6, random_state=0), Y, "predict", {SUMS: 1}),
        (make_pipeline(StandardScaler(), ExtraTreesClassifier(4)), CLASSES, "predict_proba", {SUMS: 1}),
        (CalibratedClassifierCV(RandomForestClassifier(4), cv=2), CLASSES, "predict_proba", {SUMS: 2}),
        (make_pipeline(StandardScaler(), LogisticRegression()), CLASSES, "predict_proba", {}),
        (RandomForestRegressor(3), np.ones(400), "predict", {}),  # no tree has a split
    ],
    ids=lambda value: type(value).__name__ if hasattr(value, "fit") else "",
)
def test_trees_are_found(model, target, method, expected):
    module = bridge.to_torch(model.fit(X, target))
    program = export_program(module, (method,), example_rows(module, method))
    found, modified = with_native_trees(program)
    assert native(found) == (expected, False)
    assert modified == bool(expected)
    assert modified or found is program


@pytest.mark.parametrize("roots", [[0], [0, 0]])
def test_trees_of_onnx_are_found_unless_they_share_nodes(roots):
    module, _ = convert(sets.ensemble(sets.ROWS, 2, **sets.TREE_WITH_SETS, roots=roots))
    shapes = ({0: torch.export.Dim("n_samples", min=0)},)
    with torch.no_grad():
        program = torch.export.export(nn.Sequential(module), (torch.tensor(sets.ROWS),), dynamic_shapes=shapes)
    found, modified = with_native_trees(program)
    assert modified == (len(roots) == 1)
    assert native(found)[0] == ({LEAVES: 1} if modified else {})


def test_float32_sums_are_left_to_torch():
    module = bridge.to_torch(RandomForestRegressor(4, random_state=0).fit(X, Y)).float()
    found, modified = with_native_trees(export_program(module, ("predict",), example_rows(module, "predict")))
    assert modified
    assert native(found) == ({LEAVES: 1}, False)


class _Several(nn.Module):
    """Methods of several modules side by side: compiling is slow, and compiles them together."""

    def __init__(self, modules, methods):
        super().__init__()
        self.parts = nn.ModuleList(modules)
        self.methods = methods

    def forward(self, x):
        return tuple(
            getattr(part, name)(x) for part, names in zip(self.parts, self.methods, strict=True) for name in names
        )


def _hard_rows(models):
    """Rows at thresholds and one ulp of float32 and float64 to either side, missing, infinite, huge, unknown."""
    special = np.array([np.nan, np.inf, -np.inf, -0.0, 0.0, 1e300, -1e300, 3.5e38, 1e-300, -1.0, 255.0, 1e6, 0.5])
    limits = [special]
    for model in models:
        for tree in np.ravel(getattr(model, "estimators_", getattr(model, "_predictors", []))):
            limit = tree.nodes["num_threshold"] if hasattr(tree, "nodes") else tree.tree_.threshold
            single = limit.astype(np.float32)
            limits += [limit, single, np.nextafter(limit, np.inf), np.nextafter(limit, -np.inf)]
            limits += [np.nextafter(single, np.float32(np.inf)), np.nextafter(single, np.float32(-np.inf))]
    values = np.unique(np.concatenate(limits))
    return np.concatenate([RANDOM.choice(values, size=(3000, 5)), HOLES])


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("g++") is None and shutil.which("clang++") is None, reason="there is no C++ compiler")
@pytest.mark.filterwarnings("ignore::UserWarning:torch.*", "ignore::DeprecationWarning")
def test_compiled_trees_equal_scikit_learn(tmp_path):
    models = [
        RandomForestClassifier(9, random_state=0).fit(HOLES, CLASSES),
        ExtraTreesClassifier(5, random_state=0).fit(HOLES, CLASSES > 0),
        RandomForestRegressor(6, max_depth=4, random_state=0).fit(HOLES, np.stack([Y, -Y, Y**2], axis=1)),
        HistGradientBoostingClassifier(max_iter=5, categorical_features=[2]).fit(HOLES, CLASSES),
        HistGradientBoostingRegressor(max_iter=5, min_samples_leaf=2).fit(HOLES, Y),
        # As many leaves as a word has bits, of either size, and more.
        ExtraTreesRegressor(3, max_leaf_nodes=32, random_state=0).fit(HOLES, Y),
        HistGradientBoostingRegressor(max_iter=3, min_samples_leaf=1, max_leaf_nodes=64).fit(HOLES, Y),
        HistGradientBoostingRegressor(max_iter=3, min_samples_leaf=1, max_leaf_nodes=65).fit(HOLES, Y),
    ]
    assert [max(tree.get_n_leaves() for tree in models[5].estimators_)] == [32]
    assert [model._predictors[0][0].get_n_leaf_nodes() for model in models[6:]] == [64, 65]
    methods = [("predict_proba", "apply"), ("predict_proba",), ("predict",), ("predict_proba",), *[("predict",)] * 4]
    modules = [bridge.to_torch(model, verify=False) for model in models]
    several, n_threads = _Several(modules, methods).requires_grad_(False), torch.get_num_threads()
    shapes = ({0: torch.export.Dim("n", min=0)},)
    program = torch.export.export(several, (torch.zeros(3, 5, dtype=torch.float64),), dynamic_shapes=shapes)
    assert native(with_native_trees(program)[0]) == ({SUMS: 8, LEAVES: 1}, False)
    _compile(program, tmp_path / "trees.pt2")
    served = torch._inductor.aoti_load_package(str(tmp_path / "trees.pt2"))
    rows = _hard_rows(models)
    for batch in (rows, rows[:1], rows[5:12], rows[:0], rows[:, ::-1]):
        x = torch.tensor(batch.copy())
        for given, expected in zip(served(x), several(x), strict=True):
            torch.testing.assert_close(given, expected, rtol=1e-14, atol=1e-14, equal_nan=True)
    x = torch.tensor(HOLES)
    np.testing.assert_array_equal(served(x)[0], models[0].predict_proba(HOLES))
    torch.set_num_threads(2)
    try:
        assert torch.equal(served(x)[1], several(x)[1])
    finally:
        torch.set_num_threads(n_threads)
