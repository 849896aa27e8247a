"""AdaBoost beyond the contract: ties, one forest or many estimators, weights of estimators that were dropped."""

import numpy as np
import pytest
import torch
from sklearn.ensemble import AdaBoostClassifier, AdaBoostRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

import bridge
from bridge.errors import CorruptEstimatorError
from bridge.overrides.forests.fitted import FittedForest

RANDOM = np.random.default_rng(0)
X = np.round(RANDOM.normal(size=(200, 4)), 1)
Y = np.digitize(X[:, 0] + RANDOM.normal(size=200), [-0.7, 0.7])


@pytest.mark.parametrize("labels", [Y, Y > 0, np.array(["a", "b", "c"])[Y], Y * 2.0 - 1.0])
def test_decision_values_are_those_of_scikit_learn_to_the_last_digit(labels):
    model = AdaBoostClassifier(n_estimators=30, random_state=0).fit(X, labels)
    module = bridge.to_torch(model)
    assert isinstance(module.estimators_, FittedForest)
    assert np.array_equal(module.decision_function(torch.tensor(X)).detach(), model.decision_function(X))
    codes = module.predict(torch.tensor(X)).numpy()
    np.testing.assert_array_equal(model.classes_[codes] if module.class_names else codes, model.predict(X))


def test_votes_that_cancel_go_to_the_first_class():
    """Two stumps of equal weight against each other: a decision value of 0."""
    model = AdaBoostClassifier(n_estimators=2, random_state=0).fit(X, Y > 0)
    other = DecisionTreeClassifier(max_depth=1).fit(X, Y == 0)
    model.estimators_ = [DecisionTreeClassifier(max_depth=1).fit(X, Y > 0), other]
    model.estimator_weights_ = np.array([0.7, 0.7])
    decision = model.decision_function(X)
    assert (decision == 0).any()
    np.testing.assert_array_equal(bridge.to_torch(model).predict(torch.tensor(X)), model.predict(X))


def test_boosting_that_stopped_early_has_weights_left_over():
    model = AdaBoostClassifier(DecisionTreeClassifier(), n_estimators=5).fit(X[:3], [0, 1, 1])
    assert len(model.estimators_) < 5 == len(model.estimator_weights_) or len(model.estimators_) == 1
    result = bridge.to_torch(model).predict_proba(torch.tensor(X)).detach()
    np.testing.assert_allclose(result, model.predict_proba(X), rtol=0, atol=1e-15)


def test_trees_among_other_estimators_stay_children():
    model = AdaBoostClassifier(make_pipeline(StandardScaler(), DecisionTreeClassifier(max_depth=2)), n_estimators=3)
    with pytest.raises(ValueError, match="sample_weight"):
        model.fit(X, Y)
    model = AdaBoostClassifier(LogisticRegression(), n_estimators=3).fit(X, Y)
    assert [step.path for step in bridge.plan(model).root.children] == [
        "estimators_.0",
        "estimators_.1",
        "estimators_.2",
    ]
    assert any(name.startswith("estimators_.2.coef_") for name, _ in bridge.to_torch(model).named_parameters())


def test_a_median_between_equal_predictions_of_rounded_targets():
    target = np.round(X[:, 0] + 0.3 * X[:, 1])
    model = AdaBoostRegressor(DecisionTreeRegressor(max_depth=4), n_estimators=25, random_state=0).fit(X, target)
    rows = RANDOM.normal(size=(500, 4))
    np.testing.assert_array_equal(bridge.to_torch(model).predict(torch.tensor(rows)).detach(), model.predict(rows))


def test_values_of_leaves_train():
    for model in (AdaBoostClassifier(n_estimators=5), AdaBoostRegressor(n_estimators=5)):
        module = bridge.to_torch(model.fit(X, Y))
        result = module.decision_function(torch.tensor(X)) if hasattr(model, "classes_") else module(torch.tensor(X))
        result.square().sum().backward()
        assert module.estimators_.value.grad.abs().sum() > 0


def test_what_does_not_fit_together_is_refused():
    model = AdaBoostClassifier(n_estimators=3).fit(X, Y)
    model.estimator_weights_ = model.estimator_weights_[:2]
    with pytest.raises(CorruptEstimatorError, match="2 weights"):
        bridge.to_torch(model)
    model = AdaBoostClassifier(n_estimators=3).fit(X, Y)
    model.classes_ = model.classes_[:2]
    with pytest.raises(CorruptEstimatorError, match="classes"):
        bridge.to_torch(model)
    words = np.array(["a", "b", "c"])[Y]
    model = AdaBoostClassifier(LogisticRegression(), n_estimators=2).fit(X, words)
    model.estimators_[1] = LogisticRegression().fit(X, np.array(["b", "a", "c"])[Y % 2])
    with pytest.raises(CorruptEstimatorError, match=r"estimators_\.1 has the classes"):
        bridge.to_torch(model)
