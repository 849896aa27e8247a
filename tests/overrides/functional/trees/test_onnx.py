"""Exact look-up, post transforms and the checks of forests, each alone."""

import time

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx.reference.ops.aionnxml import _common_classifier as onnx_transforms
from scipy.special import ndtri, softmax

from bridge.errors import CorruptEstimatorError
from bridge.overrides.functional.lookup import exact_index
from bridge.overrides.functional.post_transforms import post_transform, probit, second_class
from bridge.overrides.functional.trees.onnx import MEMBER, MODES, aggregate_leaves, flatten_onnx_trees, pack_leaves
from bridge.overrides.operators.tree_ensemble import OnnxForest

NUMBERS = st.floats(allow_nan=False, width=32) | st.sampled_from([0.0, -0.0, np.inf, -np.inf])


@settings(deadline=None)
@given(st.lists(NUMBERS, max_size=40), st.lists(NUMBERS | st.just(np.nan), max_size=40))
def test_exact_index(entries, values):
    table = np.unique(np.array(entries))
    place = {value: i for i, value in enumerate(table.tolist())}
    expected = [place.get(value, -1) for value in values]
    # values that are in the table are drawn rarely: ask for each of them too
    for asked, wanted in ((values, expected), (table.tolist(), list(range(len(table))))):
        x = torch.tensor(asked, dtype=torch.float64)
        assert exact_index(torch.tensor(table), x).tolist() == wanted
        assert torch.jit.script(exact_index)(torch.tensor(table), x).tolist() == wanted


def test_exact_index_tells_neighbours_apart():
    table = torch.tensor([np.nextafter(1.0, 0), 1.0, np.nextafter(1.0, 2)])
    assert exact_index(table, table).tolist() == [0, 1, 2]
    assert exact_index(table[::2].contiguous(), table).tolist() == [0, -1, 1]


SCORES = np.random.default_rng(0).normal(size=(20, 4)) * 3
SCORES[0] = 0
SCORES[1] = [0, 1e-9, 700, -700]
SCORES[2, 1] = 0


def test_logistic_and_softmax():
    x = torch.tensor(SCORES)
    np.testing.assert_allclose(post_transform(x, "LOGISTIC"), onnx_transforms.logistic(SCORES), rtol=1e-12, atol=1e-300)
    np.testing.assert_allclose(post_transform(x, "SOFTMAX"), softmax(SCORES, axis=1), rtol=1e-12)
    assert post_transform(x, "NONE") is x


def test_softmax_zero():
    rows = SCORES[2:]
    found = post_transform(torch.tensor(rows), "SOFTMAX_ZERO").numpy()
    for row, result in zip(rows, found, strict=True):
        counts = np.abs(row) > 1e-7
        np.testing.assert_allclose(result[counts], softmax(row[counts]), rtol=1e-12)
        np.testing.assert_allclose(result[~counts], 0, atol=1e-7)


def test_softmax_zero_has_a_slope():
    x = torch.tensor([[0.0, 1.0, 800.0, -800.0]], dtype=torch.float64, requires_grad=True)
    post_transform(x, "SOFTMAX_ZERO").square().sum().backward()
    assert torch.isfinite(x.grad).all()


def test_probit_is_the_approximation_of_the_operators():
    p = np.linspace(0.001, 0.999, 97)
    ours = probit(torch.tensor(p)).numpy()
    np.testing.assert_allclose(ours, onnx_transforms.probit(p), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(ours, ndtri(p), rtol=5e-3, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "complement", "expected"),
    [
        ("NONE", True, [[0.75, 0.25]]),
        ("NONE", False, [[-0.25, 0.25]]),
        ("SOFTMAX", True, [[0.75, 0.25]]),
        ("LOGISTIC", True, [[1 / (1 + np.exp(0.25)), 1 / (1 + np.exp(-0.25))]]),
    ],
)
def test_second_class(name, complement, expected):
    found = second_class(torch.tensor([[0.25]], dtype=torch.float64), name, complement)
    np.testing.assert_allclose(found, expected, rtol=1e-15)


def chain(n_nodes, order):
    """A tree that is one long way: node i goes to leaf i if true and to the next node, or the last leaf, if false."""
    node = np.asarray(order)
    place = np.empty(n_nodes, dtype=np.int64)
    place[node] = np.arange(n_nodes)
    n_leaves = n_nodes + 1
    below = np.append(place[1:] + n_leaves, n_leaves - 1)
    return {
        "operator": "Test",
        "n_leaves": n_leaves,
        "roots": place[:1] + n_leaves,
        "feature": np.zeros(n_nodes, dtype=np.int64),
        "threshold": node.astype(float),
        "mode": np.zeros(n_nodes, dtype=np.int64),
        "true_child": node,
        "false_child": below[node],
        "missing_true": np.zeros(n_nodes, dtype=bool),
        "member_values": np.zeros(0),
    }


