"""Calibration beyond the contract: classes a fold did not see, rows without any probability, thresholds an ulp away."""

import copy

import numpy as np
import pytest
import torch
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

import bridge
from bridge.errors import UnsupportedError

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(90, 3))
Y = np.argmax(X + 0.4 * RANDOM.normal(size=X.shape), axis=1)
FOLDS = [(np.flatnonzero(Y < 2), np.arange(90)), (np.arange(0, 90, 2), np.arange(1, 90, 2))]


def assert_equal(model, rows=X):
    module = bridge.to_torch(model)
    for candidate in (module, torch.jit.script(module)):
        probabilities = candidate.predict_proba(torch.tensor(rows)).detach().numpy()
        np.testing.assert_allclose(probabilities, model.predict_proba(rows), rtol=0, atol=1e-14)
        np.testing.assert_array_equal(candidate.predict(torch.tensor(rows)), model.predict(rows))


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_a_fold_that_saw_two_of_three_classes(method):
    assert_equal(CalibratedClassifierCV(LogisticRegression(), method=method, cv=FOLDS).fit(X, Y))


def test_temperature_of_a_fold_that_saw_two_of_three_classes_is_refused():
    model = CalibratedClassifierCV(LogisticRegression(), method="temperature", ensemble=False).fit(X, Y)
    model.calibrated_classifiers_[0].estimator = LogisticRegression().fit(X[Y < 2], Y[Y < 2])
    with pytest.raises(UnsupportedError, match=r"CalibratedClassifierCV with method='temperature'.* 2 of 3 classes"):
        bridge.to_torch(model)


def test_no_probability_at_all_becomes_a_uniform_one():
    model = CalibratedClassifierCV(LogisticRegression(), method="isotonic", ensemble=False).fit(X, Y)
    for calibrator in model.calibrated_classifiers_[0].calibrators:
        calibrator.y_thresholds_[:] = 0.0
        calibrator._build_f(calibrator.X_thresholds_, calibrator.y_thresholds_)
    assert_equal(model)
    x = torch.tensor(X, requires_grad=True)
    result = bridge.to_torch(model).predict_proba(x)
    assert (result == 1 / 3).all()
    result.sum().backward()
    assert torch.isfinite(x.grad).all()


def test_scores_on_isotonic_thresholds_and_an_ulp_beside_them():
    score = RANDOM.normal(size=200)
    y = (score + RANDOM.normal(size=200) > 0).astype(int)
    base = LogisticRegression().fit(score.reshape(-1, 1), y)
    base.coef_[:], base.intercept_[:] = 1.0, 0.0
    model = CalibratedClassifierCV(FrozenEstimator(base), method="isotonic").fit(score.reshape(-1, 1), y)
    knots = model.calibrated_classifiers_[0].calibrators[0].X_thresholds_
    rows = np.concatenate([knots, np.nextafter(knots, 9), np.nextafter(knots, -9), [-1e300, 1e300]]).reshape(-1, 1)
    assert_equal(model, rows)
    report = bridge.check_parity(model, rows)
    assert report.ok
    assert report.max_error < 1e-15


def test_a_frozen_classifier_of_every_fold_is_asked_once(monkeypatch):
    model = CalibratedClassifierCV(FrozenEstimator(LogisticRegression().fit(X, Y)), ensemble=True, cv=3).fit(X, Y)
    module = bridge.to_torch(model)
    asked = []
    child = module.calibrated_classifiers_[0].estimator.estimator
    monkeypatch.setattr(child, "_decision_function", lambda x, f=child._decision_function: asked.append(1) or f(x))
    np.testing.assert_allclose(module.predict_proba(torch.tensor(X)).detach(), model.predict_proba(X), atol=1e-15)
    assert len(asked) == 1


def test_temperature_keeps_the_small_number_that_saves_the_logarithm():
    tree = DecisionTreeClassifier(max_depth=2, random_state=0)
    model = CalibratedClassifierCV(tree, method="temperature", cv=2).fit(X, Y)
    model.calibrated_classifiers_[0].calibrators[0].beta_ = 1.000004
    assert (model.calibrated_classifiers_[0].estimator.predict_proba(X) == 0).any()
    report = bridge.check_parity(model, X)
    assert report.ok
    assert report.max_error < 1e-12


def test_calibration_trains():
    model = CalibratedClassifierCV(LogisticRegression(), ensemble=False).fit(X, Y)
    module = copy.deepcopy(bridge.to_torch(model))
    names = dict(module.named_parameters())
    assert "calibrated_classifiers_.0.calibrators.2.a_" in names
    module.predict_proba(torch.tensor(X))[:, 0].sum().backward()
    assert all(parameter.grad.abs().sum() > 0 for parameter in names.values())
