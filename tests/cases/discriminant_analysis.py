"""Cases of sklearn.discriminant_analysis: every solver, two classes and more."""

import numpy as np
from sklearn.covariance import OAS
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis

from . import Case


def _fit_float32(estimator, data):
    estimator.fit(data.X.astype(np.float32), data.y)


CASES = (
    Case(id="LinearDiscriminantAnalysis", make=LinearDiscriminantAnalysis, data="three_words", smooth=True),
    Case(
        id="LinearDiscriminantAnalysis-two-classes",
        make=lambda: LinearDiscriminantAnalysis(priors=[0.3, 0.7]),
        data="two_words",
        smooth=True,
    ),
    Case(
        id="LinearDiscriminantAnalysis-eigen",
        make=lambda: LinearDiscriminantAnalysis(solver="eigen", shrinkage="auto", n_components=2),
        data="five_classes",
        smooth=True,
    ),
    Case(
        id="LinearDiscriminantAnalysis-eigen-two-classes",
        make=lambda: LinearDiscriminantAnalysis(solver="eigen", covariance_estimator=OAS()),
        data="two_classes",
    ),
    Case(
        id="LinearDiscriminantAnalysis-lsqr",
        make=lambda: LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.2),
        data="negative_classes",
    ),
    Case(id="LinearDiscriminantAnalysis-float32", make=LinearDiscriminantAnalysis, fit=_fit_float32),
    Case(
        id="QuadraticDiscriminantAnalysis",
        make=lambda: QuadraticDiscriminantAnalysis(reg_param=0.1),
        data="three_words",
        smooth=True,
    ),
    Case(
        id="QuadraticDiscriminantAnalysis-two-classes",
        make=lambda: QuadraticDiscriminantAnalysis(priors=[0.4, 0.6], store_covariance=True, reg_param=0.01, tol=1e-9),
        data="two_classes",
        smooth=True,
    ),
    Case(
        id="QuadraticDiscriminantAnalysis-eigen",
        since="1.8",
        make=lambda: QuadraticDiscriminantAnalysis(solver="eigen", shrinkage="auto"),
        data="five_classes",
    ),
    Case(
        id="QuadraticDiscriminantAnalysis-eigen-estimator",
        since="1.8",
        make=lambda: QuadraticDiscriminantAnalysis(solver="eigen", covariance_estimator=OAS()),
        data="negative_classes",
    ),
    Case(
        id="QuadraticDiscriminantAnalysis-float32",
        make=lambda: QuadraticDiscriminantAnalysis(reg_param=0.1),
        fit=_fit_float32,
    ),
)
