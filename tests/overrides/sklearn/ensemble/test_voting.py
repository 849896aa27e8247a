"""Voting beyond the contract: ties, and votes that differ in their last digit."""

import itertools

import numpy as np
import pytest
import torch
from sklearn.ensemble import VotingClassifier
from sklearn.tree import DecisionTreeClassifier

import bridge
from bridge.errors import CorruptEstimatorError

X = np.array(list(itertools.product([0.0, 1.0, 2.0], repeat=3)))
LABELS = np.array(["c", "a", "b"])


def _voting(**options):
    """Three trees, each of which repeats one feature: every combination of votes occurs."""
    voting = VotingClassifier([(f"tree{i}", DecisionTreeClassifier()) for i in range(3)], **options)
    voting.fit(X, LABELS[X[:, 0].astype(int)])
    for i, tree in enumerate(voting.estimators_):
        tree.fit(X, voting.le_.transform(LABELS[X[:, i].astype(int)]))
    return voting


@pytest.mark.parametrize("voting", ["hard", "soft"])
@pytest.mark.parametrize("weights", [None, [0.1, 0.2, 0.3], [0.3, 0.2, 0.1], [0.3, 0.1, 0.2], [1, 1, 2], [0, 0, 1]])
def test_ties_fall_as_scikit_learn_lets_them(voting, weights):
    model = _voting(voting=voting, weights=weights)
    module = bridge.to_torch(model)
    for candidate in (module, torch.jit.script(module)):
        assert candidate.predict_labels(torch.tensor(X)) == model.predict(X).tolist()
    assert bridge.check_parity(model, X, runtimes=("onnxruntime",)).ok


def test_weights_that_do_not_fit_are_refused():
    model = _voting()
    model.weights = [1, 2]
    with pytest.raises(CorruptEstimatorError, match="3 estimators and weights of shape"):
        bridge.to_torch(model)
