"""Cases of sklearn.neighbors."""

from typing import Any

import numpy as np
from sklearn.neighbors import (
    KernelDensity,
    KNeighborsClassifier,
    KNeighborsRegressor,
    KNeighborsTransformer,
    LocalOutlierFactor,
    NearestCentroid,
    NearestNeighbors,
    NeighborhoodComponentsAnalysis,
    RadiusNeighborsClassifier,
    RadiusNeighborsRegressor,
    RadiusNeighborsTransformer,
)

from . import Case
from .data import Data

VARIANCES = np.array([1.0, 2.0, 0.5, 1.5, 3.0, 1.0])
INVERSE_COVARIANCE = np.diag(VARIANCES) + 0.1


def _apart(estimator: Any, data: Data) -> np.ndarray:
    """Rows that are neither points nor an ulp from one, where scikit-learn's expanded distances are noise."""
    rows = np.asarray(data.unseen, dtype=np.float64)
    nearest = np.abs(rows[:, None] - np.asarray(data.X, dtype=np.float64)).max(axis=2).min(axis=1)
    return data.unseen[nearest > 1e-6 * np.abs(rows).max(axis=1)]


def _weighted(estimator: Any, data: Data) -> None:
    estimator.fit(data.X, sample_weight=1 + np.arange(len(data.X)) % 5)


def _near(estimator: Any, data: Data) -> np.ndarray:
    """Rows with neighbours."""
    return data.unseen[:-8]


NEAREST = (
    Case(id="KNeighborsClassifier", slow_to_write=True, make=KNeighborsClassifier, data="three_words"),
    Case(
        id="KNeighborsClassifier-ties-kd-tree",
        slow_to_write=True,
        make=lambda: KNeighborsClassifier(3, leaf_size=10, algorithm="kd_tree"),
        data="grid",
    ),
    Case(
        id="KNeighborsClassifier-ties-ball-tree-distance",
        slow_to_write=True,
        make=lambda: KNeighborsClassifier(4, leaf_size=7, algorithm="ball_tree", weights="distance", p=1),
        data="grid",
    ),
    Case(
        id="KNeighborsClassifier-ties-brute",
        slow_to_write=True,
        make=lambda: KNeighborsClassifier(2, algorithm="brute", metric="chebyshev"),
        data="grid",
    ),
    Case(
        id="KNeighborsClassifier-several-outputs-distance",
        slow_to_write=True,
        make=lambda: KNeighborsClassifier(7, weights="distance"),
        data="mixed_targets",
    ),
    Case(
        id="KNeighborsClassifier-multilabel",
        slow_to_write=True,
        make=KNeighborsClassifier,
        data="multilabel",
    ),
    Case(
        id="KNeighborsClassifier-brute",
        make=lambda: KNeighborsClassifier(9, algorithm="brute"),
        data="two_words",
        rows=_apart,
    ),
    Case(
        id="KNeighborsClassifier-manhattan",
        make=lambda: KNeighborsClassifier(3, metric="manhattan", weights="distance"),
        data="negative_classes",
        smooth=True,
    ),
    Case(
        id="KNeighborsClassifier-jaccard",
        make=lambda: KNeighborsClassifier(3, metric="jaccard", algorithm="ball_tree", leaf_size=10),
        data="sets",
    ),
    *(
        Case(
            id=f"KNeighborsClassifier-{metric}",
            make=lambda metric=metric: KNeighborsClassifier(6, metric=metric, algorithm="ball_tree"),
            data="sets",
        )
        for metric in ("hamming", "rogerstanimoto", "russellrao", "sokalmichener")
    ),
    *(
        Case(
            id=f"KNeighborsRegressor-{metric}",
            make=lambda metric=metric: KNeighborsRegressor(4, metric=metric, weights="distance", algorithm="brute"),
            data="positive_regression",
            rows=_apart,
        )
        for metric in ("cosine", "nan_euclidean", "sqeuclidean", "braycurtis", "canberra", "l2")
    ),
    Case(id="KNeighborsRegressor", make=KNeighborsRegressor, data="positive_regression"),
    Case(
        id="KNeighborsRegressor-two-targets-distance",
        make=lambda: KNeighborsRegressor(3, weights="distance", algorithm="ball_tree"),
        data="two_targets",
        smooth=True,
    ),
    Case(
        id="KNeighborsRegressor-one-column-chebyshev",
        make=lambda: KNeighborsRegressor(3, metric="chebyshev", weights=None),
        data="one_column",
    ),
    Case(
        id="KNeighborsRegressor-minkowski",
        make=lambda: KNeighborsRegressor(p=2.5, metric_params={"w": VARIANCES}, weights="distance"),
        data="regression",
        smooth=True,
    ),
    Case(
        id="KNeighborsRegressor-brute-distance",
        make=lambda: KNeighborsRegressor(algorithm="brute", weights="distance"),
        data="positive_regression",
        rows=_apart,
        smooth=True,
    ),
    Case(
        id="KNeighborsRegressor-seuclidean",
        make=lambda: KNeighborsRegressor(metric="seuclidean", metric_params={"V": VARIANCES}),
        data="regression",
    ),
    Case(
        id="KNeighborsRegressor-mahalanobis",
        make=lambda: KNeighborsRegressor(
            metric="mahalanobis", metric_params={"VI": INVERSE_COVARIANCE}, weights="distance"
        ),
        data="two_targets",
        smooth=True,
    ),
    Case(
        id="KNeighborsRegressor-haversine",
        make=lambda: KNeighborsRegressor(metric="haversine", weights="distance"),
        data="places",
        smooth=True,
    ),
    Case(id="NearestNeighbors", slow_to_write=True, make=lambda: NearestNeighbors(n_neighbors=12), data="grid"),
    Case(id="NearestNeighbors-one", make=lambda: NearestNeighbors(n_neighbors=1), data="regression"),
    Case(
        id="KNeighborsTransformer", slow_to_write=True, make=lambda: KNeighborsTransformer(n_neighbors=4), data="grid"
    ),
    Case(
        id="KNeighborsTransformer-connectivity",
        make=lambda: KNeighborsTransformer(mode="connectivity", metric="cosine"),
        data="three_classes",
    ),
)

