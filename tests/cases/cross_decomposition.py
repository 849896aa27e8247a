"""Cases of sklearn.cross_decomposition: one target, as 1-D or as a column, and several."""

import numpy as np
from sklearn.cross_decomposition import CCA, PLSSVD, PLSCanonical, PLSRegression

from . import Case


def _fit_classes(estimator, data):
    """On an indicator of the classes, as for a discriminant."""
    estimator.fit(data.X, np.equal.outer(data.y, np.unique(data.y)).astype(float))


CASES = (
    Case(id="PLSRegression", make=PLSRegression, data="two_targets", smooth=True),
    Case(id="PLSRegression-one-target", make=lambda: PLSRegression(3, scale=False), data="regression", smooth=True),
    Case(id="PLSRegression-one-column", make=lambda: PLSRegression(1), data="one_column"),
    Case(id="PLSRegression-classes", make=lambda: PLSRegression(4), data="five_classes", fit=_fit_classes),
    Case(id="PLSCanonical", make=PLSCanonical, data="two_targets", smooth=True),
    Case(id="PLSCanonical-svd", make=lambda: PLSCanonical(1, algorithm="svd", scale=False), data="one_column"),
    Case(id="CCA", make=CCA, data="two_targets", smooth=True),
    Case(id="CCA-one-target", make=lambda: CCA(1, scale=False), data="regression"),
    Case(id="PLSSVD", make=PLSSVD, data="two_targets", smooth=True),
    Case(id="PLSSVD-one-target", make=lambda: PLSSVD(1, scale=False), data="regression"),
)
