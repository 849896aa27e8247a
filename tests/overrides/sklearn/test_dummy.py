"""Dummies beyond the contract: what is refused, and scikit-learn's own slips."""

import numpy as np
import pytest
import torch
from scipy.sparse import csc_matrix
from sklearn.dummy import DummyClassifier, DummyRegressor

import bridge
from bridge.errors import CorruptEstimatorError, UnsupportedError

X = np.zeros((6, 2))
WORDS = np.array(["b", "a", "b", "c", "b", "a"])


def test_joint_draws_of_sparse_answers_are_refused():
    model = DummyClassifier(strategy="stratified").fit(X, csc_matrix(np.eye(6, 2, dtype=int)))
    with pytest.raises(UnsupportedError, match="fitted on sparse targets"):
        bridge.to_torch(model)


def test_sparse_answers_are_positions():
    """scikit-learn fills a sparse result with the position of the class, not with its label."""
    y = np.array([[0, 5], [3, 5], [3, 0], [3, 5], [0, 5], [3, 0]])
    model = DummyClassifier().fit(X, csc_matrix(y))
    result = bridge.to_torch(model).predict(torch.as_tensor(X))
    np.testing.assert_array_equal(result, model.predict(X).toarray())


def test_the_first_of_equal_classes_is_the_answer():
    model = DummyClassifier(strategy="most_frequent").fit(X, [2, 1, 2, 1, 2, 1])
    assert bridge.to_torch(model).predict(torch.as_tensor(X)).tolist() == model.predict(X).tolist() == [1] * 6


def test_results_are_copies():
    """Writing into a result does not change the model."""
    module = bridge.to_torch(DummyClassifier().fit(X, WORDS))
    module.predict(torch.as_tensor(X)).fill_(2)
    assert module.predict_labels(torch.as_tensor(X)) == ["b"] * 6


def test_one_column_is_flat():
    model = DummyRegressor().fit(X, np.arange(6.0).reshape(-1, 1))
    assert bridge.to_torch(model).predict(torch.as_tensor(X)).shape == model.predict(X).shape == (6,)


def test_damage_is_found():
    model = DummyClassifier(strategy="constant", constant="b").fit(X, WORDS)
    model.constant = "z"
    with pytest.raises(CorruptEstimatorError, match="'z'"):
        bridge.to_torch(model)
