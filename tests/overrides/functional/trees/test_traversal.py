"""Traversal strategies against scikit-learn, on rows at and around every threshold."""

import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.tree import DecisionTreeClassifier, ExtraTreeRegressor

import bridge
from bridge.overrides.forests.forest import Forest
from bridge.overrides.forests.histogram import HistogramForest
from bridge.overrides.functional.trees import packed as packed_trees
from bridge.overrides.functional.trees.bitmask import find_leaves_by_masks, mask_trees
from bridge.overrides.functional.trees.packed import ceil_to_float32, descend_packed, ordered_keys, pack_trees, row_keys
from bridge.overrides.functional.trees.ranks import rank_thresholds, rank_values
from bridge.overrides.functional.trees.sums import add_in_order, sum_in_order, value_of_leaves
from bridge.overrides.functional.trees.traversal import descend, descend_all_nodes

from .test_layout import around_thresholds, expected, grown, laid_out

STRATEGIES = {}


def strategy(function):
    """From a layout and columns to places of leaves; None where it does not serve."""
    STRATEGIES[function.__name__] = function
    return function


@strategy
def levels(layout, columns):
    tensors = (torch.tensor(part) for part in (layout.column, layout.threshold, layout.child))
    return descend(columns, *tensors, layout.n_trees, layout.depth)


@strategy
def packed(layout, columns, stages=None):
    trees = pack_trees(layout, ordered_keys(layout.threshold))
    shape = (trees.shift, trees.mask, layout.n_trees, trees.stages if stages is None else stages)
    return descend_packed(row_keys(columns), torch.tensor(trees.record), *shape)


@strategy
def packed_by_ranks(layout, columns):
    inner = ~layout.is_leaf
    key = np.zeros(len(layout.child), dtype=np.int64)
    limits, key[inner] = rank_thresholds(layout.column[inner], layout.threshold[inner], len(layout.feature))
    trees = pack_trees(layout, key)
    keys = rank_values(columns.t().contiguous(), torch.tensor(limits)).t().long() << 32
    return descend_packed(keys, torch.tensor(trees.record), trees.shift, trees.mask, layout.n_trees, trees.stages)


@strategy
def all_nodes(layout, columns):
    tensors = [torch.tensor(part) for part in (layout.column, layout.threshold, layout.child)]
    rows = [descend_all_nodes(row[None], *tensors, layout.n_trees, layout.depth) for row in columns]
    return torch.cat(rows)


@strategy
def masks(layout, columns, together=True):
    missing_right = np.zeros(len(layout.child), dtype=bool)  # the columns have none
    trees = mask_trees(layout.child, layout.column, layout.threshold, missing_right, layout.n_trees)
    if trees is None:
        return None
    tensors = [torch.tensor(part) for part in (trees.limits, trees.possible, trees.place)]
    return tensors[-1][find_leaves_by_masks(columns.t().contiguous(), *tensors, 1 << 40 if together else 0)]


@strategy
def masks_column_by_column(layout, columns):
    return masks(layout, columns, together=False)


def check(trees, rows, name, **options):
    layout = laid_out(trees, rows.shape[1])
    forest = Forest(layout)
    np.testing.assert_array_equal(forest.leaf_index(torch.tensor(rows)), expected(trees, rows))  # the one it chooses
    place = STRATEGIES[name](layout, forest._columns(torch.tensor(rows)), **options)
    if place is None:
        return False
    np.testing.assert_array_equal(torch.tensor(layout.node_id)[place], expected(trees, rows))
    return True


