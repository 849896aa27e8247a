"""Cases of sklearn.linear_model that take the ONNX road: the regressors that only predict."""

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


def _road(id, make, data="regression", smooth=True, **keywords):
    return Case(id=id, make=make, data=data, way="road", smooth=smooth, **keywords)


def _fit_sparse(estimator, data):
    estimator.fit(sparse.csr_matrix(data.X), data.y)


LEAST_SQUARES = (
    _road("LinearRegression", LinearRegression),
    _road("LinearRegression-two-targets", LinearRegression, "two_targets"),
    _road("LinearRegression-one-column", LinearRegression, "one_column"),
    _road("LinearRegression-no-intercept", lambda: LinearRegression(fit_intercept=False)),
    _road("LinearRegression-no-intercept-two-targets", lambda: LinearRegression(fit_intercept=False), "two_targets"),
    _road("LinearRegression-positive", lambda: LinearRegression(positive=True)),
    _road("LinearRegression-sparse", LinearRegression, fit=_fit_sparse),
    _road("Ridge", lambda: Ridge(alpha=0.5)),
    _road("Ridge-penalty-per-target", lambda: Ridge(alpha=[0.1, 10.0]), "two_targets"),
    _road("Ridge-one-column", Ridge, "one_column"),
    _road("Ridge-no-intercept", lambda: Ridge(fit_intercept=False)),
    _road("Ridge-positive", lambda: Ridge(positive=True)),
    _road("RidgeCV", lambda: RidgeCV(alphas=[0.1, 1.0])),
    _road("RidgeCV-two-targets", lambda: RidgeCV(alphas=[0.1, 1.0], alpha_per_target=True), "two_targets"),
    _road("RidgeCV-one-column", RidgeCV, "one_column"),
)

SPARSE = (
    _road("Lasso", lambda: Lasso(alpha=0.2)),
    _road("Lasso-all-zero", lambda: Lasso(alpha=1e6)),
    _road("Lasso-one-column", lambda: Lasso(alpha=0.2), "one_column"),
    _road("Lasso-two-targets", lambda: Lasso(alpha=0.2), "two_targets"),
    _road("Lasso-positive", lambda: Lasso(alpha=0.2, positive=True)),
    _road("Lasso-sparse", lambda: Lasso(alpha=0.2), fit=_fit_sparse),
    _road("LassoCV", lambda: LassoCV(cv=3, alphas=20)),
    _road("ElasticNet", lambda: ElasticNet(alpha=0.1)),
    _road("ElasticNet-no-intercept", lambda: ElasticNet(alpha=0.1, fit_intercept=False)),
    _road("ElasticNetCV", lambda: ElasticNetCV(cv=3, alphas=20)),
    _road("MultiTaskLasso", lambda: MultiTaskLasso(alpha=0.2), "two_targets"),
    _road("MultiTaskLasso-no-intercept", lambda: MultiTaskLasso(alpha=0.2, fit_intercept=False), "two_targets"),
    _road("MultiTaskLassoCV", lambda: MultiTaskLassoCV(cv=3, alphas=10), "two_targets"),
    _road("MultiTaskElasticNet", lambda: MultiTaskElasticNet(alpha=0.2), "two_targets"),
    _road("MultiTaskElasticNetCV", lambda: MultiTaskElasticNetCV(cv=3, alphas=10), "two_targets"),
    _road("Lars", Lars),
    _road("Lars-two-targets", Lars, "two_targets"),
    _road("Lars-no-intercept", lambda: Lars(fit_intercept=False)),
    _road("LarsCV", lambda: LarsCV(cv=3)),
    _road("LassoLars", lambda: LassoLars(alpha=0.01)),
    _road("LassoLars-two-targets", lambda: LassoLars(alpha=0.01), "two_targets"),
    _road("LassoLarsCV", lambda: LassoLarsCV(cv=3)),
    _road("LassoLarsIC-aic", LassoLarsIC),
    _road("LassoLarsIC-bic", lambda: LassoLarsIC(criterion="bic")),
    _road("OrthogonalMatchingPursuit", OrthogonalMatchingPursuit),
    _road("OrthogonalMatchingPursuit-two-targets", OrthogonalMatchingPursuit, "two_targets"),
    _road("OrthogonalMatchingPursuitCV", lambda: OrthogonalMatchingPursuitCV(cv=3)),
)

ROBUST = (
    _road("HuberRegressor", lambda: HuberRegressor(max_iter=1000)),
    _road("HuberRegressor-no-intercept", lambda: HuberRegressor(max_iter=1000, fit_intercept=False)),
    _road("QuantileRegressor", lambda: QuantileRegressor(quantile=0.8, alpha=0.01)),
    _road("TheilSenRegressor", lambda: TheilSenRegressor(max_subpopulation=200, random_state=0)),
)

STOCHASTIC = (
    _road("SGDRegressor", lambda: SGDRegressor(random_state=0), "two_targets", fit=lambda e, d: e.fit(d.X, d.y[:, 0])),
    _road("SGDRegressor-averaged", lambda: SGDRegressor(average=True, random_state=0), "positive_regression"),
    _road(
        "SGDRegressor-epsilon-insensitive",
        lambda: SGDRegressor(loss="epsilon_insensitive", penalty="l1", random_state=0),
        "positive_regression",
    ),
)
# Deprecated in scikit-learn 1.8, to be removed in 1.10.
if hasattr(sklearn.linear_model, "PassiveAggressiveRegressor"):
    PassiveAggressiveRegressor = sklearn.linear_model.PassiveAggressiveRegressor
    STOCHASTIC += (
        _road("PassiveAggressiveRegressor", lambda: PassiveAggressiveRegressor(random_state=0), "positive_regression"),
    )

GENERALIZED = (
    _road("PoissonRegressor", PoissonRegressor, "positive_regression"),
    _road("PoissonRegressor-no-intercept", lambda: PoissonRegressor(fit_intercept=False), "positive_regression"),
    _road("GammaRegressor", GammaRegressor, "positive_regression"),
    *(
        _road(
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
