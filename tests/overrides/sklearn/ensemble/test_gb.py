"""Gradient boosting on top of an ``init`` estimator that computes in float32: what is exact, and what is bounded."""

import dataclasses

import numpy as np
import pytest
import torch
from sklearn.datasets import make_classification
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor, VotingRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    PolynomialFeatures,
    RobustScaler,
    StandardScaler,
)
from sklearn.tree import DecisionTreeRegressor

import bridge
from bridge.errors import ParityError, UnsupportedError
from bridge.overrides.tolerances import TOLERANCES
from bridge.parity.reference import EstimatorReference

X, Y = make_classification(200, 5, n_informative=4, n_redundant=0, n_classes=3, random_state=0)
X = X * [1, 10, 0.1, 1, 1] + [0, 50, 0, 0, -3]
TARGET = np.sin(X[:, 0]) + 0.1 * X[:, 1] + 0.1 * Y
UNSEEN = np.random.default_rng(0).normal(X.mean(axis=0), 1.5 * X.std(axis=0), size=(300, 5))


def boosted(init):
    return GradientBoostingRegressor(init=init, n_estimators=3, random_state=0).fit(X[:150], TARGET[:150])


@pytest.mark.parametrize("init", [LinearRegression(), Ridge(), VotingRegressor([("a", Ridge()), ("b", Ridge(0.1))])])
def test_predictions_agree_to_the_rounding_of_float32(init):
    """A float32 product of 5 terms and an intercept is within 6 halves of 2**-23 of the sum of their sizes."""
    model = boosted(init)
    module = bridge.to_torch(model)
    terms = np.abs(UNSEEN * LinearRegression().fit(X[:150], TARGET[:150]).coef_).sum(axis=1) + np.abs(TARGET).max() + 10
    error = np.abs(module.predict(torch.tensor(UNSEEN)).detach().numpy() - model.predict(UNSEEN))
    assert (error <= 6 * 2**-24 * terms).all()
    assert error.max() > TOLERANCES["float64"]  # else nothing were left open


@pytest.mark.parametrize("init", [LogisticRegression(max_iter=500), GaussianNB()])
def test_probabilities_agree_to_the_rounding_of_float32(init):
    model = GradientBoostingClassifier(init=init, n_estimators=3, random_state=0).fit(X[:150], Y[:150])
    module = bridge.to_torch(model, UNSEEN)
    error = np.abs(module.predict_proba(torch.tensor(UNSEEN)).detach().numpy() - model.predict_proba(UNSEEN))
    assert TOLERANCES["float64"] < error.max() < 5e-6
    np.testing.assert_array_equal(module.predict(torch.tensor(UNSEEN)), model.predict(UNSEEN))


def test_init_is_the_value_in_float64_rounded_once():
    """What scikit-learn computes on the same rows in float64, to the last bit of float32."""
    model = boosted(LinearRegression())
    trees = model.predict(UNSEEN) - model.init_.predict(UNSEEN.astype(np.float32)).astype(np.float64)
    rounded = model.init_.predict(UNSEEN.astype(np.float32).astype(np.float64)).astype(np.float32)
    found = bridge.to_torch(model).predict(torch.tensor(UNSEEN)).detach().numpy() - trees
    np.testing.assert_allclose(found, rounded, atol=1e-12)


def test_plan_and_report_say_what_is_left_open():
    model = boosted(LinearRegression())
    plan = bridge.plan(model)
    assert "limit: scikit-learn computes init=LinearRegression in float32" in str(plan)
    assert bridge.plans.Plan.from_dict(plan.to_dict()) == plan
    report = bridge.check_parity(model, UNSEEN, runtimes=["eager", "torchscript"])
    assert report.ok
    assert "from its exact result" in str(report).replace("\n", " ")
    assert report.to_dict()["limit"] == report.limit != ""


@pytest.mark.parametrize("around", [lambda model: model, lambda model: make_pipeline(StandardScaler(), model)])
def test_the_judge_lets_pass_no_more_than_scikit_learn_leaves_open(around):
    model = around(GradientBoostingRegressor(init=LinearRegression(), n_estimators=3, random_state=0))
    model.fit(X[:150], TARGET[:150])
    module = bridge.to_torch(model, UNSEEN)
    with torch.no_grad():
        next(value for name, value in module.named_parameters() if name.endswith("init_.intercept_")).add_(3e-6)
    report = bridge.check_parity(model, UNSEEN, module=module, runtimes=["eager"])
    assert "300 of 300 rows differ" in report.failures_text()
    assert {item.method for item in report.comparisons if item.ok} <= {"apply"}


