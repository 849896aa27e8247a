"""Cases of sklearn.linear_model that take the ONNX route: the regressors that only predict."""

import numpy as np
import sklearn.linear_model
from scipy import sparse
from sklearn.linear_model import (
    ElasticNet,
    ElasticNetCV,
    GammaRegressor,
    HuberRegressor,
    Lars,
    LarsCV,
    Lasso,
    LassoCV,
    LassoLars,
    LassoLarsCV,
    LassoLarsIC,
    LinearRegression,
    MultiTaskElasticNet,
    MultiTaskElasticNetCV,
    MultiTaskLasso,
    MultiTaskLassoCV,
    OrthogonalMatchingPursuit,
    OrthogonalMatchingPursuitCV,
    PoissonRegressor,
    QuantileRegressor,
    Ridge,
    RidgeCV,
    SGDRegressor,
    TheilSenRegressor,
    TweedieRegressor,
)

from . import Case


def _onnx(id, make, data="regression", smooth=True, **keywords):
    return Case(id=id, make=make, data=data, route="onnx", smooth=smooth, **keywords)


def _fit_sparse(estimator, data):
    estimator.fit(sparse.csr_matrix(data.X), data.y)


LEAST_SQUARES = (
    _onnx("LinearRegression", LinearRegression),
    _onnx("LinearRegression-two-targets", LinearRegression, "two_targets"),
    _onnx("LinearRegression-one-column", LinearRegression, "one_column"),
    _onnx("LinearRegression-no-intercept", lambda: LinearRegression(fit_intercept=False)),
    _onnx("LinearRegression-no-intercept-two-targets", lambda: LinearRegression(fit_intercept=False), "two_targets"),
    _onnx("LinearRegression-positive", lambda: LinearRegression(positive=True)),
    _onnx("LinearRegression-sparse", LinearRegression, fit=_fit_sparse),
    _onnx("Ridge", lambda: Ridge(alpha=0.5)),
    _onnx("Ridge-penalty-per-target", lambda: Ridge(alpha=np.array([0.1, 10.0])), "two_targets"),
    _onnx("Ridge-one-column", Ridge, "one_column"),
    _onnx("Ridge-no-intercept", lambda: Ridge(fit_intercept=False)),
    _onnx("Ridge-positive", lambda: Ridge(positive=True)),
    _onnx("RidgeCV", lambda: RidgeCV(alphas=[0.1, 1.0])),
    _onnx("RidgeCV-two-targets", lambda: RidgeCV(alphas=[0.1, 1.0], alpha_per_target=True), "two_targets"),
    _onnx("RidgeCV-one-column", RidgeCV, "one_column"),
)

