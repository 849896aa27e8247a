"""Meta-estimators beyond the contract: ties, thresholds to the last digit, refusals, damage."""

import numpy as np
import pytest
import torch
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier, OutputCodeClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier, RegressorChain
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

import bridge
from bridge.errors import CorruptEstimatorError, InputError, UnsupportedError

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(60, 3))
Y = RANDOM.integers(0, 3, 60)


def _equal(model, method="predict", rows=X, **options):
    module = bridge.to_torch(model)
    values, expected = getattr(module, method)(torch.tensor(rows)).detach(), getattr(model, method)(rows)
    np.testing.assert_allclose(values, expected, rtol=1e-12, atol=1e-12, **options)
    return module


@pytest.mark.parametrize("strategy", [OneVsRestClassifier, OneVsOneClassifier])
def test_scores_that_tie_go_to_the_first_class(strategy):
    model = strategy(LinearSVC()).fit(X, Y)
    for part in model.estimators_:
        part.coef_, part.intercept_ = np.zeros((1, 3)), np.zeros(1)
    assert set(_equal(model).predict(torch.tensor(X)).tolist()) == set(model.predict(X).tolist())


def test_equal_code_words_go_to_the_first_class():
    model = OutputCodeClassifier(DecisionTreeClassifier(max_depth=2), code_size=0.7, random_state=0).fit(X, Y)
    model.code_book_ = np.array([[0.0, 1.0], [1.0, 1.0], [0.0, 1.0]])
    assert 2 not in _equal(model).predict(torch.tensor(X)).tolist()
    model.code_book_ = model.code_book_[:, :1]
    with pytest.raises(CorruptEstimatorError, match="code book"):
        bridge.to_torch(model)


def test_a_label_that_is_never_on():
    labels = np.stack([Y == 0, Y == 9, Y == 2], axis=1).astype(int)
    with pytest.warns(UserWarning, match="not 1 is present"):
        model = OneVsRestClassifier(LogisticRegression()).fit(X, labels)
    _equal(model)
    _equal(model, "predict_proba")


@pytest.mark.parametrize("step", [-1, 0, 1])
@pytest.mark.parametrize("method", ["predict_proba", "decision_function"])
@pytest.mark.parametrize("positive", [0, 1])
def test_a_threshold_is_reached_to_the_last_digit(step, method, positive):
    model = LogisticRegression().fit(X, Y > 0)
    score = model.decision_function(X[:1])[0] if method == "decision_function" else model.predict_proba(X[:1])[0, 1]
    own = bridge.to_torch(model)
    exact = getattr(own, method)(torch.tensor(X[:1]))[0]
    exact = float(exact.detach() if method == "decision_function" else exact.detach()[positive])
    exact = -exact if method == "decision_function" and positive == 0 else exact
    threshold = exact if step == 0 else float(np.nextafter(exact, step * np.inf))
    labels = np.where(Y > 0, 1, 0)
    fixed = FixedThresholdClassifier(
        LogisticRegression(), threshold=threshold, response_method=method, pos_label=positive
    ).fit(X, labels)
    found = int(bridge.to_torch(fixed).predict(torch.tensor(X[:1]))[0])
    assert found == (positive if step <= 0 else 1 - positive)
    assert np.isfinite(score)


def test_a_search_without_its_best_estimator_says_so():
    search = GridSearchCV(LogisticRegression(), {"C": [1.0]}, refit=False).fit(X, Y)
    with pytest.raises(UnsupportedError, match="refit=True"):
        bridge.to_torch(search)


def test_a_threshold_needs_two_classes():
    model = FixedThresholdClassifier(LogisticRegression()).fit(X, np.where(Y > 0, 1, 0))
    model.estimator_ = LogisticRegression().fit(X, Y)
    with pytest.raises(UnsupportedError, match="3 classes"):
        bridge.to_torch(model)


def test_a_chain_of_many_classes_raises_for_probabilities():
    model = ClassifierChain(LogisticRegression()).fit(X, np.stack([Y, Y > 0], axis=1))
    module = _equal(model)
    with pytest.raises(InputError, match="3 classes"):
        module.predict_proba(torch.tensor(X))
    model = ClassifierChain(LinearSVC()).fit(X, np.stack([Y > 1, Y > 0], axis=1))
    with pytest.raises(InputError, match="LinearSVC has no predict_proba"):
        bridge.to_torch(model).predict_log_proba(torch.tensor(X))


def test_an_order_that_is_none():
    model = RegressorChain(Ridge()).fit(X, np.stack([Y, -Y], axis=1))
    model.order_ = np.array([0, 0])
    with pytest.raises(CorruptEstimatorError, match="order_"):
        bridge.to_torch(model)


def test_the_gradient_goes_through_a_chain():
    module = bridge.to_torch(RegressorChain(Ridge(), order=[1, 0]).fit(X, np.stack([Y, -Y], axis=1)))
    module.predict(torch.tensor(X)).sum().backward()
    gradients = {name: parameter.grad for name, parameter in module.named_parameters()}
    assert {"estimators_.0.coef_", "estimators_.1.coef_"} <= set(gradients)
    assert all(torch.isfinite(gradient).all() and gradient.abs().sum() > 0 for gradient in gradients.values())


def test_words_of_several_outputs():
    words = np.array(["ant", "bee", "cat"])
    model = MultiOutputClassifier(LogisticRegression()).fit(X, np.stack([words[Y], words[Y % 2]], axis=1))
    module = bridge.to_torch(model)
    codes = module.predict(torch.tensor(X)).tolist()
    named = [[module.output_class_names[i][code] for i, code in enumerate(row)] for row in codes]
    assert named == model.predict(X).tolist()


def test_a_search_for_a_process_has_what_its_predict_takes():
    search = GridSearchCV(GaussianProcessRegressor(alpha=0.1), {"alpha": [0.1]}, cv=2).fit(X, Y)
    assert bridge.plan(search).root.methods == ("predict",)
