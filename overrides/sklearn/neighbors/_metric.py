"""The metric of a fitted estimator of neighbours or of a search tree, in terms of our functions; or why none is."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import issparse
from torch import nn

from ...functional.pairwise.distances import OF_PRODUCTS, OF_SETS
from ...tracing.pairwise_function import function_of_pairs, objection_to_function

_SYNONYMS = {
    "l2": "euclidean",
    "p": "minkowski",
    "l1": "manhattan",
    "cityblock": "manhattan",
    "infinity": "chebyshev",
    "sokalmichener": "rogerstanimoto",
}

_OF_CLASSES = {
    "Euclidean": "euclidean",
    "SEuclidean": "seuclidean",
    "Manhattan": "manhattan",
    "Chebyshev": "chebyshev",
    "Minkowski": "minkowski",
    "Mahalanobis": "mahalanobis",
    "Hamming": "hamming",
    "Canberra": "canberra",
    "BrayCurtis": "braycurtis",
    "Jaccard": "jaccard",
    "Dice": "dice",
    "RogersTanimoto": "rogerstanimoto",
    "RussellRao": "russellrao",
    "SokalMichener": "rogerstanimoto",
    "SokalSneath": "sokalsneath",
    "Haversine": "haversine",
}
"""Metrics of the classes behind ``sklearn.metrics.DistanceMetric``."""

_HEAPED = {
    "euclidean",
    "expanded euclidean",
    "expanded sqeuclidean",
    "manhattan",
    "chebyshev",
    "minkowski",
    "seuclidean",
    "canberra",
    "braycurtis",
    "haversine",
}
"""Metrics whose nearest points scikit-learn finds by a heap where it uses brute force; those of others by numpy."""

_PLAIN = (
    "euclidean",
    "sqeuclidean",
    "seuclidean",
    "manhattan",
    "chebyshev",
    "minkowski",
    "mahalanobis",
    "canberra",
    "braycurtis",
    "haversine",
    "hamming",
    "nan_euclidean",
    *OF_SETS,
    *OF_PRODUCTS,
)


@dataclass(frozen=True)
class Metric:
    """A metric with its parameters.

    Attributes
    ----------
    name : str
        One of :mod:`..functional.distances`, "expanded sqeuclidean", "nan_euclidean", "precomputed", or
        "function".
    p : float
        Power that ranks the boxes of a kd tree and, of "minkowski", the metric's.
    weights : ndarray of shape (n_features,)
    matrix : ndarray of shape (n_features, n_features), or (0, 0) where the metric has none
    heaped : bool
        Whether a heap decides between equal distances.
    function : nn.Module, optional
        Distances of rows and others, of a metric that is a function.
    """

    name: str
    p: float
    weights: np.ndarray
    matrix: np.ndarray
    heaped: bool = True
    function: nn.Module | None = None


def declines_metric(estimator: Any) -> str | None:
    """Why the metric of a fitted estimator of neighbours cannot be converted, or None."""
    name, metric = type(estimator).__name__, estimator.metric
    if is_function(metric):
        return objection_to_function(estimator, "metric", metric, lambda: function_of(estimator))
    if metric == "precomputed":
        if issparse(estimator._fit_X):
            return (
                f"{name} with metric='precomputed' was fitted on a sparse graph, in which what is not stored is no "
                "neighbour: rows of a tensor do not say which zeros are; fit on the dense matrix of distances"
            )
        return None
    tree = getattr(estimator, "_tree", None)
    if tree is not None:
        return declines_tree(estimator, tree)
    if not isinstance(metric, str):
        return f"{name} has the object {metric!r} for a metric: name the metric instead, with metric_params"
    effective = _SYNONYMS.get(estimator.effective_metric_, estimator.effective_metric_)
    if effective not in _PLAIN:
        return f"{name} has metric={metric!r}, which is not known here"
    known = (
        {"p", "w"} if effective == "minkowski" else {"V", "VI"} if effective in ("seuclidean", "mahalanobis") else ()
    )
    if effective == "nan_euclidean":
        known = {"missing_values"}
    given = {key for key, value in estimator.effective_metric_params_.items() if value is not None} - set(known)
    if given:
        return (
            f"{name} has metric={metric!r} with metric_params {sorted(given)}, which are not converted: leave them out"
        )
    return None


def declines_tree(estimator: Any, tree: Any) -> str | None:
    """Why the metric of a search tree cannot be converted, or None."""
    kind = _class_of(tree.__getstate__()[11])
    if kind in _OF_CLASSES:
        return None
    return f"{type(estimator).__name__} measures by a Python function, in a search tree, which no graph can hold"


def metric_of(estimator: Any) -> Metric:
    """Metric of a fitted estimator of neighbours that does not decline."""
    tree = getattr(estimator, "_tree", None)
    n_features = int(estimator._fit_X.shape[1])
    if is_function(estimator.metric):
        return Metric("function", 2.0, np.zeros(0), np.zeros((0, 0)), tree is not None, function_of(estimator))
    if tree is not None:
        return metric_of_tree(tree)
    if estimator.metric == "precomputed":
        return Metric("precomputed", 2.0, np.zeros(0), np.zeros((0, 0)), heaped=False)
    reduces = reduces_rows(estimator)
    # The Euclidean distance is expanded under this name only; by the name "l2" it comes from differences.
    expanded = estimator.effective_metric_ in ("euclidean", "sqeuclidean")
    name = _SYNONYMS.get(estimator.effective_metric_, estimator.effective_metric_)
    params = dict(estimator.effective_metric_params_)
    weights, matrix, p = np.ones(n_features), np.zeros((0, 0)), 2.0
    if name == "minkowski":
        p = float(params.get("p", 2))
        weights = weights if params.get("w") is None else np.asarray(params["w"], dtype=np.float64)
    elif name == "seuclidean":
        weights = np.asarray(params["V"], dtype=np.float64)
    elif name == "mahalanobis":
        matrix = np.linalg.inv(params["V"]) if params.get("VI") is None else np.asarray(params["VI"], dtype=np.float64)
    elif expanded:
        name = "expanded " + name
    if name == "braycurtis" and not reduces:
        name = "scipy braycurtis"
    return Metric(name, p, weights, matrix, reduces and name in _HEAPED)


def reduces_rows(estimator: Any) -> bool:
    """Whether scikit-learn searches the rows of ``_fit_X`` as it measures, for rows of float64 in the order of C.

    It measures all distances first, by scipy, where ``_fit_X`` is of another dtype or order: see
    ``BaseDistancesReductionDispatcher.is_usable_for`` in sklearn/metrics/_pairwise_distances_reduction/_dispatcher.py.
    """
    rows = estimator._fit_X
    if issparse(rows):
        return rows.dtype == np.float64 and rows.format == "csr" and rows.nnz > 0 and rows.indptr.dtype == np.int32
    return rows.dtype == np.float64 and bool(rows.flags.c_contiguous)


def metric_of_tree(tree: Any) -> Metric:
    """Metric of a KDTree or BallTree."""
    metric = tree.__getstate__()[11]
    name = _OF_CLASSES[_class_of(metric)]
    n_features = int(tree.data.shape[1])
    p, vector, matrix = metric.__getstate__()[:3]
    weighted = name == "seuclidean" or (name == "minkowski" and len(vector) == n_features)
    weights = np.asarray(vector, dtype=np.float64) if weighted else np.ones(n_features)
    return Metric(name, float(p), weights, np.asarray(matrix) if name == "mahalanobis" else np.zeros((0, 0)))


def _class_of(metric: Any) -> str:
    return type(metric).__name__.removesuffix("64").removesuffix("32").removesuffix("Distance")


def is_function(metric: Any) -> bool:
    """Whether a metric is a function of the user's."""
    return callable(metric) and type(metric).__module__ != "sklearn.metrics._dist_metrics"


def function_of(estimator: Any) -> nn.Module:
    """The metric of an estimator of neighbours that is a function, as a module; raises FunctionError."""
    return function_of_pairs(estimator.metric, estimator.metric_params, int(estimator._fit_X.shape[1]))