def test_long_ways_are_checked_in_linear_time():
    order = np.random.default_rng(0).permutation(20_000)
    start = time.process_time()
    trees = flatten_onnx_trees(**chain(20_000, order))
    assert trees.depth == 20_000
    assert time.process_time() - start < 10


@pytest.mark.parametrize("last_mode", ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_EQ"])
@pytest.mark.parametrize("repeated", [False, True])
def test_way_through_a_chain(last_mode, repeated):
    """By order, and with the side that EQ goes to known before; twice the same nodes are in no order of levels."""
    arrays = chain(30, np.random.default_rng(0).permutation(30))
    arrays["mode"][arrays["threshold"] == 29] = MODES.index(last_mode)
    arrays["roots"] = np.repeat(arrays["roots"], 1 + repeated)
    trees = flatten_onnx_trees(**arrays)
    assert (trees.n_directions, trees.is_shared) == (int(last_mode == "BRANCH_EQ"), repeated)
    module = OnnxForest(
        "Test", trees, pack_leaves("Test", 31, 1, np.arange(31), np.zeros(31, int), np.ones(31)), 1, "SUM"
    )
    assert module.strategy == ("levels" if repeated else "packed" if trees.n_directions else "masks")
    x = torch.tensor([[-5.0], [0], [0.5], [7], [29], [29.5], [np.inf], [np.nan]], dtype=torch.float64)
    wanted = [0, 0, 1, 7, 30 if last_mode == "BRANCH_LT" else 29, 30, 30, 30]
    together = module.leaf_index(x)
    alone = torch.cat([module.leaf_index(row[None]) for row in x])
    assert together.tolist() == alone.tolist() == [[leaf] * (1 + repeated) for leaf in wanted]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"roots": np.array([], dtype=np.int64)}, "no tree"),
        ({"roots": np.array([999])}, "root 999 at 0 is outside 0 to 60"),
        ({"true_child": np.full(30, -1)}, "true child -1"),
        ({"feature": np.full(30, -1)}, "feature -1"),
        ({"feature": np.zeros(29, dtype=np.int64)}, "differ in length"),
        ({"false_child": np.arange(30) + 31}, "30 nodes are in a cycle"),
        ({"mode": np.full(30, MEMBER)}, "0 sets of members for 30 nodes"),
    ],
)
def test_corrupt_forests_are_refused(change, message):
    with pytest.raises(CorruptEstimatorError, match=f"Test: .*{message}"):
        flatten_onnx_trees(**{**chain(30, np.arange(30)), **change})


def test_one_heavy_leaf_takes_no_rectangle():
    n_leaves, heavy = 100_000, 100_000
    leaf = np.concatenate([np.arange(n_leaves), np.zeros(heavy, dtype=np.int64)])
    target = np.concatenate([np.zeros(n_leaves, dtype=np.int64), np.arange(heavy)])
    with pytest.raises(CorruptEstimatorError, match="too many weights"):
        pack_leaves("Test", n_leaves, heavy, leaf, target, np.ones(len(leaf)))


@pytest.mark.parametrize("function", ["SUM", "AVERAGE", "MIN", "MAX"])
@pytest.mark.parametrize(
    ("targets_of_leaf", "is_dense"),
    [
        ([[0, 1], [0, 1]], True),
        ([[2], [2]], True),
        ([[2, 0], [0, 2]], True),
        ([[1, 1], [1, 1]], False),
        ([[0], [1]], False),
    ],
)
def test_weights_of_leaves_come_together_per_target(function, targets_of_leaf, is_dense):
    leaf = np.repeat(np.arange(2), [len(part) for part in targets_of_leaf])
    target = np.concatenate(targets_of_leaf)
    weight = np.arange(1.0, 1 + len(leaf)) / 8
    targets, weights, dense = pack_leaves("Test", 2, 3, leaf, target, weight)
    assert dense == is_dense
    reached = np.array([[0, 1, 1], [0, 0, 0], [1, 1, 1]])
    found, scored = aggregate_leaves(
        torch.tensor(reached), torch.tensor(targets), torch.tensor(weights), 3, dense, function
    )
    for i, row in enumerate(reached):
        for k in range(3):
            terms = np.concatenate([weight[(leaf == one) & (target == k)] for one in row])
            assert bool(scored[i, k]) == (len(terms) > 0)
            total = terms.sum() / (3 if function == "AVERAGE" else 1)
            extreme = {"MIN": np.min, "MAX": np.max}.get(function)
            assert float(found[i, k]) == pytest.approx(extreme(terms) if extreme and len(terms) else total)
