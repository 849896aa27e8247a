"""Cases of sklearn.kernel_approximation."""

import numpy as np
import scipy.sparse
from sklearn.kernel_approximation import (
    AdditiveChi2Sampler,
    Nystroem,
    PolynomialCountSketch,
    RBFSampler,
    SkewedChi2Sampler,
)

from . import Case


def _fit_sparse(estimator, data):
    return estimator.fit(scipy.sparse.csr_matrix(data.X))


def _inner_rows(estimator, data):
    """Without the rows a thousand times as large, at which scikit-learn's own rounding shows."""
    return data.unseen[:40]


def _nystroem(kernel, **options):
    return lambda: Nystroem(kernel, n_components=12, random_state=0, **options)


def _intersection(a, b):
    """The kernel of histograms, number by number."""
    total = 0.0
    for x, y in zip(a, b, strict=True):
        total += min(x, y)
    return float(total)


CASES = (
    Case("Nystroem-function", _nystroem(_intersection), "positive", rows=_inner_rows),
    Case("Nystroem-rbf", _nystroem("rbf"), "three_classes", smooth=True),
    Case("Nystroem-rbf-gamma", _nystroem("rbf", gamma=0.3), "positive", fit=_fit_sparse),
    Case("Nystroem-poly", _nystroem("poly", degree=2, coef0=0.5, gamma=0.1), "three_classes", rows=_inner_rows),
    Case("Nystroem-polynomial", _nystroem("polynomial"), "three_classes", smooth=True, rows=_inner_rows),
    Case(
        "Nystroem-polynomial-fraction",
        _nystroem("polynomial", kernel_params={"degree": 1.7, "gamma": 0.2}),
        "positive",
        rows=_inner_rows,
    ),
    Case("Nystroem-linear", lambda: Nystroem("linear", n_components=4, random_state=0), "three_classes", smooth=True),
    Case("Nystroem-sigmoid", _nystroem("sigmoid", gamma=0.05, coef0=0.2), "three_classes", smooth=True),
    Case("Nystroem-laplacian", _nystroem("laplacian"), "three_classes", smooth=True),
    Case("Nystroem-cosine", lambda: Nystroem("cosine", n_components=4, random_state=0), "three_classes", smooth=True),
    Case("Nystroem-chi2", _nystroem("chi2"), "positive", rows=_inner_rows),
    Case("Nystroem-chi2-gamma", _nystroem("chi2", gamma=0.2), "positive", smooth=True, rows=_inner_rows),
    Case("Nystroem-additive-chi2", _nystroem("additive_chi2"), "positive", rows=_inner_rows),
    Case(
        "Nystroem-precomputed",
        lambda: Nystroem("precomputed", n_components=120, random_state=0),
        "kernel_of_words",
        fit=lambda estimator, data: estimator.fit(data.X + np.eye(len(data.X))),
        smooth=True,
    ),
    Case("RBFSampler", lambda: RBFSampler(n_components=20, random_state=0), "three_classes", smooth=True),
    Case("RBFSampler-scale", lambda: RBFSampler(gamma="scale", random_state=0), "regression", smooth=True),
    Case("SkewedChi2Sampler", lambda: SkewedChi2Sampler(n_components=15, random_state=0), "positive", smooth=True),
    Case("SkewedChi2Sampler-skew", lambda: SkewedChi2Sampler(skewedness=0.01, random_state=0), "positive"),
    Case("AdditiveChi2Sampler", lambda: AdditiveChi2Sampler(), "positive"),
    Case("AdditiveChi2Sampler-one-step", lambda: AdditiveChi2Sampler(sample_steps=1), "positive"),
    Case("AdditiveChi2Sampler-interval", lambda: AdditiveChi2Sampler(sample_steps=4, sample_interval=0.3), "positive"),
    Case(
        "PolynomialCountSketch",
        lambda: PolynomialCountSketch(n_components=16, random_state=0),
        "three_classes",
        smooth=True,
    ),
    Case(
        "PolynomialCountSketch-options",
        lambda: PolynomialCountSketch(gamma=0.02, degree=3, coef0=0.7, n_components=25, random_state=0),
        "three_classes",
        smooth=True,
    ),
)
