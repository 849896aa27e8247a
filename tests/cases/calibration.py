"""CalibratedClassifierCV and IsotonicRegression."""

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier

from . import Case


def _network():
    return MLPClassifier((6,), max_iter=60, random_state=0)


def _freeze(calibrated, data):
    """Fit the frozen classifier on half of the rows, its calibration on all."""
    calibrated.estimator.estimator.fit(data.X[::2], data.y[::2])
    calibrated.fit(data.X, data.y)


CASES = (
    Case(
        id="CalibratedClassifierCV-sigmoid-words",
        make=lambda: CalibratedClassifierCV(LinearSVC(random_state=0), cv=3),
        data="three_words",
        smooth=True,
    ),
    Case(
        id="CalibratedClassifierCV-sigmoid-two-classes",
        make=lambda: CalibratedClassifierCV(LogisticRegression(), ensemble=False),
        data="two_words",
        smooth=True,
    ),
    Case(
        id="CalibratedClassifierCV-sigmoid-of-probabilities",
        make=lambda: CalibratedClassifierCV(make_pipeline(StandardScaler(), _network()), cv=3),
        data="two_classes",
    ),
    Case(
        id="CalibratedClassifierCV-isotonic",
        make=lambda: CalibratedClassifierCV(LogisticRegression(), method="isotonic", cv=3),
        data="negative_classes",
    ),
    Case(
        id="CalibratedClassifierCV-isotonic-two-classes-one-fit",
        make=lambda: CalibratedClassifierCV(
            make_pipeline(StandardScaler(), SGDClassifier(random_state=0)), method="isotonic", ensemble=False
        ),
        data="two_classes",
    ),
    Case(
        id="CalibratedClassifierCV-of-pairwise-decisions",
        make=lambda: CalibratedClassifierCV(
            make_pipeline(StandardScaler(), SVC(decision_function_shape="ovo")), ensemble=False, cv=3
        ),
        data="five_classes",
    ),
    Case(
        id="CalibratedClassifierCV-isotonic-of-tree",
        make=lambda: CalibratedClassifierCV(
            DecisionTreeClassifier(max_depth=3, random_state=0), method="isotonic", cv=2
        ),
        data="five_classes",
    ),
    Case(
        id="CalibratedClassifierCV-temperature",
        make=lambda: CalibratedClassifierCV(LogisticRegression(), method="temperature", cv=3),
        data="three_words",
        since="1.8",
        smooth=True,
    ),
    Case(
        id="CalibratedClassifierCV-temperature-two-classes",
        make=lambda: CalibratedClassifierCV(LogisticRegression(), method="temperature", ensemble=False),
        data="two_words",
        since="1.8",
        smooth=True,
    ),
    Case(
        id="CalibratedClassifierCV-temperature-of-probabilities",
        make=lambda: CalibratedClassifierCV(_network(), method="temperature", cv=2),
        data="three_classes",
        since="1.8",
    ),
    Case(
        id="CalibratedClassifierCV-temperature-of-two-probabilities",
        make=lambda: CalibratedClassifierCV(
            DecisionTreeClassifier(max_depth=3, random_state=0), method="temperature", cv=2
        ),
        data="two_classes",
        since="1.8",
    ),
    Case(
        id="CalibratedClassifierCV-frozen",
        make=lambda: CalibratedClassifierCV(FrozenEstimator(LogisticRegression()), method="isotonic"),
        data="three_classes",
        fit=_freeze,
    ),
    Case(
        id="CalibratedClassifierCV-frozen-in-every-fold",
        make=lambda: CalibratedClassifierCV(
            FrozenEstimator(make_pipeline(StandardScaler(), LogisticRegression())), ensemble=True, cv=3
        ),
        data="two_classes",
        smooth=True,
        fit=_freeze,
    ),
    Case(
        id="IsotonicRegression-clip",
        make=lambda: IsotonicRegression(out_of_bounds="clip"),
        data="one_feature",
    ),
    Case(
        id="IsotonicRegression-nan-decreasing",
        make=lambda: IsotonicRegression(increasing=False),
        data="one_feature",
    ),
    Case(
        id="IsotonicRegression-raise-bounded-auto",
        make=lambda: IsotonicRegression(increasing="auto", y_min=-1, y_max=1.5, out_of_bounds="raise"),
        data="one_feature",
        rows=lambda estimator, data: np.clip(data.unseen, estimator.X_min_, estimator.X_max_),
    ),
    Case(
        id="IsotonicRegression-single-precision",
        make=lambda: IsotonicRegression(out_of_bounds="clip"),
        data="one_feature",
        fit=lambda estimator, data: estimator.fit(data.X.astype(np.float32), data.y),
    ),
)
