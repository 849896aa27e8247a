"""LinearSVC and LinearSVR, which predict as every linear model does."""

import sklearn.svm

from ...core.registry import OnnxGap, register
from ..linear_model import LinearClassifier, LinearRegressor


@register(sklearn.svm.LinearSVC, gaps=(OnnxGap.PRECISION, OnnxGap.METHOD))
class LinearSVC(LinearClassifier):
    """Scores ``x @ coef_.T + intercept_``, of one class against the rest or by Crammer and Singer."""


@register(sklearn.svm.LinearSVR, gaps=OnnxGap.SPEED)
class LinearSVR(LinearRegressor):
    """Scores ``x @ coef_ + intercept_``; on few features by the ONNX route."""
