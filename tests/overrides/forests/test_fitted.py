"""Tree models beyond the contract: what scikit-learn refuses, damaged pickles, words of several outputs, training."""

import copy
import pickle

import numpy as np
import pytest
import torch
from sklearn.datasets import make_classification
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import (
    AdaBoostClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
)
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeRegressor

import bridge
from bridge.errors import CorruptEstimatorError
from tests.cases import all_cases, fitted
from tests.overrides.functional.trees.test_layout import around_thresholds, expected, grown

X, Y = make_classification(150, 5, n_informative=4, n_redundant=0, n_classes=3, random_state=0)
TREES = [case.id for case in all_cases() if case.family in ("tree", "ensemble_gb", "ensemble_forest")]


@pytest.mark.parametrize("dtype", [torch.float32, torch.int64, torch.float16])
def test_rows_of_other_dtypes_reach_scikit_learns_leaves(dtype):
    tree = DecisionTreeClassifier(random_state=0).fit(np.round(X * 3) / 2, Y)
    rows = torch.tensor(X * 3).to(dtype)
    module = bridge.to_torch(tree)
    np.testing.assert_array_equal(module.apply(rows), tree.apply(rows.numpy()))


def test_infinities_and_what_overflows_float32_go_where_the_trees_send_them():
    """scikit-learn refuses such rows at the door; its trees take them."""
    tree = DecisionTreeRegressor(random_state=0).fit(X, Y)
    rows = np.vstack([X[:4]] * 4)
    rows[:, 2] = np.repeat([np.inf, -np.inf, 1e300, -1e300], 4)
    with np.errstate(over="ignore"):
        expected = tree.apply(rows.astype(np.float32), check_input=False)
    np.testing.assert_array_equal(bridge.to_torch(tree).apply(torch.tensor(rows)), expected)


def test_float_and_double_again_keep_the_leaves():
    tree = DecisionTreeClassifier(random_state=0).fit(X, Y)
    module = bridge.to_torch(tree)
    rows = torch.tensor(X)
    for cast in (copy.deepcopy(module).float(), copy.deepcopy(module).float().double()):
        assert torch.equal(cast.apply(rows), module.apply(rows))


def test_a_tie_of_classes_goes_to_the_first():
    tree = DecisionTreeClassifier(max_depth=1, min_samples_leaf=4).fit(np.zeros((4, 1)), [3, 1, 1, 3])
    assert tree.predict_proba([[0.0]]).tolist() == [[0.5, 0.5]]
    assert bridge.to_torch(tree).predict(torch.zeros(1, 1)).tolist() == [1] == tree.predict([[0.0]]).tolist()


def test_words_of_several_outputs_are_codes_into_the_names_of_their_output():
    words = np.stack([np.array(["a", "b", "c"])[Y], np.where(X[:, 0] > 0, "up", "down")], axis=1)
    tree = DecisionTreeClassifier(max_depth=3).fit(X, words)
    module = bridge.to_torch(tree)
    codes = module.predict(torch.tensor(X)).numpy()
    back = np.array([[module.output_class_names[k][code] for k, code in enumerate(row)] for row in codes])
    np.testing.assert_array_equal(back, tree.predict(X))


@pytest.mark.parametrize("case_id", TREES)
def test_values_of_leaves_train_and_rows_have_no_slope(case_id):
    found = fitted(case_id)
    module = bridge.to_torch(found.estimator, verify=False)
    x = module.encode(found.rows).requires_grad_(True)
    for method in ("predict_proba", "predict"):
        if not hasattr(module, method):
            continue
        result = getattr(module, method)(x)
        result = result[0] if isinstance(result, list) else result
        if not result.is_floating_point() or not result.requires_grad:
            continue
        result.square().sum().backward()
        values = next(parameter for name, parameter in module.named_parameters() if name.endswith("_.value"))
        assert values.grad.abs().sum() > 0
        assert torch.isfinite(values.grad).all()
        return
    pytest.fail("no method has a gradient")


def test_names_of_parameters_are_the_paths_of_fitted_attributes():
    tree = DecisionTreeRegressor(max_depth=2).fit(X, Y)
    (name, value) = next(iter(bridge.to_torch(tree).named_parameters()))
    assert name == "tree_.value"
    np.testing.assert_array_equal(value.detach(), tree.tree_.value)


def damaged(estimator, field, value):
    """The estimator as a pickle with one number changed gives it back."""
    state = estimator.tree_.__getstate__()
    state["nodes"] = state["nodes"].copy()
    state["nodes"][field][0] = value
    wrong = copy.deepcopy(estimator)
    wrong.tree_.__setstate__(state)
    return pickle.loads(pickle.dumps(wrong))


@pytest.mark.parametrize(
    ("field", "value"), [("left_child", 10**6), ("right_child", 0), ("right_child", -3), ("feature", 77)]
)
def test_a_hostile_pickle_is_refused(field, value):
    tree = DecisionTreeClassifier(max_depth=3).fit(X, Y)
    with pytest.raises(CorruptEstimatorError, match="damaged"):
        bridge.to_torch(damaged(tree, field, value))


