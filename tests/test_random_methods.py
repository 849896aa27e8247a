"""Methods that draw: equal to scikit-learn's in distribution, in every runtime, and said to be so everywhere."""

import numpy as np
import pytest
import torch
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import StackingClassifier, VotingClassifier
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.mixture import BayesianGaussianMixture, GaussianMixture
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KernelDensity
from sklearn.neural_network import BernoulliRBM
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import bridge
from bridge.parity.compare import DRAWN

N = 20_000
RANDOM = np.random.default_rng(0)
X = np.zeros((N, 2))
LABELS = np.repeat(["b", "a", "c"], [50, 30, 20])
CODES = np.repeat([5, -2, 9], [50, 30, 20])
FITTED = RANDOM.normal(size=(100, 2))


def _frequencies(values, labels):
    return np.array([(np.asarray(values) == label).mean() for label in labels])


def _assert_alike(found, shares):
    """Frequencies of N draws, within eight standard deviations: 1e-15 of all seeds would fail."""
    shares = np.asarray(shares)
    assert (np.abs(found - shares) <= 8 * np.sqrt(shares * (1 - shares) / N)).all(), (found, shares)


@pytest.mark.parametrize("strategy", ["stratified", "uniform"])
def test_labels_are_drawn_by_the_fitted_shares(strategy, tmp_path):
    model = DummyClassifier(strategy=strategy, random_state=0).fit(FITTED, CODES)
    shares = [0.3, 0.5, 0.2] if strategy == "stratified" else [1 / 3] * 3
    labels = [-2, 5, 9]
    _assert_alike(_frequencies(model.predict(X), labels), shares)
    torch.manual_seed(0)
    x = torch.tensor(X)
    bridge.export(model, tmp_path / "model")
    module = bridge.to_torch(model)
    served = [bridge.load(tmp_path / "model", runtime=name) for name in ("torchscript", "torch.export", "onnxruntime")]
    for draws in (module, torch.jit.script(module), *served):
        drawn = np.asarray(draws.predict(x))
        assert drawn.shape == (N,)
        _assert_alike(_frequencies(drawn, labels), shares)
        again = np.asarray(draws.predict(x))
        assert (drawn != again).any()
        _assert_alike(np.array([(drawn == again).mean()]), [sum(share**2 for share in shares)])
        proba = np.asarray(draws.predict_proba(x).detach())
        if strategy == "uniform":
            assert (proba == 1 / 3).all()
        else:
            assert set(np.unique(proba)) == {0.0, 1.0}
            assert (proba.sum(axis=1) == 1).all()
            _assert_alike(proba.mean(axis=0), shares)


def test_a_class_that_no_row_had_is_never_drawn():
    weights = np.where(CODES == -2, 0.0, 1.0)
    model = DummyClassifier(strategy="stratified").fit(FITTED, CODES, sample_weight=weights)
    module = bridge.to_torch(model)
    assert set(module.predict(torch.tensor(X)).tolist()) == set(model.predict(X)) == {5, 9}


def test_outputs_are_drawn_one_by_one():
    y = np.column_stack([CODES, np.tile([0, 1], 50)])
    module = bridge.to_torch(DummyClassifier(strategy="stratified").fit(FITTED, y))
    drawn = module.predict(torch.tensor(X)).numpy()
    _assert_alike(_frequencies(drawn[:, 0], [-2, 5, 9]), [0.3, 0.5, 0.2])
    both = [((drawn[:, 0] == label) & (drawn[:, 1] == 1)).mean() for label in (-2, 5, 9)]
    _assert_alike(np.array(both), [0.15, 0.25, 0.1])


def test_draws_follow_the_seed_of_torch():
    module = bridge.to_torch(DummyClassifier(strategy="uniform").fit(FITTED, LABELS))
    x = torch.tensor(X[:50])
    torch.manual_seed(7)
    first = module.predict_labels(x)
    torch.manual_seed(7)
    assert module.predict_labels(x) == first
    assert module.predict_labels(x) != first
    assert set(first) == {"a", "b", "c"}


