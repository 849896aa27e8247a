"""Clusters beyond the contract: trained centres, ties, trees of centres, poolings and refusals."""

import numpy as np
import pytest
import torch
from sklearn.cluster import (
    AffinityPropagation,
    Birch,
    BisectingKMeans,
    FeatureAgglomeration,
    KMeans,
    MeanShift,
)
from sklearn.datasets import make_blobs

import bridge
from bridge.errors import CorruptEstimatorError, UnsupportedError

X, _ = make_blobs(150, 4, centers=6, cluster_std=2.0, random_state=0)
ROWS = np.random.default_rng(1).normal(scale=8.0, size=(200, 4))


def test_distances_and_labels_follow_the_centres():
    """A trained module is scikit-learn's estimator with those centres: nothing derived from the old ones is left."""
    estimator = KMeans(4, n_init=1, random_state=0).fit(X)
    module = bridge.to_torch(estimator)
    moved = estimator.cluster_centers_[::-1] * 1.5 + 1.0
    with torch.no_grad():
        module.cluster_centers_.copy_(torch.as_tensor(moved))
    estimator.cluster_centers_ = np.ascontiguousarray(moved)
    x = torch.as_tensor(ROWS)
    assert module.predict(x).tolist() == estimator.predict(ROWS).tolist()
    np.testing.assert_allclose(module.transform(x).detach(), estimator.transform(ROWS), rtol=1e-12)


def test_centres_train():
    module = bridge.to_torch(KMeans(4, n_init=1, random_state=0).fit(X))
    module.transform(torch.as_tensor(ROWS)).min(dim=1).values.mean().backward()
    assert torch.isfinite(module.cluster_centers_.grad).all()
    assert (module.cluster_centers_.grad != 0).any()


def test_ties_between_centres():
    estimator = KMeans(2, n_init=1, init=np.array([[1.0, 0.0], [-1.0, 0.0]]), max_iter=1)
    estimator.fit(np.array([[1.0, 0.0], [-1.0, 0.0]]))
    rows = np.array([[0.0, 0.0], [0.0, 5.0], [5e-324, 0.0], [-5e-324, 0.0], [1e-9, 3.0], [-1e-9, 3.0]])
    result = bridge.to_torch(estimator).predict(torch.as_tensor(rows))
    assert result.tolist() == estimator.predict(rows).tolist()
    assert result.dtype == torch.int32


@pytest.mark.parametrize("n_clusters", [1, 2, 3, 20])
@pytest.mark.parametrize("strategy", ["biggest_inertia", "largest_cluster"])
def test_a_tree_of_centres_of_any_size(n_clusters, strategy):
    estimator = BisectingKMeans(n_clusters, bisecting_strategy=strategy, random_state=0).fit(X)
    result = bridge.to_torch(estimator).predict(torch.as_tensor(ROWS))
    expected = estimator.predict(ROWS)
    assert result.tolist() == expected.tolist()
    if n_clusters == 20:  # the tree decides, and not the distance
        assert (estimator.transform(ROWS).argmin(axis=1) != expected).any()


def test_a_chain_of_centres():
    """A tree of which every right child is a leaf: as deep as it has splits."""
    line = np.column_stack([2.0 ** np.arange(14), np.zeros(14)])
    estimator = BisectingKMeans(12, random_state=0).fit(line)
    rows = np.column_stack([np.linspace(-5, 9000, 400), np.zeros(400)])
    assert bridge.to_torch(estimator).predict(torch.as_tensor(rows)).tolist() == estimator.predict(rows).tolist()


def test_damaged_labels_of_a_tree():
    estimator = BisectingKMeans(3, random_state=0).fit(X)
    estimator._bisecting_tree.left.label = estimator._bisecting_tree.right.label = 7
    for leaf in estimator._bisecting_tree.iter_leaves():
        leaf.label = 7
    with pytest.raises(CorruptEstimatorError, match="3 centres"):
        bridge.to_torch(estimator)


def test_damaged_labels_of_subclusters():
    estimator = Birch(threshold=1.0).fit(X)
    estimator.subcluster_labels_ = estimator.subcluster_labels_[:-1]
    with pytest.raises(CorruptEstimatorError, match="subclusters"):
        bridge.to_torch(estimator, verify=False)


def test_a_subcluster_of_one_row():
    """Its distance is the root of rounding, here and in scikit-learn."""
    estimator = Birch(threshold=1e-3, n_clusters=5).fit(X)
    assert len(estimator.subcluster_centers_) == len(X)
    module = bridge.to_torch(estimator)
    x = torch.as_tensor(X)
    assert module.predict(x).tolist() == estimator.predict(X).tolist()
    np.testing.assert_allclose(module.transform(x).detach(), estimator.transform(X), atol=1e-6)


def test_rows_that_no_mode_attracts_have_the_nearest():
    estimator = MeanShift(bandwidth=2.0, bin_seeding=True, min_bin_freq=3, cluster_all=False).fit(X)
    assert (estimator.labels_ == -1).any()
    result = bridge.to_torch(estimator).predict(torch.as_tensor(ROWS))
    assert result.tolist() == estimator.predict(ROWS).tolist()
    assert (result >= 0).all()


def test_no_exemplars_from_given_affinities():
    affinity = -((X[:, None] - X) ** 2).sum(axis=2)
    estimator = AffinityPropagation(affinity="precomputed", random_state=0).fit(affinity)
    with pytest.raises(UnsupportedError, match="affinity='precomputed'"):
        bridge.to_torch(estimator)


def _range(values, axis):
    return np.ptp(values, axis=axis)


def test_a_pooling_function_of_the_users_own():
    estimator = FeatureAgglomeration(2, pooling_func=_range).fit(X)
    with pytest.raises(UnsupportedError, match=r"pooling_func=<function _range.*np\.median"):
        bridge.to_torch(estimator)


@pytest.mark.parametrize(
    "function",
    [
        np.mean,
        np.average,
        np.nanmean,
        np.sum,
        np.max,
        np.amin,
        np.nanmax,
        np.median,
        np.nanmedian,
        np.std,
        np.var,
        np.ptp,
    ],
)
def test_groups_of_any_size(function):
    """From a single feature to all but one, with even and odd numbers of them."""
    random = np.random.default_rng(2)
    base = random.normal(size=(40, 3))
    wide = np.hstack([base[:, :1] + random.normal(scale=0.01, size=(40, 6)), base[:, 1:2], base[:, [2, 2, 2]] * 3])
    estimator = FeatureAgglomeration(3, pooling_func=function).fit(wide)
    assert sorted(np.bincount(estimator.labels_)) == [1, 3, 6]
    module = bridge.to_torch(estimator)
    result = module.transform(torch.as_tensor(wide)).detach()
    expected = estimator.transform(wide)
    np.testing.assert_allclose(result, expected, rtol=1e-13, atol=1e-15)
    back = module.inverse_transform(result)
    assert np.array_equal(back, estimator.inverse_transform(result.numpy()))


def test_the_deviation_of_one_feature_has_a_gradient():
    estimator = FeatureAgglomeration(4, pooling_func=np.std).fit(X)
    x = torch.tensor(X[:3], requires_grad=True)
    result = bridge.to_torch(estimator).transform(x)
    result.sum().backward()
    assert (result == 0).all()
    assert (x.grad == 0).all()