def test_classes_that_are_not_those_of_the_values_are_refused():
    tree = DecisionTreeClassifier(max_depth=3).fit(X, Y)
    tree.classes_ = tree.classes_[:2]
    with pytest.raises(CorruptEstimatorError, match="classes"):
        bridge.to_torch(tree)
    boosted = GradientBoostingClassifier(n_estimators=2).fit(X, Y)
    boosted.classes_ = boosted.classes_[:2]
    with pytest.raises(CorruptEstimatorError, match="classes"):
        bridge.to_torch(boosted, verify=False)


def test_an_init_reads_what_it_was_fitted_on():
    """Categories of an ``init`` are settled as they are read: as numbers."""
    rows = X.copy()
    rows[:, 1] = np.arange(len(rows)) % 5
    init = HistGradientBoostingRegressor(max_iter=5, categorical_features=[1], min_samples_leaf=2)
    model = GradientBoostingRegressor(init=init, n_estimators=3, max_depth=1).fit(rows, rows[:, 1] % 2 + X[:, 0])
    module = bridge.to_torch(model)
    np.testing.assert_allclose(module.predict(module.encode(rows)).detach(), model.predict(rows), atol=1e-12)


def test_an_init_that_is_constant_needs_no_module():
    for strategy in ("most_frequent", "uniform"):
        model = GradientBoostingClassifier(init=DummyClassifier(strategy=strategy), n_estimators=3).fit(X, Y)
        module = bridge.to_torch(model)
        assert not bridge.plan(model).root.children
        raw = module.decision_function(torch.tensor(X)).detach()
        np.testing.assert_allclose(raw, model.decision_function(X), atol=1e-12)


def test_boosting_sums_stage_by_stage():
    """Bit for bit, so that no row near a tie changes its class."""
    for labels in (Y, Y > 0):
        model = GradientBoostingClassifier(n_estimators=40, random_state=0).fit(X, labels)
        module = bridge.to_torch(model)
        assert np.array_equal(module.decision_function(torch.tensor(X)).detach(), model.decision_function(X))


def test_a_forest_of_a_large_batch_is_worked_on_in_tiles():
    forest = RandomForestClassifier(n_estimators=30, max_depth=6, random_state=0).fit(X, Y)
    module = bridge.to_torch(forest)
    rows = np.random.default_rng(0).normal(size=(5000, 5))
    assert module.tile_rows * 30 <= 32768
    np.testing.assert_array_equal(module.apply(torch.tensor(rows)), forest.apply(rows))
    np.testing.assert_allclose(
        module.predict_proba(torch.tensor(rows)).detach(), forest.predict_proba(rows), atol=1e-15
    )


def test_onnx_computes_paths_only_where_they_are_asked_for():
    """A dense path through a forest is a large result, and onnxruntime computes every output of a graph."""
    import onnxruntime

    forest = RandomForestClassifier(n_estimators=3, max_depth=3, random_state=0).fit(X, Y)
    session = onnxruntime.InferenceSession(bridge.to_onnx(forest).SerializeToString())
    assert not {"apply", "decision_path"} & {item.name for item in session.get_outputs()}
    session = onnxruntime.InferenceSession(bridge.to_onnx(forest, graph="decision_path").SerializeToString())
    (path,) = session.run(None, {"X": X[:7]})
    np.testing.assert_array_equal(path, forest.decision_path(X[:7])[0].toarray())


@pytest.mark.parametrize(
    "model",
    [
        GradientBoostingClassifier(n_estimators=20),
        RandomForestClassifier(20),
        AdaBoostClassifier(n_estimators=20),
        HistGradientBoostingClassifier(max_iter=20),
    ],
    ids=lambda model: type(model).__name__,
)
def test_verification_rows_span_the_thresholds_of_ensembles(model):
    """Of the estimator, and of the module that is handed to ``export`` alone."""
    from bridge.parity.samples import fitted_range

    model.fit(X * 10 + 1000, Y)
    for found in (model, bridge.to_torch(model)):
        center, spread = fitted_range(found, 5)
        used = np.abs(center) > 1
        assert used.sum() >= 4
        assert (np.abs(center - 1000)[used] < 30).all()
        assert (spread[used] > 1).all()


@pytest.mark.parametrize("kind", [DecisionTreeRegressor, ExtraTreeRegressor])
@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
def test_many_rows_of_one_tree(kind, gaps):
    """They go down another way, unless a row has gaps."""
    model, X = grown(kind, 0, 200, gaps=gaps)
    rows = around_thresholds([model.tree_], np.nan_to_num(X[0]))
    module = bridge.to_torch(model, verify=False)
    scripted = torch.jit.script(module)
    for batch in (rows, rows[~np.isnan(rows).any(axis=1)], np.asfortranarray(rows)[::-3]):
        assert len(batch) >= 256
        leaves = expected([model.tree_], batch)
        values = model.tree_.value[leaves[:, 0], 0, 0]
        x = torch.tensor(batch.copy())
        with torch.no_grad():
            np.testing.assert_array_equal(module.apply(x), leaves[:, 0])
            np.testing.assert_array_equal(scripted.predict(x), values)
            np.testing.assert_array_equal(scripted.predict(x.t().contiguous().t()), values)
        module.predict(x).sum().backward()  # the values of leaves learn
        counts = np.bincount(leaves[:, 0], minlength=model.tree_.node_count)
        np.testing.assert_array_equal(module.tree_.value.grad.reshape(-1), counts)
        module.zero_grad()