SPARSE = (
    _onnx("Lasso", lambda: Lasso(alpha=0.2)),
    _onnx("Lasso-all-zero", lambda: Lasso(alpha=1e6)),
    _onnx("Lasso-one-column", lambda: Lasso(alpha=0.2), "one_column"),
    _onnx("Lasso-two-targets", lambda: Lasso(alpha=0.2), "two_targets"),
    _onnx("Lasso-positive", lambda: Lasso(alpha=0.2, positive=True)),
    _onnx("Lasso-sparse", lambda: Lasso(alpha=0.2), fit=_fit_sparse),
    _onnx("LassoCV", lambda: LassoCV(cv=3, alphas=[0.01, 0.1, 1.0])),
    _onnx("ElasticNet", lambda: ElasticNet(alpha=0.1)),
    _onnx("ElasticNet-no-intercept", lambda: ElasticNet(alpha=0.1, fit_intercept=False)),
    _onnx("ElasticNetCV", lambda: ElasticNetCV(cv=3, alphas=[0.01, 0.1, 1.0])),
    _onnx("MultiTaskLasso", lambda: MultiTaskLasso(alpha=0.2), "two_targets"),
    _onnx("MultiTaskLasso-no-intercept", lambda: MultiTaskLasso(alpha=0.2, fit_intercept=False), "two_targets"),
    _onnx("MultiTaskLassoCV", lambda: MultiTaskLassoCV(cv=3, alphas=[0.01, 0.1, 1.0]), "two_targets"),
    _onnx("MultiTaskElasticNet", lambda: MultiTaskElasticNet(alpha=0.2), "two_targets"),
    _onnx("MultiTaskElasticNetCV", lambda: MultiTaskElasticNetCV(cv=3, alphas=[0.01, 0.1, 1.0]), "two_targets"),
    _onnx("Lars", Lars),
    _onnx("Lars-two-targets", Lars, "two_targets"),
    _onnx("Lars-no-intercept", lambda: Lars(fit_intercept=False)),
    _onnx("LarsCV", lambda: LarsCV(cv=3)),
    _onnx("LassoLars", lambda: LassoLars(alpha=0.01)),
    _onnx("LassoLars-two-targets", lambda: LassoLars(alpha=0.01), "two_targets"),
    _onnx("LassoLarsCV", lambda: LassoLarsCV(cv=3)),
    _onnx("LassoLarsIC-aic", LassoLarsIC),
    _onnx("LassoLarsIC-bic", lambda: LassoLarsIC(criterion="bic")),
    _onnx("OrthogonalMatchingPursuit", OrthogonalMatchingPursuit),
    _onnx("OrthogonalMatchingPursuit-two-targets", OrthogonalMatchingPursuit, "two_targets"),
    _onnx("OrthogonalMatchingPursuitCV", lambda: OrthogonalMatchingPursuitCV(cv=3)),
)

ROBUST = (
    _onnx("HuberRegressor", lambda: HuberRegressor(max_iter=1000)),
    _onnx("HuberRegressor-no-intercept", lambda: HuberRegressor(max_iter=1000, fit_intercept=False)),
    _onnx("QuantileRegressor", lambda: QuantileRegressor(quantile=0.8, alpha=0.01)),
    _onnx("TheilSenRegressor", lambda: TheilSenRegressor(max_subpopulation=200, random_state=0)),
)

STOCHASTIC = (
    _onnx("SGDRegressor", lambda: SGDRegressor(random_state=0), "two_targets", fit=lambda e, d: e.fit(d.X, d.y[:, 0])),
    _onnx("SGDRegressor-averaged", lambda: SGDRegressor(average=True, random_state=0), "positive_regression"),
    _onnx(
        "SGDRegressor-epsilon-insensitive",
        lambda: SGDRegressor(loss="epsilon_insensitive", penalty="l1", random_state=0),
        "positive_regression",
    ),
)
# Deprecated in scikit-learn 1.8, to be removed in 1.10.
if hasattr(sklearn.linear_model, "PassiveAggressiveRegressor"):
    PassiveAggressiveRegressor = sklearn.linear_model.PassiveAggressiveRegressor
    STOCHASTIC += (
        _onnx("PassiveAggressiveRegressor", lambda: PassiveAggressiveRegressor(random_state=0), "positive_regression"),
    )

GENERALIZED = (
    _onnx("PoissonRegressor", PoissonRegressor, "positive_regression"),
    _onnx("PoissonRegressor-no-intercept", lambda: PoissonRegressor(fit_intercept=False), "positive_regression"),
    _onnx("GammaRegressor", GammaRegressor, "positive_regression"),
    *(
        _onnx(
            f"TweedieRegressor-{power}-{link}",
            lambda power=power, link=link: TweedieRegressor(power=power, link=link, alpha=0.1),
            "positive_regression",
        )
        for power in (0, 1, 1.5, 2, 3)
        for link in ("auto", "identity", "log")
        # scikit-learn's own solver does not stay in the domain of the loss.
        if not (power > 0 and link == "identity")
    ),
)

CASES = (*LEAST_SQUARES, *SPARSE, *ROBUST, *STOCHASTIC, *GENERALIZED)
