"""Cases of sklearn.mixture: every kind of covariance, both kinds of weights."""

import numpy as np
from sklearn.mixture import BayesianGaussianMixture, GaussianMixture

from . import Case

KINDS = ("full", "tied", "diag", "spherical")


def _fit_float32(estimator, data):
    estimator.fit(data.X.astype(np.float32))


CASES = (
    *(
        Case(
            id=f"GaussianMixture-{kind}",
            make=lambda kind=kind: GaussianMixture(3, covariance_type=kind, random_state=0),
            data="three_classes",
            smooth=True,
        )
        for kind in KINDS
    ),
    Case(id="GaussianMixture-other-scale", make=lambda: GaussianMixture(2, random_state=0), data="regression"),
    *(
        Case(
            id=f"GaussianMixture-float32-{kind}",
            make=lambda kind=kind: GaussianMixture(3, covariance_type=kind, random_state=0),
            fit=_fit_float32,
        )
        for kind in KINDS
    ),
    *(
        Case(
            id=f"BayesianGaussianMixture-{kind}",
            make=lambda kind=kind: BayesianGaussianMixture(
                n_components=4,
                covariance_type=kind,
                weight_concentration_prior_type="dirichlet_process" if kind in "fulldiag" else "dirichlet_distribution",
                max_iter=50,
                random_state=0,
            ),
            smooth=kind == "full",
        )
        for kind in KINDS
    ),
)
