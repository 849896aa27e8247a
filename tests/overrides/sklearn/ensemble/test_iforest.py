"""Isolation forests and embeddings beyond the contract: rows at the offset, edges of splits, damaged pickles."""

import copy

import numpy as np
import pytest
import torch
from sklearn.ensemble import IsolationForest, RandomTreesEmbedding

import bridge
from bridge.errors import CorruptEstimatorError
from bridge.overrides.sklearn.ensemble._iforest import _least

X = np.random.default_rng(0).normal(size=(201, 4))


@pytest.mark.parametrize("contamination", ["auto", 0.005, 0.1, 0.25, 0.5])
@pytest.mark.parametrize("max_features", [1.0, 2])
def test_rows_whose_score_is_the_offset_keep_their_side(contamination, max_features):
    """A percentile of 201 scores is the score of a row itself: its decision value is 0, and it is an inlier."""
    rows = np.round(X, 1)
    forest = IsolationForest(
        n_estimators=15, contamination=contamination, max_features=max_features, random_state=0
    ).fit(rows)
    module = bridge.to_torch(forest)
    decision = forest.decision_function(rows)
    assert (decision == 0).any() == (contamination != "auto")
    np.testing.assert_array_equal(module.predict(torch.tensor(rows)), forest.predict(rows))
    np.testing.assert_allclose(module.decision_function(torch.tensor(rows)).detach(), decision, rtol=0, atol=1e-15)


@pytest.mark.parametrize("shift", [-2, -1, 0, 1, 2])
def test_an_offset_one_digit_beside_a_score(shift):
    forest = IsolationForest(n_estimators=10, random_state=0).fit(X)
    score = forest.score_samples(X[:1])[0]
    for _ in range(abs(shift)):
        score = np.nextafter(score, np.sign(shift))
    forest.offset_ = score
    assert bridge.to_torch(forest).predict(torch.tensor(X[:1])).item() == forest.predict(X[:1])[0]
    assert forest.predict(X[:1])[0] == (1 if shift <= 0 else -1)


@pytest.mark.parametrize("offset", [-2.0, 0.0, np.nan, -1.0])
def test_offsets_that_no_score_reaches(offset):
    forest = IsolationForest(n_estimators=3, random_state=0).fit(X)
    forest.offset_ = offset
    np.testing.assert_array_equal(bridge.to_torch(forest).predict(torch.tensor(X)), forest.predict(X))


def test_paths_around_every_threshold_and_far_away():
    forest = IsolationForest(n_estimators=8, max_samples=32, max_features=3, random_state=0).fit(X)
    blocks = []
    for tree, features in zip(forest.estimators_, forest.estimators_features_, strict=True):
        for node in np.flatnonzero(tree.tree_.children_left != -1):
            limit = tree.tree_.threshold[node]
            near = np.float32(limit)
            values = [limit, np.nextafter(limit, np.inf), np.nextafter(limit, -np.inf), near, np.nan, np.inf, -np.inf]
            values += [np.nextafter(near, np.float32(np.inf)), np.nextafter(near, np.float32(-np.inf)), 3e38]
            block = np.repeat(X[:1], len(values), axis=0)
            block[:, features[tree.tree_.feature[node]]] = values
            blocks.append(block)
    rows = np.vstack(blocks)
    result = bridge.to_torch(forest).score_samples(torch.tensor(rows)).detach()
    np.testing.assert_allclose(result, forest.score_samples(rows), rtol=0, atol=1e-15)


def test_least_finds_the_smallest_double():
    for value in (0.0, 5e-324, 1.0, np.nextafter(3.7, 4), 1e308):
        assert _least(lambda depth, value=value: depth >= value) == value
    assert _least(lambda depth: False) == np.inf


@pytest.mark.parametrize("part", ["_decision_path_lengths", "_average_path_length_per_tree", "estimators_features_"])
def test_parts_that_do_not_fit_are_refused(part):
    forest = IsolationForest(n_estimators=3, random_state=0).fit(X)
    wrong = copy.deepcopy(forest)
    if part == "estimators_features_":
        wrong = copy.deepcopy(IsolationForest(n_estimators=3, max_features=2, random_state=0).fit(X))
        wrong.estimators_features_[0][:] = 77
    else:
        setattr(wrong, part, getattr(wrong, part)[:2])
    with pytest.raises(CorruptEstimatorError):
        bridge.to_torch(wrong)


def test_an_embedding_whose_encoder_does_not_know_the_leaves_is_refused():
    embedding = RandomTreesEmbedding(n_estimators=3, random_state=0).fit(X)
    embedding.one_hot_encoder_.categories_[0] = embedding.one_hot_encoder_.categories_[0][:-1]
    with pytest.raises(CorruptEstimatorError, match="leaves"):
        bridge.to_torch(embedding)
