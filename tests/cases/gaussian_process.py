"""GaussianProcessRegressor and GaussianProcessClassifier: every kernel, alone and composed."""

import numpy as np
from sklearn.gaussian_process import GaussianProcessClassifier, GaussianProcessRegressor
from sklearn.gaussian_process.kernels import (
    RBF,
    ConstantKernel,
    DotProduct,
    ExpSineSquared,
    Matern,
    PairwiseKernel,
    RationalQuadratic,
    WhiteKernel,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from . import Case

SCALES = [0.8, 1.5, 3.0, 1.0, 2.0, 1.2]


def _process(id, kernel, data="positive_regression", **keywords):
    def make():
        return GaussianProcessRegressor(kernel, alpha=1e-2, optimizer=None)

    return Case(f"GaussianProcessRegressor-{id}", make, data, **keywords)


def _pairwise(metric, data="positive_regression", smooth=True, **options):
    # Some of these kernels are not positive definite without a constant and noise.
    kernel = PairwiseKernel(gamma=0.2, metric=metric, pairwise_kernels_kwargs=options or None)
    kernel = kernel + WhiteKernel(20.0) + ConstantKernel(90.0)
    return _process(f"pairwise-{metric}", kernel, data, smooth=smooth)


def _one_column(estimator, data):
    estimator.fit(data.X, np.reshape(data.y, (-1, 1)))


REGRESSORS = (
    Case(
        "GaussianProcessRegressor-fitted-kernel",
        lambda: GaussianProcessRegressor(ConstantKernel() * RBF() + WhiteKernel(), normalize_y=True, random_state=0),
        "positive_regression",
        smooth=True,
    ),
    Case(
        "GaussianProcessRegressor-default-kernel",
        lambda: GaussianProcessRegressor(alpha=0.1),
        "positive_regression",
        smooth=True,
    ),
    Case(
        "GaussianProcessRegressor-two-targets",
        lambda: GaussianProcessRegressor(RBF(SCALES) + WhiteKernel(), alpha=0.1, normalize_y=True, optimizer=None),
        "two_targets",
        smooth=True,
    ),
    Case(
        "GaussianProcessRegressor-one-column",
        lambda: GaussianProcessRegressor(1.5 * RBF(2.0), alpha=1e-2, normalize_y=True, optimizer=None),
        "positive_regression",
        fit=_one_column,
    ),
    Case(
        "GaussianProcessRegressor-noise-per-row",
        lambda: GaussianProcessRegressor(Matern(2.0, nu=2.5), alpha=np.linspace(0.01, 0.1, 120), optimizer=None),
        "positive_regression",
        smooth=True,
    ),
    *(_process(f"matern-{nu}", Matern(SCALES, nu=nu), smooth=True) for nu in (0.5, 1.5, np.inf, 0.8, 3.0)),
    _process("rational-quadratic", RationalQuadratic(1.5, alpha=0.7), smooth=True),
    _process("periodic", ExpSineSquared(1.3, periodicity=4.0) * RBF(3.0), smooth=True),
    _process("dot-product", DotProduct(0.5) ** 2 + ConstantKernel(0.3), smooth=True),
    _process("power", (RBF(2.0) + DotProduct(2.0)) ** 1.5 * 0.1, smooth=True),
    _pairwise("rbf"),
    _pairwise("laplacian"),
    _pairwise("poly", degree=2, coef0=0.5),
    _pairwise("sigmoid", coef0=-0.5),
    _pairwise("cosine", smooth=False),
    _pairwise("linear"),
    _pairwise("chi2", "positive", False),
    _pairwise("additive_chi2", "positive", False),
    Case(
        "Pipeline-of-a-process",
        lambda: make_pipeline(StandardScaler(), GaussianProcessRegressor(RBF(2.0), alpha=0.1, optimizer=None)),
        "regression",
    ),
)

CLASSIFIERS = (
    Case("GaussianProcessClassifier-two-words", GaussianProcessClassifier, "two_words", smooth=True),
    Case(
        "GaussianProcessClassifier-one-against-the-rest",
        lambda: GaussianProcessClassifier(1.2 * RBF(SCALES), optimizer=None),
        "three_words",
        smooth=True,
    ),
    Case(
        "GaussianProcessClassifier-pairs",
        lambda: GaussianProcessClassifier(Matern(1.5, nu=1.5), optimizer=None, multi_class="one_vs_one"),
        "negative_classes",
    ),
)

CASES = (*REGRESSORS, *CLASSIFIERS)
