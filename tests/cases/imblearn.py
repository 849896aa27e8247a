"""imbalanced-learn: samplers left out at prediction, as children too, and the four ensembles."""

import numpy as np
from imblearn.ensemble import (
    BalancedBaggingClassifier,
    BalancedRandomForestClassifier,
    EasyEnsembleClassifier,
    RUSBoostClassifier,
)
from imblearn.over_sampling import SMOTE, RandomOverSampler
from imblearn.pipeline import make_pipeline
from imblearn.under_sampling import RandomUnderSampler, TomekLinks
from sklearn.calibration import CalibratedClassifierCV
from sklearn.decomposition import PCA
from sklearn.ensemble import BaggingClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from . import Case
from .data import Data


def _fit_unbalanced(estimator, data: Data) -> None:
    """Fit on two classes, one of them three times as frequent."""
    y = np.where(data.X[:, 0] > np.quantile(data.X[:, 0], 0.75), "rare", "common")
    estimator.fit(data.X, y)


def _sampled(last):
    return make_pipeline(StandardScaler(), SMOTE(k_neighbors=2, random_state=0), last)


CASES = (
    Case("Pipeline-imblearn-smote-logistic", lambda: _sampled(LogisticRegression()), smooth=True, fit=_fit_unbalanced),
    Case("Pipeline-imblearn-svc", lambda: make_pipeline(TomekLinks(), SVC()), fit=_fit_unbalanced),
    Case(
        "Pipeline-imblearn-transforms",
        lambda: make_pipeline(RandomOverSampler(random_state=0), "passthrough", StandardScaler(), PCA(2)),
        smooth=True,
        fit=_fit_unbalanced,
    ),
    Case(
        "CalibratedClassifierCV-imblearn-pipeline",
        lambda: CalibratedClassifierCV(_sampled(DecisionTreeClassifier(max_depth=3, random_state=0)), cv=3),
        fit=_fit_unbalanced,
    ),
    Case(
        "GridSearchCV-imblearn-pipeline",
        lambda: GridSearchCV(_sampled(LogisticRegression()), {"smote__k_neighbors": [1, 3]}, cv=3),
        fit=_fit_unbalanced,
    ),
    Case(
        "VotingClassifier-imblearn-pipelines",
        lambda: VotingClassifier(
            [
                ("a", _sampled(LogisticRegression())),
                ("b", make_pipeline(RandomUnderSampler(random_state=0), DecisionTreeClassifier(max_depth=4))),
            ],
            voting="soft",
        ),
        fit=_fit_unbalanced,
    ),
    Case(
        "BaggingClassifier-imblearn-pipelines",
        lambda: BaggingClassifier(_sampled(LogisticRegression()), n_estimators=3, random_state=0),
        fit=_fit_unbalanced,
    ),
    Case(
        "BalancedRandomForestClassifier",
        lambda: BalancedRandomForestClassifier(n_estimators=8, random_state=0),
        fit=_fit_unbalanced,
    ),
    Case(
        "BalancedRandomForestClassifier-three-classes",
        lambda: BalancedRandomForestClassifier(n_estimators=6, max_depth=4, replacement=True, random_state=0),
    ),
    Case(
        "BalancedBaggingClassifier",
        lambda: BalancedBaggingClassifier(n_estimators=5, random_state=0),
        fit=_fit_unbalanced,
    ),
    Case(
        "BalancedBaggingClassifier-logistic-features",
        lambda: BalancedBaggingClassifier(LogisticRegression(), n_estimators=4, max_features=0.6, random_state=0),
    ),
    Case("EasyEnsembleClassifier", lambda: EasyEnsembleClassifier(n_estimators=4, random_state=0), fit=_fit_unbalanced),
    Case("EasyEnsembleClassifier-five-classes", lambda: EasyEnsembleClassifier(3, random_state=0), "five_classes"),
    Case("RUSBoostClassifier", lambda: RUSBoostClassifier(n_estimators=6, random_state=0), fit=_fit_unbalanced),
    Case("RUSBoostClassifier-words", lambda: RUSBoostClassifier(n_estimators=4, random_state=0), "three_words"),
)
