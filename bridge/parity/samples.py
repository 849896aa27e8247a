"""Rows drawn around what a model was fitted on, to verify it on where no data are given."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from torch import nn

from ..overrides.core.facts import inside
from ..overrides.core.module import Module
from ..overrides.forests.forest import Forest
from .sample_frames import drawn_frames, named

N_ROWS = 24


def candidates(estimator: Any, module: Module) -> Iterator[Any]:
    """Kinds of rows, the likeliest first: around the fitted ranges, positive, whole numbers, the module's own idea."""
    own = module.sample_inputs(N_ROWS)
    if own is not None:
        yield own
        return
    has_documents = module.columns is not None and module.columns.has_documents
    width = len(module.columns) if module.columns is not None and has_documents else max(module.n_features_in_, 1)
    center, spread = fitted_range(estimator, width)
    if module.columns is not None and any(
        column.kind != "number" or column.values or column.dtype for column in module.columns.columns
    ):
        yield from drawn_frames(module.columns, center, spread, N_ROWS)
        yield from drawn_frames(module.columns, np.abs(center) + 2 * spread, spread, N_ROWS)
        return
    random = np.random.default_rng(0)
    rows = center + spread * random.uniform(-1.5, 1.5, size=(N_ROWS, width))
    size = np.abs(rows)
    kinds = (rows, size, np.round(size), np.clip(size, 0, 1), np.zeros((N_ROWS, width)))
    if module.columns is not None and module.columns.names is not None:
        # Who asks for columns by name takes no array, and a function may do something else with one.
        yield from (named(kind, module.columns) for kind in kinds)
    yield from kinds


def fitted_range(estimator: Any, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Centre and spread of each feature, guessed from the fitted arrays that hold rows or statistics of features.

    Parameters
    ----------
    estimator : object
        An estimator, or a module of one.
    width : int
        Number of features.

    Returns
    -------
    center, spread : ndarray of shape (n_features,)
    """
    for found in _inner(estimator):
        if hasattr(found, "_transformer_to_input_indices") and found.n_features_in_ == width:
            return _range_of_parts(found, width)
        rows = _rows_of(found, width)
        if rows is not None:
            center, spread = rows.mean(axis=0), rows.std(axis=0)
            return center, np.where(spread > 0, spread, np.maximum(np.abs(center), 1.0))
        mean, scale = _array(found, "mean_", width), _array(found, "scale_", width)
        if mean is not None:
            return mean, scale if scale is not None else np.maximum(np.abs(mean), 1.0)
        low, high = _array(found, "data_min_", width), _array(found, "data_max_", width)
        if low is not None and high is not None:
            return (low + high) / 2, np.maximum((high - low) / 2, 1e-3)
    return np.zeros(width), np.ones(width)


def _range_of_parts(estimator: Any, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Centre and spread from the transformers of a ColumnTransformer, each of which has some of the columns."""
    center, spread = np.zeros(width), np.ones(width)
    for name, transformer, _ in estimator.transformers_:
        positions = list(estimator._transformer_to_input_indices[name])
        if positions and not isinstance(transformer, str):
            center[positions], spread[positions] = fitted_range(transformer, len(positions))
    return center, spread


_ROWS = (
    "support_vectors_",
    "components_",
    "cluster_centers_",
    "subcluster_centers_",
    "means_",
    "theta_",
    "_fit_X",
    "X_fit_",
    "quantiles_",
)


def _rows_of(estimator: Any, width: int) -> np.ndarray | None:
    for name in _ROWS:
        value: Any = getattr(estimator, name, None)
        if hasattr(value, "toarray"):
            value = value.toarray()
        if hasattr(value, "detach"):
            value = value.detach().cpu().numpy()
        if isinstance(value, np.ndarray) and value.ndim == 2 and value.shape[1] == width and len(value) > 1:
            return value.astype(np.float64)
    splits = list(_splits_of(estimator))
    return _around_thresholds(splits, width) if splits else None


def _splits_of(estimator: Any) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Features, negative where there is none, and thresholds of the nodes of each tree, or of all trees of a module."""
    if isinstance(estimator, Forest):
        columns = estimator.column.cpu().numpy()
        feature = np.append(estimator.feature.cpu().numpy(), -1)[np.minimum(columns, len(estimator.feature))]
        is_leaf = estimator.child.cpu().numpy() == np.arange(len(columns))
        yield np.where(is_leaf, -1, feature), estimator.threshold.cpu().numpy()
    if isinstance(estimator, nn.Module):
        return
    members = getattr(estimator, "estimators_", ())
    for member in (estimator, *(members.ravel() if isinstance(members, np.ndarray) else members)):
        tree: Any = getattr(member, "tree_", None)
        if hasattr(tree, "threshold"):
            yield tree.feature, tree.threshold
    for predictors in getattr(estimator, "_predictors", ()):
        for predictor in predictors:
            nodes = predictor.nodes
            yield np.where(nodes["is_leaf"], -1, nodes["feature_idx"].astype(np.int64)), nodes["num_threshold"]


def _around_thresholds(splits: list[tuple[np.ndarray, np.ndarray]], width: int) -> np.ndarray:
    """Two rows that span the thresholds of decision trees."""
    features = np.concatenate([feature for feature, _ in splits])
    limits = np.concatenate([threshold for _, threshold in splits]).astype(np.float64)
    rows = np.zeros((2, width))
    rows[1] = 1.0
    for feature in range(width):
        thresholds = limits[(features == feature) & np.isfinite(limits)]
        if len(thresholds):
            rows[0, feature], rows[1, feature] = thresholds.min() - 1e-3, thresholds.max() + 1e-3
    return rows


def _array(estimator: Any, name: str, width: int) -> np.ndarray | None:
    value: Any = getattr(estimator, name, None)
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    return value.astype(np.float64) if isinstance(value, np.ndarray) and value.shape == (width,) else None


def _inner(estimator: Any) -> Iterator[Any]:
    """The estimator, or module of one, and those inside it, nearest to the rows first."""
    if isinstance(estimator, Module):
        yield from estimator.modules()
    else:
        yield from inside(estimator)
