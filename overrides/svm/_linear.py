"""LinearSVC, which predicts as every linear classifier does."""

import sklearn.svm

from ..linear_model import LinearClassifier
from ..registry import Loss, register


@register(sklearn.svm.LinearSVC, loses=(Loss.PRECISION, Loss.METHOD))
class LinearSVC(LinearClassifier):
    """Scores ``x @ coef_.T + intercept_``, of one class against the rest or by Crammer and Singer."""