PRECOMPUTED = (
    Case(
        id="KNeighborsClassifier-precomputed",
        make=lambda: KNeighborsClassifier(5, metric="precomputed"),
        data="distances_of_words",
    ),
    Case(
        id="KNeighborsClassifier-precomputed-distance",
        make=lambda: KNeighborsClassifier(4, metric="precomputed", weights="distance"),
        data="distances_of_words",
        smooth=True,
        rows=_near,
    ),
    Case(
        id="KNeighborsRegressor-precomputed",
        make=lambda: KNeighborsRegressor(3, metric="precomputed", weights="distance"),
        data="distances_of_targets",
    ),
    Case(
        id="NearestNeighbors-precomputed",
        make=lambda: NearestNeighbors(n_neighbors=7, metric="precomputed"),
        data="distances_of_targets",
    ),
    Case(
        id="KNeighborsTransformer-precomputed",
        make=lambda: KNeighborsTransformer(n_neighbors=4, metric="precomputed"),
        data="distances_of_targets",
    ),
    Case(
        id="RadiusNeighborsClassifier-precomputed",
        make=lambda: RadiusNeighborsClassifier(1.5, metric="precomputed", outlier_label="ant", weights="distance"),
        data="distances_of_words",
    ),
    Case(
        id="RadiusNeighborsClassifier-precomputed-no-outliers",
        make=lambda: RadiusNeighborsClassifier(4.0, metric="precomputed"),
        data="distances_of_words",
        rows=_near,
    ),
    Case(
        id="RadiusNeighborsRegressor-precomputed",
        make=lambda: RadiusNeighborsRegressor(30.0, metric="precomputed"),
        data="distances_of_targets",
    ),
    Case(
        id="RadiusNeighborsTransformer-precomputed",
        make=lambda: RadiusNeighborsTransformer(radius=20.0, metric="precomputed"),
        data="distances_of_targets",
    ),
    Case(
        id="LocalOutlierFactor-precomputed",
        make=lambda: LocalOutlierFactor(novelty=True, metric="precomputed"),
        data="distances_of_words",
        smooth=True,
    ),
)


def _mixed(a, b):
    """A metric of one's own: Manhattan in two numbers, Euclidean in the others."""
    return np.abs(a[:2] - b[:2]).sum() + np.sqrt(np.sum((a[2:] - b[2:]) ** 2))


def _steps(a, b, power=2.0):
    """A metric of whole numbers, of which many are equal, number by number."""
    return max(abs(x - y) ** power for x, y in zip(a, b, strict=True)) ** (1.0 / power)


FUNCTIONS = (
    Case(
        id="KNeighborsClassifier-function",
        slow_to_write=True,
        make=lambda: KNeighborsClassifier(3, metric=_steps, metric_params={"power": 1.5}, leaf_size=10),
        data="grid",
    ),
    Case(
        id="KNeighborsRegressor-function-brute",
        make=lambda: KNeighborsRegressor(4, metric=_mixed, algorithm="brute", weights="distance"),
        data="positive_regression",
        smooth=True,
    ),
    Case(
        id="RadiusNeighborsRegressor-function",
        make=lambda: RadiusNeighborsRegressor(2.0, metric=_mixed),
        data="positive_regression",
    ),
    Case(
        id="LocalOutlierFactor-function",
        slow_to_write=True,
        make=lambda: LocalOutlierFactor(novelty=True, metric=_mixed),
        data="three_classes",
    ),
)

