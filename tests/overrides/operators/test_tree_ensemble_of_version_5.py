"""TreeEnsemble, in float32 and float64, against onnxruntime and the evaluator of onnx."""

from unittest import mock

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, numpy_helper

from bridge.errors import CorruptEstimatorError
from bridge.overrides.forests.forest import Forest
from tests.overrides.operators.support import assert_same, convert, model_of, ort, reference

ROWS = np.random.default_rng(0).normal(size=(40, 3))
ROWS[:6] = [[0.25, 0.5, -0.5], [np.nan, 0, 1], [np.inf, -np.inf, np.nan], [0, 0, 0], [1e30, -1e30, 5], [2, 3, 1]]


def ensemble(x, trees, splits, features, modes, children, roots, weights, targets, members=(), tracks=None, **options):
    """``children``: per node ((id, is leaf) if true, (id, is leaf) if false)."""
    kind = x.dtype
    attributes = {
        "nodes_splits": numpy_helper.from_array(np.array(splits, dtype=kind)),
        "nodes_featureids": features,
        "nodes_modes": numpy_helper.from_array(np.array(modes, dtype=np.uint8)),
        "nodes_truenodeids": [pair[0][0] for pair in children],
        "nodes_trueleafs": [int(pair[0][1]) for pair in children],
        "nodes_falsenodeids": [pair[1][0] for pair in children],
        "nodes_falseleafs": [int(pair[1][1]) for pair in children],
        "tree_roots": roots,
        "leaf_targetids": targets,
        "leaf_weights": numpy_helper.from_array(np.array(weights, dtype=kind)),
        "n_targets": trees,
    }
    if len(members):
        attributes["membership_values"] = numpy_helper.from_array(np.array(members, dtype=kind))
    if tracks is not None:
        attributes["nodes_missing_value_tracks_true"] = tracks
    return model_of(
        "TreeEnsemble",
        {"x": x},
        ["y"],
        ml=5,
        opset=21,
        types=[TensorProto.DOUBLE if kind == np.float64 else TensorProto.FLOAT],
        **attributes,
        **options,
    )


HARD = [0.0, -0.0, 1.0, -1.0, 2.0, 0.1, 3e38, 1e-45, -1e-45, np.inf, -np.inf, np.nan]


@st.composite
def random_trees(draw):
    """Random trees in the form of version 5, with sets of whole numbers, and rows at and beside their thresholds."""
    splits, features, modes, children, tracks, roots, weights, targets, sets = [], [], [], [], [], [], [], [], {}
    n_targets = draw(st.integers(1, 3))
    kind, kind_of_trees = (
        draw(st.sampled_from([np.float32, np.float64])),
        draw(st.sampled_from([np.float32, np.float64])),
    )
    # What is asked in common decides the way down.
    allowed = draw(st.sampled_from([(0,), (1,), (2,), (3,), (0, 3), (1, 2), (0, 1), tuple(range(7)), (4, 5, 6)]))
    are_shared = draw(st.booleans())

    def grow(depth):
        node = len(splits)
        mode = draw(st.sampled_from(allowed))
        modes.append(mode)
        splits.append(draw(st.sampled_from(HARD)))
        features.append(draw(st.integers(0, 2)))
        tracks.append(draw(st.integers(0, 1)))
        children.append(None)
        if mode == 6:
            sets[node] = draw(st.lists(st.integers(1, 9), min_size=1, max_size=4, unique=True))
        pair = []
        for _ in range(2):
            done = [other for other, pair_of_other in enumerate(children) if pair_of_other]
            if are_shared and done and draw(st.booleans()):
                pair.append((draw(st.sampled_from(done)), False))
            elif depth > 0 and draw(st.booleans()):
                pair.append((grow(depth - 1), False))
            else:
                weights.append(float(draw(st.integers(-999, 999))))
                targets.append(draw(st.integers(0, n_targets - 1)))
                pair.append((len(weights) - 1, True))
        children[node] = tuple(pair)
        return node

    for _ in range(draw(st.integers(1, 3))):
        roots.append(grow(draw(st.integers(0, 3))))
    members = [value for node in sorted(sets) for value in [*map(float, sets[node]), np.nan]]
    thresholds = np.array(splits, dtype=kind_of_trees)
    with np.errstate(over="ignore"):
        limits = np.append(thresholds, HARD).astype(kind)
        near = np.concatenate([limits, *(np.nextafter(limits, kind(side)) for side in (-np.inf, np.inf))])
    value = st.sampled_from([*near.tolist(), 0.5, 3.0, 7.0, 9.0, 1e9])
    rows = draw(st.lists(st.tuples(value, value, value), min_size=1, max_size=8))
    parts = {"splits": thresholds, "features": features, "modes": modes, "children": children, "roots": roots}
    return are_shared, n_targets, parts, weights, targets, members, tracks, np.array(rows, dtype=kind)


