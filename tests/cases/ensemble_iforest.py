"""Isolation forests and embeddings by random trees."""

from typing import Any

import numpy as np
from scipy import sparse
from sklearn.ensemble import IsolationForest, RandomTreesEmbedding

from . import Case
from .data import Data
from .tree import rows_with_gaps


def fit_sparse(estimator: Any, data: Data) -> None:
    """Fit on a sparse matrix."""
    estimator.fit(sparse.csr_matrix(np.where(np.abs(data.X) < 0.5, 0.0, data.X)))


def rows_fitted_on(estimator: Any, data: Data) -> np.ndarray:
    """Those rows, whose scores the offset is chosen from, and others."""
    return np.vstack([data.X, data.unseen])


CASES = (
    Case(id="IsolationForest", make=lambda: IsolationForest(n_estimators=20, random_state=0), rows=rows_with_gaps),
    Case(
        id="IsolationForest-contamination",
        make=lambda: IsolationForest(n_estimators=12, contamination=0.1, max_samples=0.5, random_state=0),
        rows=rows_fitted_on,
    ),
    Case(
        id="IsolationForest-features-sparse",
        make=lambda: IsolationForest(
            n_estimators=12, max_features=3, max_samples=40, bootstrap=True, contamination=0.2, random_state=0
        ),
        fit=fit_sparse,
    ),
    Case(
        id="IsolationForest-one-sample",
        make=lambda: IsolationForest(n_estimators=3, max_samples=1, random_state=0),
    ),
    Case(id="RandomTreesEmbedding", make=lambda: RandomTreesEmbedding(n_estimators=6, max_depth=4, random_state=0)),
    Case(
        id="RandomTreesEmbedding-dense",
        make=lambda: RandomTreesEmbedding(n_estimators=3, sparse_output=False, max_leaf_nodes=9, random_state=0),
    ),
)