RADIUS = (
    Case(
        id="RadiusNeighborsClassifier",
        make=lambda: RadiusNeighborsClassifier(1.5, outlier_label="ant"),
        data="three_words",
    ),
    Case(
        id="RadiusNeighborsClassifier-unknown-word-distance",
        make=lambda: RadiusNeighborsClassifier(1.2, outlier_label="other", weights="distance"),
        data="three_words",
    ),
    Case(
        id="RadiusNeighborsClassifier-at-the-radius",
        make=lambda: RadiusNeighborsClassifier(1.0, outlier_label="most_frequent", weights="distance"),
        data="grid",
    ),
    Case(
        id="RadiusNeighborsClassifier-counts-while-searching",
        make=lambda: RadiusNeighborsClassifier(2.0, algorithm="brute", metric="manhattan", outlier_label=0),
        data="negative_classes",
        since="1.9",  # before, it takes the classes for their places
    ),
    Case(
        id="RadiusNeighborsClassifier-several-outputs",
        make=lambda: RadiusNeighborsClassifier(1.5, outlier_label=["no", "zz"], weights="distance"),
        data="mixed_targets",
    ),
    Case(
        id="RadiusNeighborsClassifier-multilabel-jaccard",
        make=lambda: RadiusNeighborsClassifier(0.5, outlier_label=1, metric="jaccard", algorithm="brute"),
        data="sets",
    ),
    Case(
        id="RadiusNeighborsClassifier-no-outliers",
        make=lambda: RadiusNeighborsClassifier(4.0),
        data="two_classes",
        rows=_near,
    ),
    *(
        Case(
            id=f"RadiusNeighborsRegressor-{metric}",
            make=lambda metric=metric: RadiusNeighborsRegressor(0.5, metric=metric, algorithm="brute"),
            data="sets",
        )
        for metric in ("yule", "hamming", "dice")
    ),
    Case(id="RadiusNeighborsRegressor", make=lambda: RadiusNeighborsRegressor(1.5), data="two_targets"),
    Case(
        id="RadiusNeighborsRegressor-distance",
        make=lambda: RadiusNeighborsRegressor(1.0, weights="distance"),
        data="positive_regression",
    ),
    Case(
        id="RadiusNeighborsRegressor-haversine-one-column",
        make=lambda: RadiusNeighborsRegressor(0.3, metric="haversine"),
        data="places",
        fit=lambda estimator, data: estimator.fit(data.X, data.y.reshape(-1, 1)),
    ),
    Case(id="RadiusNeighborsRegressor-whole-numbers", make=lambda: RadiusNeighborsRegressor(0.4), data="three_classes"),
    Case(
        id="RadiusNeighborsTransformer",
        make=lambda: RadiusNeighborsTransformer(radius=1.0),
        data="grid",
    ),
    Case(
        id="RadiusNeighborsTransformer-connectivity",
        make=lambda: RadiusNeighborsTransformer(radius=2.0, mode="connectivity", algorithm="brute"),
        data="three_classes",
    ),
)

OTHERS = (
    Case(id="NearestCentroid", make=NearestCentroid, data="three_words", smooth=True),
    Case(
        id="NearestCentroid-shrunken-priors",
        make=lambda: NearestCentroid(shrink_threshold=0.3, priors=[0.2, 0.8]),
        data="two_classes",
        smooth=True,
    ),
    Case(id="NearestCentroid-manhattan", make=lambda: NearestCentroid(metric="manhattan"), data="negative_classes"),
    Case(
        id="NearestCentroid-manhattan-priors",
        make=lambda: NearestCentroid(metric="manhattan", priors=[0.5, 0.3, 0.2]),
        data="three_classes",
    ),
    Case(
        id="NeighborhoodComponentsAnalysis",
        make=lambda: NeighborhoodComponentsAnalysis(n_components=3, max_iter=5, random_state=0),
        data="three_classes",
        smooth=True,
    ),
    *(
        Case(
            id=f"KernelDensity-{kernel}",
            make=lambda kernel=kernel: KernelDensity(kernel=kernel, bandwidth=4.0),
            data="three_classes",
            rows=_near,
            smooth=kernel in ("gaussian", "exponential"),
        )
        for kernel in ("gaussian", "tophat", "epanechnikov", "exponential", "linear", "cosine")
    ),
    Case(
        id="KernelDensity-weighted-manhattan",
        make=lambda: KernelDensity(metric="manhattan", algorithm="ball_tree", bandwidth="scott", leaf_size=10),
        data="positive_regression",
        fit=_weighted,
    ),
    Case(
        id="LocalOutlierFactor",
        slow_to_write=True,
        make=lambda: LocalOutlierFactor(novelty=True),
        data="three_classes",
        smooth=True,
    ),
    Case(
        id="LocalOutlierFactor-ties-contamination",
        slow_to_write=True,
        make=lambda: LocalOutlierFactor(4, novelty=True, contamination=0.1, p=1),
        data="grid",
    ),
    Case(
        id="LocalOutlierFactor-brute",
        make=lambda: LocalOutlierFactor(novelty=True, algorithm="brute", metric="cosine"),
        data="three_classes",
    ),
)

CASES = (*NEAREST, *PRECOMPUTED, *FUNCTIONS, *RADIUS, *OTHERS)
