"""What the contract test does not see of perceptrons: rounding, one class, names, ways, damage."""

import numpy as np
import pytest
import torch
from sklearn.neural_network import MLPClassifier, MLPRegressor

import bridge
from bridge.errors import CorruptEstimatorError
from bridge.plans import Route

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(60, 3))
Y = RANDOM.integers(0, 3, 60)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def _fit(labels, **options):
    return MLPClassifier(4, max_iter=20, random_state=0, **options).fit(X, labels)


def _with_scores(model, scores):
    """The model with these scores in its last layer for every row."""
    model.coefs_ = [np.zeros_like(coef) for coef in model.coefs_]
    model.intercepts_ = [*model.intercepts_[:-1], np.array(scores)]
    return model


@pytest.mark.parametrize("score", [0.0, 1e-17, 1e-16, 3e-16, -1e-17, -3e-16])
def test_two_classes_are_told_apart_after_rounding(score):
    model = _with_scores(_fit(Y > 0), [score])
    assert bridge.to_torch(model).predict(torch.tensor(X[:1])).tolist() == model.predict(X[:1]).tolist()
    assert model.predict(X[:1]).tolist() == [score > 2e-16]


def test_classes_whose_probabilities_round_to_one_number_are_the_first_of_them():
    scores = [1.0, np.nextafter(1.0, 0), 1.0]
    model = _with_scores(_fit(Y), scores)
    assert bridge.to_torch(model).predict(torch.tensor(X[:2])).tolist() == model.predict(X[:2]).tolist() == [0, 0]


def test_a_single_class_is_predicted_with_two_probabilities():
    model = _fit(np.full(60, 5))
    module = bridge.to_torch(model)
    assert module.predict(torch.tensor(X)).tolist() == [5] * 60
    np.testing.assert_allclose(module.predict_proba(torch.tensor(X)).detach(), model.predict_proba(X), rtol=1e-12)


def test_saturated_outputs_have_scikit_learns_infinities_and_finite_gradients():
    for labels in (Y, Y > 0, np.eye(3, dtype=int)[Y]):
        model = _fit(labels)
        rows = np.vstack([X * 1e2, X * 1e5])
        with np.errstate(divide="ignore"):
            expected = model.predict_log_proba(rows)
        assert np.isinf(expected).any()
        x = torch.tensor(rows, requires_grad=True)
        result = bridge.to_torch(model).predict_log_proba(x)
        np.testing.assert_allclose(result.detach(), expected, rtol=1e-9)
        (gradient,) = torch.autograd.grad(result[result.isfinite()].sum(), x)
        assert gradient.isfinite().all()


def test_several_labels_are_zeros_and_ones():
    model = _fit(np.eye(3, dtype=int)[Y])
    predicted = bridge.to_torch(model).predict(torch.tensor(X))
    assert predicted.dtype == torch.int64
    assert predicted.tolist() == model.predict(X).tolist()


def test_parameters_have_scikit_learns_names_and_shapes():
    parameters = dict(bridge.to_torch(_fit(Y)).named_parameters())
    assert {name: tuple(value.shape) for name, value in parameters.items()} == {
        "coefs_.0": (3, 4),
        "coefs_.1": (4, 3),
        "intercepts_.0": (4,),
        "intercepts_.1": (3,),
    }


def test_only_a_poisson_regressor_leaves_the_road():
    targets = np.abs(X[:, 0])
    ways = {
        loss: bridge.plan(MLPRegressor(loss, 4, max_iter=20).fit(X, targets)).root.route
        for loss in ("squared_error", "poisson")
    }
    assert ways == {"squared_error": Route.ONNX, "poisson": Route.OVERRIDE}


@pytest.mark.parametrize(("labels", "classes"), [(Y, [0, 1]), (Y, [0, 1, 2, 3]), (Y > 0, [0, 1, 2])])
def test_classes_that_do_not_fit_the_outputs_are_damage(labels, classes):
    model = _fit(labels)
    model.classes_ = np.array(classes)
    with pytest.raises(CorruptEstimatorError, match=f"MLPClassifier.*{len(classes)} classes"):
        bridge.to_torch(model)
