"""Inverse links against scipy and scikit-learn, at the ends of the float range too."""

import numpy as np
import pytest
import scipy.special
import torch
from sklearn.linear_model import SGDClassifier
from sklearn.utils.extmath import softmax as sklearn_softmax
from torch import nn

from bridge.overrides.functional.special import links

OVERFLOW = np.log(np.finfo(np.float64).max)
ENDS = [0.0, 1e-300, 1e-17, 1.0, 20.0, 36.0, 37.0, 40.0, 700.0, OVERFLOW - 1e-3, OVERFLOW + 1e-3, 745.0, 1e4, 1e300]
SCORES = np.concatenate([ENDS, np.negative(ENDS), np.random.default_rng(0).normal(scale=20, size=500)])


class Expit(nn.Module):
    def forward(self, x):
        return links.expit(x)


@pytest.mark.parametrize("exported", [False, True])
def test_expit_is_that_of_scipy_to_the_last_digits(exported):
    """Relatively, so that logarithms agree: also in the form that exported programs have."""
    x = torch.tensor(SCORES)
    program = torch.export.export(Expit(), (x,)).module() if exported else Expit()
    expected = scipy.special.expit(SCORES)
    np.testing.assert_allclose(program(x).numpy(), expected, rtol=1e-14, atol=0)
    np.testing.assert_array_equal(program(x).numpy() == 0, expected == 0)


def test_expit_has_a_gradient_where_it_is_saturated():
    x = torch.tensor(SCORES, requires_grad=True)
    (gradient,) = torch.autograd.grad(links.expit(x).sum(), x)
    p = scipy.special.expit(SCORES)
    np.testing.assert_allclose(gradient, p * (1 - p), atol=1e-15)


@pytest.mark.parametrize("scale", [1e-300, 1.0, 300.0, 1e300])
def test_softmax_is_that_of_scikit_learn(scale):
    scores = np.random.default_rng(1).normal(size=(50, 4)) * scale
    np.testing.assert_allclose(links.softmax(torch.tensor(scores)), sklearn_softmax(scores), rtol=1e-13)


def test_log_of_zero_is_minus_infinity_with_gradient_zero():
    p = torch.tensor([0.0, 5e-324, 0.25, 1.0], dtype=torch.float64, requires_grad=True)
    result = links.log_probabilities(p)
    with np.errstate(divide="ignore"):
        np.testing.assert_array_equal(result.detach(), np.log(p.detach().numpy()))
    (gradient,) = torch.autograd.grad(result[[0, 2, 3]].sum(), p)
    assert gradient.tolist() == [0.0, 0.0, 4.0, 1.0]


def _sgd(loss, scores):
    """Fitted SGDClassifier whose decision function returns its rows."""
    model = SGDClassifier(loss).fit(np.eye(3), [0, 1, 2])
    model.coef_, model.intercept_ = np.eye(3), np.zeros(3)
    return model.predict_proba(scores)


ROWS = np.array(
    [[-1.0, -2.0, -3.0], [-1e4, -1e4, -1e4], [-1.0, 1.0, 5.0], [0.3, -0.2, -7.0], [-800.0, -700.0, -705.0], [0, 0, 0]]
)


def test_a_row_without_any_probability_becomes_uniform():
    np.testing.assert_allclose(
        links.normalize_rows(links.expit(torch.tensor(ROWS))), _sgd("log_loss", ROWS), rtol=1e-14
    )
    huber = links.normalize_rows(links.modified_huber(torch.tensor(ROWS)))
    np.testing.assert_allclose(huber, _sgd("modified_huber", ROWS), rtol=1e-14)
    assert huber[0].tolist() == [1 / 3] * 3


def test_a_uniform_row_has_gradient_zero():
    x = torch.tensor(ROWS, requires_grad=True)
    (gradient,) = torch.autograd.grad(links.normalize_rows(links.modified_huber(x))[:, 0].sum(), x)
    assert gradient.isfinite().all()
    assert gradient[0].tolist() == [0.0, 0.0, 0.0]


def test_both_probabilities_of_a_second_class():
    p = torch.tensor([0.0, 0.25, 1.0], dtype=torch.float64)
    assert links.binary_probabilities(p).tolist() == [[1.0, 0.0], [0.75, 0.25], [0.0, 1.0]]
    assert links.binary_probabilities(p[:0]).shape == (0, 2)
