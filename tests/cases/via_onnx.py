"""Cases outside of sklearn.linear_model that take the ONNX route."""

import numpy as np
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.neural_network import MLPRegressor
from sklearn.preprocessing import KernelCenterer
from sklearn.svm import LinearSVR

from . import Case


def _perceptrons(activation, **options):
    return MLPRegressor(
        hidden_layer_sizes=(8, 5), activation=activation, max_iter=50, random_state=0, tol=1e-3, **options
    )


def _onnx(id, make, data="regression", **keywords):
    return Case(id=id, make=make, data=data, route="onnx", **keywords)


NETWORKS = (
    *(
        _onnx(
            f"MLPRegressor-{activation}",
            lambda activation=activation: _perceptrons(activation),
            "positive_regression",
            smooth=activation != "relu",
        )
        for activation in ("identity", "logistic", "tanh", "relu")
    ),
    _onnx("MLPRegressor-two-targets", lambda: _perceptrons("tanh"), "two_targets", smooth=True),
    _onnx(
        "MLPRegressor-one-hidden-unit",
        lambda: MLPRegressor(hidden_layer_sizes=(1,), solver="lbfgs", max_iter=20, random_state=0),
        "two_targets",
    ),
)


def _fit_kernel(estimator, data):
    estimator.fit(rbf_kernel(data.X, gamma=0.1))


def _kernel_rows(estimator, data):
    return rbf_kernel(np.asarray(data.unseen), data.X, gamma=0.1)


OTHERS = (
    _onnx("LinearSVR", lambda: LinearSVR(random_state=0), "two_classes", smooth=True),
    _onnx("LinearSVR-no-intercept", lambda: LinearSVR(fit_intercept=False, random_state=0), "two_classes", smooth=True),
    _onnx("KernelCenterer", KernelCenterer, "three_classes", fit=_fit_kernel, rows=_kernel_rows, smooth=True),
)

CASES = (*NETWORKS, *OTHERS)