def test_the_pseudo_likelihood_flips_every_feature_alike():
    """A row's score is one of as many as it has features: those that scikit-learn gives, as often."""
    rows = (RANDOM.random((60, 4)) < 0.5).astype(float)
    model = BernoulliRBM(3, random_state=0, n_iter=3).fit(rows)
    row = rows[:1] * 0.9 + 0.07 * np.arange(4)
    many = np.repeat(row, N, axis=0)
    theirs = np.round(model.score_samples(many), 12)
    values = np.unique(theirs)
    assert len(values) == 4
    module = bridge.to_torch(model)
    torch.manual_seed(0)
    for draws in (module, torch.jit.script(module)):
        ours = draws.score_samples(torch.tensor(many)).detach().numpy()
        nearest = np.abs(ours[:, None] - values).argmin(axis=1)
        np.testing.assert_allclose(ours, values[nearest], rtol=1e-10, atol=1e-11)
        _assert_alike(_frequencies(nearest, range(4)), [0.25] * 4)
    _assert_alike(_frequencies(theirs, values), [0.25] * 4)


MODELS = {
    "alone": DummyClassifier(strategy="stratified", random_state=0),
    "in a pipeline": make_pipeline(StandardScaler(), DummyClassifier(strategy="uniform")),
    "in a search": GridSearchCV(DummyClassifier(), {"strategy": ["stratified"]}, cv=2),
    "among voters": VotingClassifier([("a", LogisticRegression()), ("b", DummyClassifier(strategy="uniform"))]),
    "in a stack": StackingClassifier([("a", LogisticRegression()), ("b", DummyClassifier(strategy="stratified"))]),
}


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_plan_and_report_say_so(model):
    model.fit(FITTED, LABELS)
    root = bridge.plan(model).root
    assert "predict" in root.limit
    assert "in distribution" in str(bridge.plan(model))
    report = bridge.check_parity(model, FITTED)
    assert report.ok, report.failures_text()
    drawn = {item.method for item in report.comparisons if item.note == DRAWN}
    assert {"predict", "predict_labels"} <= drawn


def test_what_draws_nothing_is_compared():
    """Probabilities of the strategy "uniform", and the methods of a pipeline with a step that could draw."""
    model = make_pipeline(StandardScaler(), DummyClassifier(strategy="uniform")).fit(FITTED, LABELS)
    report = bridge.check_parity(model, FITTED, runtimes=["eager"])
    assert {item.method for item in report.comparisons if item.note == DRAWN} == {"predict", "predict_labels"}
    rows = (FITTED > 0).astype(float)
    model = make_pipeline(BernoulliRBM(3, random_state=0), LogisticRegression()).fit(rows, LABELS)
    report = bridge.check_parity(model, rows, runtimes=["eager"])
    assert report.ok
    assert not any(item.note == DRAWN for item in report.comparisons)


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (KernelDensity(), "sample"),
        (GaussianMixture(), "sample"),
        (BayesianGaussianMixture(), "sample"),
        (GaussianProcessRegressor(), "sample_y"),
    ],
)
def test_samplers_that_take_no_rows_are_said_to_be_left_out(model, name):
    plan = bridge.plan(model.fit(FITTED, FITTED[:, 0]))
    assert f"{name} is left out" in plan.root.limit
    assert f"{name} is left out" in str(plan)
    assert "left out" not in str(bridge.plan(LogisticRegression().fit(FITTED, LABELS)))


def test_an_artifact_is_judged_by_the_same_rule(tmp_path):
    model = DummyClassifier(strategy="stratified").fit(FITTED, LABELS)
    folder = tmp_path / "model"
    bridge.export(model, folder)
    report = bridge.check_parity(folder, FITTED)
    assert report.ok, report.failures_text()
    assert all(item.note == DRAWN for item in report.comparisons)


def test_a_wrong_form_of_draws_is_still_seen():
    model = DummyClassifier(strategy="stratified").fit(FITTED, LABELS)
    module = bridge.to_torch(model)
    module._shares = lambda x: x.new_zeros((x.shape[0], 2))
    assert not bridge.check_parity(model, FITTED, module=module, runtimes=["eager"]).ok
