"""Every registered class inside composites that hand its methods on: a pipeline, a search, columns, a calibration."""

import warnings
from collections.abc import Callable, Iterator
from typing import Any

from sklearn.base import is_classifier
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline

from tests.cases import RECIPES, Case, Fitted, all_cases, fitted


def _pipeline(case: Case) -> Any:
    return Pipeline([("only", fitted(case.id).estimator)])


def _search(case: Case) -> Any:
    """A search over no parameters, refitted."""
    search = GridSearchCV(case.make(), {}, cv=2, scoring=lambda estimator, X, y=None: 0.0)
    return _fit(search, case)


def _columns(case: Case) -> Any:
    width = RECIPES[case.data]().X.shape[1]
    return _fit(ColumnTransformer([("part", case.make(), list(range(width)))]), case)


def _fit(estimator: Any, case: Case) -> Any:
    data = RECIPES[case.data]()
    if case.fit is not None:
        case.fit(estimator, data)
    else:
        estimator.fit(data.X, data.y)
    return estimator


def _calibration(case: Case) -> Any:
    calibration, data = CalibratedClassifierCV(FrozenEstimator(fitted(case.id).estimator)), RECIPES[case.data]()
    # The cases of imbalanced-learn have labels of their own.
    return _fit(calibration, case) if case.family == "imblearn" else calibration.fit(data.X, data.y)


COMPOSITES: dict[str, Callable[[Case], Any]] = {
    "Pipeline": _pipeline,
    "GridSearchCV": _search,
    "ColumnTransformer": _columns,
    "CalibratedClassifierCV": _calibration,
}


def crossed() -> Iterator[tuple[str, Case]]:
    """(composite, case): the first case of each class in each composite that can hold it."""
    seen: set[str] = set()
    for case in all_cases():
        name = case.id.partition("-")[0]
        if name in seen:
            continue
        seen.add(name)
        for composite in COMPOSITES:
            if _fits(composite, case):
                yield composite, case


def _fits(composite: str, case: Case) -> bool:
    if case.id in _DO_NOT_FIT.get(composite, ()):
        return False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecated classes
        estimator = case.make()
    if not hasattr(estimator, "fit"):
        return False  # a booster of another library
    if composite == "ColumnTransformer":
        return hasattr(type(estimator), "fit_transform") and hasattr(estimator, "transform")
    if composite == "CalibratedClassifierCV":
        return is_classifier(estimator)
    return True


_LABELS = ("LabelEncoder-ints", "LabelBinarizer-ints", "MultiLabelBinarizer-ints")

_DO_NOT_FIT: dict[str, tuple[str, ...]] = {
    "Pipeline": ("MultiLabelBinarizer-ints", "NearestNeighbors"),
    "GridSearchCV": (
        *_LABELS,
        "NearestNeighbors",
        "FrozenEstimator-classifier-words",
        "CategoricalNB",
        "KernelCenterer",
        "SGDRegressor-sparsified",
        "PassiveAggressiveRegressor-sparsified",
        *("LGBMRanker-lambdarank", "CatBoostRanker", "CatBoost-raw"),
    ),
    "ColumnTransformer": (
        *_LABELS,
        *("IsotonicRegression-clip", "PLSRegression", "PLSCanonical", "CCA", "PLSSVD", "PatchExtractor"),
        *("CountVectorizer", "TfidfVectorizer", "HashingVectorizer", "DictVectorizer", "FeatureHasher-pairs"),
        *("KernelCenterer", "SplineTransformer-constant", "Pipeline-text-picked-by-functions"),
    ),
    "CalibratedClassifierCV": (
        *("ExtraTreesClassifier-two-outputs-words", "RandomizedSearchCV-list-of-outputs", "CategoricalNB"),
        *("OutputCodeClassifier-words", "MultiOutputClassifier-multilabel", "ClassifierChain-labels"),
        *("VotingClassifier-hard-weights-words", "CatBoost-raw"),
        *("OneVsOneClassifier-precomputed", "RadiusNeighborsClassifier-precomputed"),
    ),
}
"""Cases that scikit-learn does not fit there: labels, documents and images are no columns of a table, several outputs
no classes to calibrate, a part of a square matrix is none, a search has no weights to compress; and of NearestNeighbors
these composites hand on no method."""


def compose(composite: str, case: Case) -> Fitted:
    """A case inside a composite, fitted, and the rows of the case."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Fitted(case, COMPOSITES[composite](case), fitted(case.id).rows)
