"""The layout of trees and the descent: against scikit-learn's own, at and around every threshold."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeRegressor

from bridge.overrides.errors import CorruptEstimatorError
from bridge.overrides.forests.fitted import fitted_nodes
from bridge.overrides.forests.forest import Forest
from bridge.overrides.functional.trees.columns import floor_to_float32
from bridge.overrides.functional.trees.layout import lay_out
from bridge.overrides.functional.trees.paths import decision_path, path_bounds
from bridge.overrides.functional.trees.sums import sum_in_order
from bridge.overrides.functional.trees.traversal import descend

FLOAT32 = np.finfo(np.float32)


def laid_out(trees, n_features):
    """Trees of scikit-learn."""
    return lay_out([fitted_nodes(tree) for tree in trees], n_features, rounds_rows=True)


def reached(trees, rows):
    """``node_id`` of the leaves that float64 rows reach, level by level."""
    layout = laid_out(trees, rows.shape[1])
    tensors = (torch.tensor(part) for part in (layout.column, layout.threshold, layout.child))
    columns = Forest(layout)._columns(torch.tensor(rows))
    return layout, torch.tensor(layout.node_id)[descend(columns, *tensors, len(trees), layout.depth)]


def path(trees, layout, leaf):
    """The indicator of the nodes passed."""
    counts = [tree.node_count for tree in trees]
    bounds = (torch.tensor(part) for part in path_bounds(layout, sum(counts)))
    return decision_path(leaf, *bounds, torch.tensor(np.repeat(np.arange(len(trees)), counts)))


def expected(trees, rows):
    """The same by scikit-learn's Cython code, which takes every float32: infinities and NaN included."""
    with np.errstate(over="ignore"):
        x = np.ascontiguousarray(rows, dtype=np.float32)
    first = np.cumsum([0] + [tree.node_count for tree in trees])[:-1]
    return np.stack([tree.apply(x) for tree in trees], axis=1) + first


def around_thresholds(trees, row):
    """A row for every threshold, its neighbours in float64 and float32, and the values beyond all thresholds."""
    blocks = []
    for tree in trees:
        for node in np.flatnonzero(tree.children_left != -1):
            limit = tree.threshold[node]
            near = np.float32(limit)
            values = [limit, np.nextafter(limit, np.inf), np.nextafter(limit, -np.inf), near]
            values += [np.nextafter(near, np.float32(np.inf)), np.nextafter(near, np.float32(-np.inf))]
            values += [np.nan, np.inf, -np.inf, 0.0, -0.0, 1e300, -1e300, 1e-320, FLOAT32.max, -FLOAT32.max]
            block = np.repeat(row[None], len(values), axis=0)
            block[:, tree.feature[node]] = values
            blocks.append(block)
    return np.vstack(blocks)


def grown(kind, seed, n_rows=60, n_features=4, gaps=False, **options):
    random = np.random.default_rng(seed)
    X = random.normal(size=(n_rows, n_features)) * 10.0 ** random.integers(-3, 6, size=n_features)
    X[::5] = np.round(X[::5])
    if gaps:
        X[random.random(X.shape) < 0.2] = np.nan
    y = random.integers(0, 3, size=n_rows)
    return kind(random_state=0, **options).fit(X, y), X


@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("kind", [DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeRegressor])
def test_leaves_are_scikit_learns_around_every_threshold(kind, gaps):
    fitted = [grown(kind, seed, gaps=gaps) for seed in range(3)]
    trees = [estimator.tree_ for estimator, _ in fitted]
    rows = np.vstack([around_thresholds(trees, np.nan_to_num(X[0])) for _, X in fitted])
    np.testing.assert_array_equal(reached(trees, rows)[1], expected(trees, rows))