def leaves_by_hand(parts, members, tracks, x):
    """The leaf of each row in each tree, one comparison after the other, in double."""
    ends = np.flatnonzero(np.isnan(members))
    sets = dict(zip(np.flatnonzero(np.array(parts["modes"]) == 6), np.split(members, ends + 1)[:-1], strict=True))

    def is_true(node, value):
        limit, mode = float(parts["splits"][node]), parts["modes"][node]
        if np.isnan(value) and tracks[node]:
            return True
        asked = (value <= limit, value < limit, value >= limit, value > limit, value == limit, value != limit)
        return bool(asked[mode]) if mode < 6 else value in sets[node]

    leaves = np.zeros((len(x), len(parts["roots"])), dtype=int)
    for i, row in enumerate(x.astype(np.float64)):
        for k, root in enumerate(parts["roots"]):
            node, is_leaf = root, False
            while not is_leaf:
                node, is_leaf = parts["children"][node][0 if is_true(node, row[parts["features"][node]]) else 1]
            leaves[i, k] = node
    return leaves


def strategies(model):
    """The module of a model, with the traversal strategy that it chooses and, forced, the others."""
    none = mock.Mock(return_value={})
    yield convert(model)[0]
    with mock.patch.object(Forest, "_masks", none):
        yield convert(model)[0]
        with mock.patch.object(Forest, "_records", none):
            yield convert(model)[0]


@settings(max_examples=300, deadline=None)
@given(random_trees(), st.integers(0, 3), st.booleans())
def test_random_ensembles(case, function, with_tracks):
    are_shared, n_targets, parts, weights, targets, members, tracks, x = case
    options = {"weights": weights, "targets": targets, "members": members, "aggregate_function": function}
    options["tracks"] = tracks if with_tracks else None
    model = ensemble(np.zeros((1, 3), dtype=parts["splits"].dtype), n_targets, **parts, **options)
    leaves = leaves_by_hand(parts, members, tracks if with_tracks else [0] * len(tracks), x)
    results = []
    for module in strategies(model):
        np.testing.assert_array_equal(module.leaf_index(torch.tensor(x)), leaves)
        for i, row in enumerate(torch.tensor(x)):  # one row has a strategy of its own
            np.testing.assert_array_equal(module.leaf_index(row[None])[0], leaves[i])
        results.append(module(torch.tensor(x)).detach().numpy())
        np.testing.assert_array_equal(results[-1], results[0])
    scripted = torch.jit.script(convert(model)[0])(torch.tensor(x)).detach().numpy()
    np.testing.assert_array_equal(results[0], scripted)
    if not are_shared and x.dtype == parts["splits"].dtype:
        tolerance = 1e-6 if x.dtype == np.float32 else 1e-12
        np.testing.assert_allclose(results[0], ort(model, {"x": x})[0], rtol=tolerance, atol=tolerance)


TREE_WITH_SETS = {
    "splits": [0.25, 0.0, 0.0],
    "features": [0, 1, 2],
    "modes": [0, 6, 6],
    "children": [((1, False), (2, False)), ((0, True), (1, True)), ((2, True), (3, True))],
    "weights": [0.1, 0.25, 0.3, 0.35],
    "targets": [0, 1, 0, 1],
    "members": [3.0, 0.0, np.nan, 5.0, np.nan],
}


