"""Very deep trees, very many of them, and what many nodes cost."""

import tracemalloc

import numpy as np
import pytest
import torch
from sklearn.ensemble import ExtraTreesRegressor, RandomForestRegressor
from sklearn.tree import DecisionTreeRegressor

import bridge
from bridge.artifacts.torch_formats import save_torchscript
from bridge.overrides.forests.fitted import fitted_nodes
from bridge.overrides.functional.trees.layout import lay_out
from bridge.parity.compare import compare_eager
from bridge.runtimes.base import RUNTIMES
from bridge.runtimes.torchscript import TORCHSCRIPT_FILE, TorchScriptRuntime

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(80, 3))
LINE = np.linspace(-1.0, 1.0, 70).reshape(-1, 1)


def chain():
    """Each split parts the largest target from all others, which are small beside it: a tree as deep as it can be."""
    return DecisionTreeRegressor(random_state=0).fit(LINE, 4.0 ** np.arange(70))


def chains():
    """Chains of several depths, each without some rows."""
    return RandomForestRegressor(3, random_state=0).fit(np.repeat(LINE, 4, axis=0), np.repeat(4.0 ** np.arange(70), 4))


def many():
    """2,000 trees, some of a single node."""
    model = ExtraTreesRegressor(2000, max_depth=2, max_features=1, random_state=0).fit(X, np.sin(X[:, 0]))
    stumps = ExtraTreesRegressor(40, max_leaf_nodes=2, random_state=0).fit(X, np.zeros(len(X)))
    model.estimators_[::50] = stumps.estimators_
    return model


def rows_for(model):
    """Rows at the thresholds of chains, or any."""
    if model.n_features_in_ > 1:
        return RANDOM.normal(size=(40, 3))
    middle = np.float32((LINE[1:] + LINE[:-1]) / 2)
    return np.concatenate([LINE, middle, np.nextafter(middle, np.float32(9)), [[-5.0], [5.0]]])


def assert_exact(report):
    assert report.ok, report.failures_text()
    errors = {(item.method, item.runtime): item.max_error for item in report.comparisons}
    assert {method for method, _ in errors} == {"predict", "apply", "decision_path"}
    assert all(error <= 1e-12 for error in errors.values()), errors
    assert {error for (method, _), error in errors.items() if method != "predict"} == {0.0}


def test_the_models_are_as_large_as_they_claim():
    assert chain().get_depth() > 60
    assert min(tree.get_depth() for tree in chains().estimators_) > 60
    assert len(many().estimators_) == 2000


@pytest.mark.parametrize("make", [chain, chains])
def test_deep_trees_are_exact(make, tmp_path):
    model = make()
    module = bridge.to_torch(model)
    save_torchscript(module, tmp_path / TORCHSCRIPT_FILE)
    assert_exact(compare_eager(model, module, rows_for(model), [TorchScriptRuntime(tmp_path)]))


# A descent that is a loop takes seconds to export, once for each method.
@pytest.mark.parametrize("make", [*(pytest.param(make, marks=pytest.mark.nightly) for make in (chain, chains)), many])
def test_every_runtime_is_exact(make):
    model = make()
    report = bridge.check_parity(model, rows_for(model))
    assert {item.runtime for item in report.comparisons} == set(RUNTIMES)
    assert_exact(report)


@pytest.fixture(scope="module")
def large():
    """A forest of 280,000 nodes."""
    rows = RANDOM.normal(size=(20000, 4))
    return RandomForestRegressor(11, random_state=0).fit(rows, RANDOM.normal(size=20000))


def size_of(model):
    """Bytes of scikit-learn's trees."""
    trees = [tree.tree_ for tree in model.estimators_]
    return sum(tree.__getstate__()["nodes"].nbytes + tree.value.nbytes for tree in trees)


def test_a_module_is_no_larger_than_the_forest(large):
    module = bridge.to_torch(large, verify=False)
    tensors = [*module.parameters(), *module.buffers()]
    assert sum(tensor.numel() * tensor.element_size() for tensor in tensors) < size_of(large)
    # Arrays of numpy's are shared, not copied: none of them may be a piece of something larger.
    assert sum(tensor.untyped_storage().nbytes() for tensor in tensors) < size_of(large)


def test_laying_out_takes_little_beside_the_forest(large):
    trees = [tree.tree_ for tree in large.estimators_]
    tracemalloc.start()
    layout = lay_out([fitted_nodes(tree) for tree in trees], 4, rounds_rows=True)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < size_of(large)
    assert len(layout.child) == sum(tree.node_count for tree in trees)


def test_many_nodes_reach_scikit_learns_leaves(large):
    rows = RANDOM.normal(size=(3000, 4))
    module = bridge.to_torch(large, verify=False)
    for x in (rows, rows[:1]):
        np.testing.assert_array_equal(module.apply(torch.tensor(x)), large.apply(x))
        np.testing.assert_allclose(module.predict(torch.tensor(x)).detach(), large.predict(x), rtol=0, atol=1e-12)