def test_a_split_of_missing_from_all_others():
    """scikit-learn's threshold is infinite there: everything but NaN is on its left."""
    X = np.array([[1.0], [2.0], [np.nan], [np.nan]])
    tree = DecisionTreeClassifier().fit(X, [0, 0, 1, 1]).tree_
    assert np.isinf(tree.threshold[0])
    rows = np.array([[0.0], [np.inf], [-np.inf], [FLOAT32.max], [1e300], [np.nan]])
    np.testing.assert_array_equal(reached([tree], rows)[1], expected([tree], rows))


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**20),
    n_trees=st.integers(1, 4),
    depth=st.one_of(st.none(), st.integers(1, 6)),
    leaves=st.one_of(st.none(), st.integers(2, 20)),
    gaps=st.booleans(),
    values=st.lists(st.floats(width=64, allow_nan=True, allow_infinity=True), min_size=4, max_size=40),
)
def test_any_trees_and_rows(seed, n_trees, depth, leaves, gaps, values):
    trees = [
        grown(ExtraTreeRegressor, seed + i, gaps=gaps, max_depth=depth, max_leaf_nodes=leaves)[0].tree_
        for i in range(n_trees)
    ]
    rows = np.resize(np.array(values), (len(values) // 4 + 1, 4))
    layout, leaf = reached(trees, rows)
    np.testing.assert_array_equal(leaf, expected(trees, rows))
    with np.errstate(over="ignore"):
        x = np.ascontiguousarray(rows, dtype=np.float32)
    np.testing.assert_array_equal(
        path(trees, layout, leaf), np.hstack([tree.decision_path(x).toarray() for tree in trees])
    )


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floor_to_float32_is_the_largest_not_above(limit):
    floor = floor_to_float32(np.array([limit]))[0]
    assert floor.dtype == np.float32
    if limit >= -float(FLOAT32.max):
        assert float(floor) <= limit
        assert floor == FLOAT32.max or float(np.nextafter(floor, np.float32(np.inf))) > limit


def test_floor_to_float32_beyond_the_range():
    floors = floor_to_float32(np.array([np.inf, 1e300, -1e300, -np.inf]))
    assert floors.tolist() == [np.inf, FLOAT32.max, -np.inf, -np.inf]
    assert np.isnan(floor_to_float32(np.array([np.nan]))).all()


def test_one_node_trees_and_deep_ones_side_by_side():
    X = np.arange(200.0)[:, None]
    deep = DecisionTreeRegressor().fit(X[:60], 3.0 ** np.arange(60)).tree_
    assert deep.max_depth > 40
    stump = DecisionTreeRegressor().fit(X, np.zeros(200)).tree_
    assert stump.node_count == 1
    rows = np.linspace(-5, 70, 200)[:, None]
    for trees in ([stump], [stump, stump], [stump, deep, stump]):
        np.testing.assert_array_equal(reached(trees, rows)[1], expected(trees, rows))


def test_nodes_cut_off_are_passed_by_no_row():
    """A tree pruned in place keeps nodes that nothing leads to."""
    tree = grown(DecisionTreeClassifier, 0)[0].tree_
    for name in ("children_left", "children_right"):
        getattr(tree, name)[0] = -1
    layout, leaf = reached([tree], np.zeros((3, 4)))
    assert layout.depth == 0
    assert path([tree], layout, leaf).sum(dim=0).tolist() == [3] + [0] * (tree.node_count - 1)


def arrays(**changes):
    fields = {
        "children_left": np.array([1, -1, 3, -1, -1]),
        "children_right": np.array([2, -1, 4, -1, -1]),
        "feature": np.array([0, -2, 1, -2, -2]),
        "threshold": np.array([0.5, -2.0, 1.5, -2.0, -2.0]),
        "missing_go_to_left": np.zeros(5, dtype=np.uint8),
    }
    for name, (index, value) in changes.items():
        fields[name][index] = value
    return SimpleNamespace(**fields)


def test_the_undamaged_arrays_pass():
    assert laid_out([arrays(), arrays()], 2).depth == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"children_left": (2, 5)}, "node 2 has a child outside"),
        ({"children_right": (0, -2)}, "node 0 has a child outside"),
        ({"children_right": (2, -1)}, "node 2 has a child outside"),
        ({"feature": (2, 2)}, "node 2 splits on none of 2 features"),
        ({"feature": (0, -1)}, "node 0 splits on none"),
        ({"children_left": (2, 0)}, "two parents"),
        ({"children_left": (2, 2)}, "two parents"),
        ({"children_left": (2, 4)}, "two parents"),
        ({"children_left": (2, 1)}, "two parents"),
    ],
)
def test_damaged_trees_are_refused(changes, words):
    with pytest.raises(CorruptEstimatorError, match=words):
        laid_out([arrays(), arrays(**changes)], 2)


def test_arrays_of_other_lengths_are_refused():
    tree = arrays()
    tree.threshold = tree.threshold[:3]
    with pytest.raises(CorruptEstimatorError, match="threshold"):
        laid_out([tree], 2)
    with pytest.raises(CorruptEstimatorError, match="no tree"):
        laid_out([], 2)


def test_sum_in_order_rounds_as_a_loop_does():
    random = np.random.default_rng(0)
    start, steps = (
        random.normal(size=(50, 3)),
        random.normal(size=(50, 300, 3)) * 10.0 ** random.integers(-8, 8, 300)[:, None],
    )
    total = start.copy()
    for step in range(300):
        total += steps[:, step]
    assert np.array_equal(sum_in_order(torch.tensor(start), torch.tensor(steps)), total)
    assert not np.array_equal(start + steps.sum(axis=1), total)
