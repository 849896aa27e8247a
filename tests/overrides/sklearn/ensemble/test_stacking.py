"""Stacking beyond the contract: methods that scikit-learn's own cannot serve, and attributes that contradict."""

import re

import numpy as np
import pytest
import torch
from sklearn.ensemble import StackingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.tree import DecisionTreeClassifier

import bridge
from bridge.errors import CorruptEstimatorError, InputError

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(80, 3))
Y = (X[:, :2] + 0.5 * RANDOM.normal(size=(80, 2)) > 0).astype(int)


def _network():
    return MLPClassifier((4,), tol=1.0, random_state=0)


def test_two_labels_lose_the_first_column_of_an_array_of_probabilities():
    """The rule for two classes counts the list of labels: scikit-learn drops the first label of two."""
    stack = StackingClassifier(
        [("network", _network()), ("tree", DecisionTreeClassifier(max_depth=2))], _network(), cv=2
    )
    stack.fit(X, Y)
    assert stack.transform(X).shape == (80, 3)
    module = bridge.to_torch(stack)
    np.testing.assert_allclose(module.transform(torch.tensor(X)).detach(), stack.transform(X), atol=1e-14)
    np.testing.assert_array_equal(module.predict(torch.tensor(X)), stack.predict(X))


def test_probabilities_that_scikit_learn_cannot_give_raise_here_too():
    stack = StackingClassifier([("tree", DecisionTreeClassifier(max_depth=2))], _network(), cv=2).fit(X, Y)
    with pytest.raises(IndexError):
        stack.predict_proba(X)
    module = bridge.to_torch(stack)
    with pytest.raises(InputError, match=re.escape(module.raising["predict_proba"])):
        module.predict_proba(torch.as_tensor(X))


def test_methods_that_contradict_are_refused():
    stack = StackingClassifier([("a", LogisticRegression()), ("b", LogisticRegression())], cv=2).fit(X, Y[:, 0])
    stack.stack_method_ = ["predict_proba", "predict"]
    with pytest.raises(CorruptEstimatorError, match="stack_method"):
        bridge.to_torch(stack)
