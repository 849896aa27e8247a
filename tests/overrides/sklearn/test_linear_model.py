"""What the contract test does not see of linear models: ties, saturation, names, damage."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import (
    LogisticRegression,
    Perceptron,
    RANSACRegressor,
    RidgeClassifier,
    SGDClassifier,
    SGDOneClassSVM,
)
from sklearn.tree import DecisionTreeRegressor

import bridge
from bridge.errors import CorruptEstimatorError
from bridge.plans import Route

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(60, 3))
Y = RANDOM.integers(0, 3, 60)


def _equal(model, method, rows):
    module = bridge.to_torch(model)
    with np.errstate(divide="ignore"):
        expected = getattr(model, method)(rows)
    np.testing.assert_allclose(getattr(module, method)(torch.tensor(rows)).detach(), expected, rtol=1e-12, atol=1e-15)


TINY = np.array([[0.0], [-0.0], [5e-324], [-5e-324], [1e-17], [-1e-17]])


@pytest.mark.parametrize("model", [LogisticRegression(fit_intercept=False), Perceptron(), RidgeClassifier()])
def test_a_score_of_zero_is_the_first_class(model):
    model.fit(np.array([[-1.0], [1.0]]), [3, 8])
    model.coef_, model.intercept_ = np.ones_like(model.coef_), np.zeros_like(model.intercept_)
    assert model.predict(TINY).tolist() == [3, 3, 8, 3, 8, 3]
    _equal(model, "predict", TINY)


def test_equal_scores_are_the_first_of_their_classes():
    model = LogisticRegression().fit(X, Y)
    model.coef_ = np.array([[0.0, 0, 0], [1, 0, 0], [1, 0, 0]])
    model.intercept_ = np.zeros(3)
    rows = np.array([[0.0, 1, 1], [1, 0, 0], [-1, 0, 0], [1e-320, 0, 0]])
    assert model.predict(rows).tolist() == [0, 1, 0, 1]
    _equal(model, "predict", rows)


@pytest.mark.parametrize("labels", [Y, Y > 0])
@pytest.mark.parametrize(
    "model", [LogisticRegression(), SGDClassifier("log_loss"), SGDClassifier("modified_huber")], ids=str
)
def test_far_rows_have_scikit_learns_infinities_and_finite_gradients(model, labels):
    model.fit(X, labels)
    rows = np.vstack([X * scale for scale in (1.0, 30.0, 600.0, 1e5, 1e150)])
    for method in ("decision_function", "predict_proba", "predict_log_proba", "predict"):
        _equal(model, method, rows)
    with np.errstate(divide="ignore"):
        assert np.isinf(model.predict_log_proba(rows)).any()
    x = torch.tensor(rows, requires_grad=True)
    result = bridge.to_torch(model).predict_log_proba(x)
    (gradient,) = torch.autograd.grad(result[result.isfinite()].sum(), x)
    assert gradient.isfinite().all()


def test_the_onnx_model_keeps_small_probabilities(tmp_path):
    """onnxruntime's own Sigmoid is 0 below -37."""
    model = LogisticRegression().fit(X, Y > 0)
    rows = np.vstack([X[:5] * scale for scale in (50.0, 200.0, 1000.0, 1e5)])
    bridge.export(model, tmp_path / "a", rows)
    served = bridge.load(tmp_path / "a", runtime="onnxruntime")
    with np.errstate(divide="ignore"):
        expected = model.predict_log_proba(rows)
    assert ((expected < -37) & np.isfinite(expected)).any()
    np.testing.assert_allclose(served.predict_log_proba(torch.tensor(rows)), expected, rtol=1e-12)


@pytest.mark.parametrize("loss", sorted(SGDClassifier.loss_functions))
def test_probabilities_exist_for_two_losses_only(loss):
    module = bridge.to_torch(SGDClassifier(loss, alpha=1.0).fit(X, Y))
    assert hasattr(module, "predict_proba") == (loss in ("log_loss", "modified_huber"))
    assert hasattr(module, "predict_log_proba") == (loss in ("log_loss", "modified_huber"))


def test_an_intercept_is_learned_where_it_was_fitted():
    fitted = bridge.to_torch(LogisticRegression().fit(X, Y))
    assert {name: tuple(value.shape) for name, value in fitted.named_parameters()} == {
        "coef_": (3, 3),
        "intercept_": (3,),
    }
    without = bridge.to_torch(LogisticRegression(fit_intercept=False).fit(X, Y))
    assert [name for name, _ in without.named_parameters()] == ["coef_"]
    assert torch.equal(without.intercept_, torch.zeros(3, dtype=torch.float64))
    one_class = bridge.to_torch(SGDOneClassSVM(fit_intercept=False).fit(X))
    assert [name for name, _ in one_class.named_parameters()] == ["coef_"]


def test_ridge_on_a_single_class_predicts_it():
    _equal(RidgeClassifier().fit(X, np.full(60, 4)), "predict", X)


def test_the_one_class_svm_gives_integers():
    model = SGDOneClassSVM(random_state=0).fit(X)
    predicted = bridge.to_torch(model).predict(torch.tensor(X))
    assert predicted.numpy().dtype == model.predict(X).dtype
    assert set(predicted.tolist()) == {-1, 1}


@pytest.mark.parametrize("classes", [[0, 1], [0, 1, 2, 3]])
def test_classes_that_do_not_fit_the_coefficients_are_damage(classes):
    model = LogisticRegression().fit(X, Y)
    model.classes_ = np.array(classes)
    with pytest.raises(CorruptEstimatorError, match=rf"LogisticRegression.*\(3, 3\).*{len(classes)} classes"):
        bridge.to_torch(model)


def test_more_than_two_classes_for_one_score_are_damage():
    model = Perceptron().fit(X, Y > 0)
    model.classes_ = np.arange(3)
    with pytest.raises(CorruptEstimatorError, match="Perceptron"):
        bridge.to_torch(model)


def test_ransac_is_planned_down_to_its_regressor():
    model = RANSACRegressor(DecisionTreeRegressor(max_depth=3), min_samples=10, random_state=0).fit(X, X[:, 0])
    (root, child) = bridge.plan(model).steps
    assert (root.route, child.route) == (Route.OVERRIDE, Route.OVERRIDE)
    assert (child.path, child.name) == ("estimator_", "DecisionTreeRegressor")
    _equal(model, "predict", X)
