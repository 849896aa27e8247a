"""Cases of sklearn.random_projection."""

import numpy as np
from sklearn.random_projection import GaussianRandomProjection, SparseRandomProjection

from . import Case


def _fit_float32(estimator, data):
    estimator.fit(data.X.astype(np.float32))


CASES = (
    Case(id="GaussianRandomProjection", make=lambda: GaussianRandomProjection(3, random_state=0), smooth=True),
    Case(
        id="GaussianRandomProjection-inverse-float32",
        make=lambda: GaussianRandomProjection(4, compute_inverse_components=True, random_state=0),
        fit=_fit_float32,
    ),
    Case(
        id="SparseRandomProjection",
        make=lambda: SparseRandomProjection(4, random_state=0),
        data="regression",
        smooth=True,
    ),
    Case(
        id="SparseRandomProjection-inverse",
        make=lambda: SparseRandomProjection(
            3, density=0.5, dense_output=True, compute_inverse_components=True, random_state=0
        ),
        data="regression",
    ),
)