def test_other_models_are_judged_as_before():
    for model in (DecisionTreeRegressor().fit(X, TARGET), boosted(DecisionTreeRegressor(max_depth=2))):
        assert EstimatorReference(model).exact is None
        assert bridge.check_parity(model, UNSEEN, runtimes=["eager"]).limit == ""
        assert all(step.limit == "" for step in bridge.plan(model).steps)


def test_the_model_is_left_as_it_is():
    model = boosted(LinearRegression())
    before = model.predict(UNSEEN)
    truth = EstimatorReference(model).exact
    assert type(model.init_) is LinearRegression
    assert truth.estimator.estimators_ is model.estimators_  # many trees need no copy
    np.testing.assert_array_equal(model.predict(UNSEEN), before)


@pytest.mark.parametrize(
    "scaler", [StandardScaler(), MinMaxScaler(), MinMaxScaler((-0.3, 0.7), clip=True), MaxAbsScaler(), RobustScaler()]
)
def test_scalers_are_repeated_to_the_last_bit(scaler):
    """Rows at the thresholds of the tree behind, where arithmetic in float64 takes other leaves.

    But for one quotient alone: the tree's own cast rounds it as float32 does.
    """
    model = boosted(make_pipeline(scaler, DecisionTreeRegressor(random_state=0)))
    scaler, tree = (step for _, step in model.init_.steps)
    rows = _rows_at_thresholds(scaler, tree.tree_)
    module = bridge.to_torch(model)
    truth = model.predict(rows)
    np.testing.assert_allclose(module.predict(torch.tensor(rows)).detach(), truth, rtol=0, atol=1e-12)
    in_float64 = tree.predict(scaler.transform(rows.astype(np.float64)))
    differ = in_float64 != model.init_.predict(rows.astype(np.float32))
    assert differ.any() != isinstance(scaler, MaxAbsScaler)


def _rows_at_thresholds(scaler, tree):
    """float32 rows of which one scaled feature is next to a threshold."""
    rows = []
    for feature, threshold in zip(tree.feature, tree.threshold, strict=True):
        if feature >= 0:
            scaled = np.tile(scaler.transform(X[:1]), (21, 1))
            scaled[:, feature] = threshold
            near = scaler.inverse_transform(scaled).astype(np.float32)
            near[:, feature] += np.arange(-10, 11) * np.spacing(near[0, feature])
            rows.append(near)
    return np.concatenate(rows).astype(np.float64)


def test_what_follows_scalers_in_float64_is_exact():
    """Nothing is left open: no limit, and the comparison allows 1e-8."""
    model = boosted(make_pipeline(RobustScaler(), StandardScaler(), DecisionTreeRegressor(max_depth=3)))
    assert bridge.plan(model).root.limit == ""
    report = bridge.check_parity(model, UNSEEN, runtimes=["eager"])
    assert report.ok
    assert report.max_error < 1e-12


@pytest.mark.parametrize(
    "init",
    [
        make_pipeline(Normalizer(), DecisionTreeRegressor(max_depth=3)),
        make_pipeline(PolynomialFeatures(), DecisionTreeRegressor(max_depth=3)),
        VotingRegressor([("a", make_pipeline(StandardScaler(), DecisionTreeRegressor(max_depth=3))), ("b", Ridge())]),
    ],
)
def test_a_rounding_that_decides_between_leaves_is_refused(init):
    with pytest.raises(UnsupportedError, match=r"init=.*computes in float32.*before a step that is not continuous"):
        bridge.to_torch(boosted(init))


def test_a_wrong_module_is_not_handed_over(monkeypatch):
    """Verification allows what is left open, and nothing else."""
    from bridge.overrides.sklearn.ensemble import _gb

    monkeypatch.setattr(_gb, "to_float32", lambda x: x.to(torch.float16).to(x.dtype))
    with pytest.raises(ParityError, match="from its exact result"):
        bridge.to_torch(boosted(LinearRegression()))


def test_report_without_a_limit_reads_as_before():
    report = bridge.check_parity(DecisionTreeRegressor().fit(X, TARGET), UNSEEN, runtimes=["eager"])
    assert report.tolerance_text == "1e-08"
    assert dataclasses.replace(report, limit="so far").tolerance_text == "1e-08, so far"
