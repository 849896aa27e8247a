"""Naive Bayes beyond the contract: trained parameters, far rows, categories out of range, zeros among probabilities."""

import numpy as np
import pytest
import torch
from sklearn.naive_bayes import BernoulliNB, CategoricalNB, ComplementNB, GaussianNB, MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder

import bridge
from bridge.errors import CorruptEstimatorError, InputError

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(90, 4))
Y = np.arange(90) % 3
COUNTS = RANDOM.integers(0, 5, size=(90, 4))
METHODS = ("predict", "predict_proba", "predict_log_proba", "predict_joint_log_proba")


def _assert_equal(module, estimator, rows, rtol=1e-12):
    for method in METHODS:
        result = getattr(module, method)(torch.as_tensor(np.asarray(rows, dtype=float))).detach()
        np.testing.assert_allclose(result, getattr(estimator, method)(rows), rtol=rtol, atol=1e-12, err_msg=method)


@pytest.mark.parametrize(
    ("estimator", "change"),
    [
        (GaussianNB(), {"theta_": 0.5, "var_": 1.5, "class_prior_": 0.7}),
        (BernoulliNB(), {"feature_log_prob_": 1.3, "class_log_prior_": 0.9}),
        (MultinomialNB(), {"feature_log_prob_": 1.3, "class_log_prior_": 0.9}),
        (ComplementNB(), {"feature_log_prob_": 1.3}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_probabilities_follow_the_parameters(estimator, change):
    """A trained module is scikit-learn's estimator with those attributes: nothing derived from the old ones is left."""
    estimator.fit(COUNTS, Y)
    module = bridge.to_torch(estimator)
    assert set(change) == {name for name, _ in module.named_parameters()}
    for name, factor in change.items():
        setattr(estimator, name, getattr(estimator, name) * factor)
        with torch.no_grad():
            getattr(module, name).mul_(factor)
    _assert_equal(module, estimator, COUNTS)


def test_all_parameters_of_a_normal_density_train():
    module = bridge.to_torch(GaussianNB().fit(X, Y))
    module.predict_log_proba(torch.as_tensor(X))[:, 0].sum().backward()
    for name, parameter in module.named_parameters():
        assert torch.isfinite(parameter.grad).all(), name
        assert (parameter.grad != 0).any(), name


@pytest.mark.parametrize("scale", [1e3, 1e8, 1e150])
def test_rows_far_away(scale):
    estimator = GaussianNB().fit(X, Y)
    module = bridge.to_torch(estimator)
    rows = X * scale
    for method in ("predict", "predict_joint_log_proba"):
        result = getattr(module, method)(torch.as_tensor(rows)).detach()
        np.testing.assert_allclose(result, getattr(estimator, method)(rows), rtol=1e-12)


def test_features_far_from_the_origin():
    rows = X + 1e6
    estimator = GaussianNB().fit(rows, Y)
    _assert_equal(bridge.to_torch(estimator, rows), estimator, rows)


def test_a_feature_at_the_threshold_is_off():
    estimator = BernoulliNB(binarize=0.3).fit(X, Y)
    rows = np.full((3, 4), 0.3)
    rows[1] = np.nextafter(0.3, 1.0)
    rows[2] = np.nextafter(0.3, 0.0)
    module = bridge.to_torch(estimator)
    _assert_equal(module, estimator, rows)
    joint = module.predict_joint_log_proba(torch.as_tensor(rows))
    assert torch.equal(joint[0], joint[2])
    assert not torch.equal(joint[0], joint[1])


def _categorical():
    return CategoricalNB(alpha=1e-3).fit(COUNTS, Y)


@pytest.mark.parametrize("category", [-1.0, 5.0, 1e18, -np.inf, np.nan])
@pytest.mark.parametrize("scripted", [False, True])
def test_a_category_that_the_fit_did_not_see(category, scripted):
    module = bridge.to_torch(_categorical())
    call = (torch.jit.script(module) if scripted else module).predict_proba
    rows = torch.as_tensor(COUNTS[:5].astype(float))
    rows[3, 2] = category
    error = torch.jit.Error if scripted else InputError
    with pytest.raises(error, match=r"in column 2 at row 3: it was fitted with categories 0 to 4"):
        call(rows)


def test_a_graph_has_no_probability_for_an_unseen_category():
    """It cannot raise; and it never reads the category of another feature."""
    module = bridge.to_torch(_categorical())
    rows = torch.as_tensor(COUNTS[:4].astype(float))
    rows[1, 3], rows[2, 0] = 5.0, -1.0
    program = torch.export.export(_Wrapped(module), (rows,), dynamic_shapes=({0: torch.export.Dim("n", min=0)},))
    result = program.module()(rows)
    assert torch.isnan(result).all(dim=1).tolist() == [False, True, True, False]


class _Wrapped(torch.nn.Module):
    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, x):
        return self.module.predict_proba(x)


def test_fractions_of_categories_are_cut_off():
    estimator = _categorical()
    rows = COUNTS[:20] + np.linspace(0.0, 0.99, 20)[:, None]
    rows[0] = -0.5
    _assert_equal(bridge.to_torch(estimator), estimator, rows)


def test_categories_of_probability_zero():
    """Without smoothing a log-probability is minus infinity, and of a row that no class allows everything is NaN."""
    rows, y = np.array([[0, 0], [1, 0], [0, 1], [0, 1]]), np.array([0, 0, 1, 1])
    with pytest.warns(RuntimeWarning):
        estimator = CategoricalNB(alpha=0.0).fit(rows, y)
    module = bridge.to_torch(estimator)
    new = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0]], dtype=torch.float64)
    for method in METHODS:
        with np.errstate(all="ignore"):
            expected = getattr(estimator, method)(new.numpy())
        np.testing.assert_array_equal(getattr(module, method)(new).detach(), expected)


def test_words_reach_it_through_an_encoder():
    words = np.array([["red", "big"], ["blue", "small"], ["green", "big"], ["red", "small"]], dtype=object)
    model = make_pipeline(OrdinalEncoder(), CategoricalNB()).fit(words, np.array(["a", "b", "a", "b"]))
    module = bridge.to_torch(model)
    x = module.encode(words[::-1])
    np.testing.assert_allclose(module.predict_proba(x).detach(), model.predict_proba(words[::-1]), rtol=1e-13)
    assert module.predict_labels(x) == model.predict(words[::-1]).tolist()


def test_damaged_tables():
    estimator = _categorical()
    estimator.feature_log_prob_ = [table[:2] for table in estimator.feature_log_prob_]
    with pytest.raises(CorruptEstimatorError, match="3 classes"):
        bridge.to_torch(estimator, verify=False)
    estimator = _categorical()
    estimator.feature_log_prob_ = estimator.feature_log_prob_[:3]
    with pytest.raises(CorruptEstimatorError, match="3 tables for 4 features"):
        bridge.to_torch(estimator, verify=False)
    estimator = GaussianNB().fit(X, Y)
    estimator.theta_ = estimator.theta_[:2]
    with pytest.raises(CorruptEstimatorError, match="theta_"):
        bridge.to_torch(estimator, verify=False)
