"""Cases of sklearn.decomposition."""

from functools import partial
from typing import Any

import numpy as np
from sklearn.decomposition import (
    PCA,
    FactorAnalysis,
    FastICA,
    IncrementalPCA,
    KernelPCA,
    MiniBatchSparsePCA,
    SparsePCA,
    TruncatedSVD,
)

from . import Case


def _case(id: str, make: Any, data: str = "regression") -> Case:
    return Case(id=id, make=make, data=data, smooth=True)


def _kernel_case(id: str, **options: Any) -> Case:
    """scikit-learn has ``inverse_transform`` also where it only raises: here it is always fitted."""
    return _case(id, partial(KernelPCA, fit_inverse_transform=True, **options), "three_classes")


def _rational(a, b, alpha):
    """The rational quadratic kernel of two rows."""
    return (1.0 + np.sum((a - b) ** 2) / (2.0 * alpha)) ** -alpha


CASES = (
    _case("PCA-all", PCA),
    _case("PCA-two", lambda: PCA(2)),
    _case("PCA-whiten", lambda: PCA(3, whiten=True)),
    _case("PCA-whiten-all", lambda: PCA(whiten=True), "positive_regression"),
    _case("PCA-mle", lambda: PCA("mle", svd_solver="full"), "positive_regression"),
    _case("PCA-share", lambda: PCA(0.8, svd_solver="full"), "three_classes"),
    _case("PCA-randomized", lambda: PCA(2, svd_solver="randomized", random_state=0), "three_classes"),
    _case("PCA-arpack", lambda: PCA(2, svd_solver="arpack", random_state=0), "three_classes"),
    _case("IncrementalPCA", lambda: IncrementalPCA(3, batch_size=40)),
    _case("IncrementalPCA-whiten", lambda: IncrementalPCA(3, batch_size=40, whiten=True)),
    _case("TruncatedSVD", lambda: TruncatedSVD(3, random_state=0)),
    _case("TruncatedSVD-arpack", lambda: TruncatedSVD(3, algorithm="arpack", random_state=0), "three_classes"),
    _case("FactorAnalysis", lambda: FactorAnalysis(2), "three_classes"),
    _case("FactorAnalysis-all", FactorAnalysis, "three_classes"),
    _case(
        "FactorAnalysis-varimax", lambda: FactorAnalysis(3, rotation="varimax", svd_method="lapack"), "three_classes"
    ),
    _case("FastICA", lambda: FastICA(3, random_state=0), "three_classes"),
    _case("FastICA-arbitrary", lambda: FastICA(4, whiten="arbitrary-variance", random_state=0, fun="exp")),
    _case("FastICA-unwhitened", lambda: FastICA(whiten=False, random_state=0, fun="cube"), "three_classes"),
    _case("SparsePCA", lambda: SparsePCA(3, random_state=0, alpha=0.5), "three_classes"),
    _case("SparsePCA-wide", lambda: SparsePCA(8, random_state=0, method="cd", ridge_alpha=0.1), "three_classes"),
    _case("MiniBatchSparsePCA", lambda: MiniBatchSparsePCA(3, random_state=0, max_iter=20), "three_classes"),
    _kernel_case("KernelPCA-linear", n_components=3),
    _kernel_case("KernelPCA-rbf", n_components=3, kernel="rbf", gamma=0.1),
    _kernel_case("KernelPCA-rbf-all", kernel="rbf", remove_zero_eig=True, alpha=0.1),
    _kernel_case("KernelPCA-poly", n_components=2, kernel="poly", degree=2, coef0=0.7),
    _kernel_case("KernelPCA-poly-fractional", n_components=2, kernel="poly", degree=1.5, gamma=0.001, coef0=100),
    _kernel_case("KernelPCA-sigmoid", n_components=2, kernel="sigmoid", gamma=0.01),
    _case("KernelPCA-precomputed", lambda: KernelPCA(3, kernel="precomputed"), "kernel_of_words"),
    _kernel_case("KernelPCA-function", n_components=3, kernel=_rational, kernel_params={"alpha": 0.8}),
    _kernel_case("KernelPCA-cosine", n_components=3, kernel="cosine", eigen_solver="arpack", random_state=0),
)
