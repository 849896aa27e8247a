"""sklearn.cluster: the nearest centre, the distances to all of them, and features pooled by cluster."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import torch
from sklearn.cluster import (
    AffinityPropagation,
    Birch,
    BisectingKMeans,
    FeatureAgglomeration,
    KMeans,
    MeanShift,
    MiniBatchKMeans,
)
from torch import Tensor

from ..core.module import Module
from ..core.registry import OnnxGap, register
from ..errors import CorruptEstimatorError
from ..functional.pairwise.centers import center_scores, euclidean_distances, nearest, root
from ..functional.selection import take_columns

CELLS = 2**18
"""Numbers in the widest intermediate result of a tile of rows."""


def _dense(rows: Any) -> np.ndarray:
    """Centres as an array, of a model fitted on sparse rows too."""
    return np.asarray(rows.toarray() if hasattr(rows, "toarray") else rows)


class _CentersModule(Module):
    """The position of the nearest of ``cluster_centers_``, and the distance to each."""

    cluster_centers_: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        centers = _dense(estimator.cluster_centers_)
        self.add_parameter("cluster_centers_", centers)
        self.tile_rows = max(32, min(4096, CELLS // max(1, len(centers))))

    def _predict(self, x: Tensor) -> Tensor:
        return nearest(x, self.cluster_centers_)

    def _transform(self, x: Tensor) -> Tensor:
        return euclidean_distances(x, self.cluster_centers_)


@register(KMeans, MiniBatchKMeans, gaps=OnnxGap.TRAINING)
class KMeansModule(_CentersModule):
    """KMeans: the nearest centre, and the distance to each.

    Notes
    -----
    The squared norms of the centres are computed from ``cluster_centers_`` at every call, so that they follow training.
    Of equally near centres the first wins. ``transform`` is a distance up to the
    rounding that :func:`euclidean_distances` names. ``predict`` is piecewise constant and has no gradient. Labels are
    int32, as scikit-learn's.
    """

    def _predict(self, x: Tensor) -> Tensor:
        return nearest(x, self.cluster_centers_).to(torch.int32)


@register(BisectingKMeans, gaps=OnnxGap.CONVERTER)
class BisectingKMeansModule(_CentersModule):
    """BisectingKMeans: the leaf of a tree of pairs of centres, which need not be the nearest of all.

    Attributes
    ----------
    inner_centers : Tensor of shape (n_clusters - 2, n_features)
        Centres of the nodes of the tree that are neither leaves nor the root; those of the leaves are
        ``cluster_centers_``.
    pairs : Tensor of shape (2 * (n_clusters - 1),)
        Left children of all nodes that are no leaves, then the right ones, as positions in ``cluster_centers_``
        followed by ``inner_centers``.
    paths : Tensor of shape (n_clusters - 1, n_clusters)
        1 where the way to a leaf goes right at a node, -1 where it goes left, 0 where it does not pass.
    depths : Tensor of shape (n_clusters,)
        Number of nodes on the way.

    Notes
    -----
    Follows ``BisectingKMeans._predict_recursive`` (sklearn/cluster/_bisect_k_means.py). All nodes are asked at once; a
    row is in the leaf of which the whole way agrees with the answers.
    """

    inner_centers: Tensor
    pairs: Tensor
    paths: Tensor
    depths: Tensor
    n_splits: Final[int]

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        leaves, splits, ways = _read_tree(estimator._bisecting_tree)
        n_leaves = len(self.cluster_centers_)
        if sorted(leaves.values()) != list(range(n_leaves)):
            raise CorruptEstimatorError(
                f"BisectingKMeans has {n_leaves} centres, but leaves {sorted(leaves.values())}: it is damaged"
            )
        self.n_splits = len(splits)
        inner = [node for node in splits if node is not estimator._bisecting_tree]
        offset = getattr(estimator, "_X_mean", 0.0)
        width = self.cluster_centers_.shape[1]
        self.add_parameter("inner_centers", np.reshape([node.center + offset for node in inner], (len(inner), width)))
        place = {id(node): n_leaves + i for i, node in enumerate(inner)} | leaves
        children = [place[id(node.left)] for node in splits] + [place[id(node.right)] for node in splits]
        self.add_buffer("pairs", np.array(children, dtype=np.int64))
        paths = np.zeros((len(splits), n_leaves))
        for label, way in ways.items():
            for split, side in way:
                paths[split, label] = side
        self.add_buffer("paths", paths)
        self.add_buffer("depths", np.abs(paths).sum(axis=0))

    def _predict(self, x: Tensor) -> Tensor:
        if self.n_splits == 0:
            return torch.zeros_like(x[:, 0], dtype=torch.int32)
        centers = torch.cat([self.cluster_centers_, self.inner_centers]).index_select(0, self.pairs)
        scores = center_scores(x, centers)
        right = scores[:, self.n_splits :] < scores[:, : self.n_splits]
        agreement = torch.mm(right.to(x.dtype) * 2.0 - 1.0, self.paths) - self.depths
        return agreement.argmax(dim=1).to(torch.int32)


_Ways = dict[int, list[tuple[int, int]]]


def _read_tree(root: Any) -> tuple[dict[int, int], list[Any], _Ways]:
    """Labels of leaves by their id, the other nodes, and the way to each label: (position of node, side) pairs."""
    leaves: dict[int, int] = {}
    splits: list[Any] = []
    ways: _Ways = {}
    waiting: list[tuple[Any, list[tuple[int, int]]]] = [(root, [])]
    while waiting:
        node, way = waiting.pop()
        if node.left is None:
            leaves[id(node)] = int(node.label)
            ways[int(node.label)] = way
            continue
        position = len(splits)
        splits.append(node)
        waiting += [(node.right, [*way, (position, 1)]), (node.left, [*way, (position, -1)])]
    return leaves, splits, ways


@register(Birch, gaps=OnnxGap.CONVERTER)
class BirchModule(Module):
    """Birch: the label of the nearest subcluster, and the distance to each.

    Notes
    -----
    Follows ``Birch._predict`` (sklearn/cluster/_birch.py). Subclusters may be as many as rows fitted: where one of them
    is a single row, the distance of that row is what :func:`euclidean_distances` says of rows on a centre.
    """

    subcluster_centers_: Tensor
    subcluster_labels_: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        centers = np.asarray(estimator.subcluster_centers_)
        labels = np.asarray(estimator.subcluster_labels_)
        if labels.shape != (len(centers),):
            raise CorruptEstimatorError(
                f"Birch has {len(centers)} subclusters, but labels of shape {labels.shape}: it is damaged"
            )
        self.add_parameter("subcluster_centers_", centers)
        self.add_buffer("subcluster_labels_", labels)
        self.tile_rows = max(32, min(4096, CELLS // max(1, len(centers))))

    def _predict(self, x: Tensor) -> Tensor:
        return self.subcluster_labels_.index_select(0, nearest(x, self.subcluster_centers_))

    def _transform(self, x: Tensor) -> Tensor:
        return euclidean_distances(x, self.subcluster_centers_)


@register(MeanShift, gaps=OnnxGap.CONVERTER)
class MeanShiftModule(_CentersModule):
    """MeanShift: the nearest mode; rows that no mode attracts too, whatever ``cluster_all`` said of the fitted ones."""


@register(AffinityPropagation, gaps=OnnxGap.CONVERTER)
class AffinityPropagationModule(_CentersModule):
    """AffinityPropagation: the nearest exemplar; -1 for all rows where the fit did not converge."""

    n_centers: Final[int]

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """Affinities that were given: there is no exemplar to compare rows with."""
        if not hasattr(estimator, "cluster_centers_"):
            return (
                "AffinityPropagation with affinity='precomputed' has no cluster_centers_, and scikit-learn's own "
                "predict raises"
            )
        return None

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.n_centers = len(self.cluster_centers_)

    def _predict(self, x: Tensor) -> Tensor:
        if self.n_centers == 0:
            return torch.full_like(x[:, 0], -1, dtype=torch.int64)
        return nearest(x, self.cluster_centers_)


POOLINGS: dict[Callable[..., Any], str] = {
    **dict.fromkeys((np.mean, np.average, np.nanmean), "mean"),
    **dict.fromkeys((np.sum, np.nansum), "sum"),
    **dict.fromkeys((np.max, np.amax, np.nanmax), "max"),
    **dict.fromkeys((np.min, np.amin, np.nanmin), "min"),
    **dict.fromkeys((np.median, np.nanmedian), "median"),
    **dict.fromkeys((np.std, np.nanstd), "std"),
    **dict.fromkeys((np.var, np.nanvar), "var"),
    np.ptp: "range",
}
"""Functions that ``FeatureAgglomeration(pooling_func=...)`` may be; rows are finite: the nan ones do the same."""


@register(FeatureAgglomeration, gaps=OnnxGap.CONVERTER)
class FeatureAgglomerationModule(Module):
    """FeatureAgglomeration: one number per cluster of features; each feature gets that of its cluster back.

    Attributes
    ----------
    labels_ : Tensor of int64, shape (n_features,)
        Cluster of each feature.
    sizes : Tensor of shape (n_clusters,)
        Features in each cluster.
    belongs : Tensor of shape (n_features, n_clusters)
        1 where a feature is in a cluster, else 0; for sums.
    members : Tensor of int64, shape (n_clusters, largest)
        Features of each cluster, the last repeated to the size of the largest; for order statistics.
    beyond : Tensor of bool, shape (n_clusters, largest)
        Whether a member is such a repetition.
    middle : Tensor of int64, shape (n_clusters, 2)
        Positions of the lower and the upper median among sorted members.

    Notes
    -----
    Follows ``AgglomerationTransform`` (sklearn/cluster/_feature_agglomeration.py).
    """

    labels_: Tensor
    sizes: Tensor
    belongs: Tensor
    members: Tensor
    beyond: Tensor
    middle: Tensor
    pooling: Final[str]
    by_order: Final[bool]
    n_clusters: Final[int]
    largest: Final[int]

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """A pooling function that is none of numpy's known ones."""
        if estimator.pooling_func in POOLINGS:
            return None
        known = ", ".join(sorted({f"np.{function.__name__}" for function in POOLINGS}))
        return (
            f"the pooling_func of FeatureAgglomeration is a Python function, pooling_func={estimator.pooling_func!r}, "
            f"which no graph can hold; those known are {known}"
        )

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.pooling = POOLINGS[estimator.pooling_func]
        _, labels, sizes = np.unique(estimator.labels_, return_inverse=True, return_counts=True)
        self.n_clusters, self.largest = len(sizes), int(sizes.max())
        self.n_features_out = self.n_clusters
        self.add_buffer("labels_", labels)
        self.by_order = self.pooling in ("max", "min", "median", "range")
        if self.by_order:
            groups = [np.flatnonzero(labels == cluster) for cluster in range(self.n_clusters)]
            self.add_buffer("members", [np.pad(group, (0, self.largest - len(group)), mode="edge") for group in groups])
            self.add_buffer("beyond", np.arange(self.largest) >= sizes[:, None])
            self.add_buffer("middle", np.stack([(sizes - 1) // 2, sizes // 2], axis=1))
        else:
            self.add_buffer("belongs", np.equal.outer(labels, np.arange(self.n_clusters)).astype(np.float64))
            self.add_buffer("sizes", sizes.astype(np.float64))
        self.tile_rows = max(16, min(4096, CELLS // (self.n_clusters * self.largest)))

    def _transform(self, x: Tensor) -> Tensor:
        if self.by_order:
            return self._order_statistics(x)
        return self._sums(x)

    def _sums(self, x: Tensor) -> Tensor:
        if self.pooling == "sum":
            return torch.mm(x, self.belongs)
        elif self.pooling == "mean":
            return torch.mm(x, self.belongs) / self.sizes
        elif self.pooling == "var":
            return self._variances(x)
        else:
            return root(self._variances(x))

    def _variances(self, x: Tensor) -> Tensor:
        means = torch.mm(x, self.belongs) / self.sizes
        deviations = x - take_columns(means, self.labels_)
        return torch.mm(deviations * deviations, self.belongs) / self.sizes

    def _order_statistics(self, x: Tensor) -> Tensor:
        members = self.members.reshape(-1)
        if self.pooling == "median":
            groups = take_columns(x, members).reshape(x.shape[0], self.n_clusters, self.largest)
            ordered, _ = groups.masked_fill(self.beyond, torch.inf).sort(dim=2)
            middle = self.middle.unsqueeze(0).expand(x.shape[0], self.n_clusters, 2)
            return ordered.gather(2, middle).mean(dim=2)
        # Rows last: short groups reduced along the last dimension take four times as long.
        groups = x.t().contiguous().index_select(0, members).reshape(self.n_clusters, self.largest, x.shape[0])
        if self.pooling == "max":
            return groups.amax(dim=1).t()
        elif self.pooling == "min":
            return groups.amin(dim=1).t()
        else:
            return (groups.amax(dim=1) - groups.amin(dim=1)).t()

    def _inverse_transform(self, x: Tensor) -> Tensor:
        return take_columns(x, self.labels_)
