"""Cases of sklearn.cluster: what predicts or transforms."""

import numpy as np
from scipy import sparse
from sklearn.cluster import (
    AffinityPropagation,
    AgglomerativeClustering,
    Birch,
    BisectingKMeans,
    FeatureAgglomeration,
    KMeans,
    MeanShift,
    MiniBatchKMeans,
)

from . import Case


def _fit_sparse(estimator, data):
    estimator.fit(sparse.csr_matrix(data.X))


def _fit_sparse_float32(estimator, data):
    estimator.fit(sparse.csr_matrix(data.X.astype(np.float32)))


def _pooled(name, function, data="regression", **keywords):
    return Case(
        id=f"FeatureAgglomeration-{name}",
        make=lambda: FeatureAgglomeration(3, pooling_func=function),
        data=data,
        **keywords,
    )


CASES = (
    Case(id="KMeans", make=lambda: KMeans(4, n_init=2, random_state=0), smooth=True),
    Case(id="KMeans-other-scale", make=lambda: KMeans(3, n_init=2, random_state=0), data="regression"),
    Case(
        id="KMeans-at-its-centers",
        make=lambda: KMeans(5, n_init=2, random_state=0),
        rows=lambda estimator, data: estimator.cluster_centers_ + 1e-3,
    ),
    Case(id="KMeans-sparse-float32", make=lambda: KMeans(3, n_init=2, random_state=0), fit=_fit_sparse_float32),
    Case(id="MiniBatchKMeans", make=lambda: MiniBatchKMeans(4, n_init=2, random_state=0), smooth=True),
    Case(id="BisectingKMeans", make=lambda: BisectingKMeans(7, random_state=0), smooth=True),
    Case(
        id="BisectingKMeans-largest-cluster-float32",
        make=lambda: BisectingKMeans(5, bisecting_strategy="largest_cluster", random_state=1),
        fit=lambda estimator, data: estimator.fit(data.X.astype(np.float32)),
    ),
    Case(id="BisectingKMeans-one-cluster", make=lambda: BisectingKMeans(1, random_state=0), data="regression"),
    Case(id="Birch", make=lambda: Birch(threshold=1.5), smooth=True),
    Case(id="Birch-subclusters", make=lambda: Birch(threshold=2.0, branching_factor=5, n_clusters=None)),
    Case(
        id="Birch-estimator",
        make=lambda: Birch(threshold=1.5, n_clusters=AgglomerativeClustering(4, linkage="average")),
        data="five_classes",
    ),
    Case(id="MeanShift", make=lambda: MeanShift(bandwidth=2.0)),
    Case(id="MeanShift-orphans", make=lambda: MeanShift(bandwidth=1.5, bin_seeding=True, cluster_all=False)),
    Case(id="AffinityPropagation", make=lambda: AffinityPropagation(damping=0.7, random_state=0), fit=_fit_sparse),
    Case(
        id="AffinityPropagation-not-converged",
        make=lambda: AffinityPropagation(preference=-1e3, max_iter=1, random_state=0),
    ),
    _pooled("mean", np.mean, smooth=True),
    _pooled("sum", np.sum, "three_classes"),
    _pooled("max", np.max),
    _pooled("min", np.min),
    _pooled("median", np.median, "three_classes"),
    _pooled("std", np.std, "three_classes", smooth=True),
    _pooled("var", np.var, "three_classes"),
    _pooled("range", np.ptp, "three_classes"),
)
