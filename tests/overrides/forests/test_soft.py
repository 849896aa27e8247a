"""Soft trees: their limit is the tree, their gradient is right, they say what they are, and they export."""

import copy

import numpy as np
import pytest
import torch
from sklearn.calibration import CalibratedClassifierCV
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import (
    AdaBoostRegressor,
    BaggingRegressor,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
    VotingClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

import bridge
from bridge.errors import InputError, ParityError, UnsupportedError
from bridge.overrides.forests.soft import SoftFittedForest, set_temperature
from bridge.overrides.functional.trees import soft as soft_trees

RANDOM = np.random.default_rng(0)
X = np.column_stack([RANDOM.normal(size=(200, 3)) * [1.0, 100.0, 1e-3], RANDOM.integers(0, 6, 200)])
HOLES = np.where(RANDOM.random(X.shape) < 0.1, np.nan, X)
Y = X[:, 0] + X[:, 1] / 100 + (X[:, 3] % 3)
CLASSES = np.digitize(Y, [0.5, 1.5])

MODELS = {
    "tree": (DecisionTreeClassifier(max_depth=6, random_state=0), HOLES, CLASSES),
    "outputs": (DecisionTreeRegressor(max_depth=5), X, np.column_stack([Y, -Y])),
    "forest": (RandomForestClassifier(6, random_state=0), HOLES, CLASSES),
    "regressor": (RandomForestRegressor(6, max_depth=6, random_state=0), HOLES, Y),
    "boosting": (GradientBoostingClassifier(n_estimators=5), X, CLASSES),
    "boosting-regressor": (GradientBoostingRegressor(n_estimators=5, init=DecisionTreeRegressor(max_depth=2)), X, Y),
    "hist": (HistGradientBoostingClassifier(max_iter=4, categorical_features=[3]), HOLES, CLASSES),
    "hist-regressor": (HistGradientBoostingRegressor(max_iter=6), HOLES, Y),
    "isolation": (IsolationForest(n_estimators=5, random_state=0), X, None),
    "adaboost": (AdaBoostRegressor(n_estimators=4, random_state=0), X, Y),
    "bagging": (BaggingRegressor(n_estimators=4, max_features=3, random_state=0), X, Y),
    "pipeline": (make_pipeline(StandardScaler(), ExtraTreesClassifier(5, random_state=0)), X, CLASSES),
    "calibration": (CalibratedClassifierCV(RandomForestClassifier(4, random_state=0), cv=2), X, CLASSES),
}
by_name = pytest.mark.parametrize("name", MODELS)


@pytest.fixture(scope="module")
def fitted():
    """Models of the table, each fitted once, with rows that they were not fitted on."""
    made = {}

    def get(name):
        if name not in made:
            model, rows, target = MODELS[name]
            fresh = RANDOM.permuted(rows, axis=0)[:40] * np.array([1.01, 1.01, 1.01, 1.0])
            made[name] = (model.fit(rows, target), fresh)
        return made[name]

    return get


def _scores(module):
    names = ("predict_proba", "decision_function", "score_samples", "predict")
    return next(name for name in names if name in module.method_names)


def _trees(module):
    return [part for part in module.modules() if hasattr(part, "temperature")]


@by_name
def test_limit_at_temperature_0_is_the_model(fitted, name):
    model, rows = fitted(name)
    module = bridge.to_torch(model, soft=0.1)
    method = _scores(module)
    expected = getattr(model, method)(rows)
    errors = []
    for temperature in (0.1, 1e-3, 1e-300):
        set_temperature(_trees(module), temperature)
        with torch.no_grad():
            errors.append(np.abs(getattr(module, method)(torch.tensor(rows)).numpy() - expected).mean())
    assert errors[0] > errors[1] >= errors[2]
    assert errors[2] < 1e-12


def test_limit_at_the_thresholds_themselves():
    """On every threshold of a tree, and one ulp of float32 beside."""
    model = DecisionTreeRegressor(random_state=0).fit(X, Y)
    module = bridge.to_torch(model, soft=1e-300)
    rows = []
    for feature, threshold in zip(model.tree_.feature, model.tree_.threshold, strict=True):
        if feature >= 0:
            single = np.float32(threshold)
            for value in (threshold, single, np.nextafter(single, np.float32(9e9)), np.nextafter(single, -1e38)):
                rows.append(X[7].copy())
                rows[-1][feature] = value
    rows = np.array(rows)
    np.testing.assert_allclose(module.predict(torch.tensor(rows)).detach(), model.predict(rows), rtol=1e-13)


# AdaBoost is left out: its weighted median is one of the predictions, and jumps.
@pytest.mark.parametrize("name", [name for name in MODELS if name != "adaboost"])
def test_gradient_equals_finite_differences_of_the_module(fitted, name):
    model, rows = fitted(name)
    module = bridge.to_torch(model, soft=0.3, verify=False)
    method = _scores(module)
    # Boosting hands its init estimator rows that it cast to float32, whose differences are coarse.
    tolerance = 2e-3 if name == "boosting-regressor" else 2e-4
    rows = rows[~np.isnan(rows).any(axis=1)][:3]
    x = torch.tensor(rows, requires_grad=True)
    result = getattr(module, method)(x)
    weights = torch.linspace(0.5, 1.5, result[0].numel(), dtype=result.dtype).reshape(result[0].shape)
    (gradient,) = torch.autograd.grad((result * weights).sum(), x)
    assert gradient[:, :3].abs().max() > 0
    for column in range(3):
        step = np.zeros_like(rows)
        step[:, column] = 1e-5 * np.abs(X[:, column]).max()
        with torch.no_grad():
            high, low = (getattr(module, method)(torch.tensor(moved)) for moved in (rows + step, rows - step))
        slope = ((high - low) * weights).reshape(len(rows), -1).sum(1).numpy() / (2 * step[:, column])
        scale = np.abs(slope).max() + 1e-3 / np.abs(X[:, column]).max()
        np.testing.assert_allclose(gradient[:, column].numpy() / scale, slope / scale, atol=tolerance)


def test_missing_values_have_no_gradient_and_leave_others_theirs(fitted):
    model, _ = fitted("forest")
    module = bridge.to_torch(model, soft=0.2)
    x = torch.tensor(HOLES[np.isnan(HOLES).any(axis=1)][:8], requires_grad=True)
    module.predict_proba(x)[:, 0].sum().backward()
    assert torch.isfinite(x.grad).all()
    assert (x.grad[torch.isnan(x)] == 0).all()
    assert (x.grad[~torch.isnan(x)] != 0).any()


def test_probabilities_of_leaves_have_the_sum_one():
    module = bridge.to_torch(RandomForestRegressor(3, random_state=0).fit(HOLES, Y), soft=0.5)
    trees = module.estimators_
    assert isinstance(trees, SoftFittedForest)
    probability = trees._probabilities(torch.tensor(HOLES[:9]))
    ones = torch.ones(len(trees.soft_leaf), 1, dtype=torch.float64)
    total = soft_trees.mean_of_leaves(probability, ones, trees.soft_tree, 3)
    np.testing.assert_allclose(total.detach(), np.ones((9, 3, 1)), rtol=1e-12)


def test_leaves_stay_hard():
    model = RandomForestClassifier(4, random_state=0).fit(HOLES, CLASSES)
    module = bridge.to_torch(model, soft=3.0)
    x = torch.tensor(HOLES)
    assert np.array_equal(module.apply(x), model.apply(HOLES))
    assert np.array_equal(module.decision_path(x), model.decision_path(HOLES)[0].toarray())


def test_plan_and_repr_say_so():
    scaled = Pipeline([("my scaler", StandardScaler()), ("2nd", DecisionTreeClassifier(max_depth=3))])
    model = VotingClassifier([("tree", scaled), ("prior", DummyClassifier())]).fit(X, CLASSES)
    hard, module = bridge.to_torch(model), bridge.to_torch(model, soft=0.25)
    labelled = [step.name for step in module.plan.steps if step.reason.endswith("; soft, temperature 0.25")]
    assert labelled == ["DecisionTreeClassifier"]
    assert [step.path for step in module.plan.steps] == [step.path for step in hard.plan.steps]
    assert "route=override, soft" in repr(module)
    assert "temperature=0.25" in repr(module)
    assert "soft" not in repr(hard)
    assert "soft" not in str(hard.plan)
    assert set(hard.state_dict()) < set(module.state_dict())


@pytest.mark.parametrize("name", ["forest", "hist", "pipeline"])
def test_every_runtime_gives_the_same(fitted, name, tmp_path):
    model, rows = fitted(name)
    module = bridge.to_torch(model, soft=0.1)
    manifest = bridge.export(module, tmp_path / "soft", rows)
    assert manifest.parity["ok"]
    assert "soft, temperature 0.1" in str(manifest.plan)
    served = bridge.load(tmp_path / "soft", runtime="onnxruntime")
    for n_rows in (0, 1, 40):
        expected = module.predict_proba(torch.tensor(rows[:n_rows])).detach()
        np.testing.assert_allclose(served.predict_proba(rows[:n_rows]), expected, rtol=1e-12, atol=1e-15)


def test_rows_are_worked_on_in_tiles():
    model = RandomForestRegressor(40, random_state=0).fit(X, Y)
    module = bridge.to_torch(model, soft=0.1, verify=False)
    n_nodes = sum(tree.tree_.node_count for tree in model.estimators_)
    assert module.tile_rows * n_nodes <= 1 << 20
    whole = copy.deepcopy(module)
    whole.tile_rows = 10**6
    with torch.no_grad():
        x = torch.tensor(np.tile(X, (2, 1)))
        np.testing.assert_allclose(module.predict(x), whole.predict(x), rtol=1e-13)


def test_leaf_values_train():
    module = bridge.to_torch(RandomForestRegressor(3, max_depth=4, random_state=0).fit(X, Y), soft=0.2)
    module.predict(torch.tensor(X[:5])).sum().backward()
    gradient = module.estimators_.value.grad
    is_leaf = torch.zeros(len(gradient), dtype=torch.bool)
    is_leaf[module.estimators_.soft_leaf] = True
    assert (gradient[is_leaf] > 0).all()
    assert (gradient[~is_leaf] == 0).all()


def test_what_is_no_temperature_is_refused():
    model = DecisionTreeRegressor(max_depth=2).fit(X, Y)
    for wrong in (0, -1.0, float("nan"), float("inf"), "warm", True):
        with pytest.raises(InputError, match="soft="):
            bridge.to_torch(model, soft=wrong)
    with pytest.raises(UnsupportedError, match="LogisticRegression has no decision trees"):
        bridge.to_torch(LogisticRegression().fit(X, CLASSES), soft=0.1)


def test_a_limit_that_is_not_the_tree_is_not_handed_over(monkeypatch):
    broken = soft_trees.split_logits

    def shifted(x, *rest):
        return broken(x + 0.5, *rest)

    monkeypatch.setattr("bridge.overrides.forests.soft.split_logits", shifted)
    with pytest.raises(ParityError, match="do not become its trees"):
        bridge.to_torch(DecisionTreeRegressor().fit(X, Y), soft=0.1)
