"""The searches, which are the best estimator that they found, and moved thresholds."""

import numpy as np
from sklearn.cluster import KMeans
from sklearn.compose import make_column_transformer
from sklearn.decomposition import PCA
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    RandomizedSearchCV,
    TunedThresholdClassifierCV,
)
from sklearn.model_selection._search_successive_halving import HalvingGridSearchCV, HalvingRandomSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier

from . import Case


def _of_titanic():
    return make_pipeline(
        make_column_transformer(
            (OneHotEncoder(handle_unknown="ignore"), ["sex", "embarked"]), (SimpleImputer(), ["age", "fare"])
        ),
        LogisticRegression(max_iter=500),
    )


def _on_offset(estimator, data):
    """Fit on classes of which the positive one is not 1."""
    estimator.fit(data.X, np.where(data.y == 1, -3, 8))


CASES = (
    Case("GridSearchCV-frame", lambda: GridSearchCV(_of_titanic(), {"logisticregression__C": [0.1, 1.0]}), "titanic"),
    Case(
        "GridSearchCV-classifier",
        lambda: GridSearchCV(make_pipeline(StandardScaler(), SVC()), {"svc__C": [0.5, 2.0]}, cv=3),
        "three_words",
    ),
    Case("GridSearchCV-transformer", lambda: GridSearchCV(PCA(), {"n_components": [2, 3]}), smooth=True),
    Case("GridSearchCV-clusters", lambda: GridSearchCV(KMeans(n_init=1, random_state=0), {"n_clusters": [2, 3]})),
    Case(
        "RandomizedSearchCV-list-of-outputs",
        lambda: RandomizedSearchCV(
            DecisionTreeClassifier(random_state=0), {"max_depth": [2, 3]}, n_iter=2, random_state=0
        ),
        "multilabel",
    ),
    Case(
        "HalvingGridSearchCV-words",
        lambda: HalvingGridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=2, random_state=0),
        "two_words",
    ),
    Case(
        "HalvingRandomSearchCV-words",
        lambda: HalvingRandomSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=2, random_state=0),
        "two_words",
    ),
    Case(
        "FixedThresholdClassifier-words",
        lambda: FixedThresholdClassifier(LogisticRegression(), threshold=0.3, pos_label="no"),
        "two_words",
    ),
    Case(
        "FixedThresholdClassifier-auto-decision",
        lambda: FixedThresholdClassifier(LinearSVC(), pos_label=-3),
        "two_classes",
        fit=_on_offset,
    ),
    Case(
        "FixedThresholdClassifier-decision-of-two",
        lambda: FixedThresholdClassifier(LogisticRegression(), threshold=0.7, response_method="decision_function"),
        "two_classes",
        smooth=True,
    ),
    Case("FixedThresholdClassifier-frame", lambda: FixedThresholdClassifier(_of_titanic(), pos_label="yes"), "titanic"),
    Case(
        "TunedThresholdClassifierCV-probability",
        lambda: TunedThresholdClassifierCV(LogisticRegression(), scoring="f1", random_state=0),
        "two_classes",
    ),
    Case(
        "TunedThresholdClassifierCV-no-refit",
        lambda: TunedThresholdClassifierCV(
            make_pipeline(StandardScaler(), LinearSVC()), thresholds=20, cv=0.3, refit=False, random_state=0
        ),
        "two_words",
    ),
)
