"""Bagging beyond the contract: probabilities that underflow, absent classes, methods that scikit-learn cannot give."""

import re

import numpy as np
import pytest
import torch
from sklearn.ensemble import AdaBoostClassifier, BaggingClassifier, BaggingRegressor, HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

import bridge
from bridge.errors import CorruptEstimatorError, InputError
from bridge.overrides.forests.fitted import FittedForest

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(150, 5))
Y = np.digitize(X[:, 0] + 0.5 * RANDOM.normal(size=150), [-0.7, 0.7])


def around_thresholds(model):
    blocks = []
    for child, features in zip(model.estimators_, model.estimators_features_, strict=True):
        tree = child.tree_
        for node in np.flatnonzero(tree.children_left != -1):
            limit = tree.threshold[node]
            near = np.float32(limit)
            values = [limit, np.nextafter(limit, np.inf), np.nextafter(limit, -np.inf), near]
            values += [np.nextafter(near, np.float32(np.inf)), np.nextafter(near, np.float32(-np.inf))]
            block = np.repeat(X[:1], len(values), axis=0)
            block[:, features[tree.feature[node]]] = values
            blocks.append(block)
    return np.vstack(blocks)


@pytest.mark.parametrize("options", [{}, {"max_features": 2}, {"bootstrap_features": True}])
def test_trees_on_parts_of_the_features_are_one_forest(options):
    classifier = BaggingClassifier(n_estimators=7, random_state=0, **options).fit(X, Y)
    regressor = BaggingRegressor(n_estimators=7, random_state=0, **options).fit(X, X[:, 0])
    for model, method in ((classifier, "predict_proba"), (regressor, "predict")):
        module = bridge.to_torch(model)
        assert isinstance(module.estimators_, FittedForest)
        assert not bridge.plan(model).root.children
        rows = around_thresholds(model)
        result = getattr(module, method)(torch.tensor(rows)).detach()
        np.testing.assert_array_equal(result, getattr(model, method)(rows))


def test_logarithms_stay_finite_where_probabilities_are_zero():
    model = BaggingClassifier(GaussianNB(), n_estimators=4, random_state=0).fit(X, Y)
    rows = X * 1e2
    with np.errstate(divide="ignore"):
        assert np.isinf(np.log(model.predict_proba(rows))).any()
    expected = model.predict_log_proba(rows)
    assert expected.min() < -1000
    for result in (bridge.to_torch(model), torch.jit.script(bridge.to_torch(model))):
        np.testing.assert_allclose(result.predict_log_proba(torch.tensor(rows)).detach(), expected, rtol=1e-12)


def test_a_class_that_an_estimator_never_saw_has_no_part_in_it():
    labels = np.where(np.arange(150) < 2, 2, Y > 0)
    for step in (LogisticRegression(), DecisionTreeClassifier(max_depth=3)):
        base = make_pipeline(StandardScaler(), step)  # takes no weights, so that it sees the rows that it drew only
        model = BaggingClassifier(base, n_estimators=6, max_samples=0.3, random_state=1).fit(X, labels)
        assert {len(child.classes_) for child in model.estimators_} == {2, 3}
        module = bridge.to_torch(model)
        for method in ("predict_proba", "predict_log_proba"):
            with np.errstate(divide="ignore"):
                expected = getattr(model, method)(X)
            np.testing.assert_allclose(getattr(module, method)(torch.tensor(X)).detach(), expected, atol=1e-12)


def test_decision_values_of_estimators_with_fewer_classes_cannot_be_added():
    labels = np.where(np.arange(150) < 2, 2, Y > 0)
    base = make_pipeline(StandardScaler(), LogisticRegression())
    model = BaggingClassifier(base, n_estimators=6, max_samples=0.3, random_state=1).fit(X, labels)
    with pytest.raises(ValueError, match="broadcast"):
        model.decision_function(X)
    module = bridge.to_torch(model)
    with pytest.raises(InputError, match=re.escape(module.raising["decision_function"])):
        module.decision_function(torch.as_tensor(X))
    assert hasattr(module, "predict_proba")


def test_votes_that_tie_go_to_the_first_class():
    model = BaggingClassifier(SVC(), n_estimators=2, random_state=0).fit(X, Y)
    proba = model.predict_proba(X)
    assert (proba == 0.5).any()
    module = bridge.to_torch(model)
    np.testing.assert_array_equal(module.predict_proba(torch.tensor(X)).detach(), proba)
    np.testing.assert_array_equal(module.predict(torch.tensor(X)), model.predict(X))


def table_of_words():
    table = np.empty((150, 5), dtype=object)
    table[:, :2] = X[:, :2]
    for column, words in ((2, ["a", "b", "c"]), (3, ["up", "down"]), (4, ["a", "z", "", "Ä"])):
        table[:, column] = np.array(words)[RANDOM.integers(len(words), size=150)]
    return table


@pytest.mark.parametrize("options", [{}, {"max_features": 3}, {"max_features": 4, "bootstrap_features": True}])
def test_estimators_on_words_see_the_vocabulary_of_their_own_columns(options):
    table = table_of_words()
    base = make_pipeline(OneHotEncoder(handle_unknown="ignore"), LogisticRegression())
    model = BaggingClassifier(base, n_estimators=4, random_state=0, **options).fit(table[:, 2:][:, [0, 1, 2, 1]], Y)
    rows = table[:, 2:][::-1][:, [0, 1, 2, 1]]
    rows[::7, 0] = "unknown"
    module = bridge.to_torch(model)
    result = module.predict_proba(module.encode(rows)).detach()
    np.testing.assert_allclose(result, model.predict_proba(rows), atol=1e-12)


def test_boosted_estimators_on_words():
    table = table_of_words()
    base = HistGradientBoostingClassifier(categorical_features=[2, 3, 4], max_iter=3, min_samples_leaf=5)
    model = AdaBoostClassifier(base, n_estimators=3, random_state=0).fit(table, (table[:, 2] == "a") | (Y > 1))
    module = bridge.to_torch(model)
    result = module.decision_function(module.encode(table[::-1])).detach()
    np.testing.assert_allclose(result, model.decision_function(table[::-1]), atol=1e-12)


def test_what_does_not_fit_together_is_refused():
    def fit(**options):
        return BaggingClassifier(n_estimators=3, random_state=0, **options).fit(X, Y)

    model = fit(max_features=2)
    model.estimators_features_[1][:] = 5
    with pytest.raises(CorruptEstimatorError, match="estimators_features_"):
        bridge.to_torch(model)
    model = fit(max_features=3)
    model.estimators_features_ = [features[:1] for features in model.estimators_features_]
    with pytest.raises(CorruptEstimatorError, match="damaged"):
        bridge.to_torch(model)
    model = fit(estimator=LogisticRegression())
    model.estimators_[0].classes_ = np.array([0, 1, 9])
    with pytest.raises(CorruptEstimatorError, match="classes of its own"):
        bridge.to_torch(model)
    model = fit()
    model.estimators_ = model.estimators_[:2]
    with pytest.raises(CorruptEstimatorError, match="2 estimators"):
        bridge.to_torch(model)
