"""Cases of sklearn.naive_bayes."""

import numpy as np
from sklearn.naive_bayes import BernoulliNB, CategoricalNB, ComplementNB, GaussianNB, MultinomialNB

from . import Case


def _fit_float32(estimator, data):
    estimator.fit(data.X.astype(np.float32), data.y)


def _fit_in_parts(estimator, data):
    for part in (slice(0, 50), slice(50, None)):
        estimator.partial_fit(data.X[part], data.y[part], classes=np.unique(data.y))


def _decided(estimator, data):
    """Rows without a tie that rounding decides: weights that sum to 1 make one of every row of equal numbers."""
    joint = np.sort(estimator.predict_joint_log_proba(data.unseen), axis=1)
    return data.unseen[joint[:, -1] - joint[:, -2] > 1e-12 * np.abs(joint[:, -1])]


def _fit_one_class(estimator, data):
    estimator.fit(data.X, np.zeros(len(data.X), dtype=int))


def _categories(X):
    """Features as the tenths of their range, which fits see and some rows have fractions of."""
    return np.clip(np.floor(np.abs(np.asarray(X)) * 2), 0, 6)


def _fit_categories(estimator, data):
    estimator.fit(np.vstack([_categories(data.X), np.full((1, 6), 6)]), np.append(data.y, data.y[0]))


def _category_rows(estimator, data):
    return _categories(data.unseen) + np.linspace(0.0, 0.9, len(data.unseen))[:, None]


def _fit_gaps(estimator, data):
    """A feature that no row of the first class has: without smoothing, scikit-learn multiplies 0 by infinity."""
    estimator.fit(np.where((data.y == 0)[:, None] & (np.arange(6) == 1), 0.0, np.abs(np.round(data.X))), data.y)


def _gap_rows(estimator, data):
    return np.abs(np.round(data.unseen))


CASES = (
    Case(id="GaussianNB", make=GaussianNB, data="three_words", smooth=True),
    Case(
        id="GaussianNB-priors",
        make=lambda: GaussianNB(priors=[0.5, 0.0, 0.5], var_smoothing=1e-3),
        data="negative_classes",
    ),
    Case(id="GaussianNB-in-parts", make=GaussianNB, data="two_words", fit=_fit_in_parts),
    Case(id="GaussianNB-float32", make=GaussianNB, fit=_fit_float32),
    Case(id="BernoulliNB", make=lambda: BernoulliNB(binarize=0.1)),
    Case(
        id="BernoulliNB-no-threshold",
        make=lambda: BernoulliNB(binarize=None, alpha=0.5, fit_prior=False),
        data="two_words",
        fit=lambda estimator, data: estimator.fit(data.X > 0, data.y),
        smooth=True,
    ),
    Case(id="MultinomialNB", make=MultinomialNB, data="positive", smooth=True),
    Case(id="MultinomialNB-no-prior", make=lambda: MultinomialNB(fit_prior=False, alpha=0.3), data="positive"),
    Case(id="MultinomialNB-not-smoothed", make=lambda: MultinomialNB(alpha=0.0), fit=_fit_gaps, rows=_gap_rows),
    Case(id="ComplementNB", make=ComplementNB, data="positive", smooth=True),
    Case(id="ComplementNB-norm", make=lambda: ComplementNB(norm=True), data="positive", rows=_decided),
    Case(id="ComplementNB-one-class", make=ComplementNB, data="positive", fit=_fit_one_class),
    Case(id="CategoricalNB", make=CategoricalNB, data="three_words", fit=_fit_categories, rows=_category_rows),
    Case(
        id="CategoricalNB-more-categories",
        make=lambda: CategoricalNB(alpha=0.3, fit_prior=False, min_categories=[7, 8, 9, 7, 12, 7]),
        data="two_classes",
        fit=_fit_categories,
        rows=_category_rows,
    ),
)
