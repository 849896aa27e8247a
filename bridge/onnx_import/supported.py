"""The estimator classes that the ONNX route carries, but for options that :mod:`.supports` names; each has cases."""

import importlib

NAMES: dict[str, tuple[str, ...]] = {
    "sklearn.gaussian_process": ("GaussianProcessRegressor",),
    "sklearn.linear_model": (
        "ARDRegression",
        "BayesianRidge",
        "ElasticNet",
        "ElasticNetCV",
        "GammaRegressor",
        "HuberRegressor",
        "Lars",
        "LarsCV",
        "Lasso",
        "LassoCV",
        "LassoLars",
        "LassoLarsCV",
        "LassoLarsIC",
        "LinearRegression",
        "MultiTaskElasticNet",
        "MultiTaskElasticNetCV",
        "MultiTaskLasso",
        "MultiTaskLassoCV",
        "OrthogonalMatchingPursuit",
        "OrthogonalMatchingPursuitCV",
        "PassiveAggressiveRegressor",
        "PoissonRegressor",
        "QuantileRegressor",
        "Ridge",
        "RidgeCV",
        "SGDRegressor",
        "TheilSenRegressor",
        "TweedieRegressor",
    ),
    "sklearn.neighbors": ("KNeighborsClassifier", "KNeighborsRegressor", "NeighborhoodComponentsAnalysis"),
    "sklearn.preprocessing": ("KernelCenterer",),
    "sklearn.svm": ("LinearSVR",),
}
"""By scikit-learn module; a class that an installed scikit-learn does not have is left out."""


def promised_classes() -> tuple[type, ...]:
    """The classes of :data:`NAMES` that exist."""
    found = []
    for module_name, names in NAMES.items():
        module = importlib.import_module(module_name)
        found += [getattr(module, name) for name in names if hasattr(module, name)]
    return tuple(found)
