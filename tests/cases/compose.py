"""TransformedTargetRegressor."""

import numpy as np
from sklearn.compose import TransformedTargetRegressor
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, StandardScaler

from . import Case

CASES = (
    Case(
        id="TransformedTargetRegressor-log-exp",
        make=lambda: TransformedTargetRegressor(LinearRegression(), func=np.log, inverse_func=np.exp),
        data="positive_regression",
        smooth=True,
    ),
    Case(
        id="TransformedTargetRegressor-scaler-in-a-pipeline",
        make=lambda: make_pipeline(
            StandardScaler(),
            TransformedTargetRegressor(
                MLPRegressor(hidden_layer_sizes=(5,), activation="tanh", max_iter=50, random_state=0),
                transformer=StandardScaler(),
            ),
        ),
        data="regression",
        smooth=True,
    ),
    Case(
        id="TransformedTargetRegressor-two-targets",
        make=lambda: TransformedTargetRegressor(Ridge(), transformer=MinMaxScaler()),
        data="two_targets",
    ),
    Case(
        id="TransformedTargetRegressor-column",
        make=lambda: TransformedTargetRegressor(Ridge(), transformer=make_pipeline(StandardScaler(), MinMaxScaler())),
        data="one_column",
    ),
    Case(
        id="TransformedTargetRegressor-function-transformer",
        make=lambda: TransformedTargetRegressor(Ridge(), transformer=FunctionTransformer(np.arcsinh, np.sinh)),
        data="regression",
    ),
    Case(id="TransformedTargetRegressor-nothing", make=lambda: TransformedTargetRegressor(), data="regression"),
    Case(
        id="TransformedTargetRegressor-cube-root",
        make=lambda: TransformedTargetRegressor(
            Ridge(), func=lambda y: y**3, inverse_func=np.cbrt, check_inverse=False
        ),
        data="regression",
    ),
)