@pytest.mark.parametrize("name", list(STRATEGIES))
@pytest.mark.parametrize("n_trees", [1, 2, 3])
@pytest.mark.parametrize("leaves", [8, 16, 31, 32, 63, 64, None])
@pytest.mark.parametrize("gaps", [False, True])
def test_every_strategy_reaches_scikit_learns_leaves(name, n_trees, leaves, gaps):
    fitted = [grown(ExtraTreeRegressor, seed, 120, gaps=gaps, max_leaf_nodes=leaves) for seed in range(n_trees)]
    trees = [estimator.tree_ for estimator, _ in fitted]
    rows = np.vstack([around_thresholds(trees, np.nan_to_num(X[0])) for _, X in fitted])
    if leaves is None:
        rows = rows[:: len(rows) // 400]
    assert check(trees, rows, name) or leaves is None


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**20),
    n_trees=st.integers(1, 5),
    depth=st.one_of(st.none(), st.integers(1, 6)),
    gaps=st.booleans(),
    name=st.sampled_from(sorted(STRATEGIES)),
    values=st.lists(st.floats(width=64, allow_nan=True, allow_infinity=True), min_size=4, max_size=40),
)
def test_any_trees_and_rows_by_every_strategy(seed, n_trees, depth, gaps, name, values):
    trees = [grown(ExtraTreeRegressor, seed + i, gaps=gaps, max_depth=depth)[0].tree_ for i in range(n_trees)]
    check(trees, np.resize(np.array(values), (len(values) // 4 + 1, 4)), name)


@pytest.mark.parametrize("stages", [[2, 1, 1, 1], [3, 1, 2], [2, 4]])
def test_rows_that_are_done_keep_their_leaves(stages):
    """In a batch that is large enough for them to be left out, at any level."""
    X = np.sort(np.random.default_rng(0).normal(size=(60, 1)), axis=0)
    trees = [
        DecisionTreeClassifier(max_depth=depth, random_state=0).fit(X, np.arange(60) % 7 % 3).tree_
        for depth in (1, 2, sum(stages))
    ]
    rows = np.random.default_rng(1).normal(size=(2000, 1))
    assert check(trees, rows, "packed", stages=stages)


def test_stages_add_up_to_the_depth_and_leave_a_perfect_tree_whole():
    deep = grown(ExtraTreeRegressor, 0, 400)[0].tree_
    layout = laid_out([deep] * 3, 4)
    stages = pack_trees(layout, ordered_keys(layout.threshold)).stages
    assert sum(stages) == layout.depth > 8
    assert len(stages) > 1
    assert min(stages) >= 1 < stages[0]
    X = np.arange(64.0)[:, None]
    perfect = laid_out([DecisionTreeClassifier(max_depth=3, random_state=0).fit(X, X[:, 0] // 8).tree_], 1)
    assert pack_trees(perfect, ordered_keys(perfect.threshold)).stages == [3]


def test_trees_too_large_for_records_go_level_by_level(monkeypatch):
    layout = laid_out([grown(ExtraTreeRegressor, 0)[0].tree_], 4)
    wide = dataclasses.replace(layout, column=layout.column + 2**28)
    assert not len(pack_trees(wide, ordered_keys(wide.threshold)).record)

    def nothing(layout, key):
        return packed_trees.PackedTrees(np.zeros(0, dtype=np.int64), 0, 0, [layout.depth])

    monkeypatch.setattr("bridge.overrides.forests.forest.pack_trees", nothing)
    tree, X = grown(DecisionTreeClassifier, 0)
    module = bridge.to_torch(tree)
    np.testing.assert_array_equal(module.apply(torch.tensor(X)), tree.apply(X))


def test_ordered_keys_are_in_the_order_of_floats():
    values = np.array([-np.inf, -3e38, -1.0, -1e-45, -0.0, 0.0, 1e-45, 1.0, 3e38, np.inf], dtype=np.float32)
    keys = ordered_keys(values)
    assert (np.diff(keys) > 0).tolist() == (np.diff(values) > 0).tolist()
    np.testing.assert_array_equal(row_keys(torch.tensor(values[None]))[0] >> 32, keys)


@settings(deadline=None)
@given(st.floats(allow_nan=False), st.floats(allow_nan=False, width=32))
def test_ceil_to_float32_is_above_what_the_value_is_above(value, limit):
    near = torch.tensor([value, limit], dtype=torch.float64)
    assert (ceil_to_float32(near) > limit).tolist() == (near > limit).tolist()
    beside = torch.nextafter(near, torch.tensor([np.inf, -np.inf], dtype=torch.float64))
    assert (ceil_to_float32(beside) > limit).tolist() == (beside > limit).tolist()


def test_records_serve_columns_of_another_precision():
    values = torch.tensor([[1.0, -2.5]], dtype=torch.float64)
    assert torch.equal(row_keys(values), row_keys(values.float()))


@pytest.mark.parametrize("leaves", [20, 31, 32, 60, 64, 65])
def test_masks_follow_missing_values_in_both_directions(leaves):
    X = np.random.default_rng(0).normal(size=(600, 3))
    X[::3, 0] = np.nan
    model = HistGradientBoostingRegressor(max_leaf_nodes=leaves, max_iter=8, min_samples_leaf=2, random_state=0)
    model.fit(X, np.nan_to_num(X[:, 0], nan=1.0) * X[:, 1] + X[:, 2])
    module = bridge.to_torch(model)
    assert module._predictors.strategy == ("masks" if leaves <= 64 else "packed")
    limits = np.concatenate([step[0].nodes["num_threshold"] for step in model._predictors])
    limits = limits[np.isfinite(limits)]
    points = np.concatenate([limits, np.nextafter(limits, np.inf), np.nextafter(limits, -np.inf)])
    points = np.concatenate([points, [np.nan, np.inf, -np.inf, 0.0, -0.0, 1e300]])
    rows = np.random.default_rng(1).choice(points, size=(500, 3))
    np.testing.assert_allclose(module.predict(torch.tensor(rows)).detach(), model.predict(rows), rtol=0, atol=1e-12)


def test_masks_decline_what_does_not_pay():
    trees = [grown(ExtraTreeRegressor, 0, 200)[0].tree_]
    layout = laid_out(trees, 4)
    none = np.zeros(len(layout.child), dtype=bool)
    assert (layout.child == np.arange(len(layout.child))).sum() > 64
    assert mask_trees(layout.child, layout.column, layout.threshold, none, 1) is None
    small = laid_out([grown(ExtraTreeRegressor, 0, max_leaf_nodes=5)[0].tree_], 4)
    none = np.zeros(len(small.child), dtype=bool)
    assert mask_trees(small.child, small.column, small.threshold, none, 1) is not None
    assert mask_trees(small.child, small.column, small.threshold, none, 1, 3.0) is None  # 4 columns of a byte


def test_categories_go_by_records():
    X = np.column_stack([np.arange(300) % 7, np.random.default_rng(0).normal(size=300)])
    model = HistGradientBoostingRegressor(categorical_features=[0], max_iter=10, min_samples_leaf=2)
    model.fit(X, np.array([3, 1, 4, 1, 5, 9, 2])[np.arange(300) % 7] * X[:, 1])
    module = bridge.to_torch(model)
    assert isinstance(module._predictors, HistogramForest)
    assert module._predictors.strategy == "packed"
    rows = np.vstack([X, [[np.nan, 0.1], [-1, 0.1], [99, np.nan], [2, np.inf]]])
    np.testing.assert_allclose(module.predict(torch.tensor(rows)).detach(), model.predict(rows), rtol=0, atol=1e-12)


def test_ranks_count_the_thresholds_below():
    limits, rank = rank_thresholds(np.array([1, 0, 1, 1]), np.array([5.0, 2.0, -1.0, 5.0]), 2)
    assert limits.tolist() == [[2.0, np.inf, np.inf], [-1.0, 5.0, np.inf]]
    assert rank.tolist() == [1, 0, 0, 1]
    values = torch.tensor([[2.0, 2.1, np.nan, np.inf], [-1.0, 5.0, 6.0, -np.inf]], dtype=torch.float64)
    for many in (0, 100):
        assert rank_values(values, torch.tensor(limits), many).tolist() == [[0, 1, 0, 1], [0, 1, 2, 0]]


@settings(deadline=None)
@given(st.lists(st.floats(allow_nan=False), min_size=1, max_size=70), st.lists(st.floats(), max_size=40))
def test_ranks_by_steps_are_those_of_numpy(thresholds, values):
    limits, _ = rank_thresholds(np.zeros(len(thresholds), dtype=int), np.array(thresholds), 1)
    asked = np.array([*values, *thresholds, np.inf, -np.inf, np.nan])
    wanted = np.where(np.isnan(asked), 0, np.searchsorted(np.unique(thresholds), asked))
    assert rank_values(torch.tensor(asked[None]), torch.tensor(limits), 0)[0].tolist() == wanted.tolist()


def test_values_of_leaves_are_the_same_in_small_and_large_batches():
    value, node_id = torch.arange(5.0), torch.tensor([4, 2, 0, 1, 3])
    place = torch.tensor([[0, 1], [4, 3]])
    large = place.repeat(20, 1)
    assert value_of_leaves(value, node_id, place).tolist() == [[4.0, 2.0], [3.0, 1.0]]
    assert torch.equal(value_of_leaves(value, node_id, large), value_of_leaves(value, node_id, place).repeat(20, 1))


def test_add_in_order_is_sum_in_order():
    random = np.random.default_rng(0)
    start, steps = torch.tensor(random.normal(size=(4, 3))), torch.tensor(random.normal(size=(4, 50, 3)) * 1e8)
    assert torch.equal(sum_in_order(start, steps), add_in_order(start, steps.clone()))