@pytest.mark.parametrize("function", range(4))
@pytest.mark.parametrize(("transform", "in_onnxruntime"), [(0, 0), (1, 2), (2, 1), (3, 3), (4, 4)])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_ensemble_in_every_runtime(function, transform, in_onnxruntime, kind):
    x = ROWS.astype(kind)
    options = {"roots": [0, 1, 0], "tracks": [1, 0, 1], "aggregate_function": function}
    model = ensemble(x, 2, **TREE_WITH_SETS, **options, post_transform=transform)
    # onnxruntime numbers SOFTMAX and LOGISTIC the other way round.
    expected = ort(ensemble(x, 2, **TREE_WITH_SETS, **options, post_transform=in_onnxruntime), {"x": x})
    exact = kind == np.float64 and transform == 0
    assert_same(
        model,
        {"x": x},
        expected,
        rtol=1e-12 if exact else 2e-5,
        atol=1e-12 if exact else 2e-3 if transform == 4 else 2e-6,
        export=function == 1,
        script=transform == 0,
    )


@pytest.mark.parametrize("function", range(4))
def test_ensemble_equals_the_evaluator_of_onnx(function):
    x = np.nan_to_num(ROWS)
    x[:, 1] = np.arange(len(x)) % 4
    parts = {**TREE_WITH_SETS, "members": [3.0, 1.0, np.nan, 5.0, np.nan]}  # it takes 0 for the end of a set
    model = ensemble(x, 2, **parts, roots=[0], aggregate_function=function)
    ours = convert(model)[0](torch.tensor(x)).detach().numpy()
    (expected,) = reference(model, {"x": x})
    # The evaluator leaves the extreme of the type where a target has no weight.
    np.testing.assert_allclose(ours, np.where(np.abs(expected) > 1e300, 0, expected), rtol=1e-12)


def test_many_members_take_memory_of_their_number():
    n_sets = 3000
    model = ensemble(
        ROWS,
        1,
        splits=[0.0] * n_sets,
        features=[0] * n_sets,
        modes=[6] * n_sets,
        children=[((0, True), (1, True))] * n_sets,
        roots=list(range(n_sets)),
        weights=[1.0, 0.0],
        targets=[0, 0],
        members=[value for i in range(n_sets) for value in (float(i), np.nan)],
    )
    module, _ = convert(model)
    assert sum(buffer.numel() for buffer in module.buffers()) < 20 * n_sets
    x = torch.tensor([[2999.0, 0, 0], [3000.0, 0, 0], [0.5, 0, 0], [0.0, 0, 0]])
    assert module(x).flatten().tolist() == [1.0, 0.0, 0.0, 1.0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"roots": [3]}, "a root"),
        ({"children": [((0, True), (9, True))]}, "a false child"),
        ({"children": [((4, False), (1, True))]}, "a true child"),
        ({"children": [((0, False), (1, True))]}, "cycle"),
        ({"modes": [7]}, "mode 7"),
        ({"targets": [0, 2]}, "target of a weight 2"),
        ({"members": [1.0, np.nan]}, "1 sets of members for 0 nodes"),
        ({"modes": [6], "members": [1.0]}, "0 sets of members for 1 nodes"),
        ({"modes": [6], "members": [np.nan, 1.0]}, "not ended by NaN"),
        ({"aggregate_function": 4}, "aggregate_function 4"),
    ],
)
def test_corrupt_ensembles_are_refused(change, message):
    parts = {
        "splits": [0.0],
        "features": [0],
        "modes": [0],
        "children": [((0, True), (1, True))],
        "roots": [0],
        "weights": [1.0, 2.0],
        "targets": [0, 0],
    }
    with pytest.raises(CorruptEstimatorError, match=message):
        convert(ensemble(ROWS, 1, **{**parts, **change}))
