"""Search of neighbours beyond the contract: which of many equal distances are taken, and what is refused."""

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array
from sklearn.manifold import LocallyLinearEmbedding
from sklearn.neighbors import (
    KernelDensity,
    KNeighborsClassifier,
    KNeighborsTransformer,
    NearestNeighbors,
    RadiusNeighborsClassifier,
    sort_graph_by_row_values,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import bridge
from bridge.errors import InputError, UnsupportedError

RANDOM = np.random.default_rng(0)
GRID, QUERIES = (RANDOM.integers(0, 4, size=(n, 3)).astype(float) for n in (500, 300))


@pytest.mark.parametrize("k", [1, 2, 5, 12])
@pytest.mark.parametrize(
    ("algorithm", "options"),
    [
        ("kd_tree", {}),
        ("kd_tree", {"p": 1}),
        ("kd_tree", {"metric": "chebyshev"}),
        ("kd_tree", {"p": 3}),
        ("ball_tree", {}),
        ("ball_tree", {"metric": "hamming"}),
        ("ball_tree", {"metric": "jaccard"}),
        ("ball_tree", {"metric": "canberra"}),
        ("ball_tree", {"metric": "mahalanobis", "metric_params": {"VI": np.diag([1.0, 2.0, 3.0])}}),
    ],
)
def test_a_heap_decides_between_points_of_a_grid(algorithm, options, k):
    """Hundreds of equal distances: distances, points and their order are scikit-learn's."""
    model = NearestNeighbors(n_neighbors=k, algorithm=algorithm, leaf_size=20, **options).fit(GRID)
    distances, index = model.kneighbors(QUERIES)
    near, places = bridge.to_torch(model, verify=False).kneighbors(torch.as_tensor(QUERIES))
    np.testing.assert_array_equal(places.numpy(), index)
    np.testing.assert_array_equal(near.detach().numpy(), distances)


def test_candidates_of_a_product_are_checked_far_from_the_origin():
    """At offsets of 1e8 a matrix product cannot tell neighbours apart; differences can."""
    points = RANDOM.normal(size=(400, 4)) + 1e8
    model = NearestNeighbors(n_neighbors=5).fit(points)
    rows = points[:50] + 1e-3
    near, places = bridge.to_torch(model, verify=False).kneighbors(torch.as_tensor(rows))
    distances, index = model.kneighbors(rows)
    np.testing.assert_array_equal(places.numpy(), index)
    np.testing.assert_allclose(near.detach().numpy(), distances, rtol=1e-12)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (NearestNeighbors(metric=lambda a, b: 1.0 if a[0] > b[0] else np.abs(a - b).sum()), "Python function"),
        (KNeighborsClassifier(weights=np.exp), "weights"),
        (NearestNeighbors(metric="hamming", algorithm="brute"), "numpy's partition"),
        (NearestNeighbors(n_neighbors=501), "501 neighbours among 500"),
    ],
    ids=["callable", "weights", "undecided", "too-many"],
)
def test_what_cannot_be_exact_is_refused_in_words(model, words):
    with pytest.raises(UnsupportedError, match=words):
        bridge.to_torch(model.fit(GRID, np.arange(500) % 3))


@pytest.mark.parametrize("limits", [{"rtol": 1e-2}, {"atol": 1e-4}])
def test_a_density_that_scikit_learn_sums_in_part_is_summed_to_the_end(limits):
    X = np.random.default_rng(0).normal(size=(400, 2))
    model, whole = (KernelDensity(bandwidth=0.3, leaf_size=5, **given).fit(X) for given in (limits, {}))
    rows = np.random.default_rng(1).normal(size=(60, 2))
    difference = np.abs(model.score_samples(rows) - whole.score_samples(rows)).max()
    assert difference > 1e-6
    module = bridge.to_torch(model, rows)
    result = module.score_samples(torch.as_tensor(rows)).detach().numpy()
    np.testing.assert_allclose(result, whole.score_samples(rows), rtol=1e-10, atol=1e-10)
    assert "stops its sum" in bridge.plan(make_pipeline(StandardScaler(), model).fit(X)).steps[2].limit
    module.log_weights += difference * 2
    assert not bridge.check_parity(model, rows, module=module, runtimes=["eager"]).ok


SPARSE = sort_graph_by_row_values(csr_array(np.abs(RANDOM.normal(size=(30, 30)))), warn_when_not_sorted=False)


@pytest.mark.parametrize("model", [NearestNeighbors(metric="precomputed"), KNeighborsClassifier(metric="precomputed")])
def test_a_sparse_graph_of_distances_is_refused(model):
    """What is not stored is no neighbour there, and 0 in a tensor."""
    with pytest.raises(UnsupportedError, match="fitted on a sparse graph"):
        bridge.to_torch(model.fit(SPARSE, np.arange(30) % 3))


@pytest.mark.parametrize("script", [False, True])
def test_sparse_rows_of_distances_are_refused(script):
    model = KNeighborsClassifier(metric="precomputed").fit(SPARSE.toarray(), np.arange(30) % 3)
    module = bridge.to_torch(model)
    with pytest.raises(InputError, match="dense ones"):
        module.encode(SPARSE[:3])
    with pytest.raises((InputError, torch.jit.Error), match="dense ones"):
        (torch.jit.script(module) if script else module).predict(torch.as_tensor(SPARSE.toarray()).to_sparse_csr())


def test_a_transformer_of_graphs_in_front_of_a_classifier_is_refused():
    """scikit-learn's own example: the graph between the two is sparse."""
    model = make_pipeline(KNeighborsTransformer(n_neighbors=8), KNeighborsClassifier(3, metric="precomputed"))
    with pytest.raises(UnsupportedError, match="fitted on a sparse graph"):
        bridge.to_torch(model.fit(RANDOM.normal(size=(40, 2)), np.arange(40) % 2))


def test_a_row_without_neighbours_is_an_error_that_names_it():
    model = RadiusNeighborsClassifier(0.5).fit(GRID, np.arange(500) % 3)
    module = bridge.to_torch(model)
    with pytest.raises(InputError, match="row 1"):
        module.predict(torch.tensor([[0.0, 0.0, 0.0], [99.0, 0.0, 0.0]], dtype=torch.float64))


def test_gradient_at_a_point_itself_is_finite():
    module = bridge.to_torch(LocallyLinearEmbedding(n_neighbors=5).fit(RANDOM.normal(size=(60, 3))))
    x = module.points.X.detach()[:3].clone().requires_grad_(True)
    module.transform(x).sum().backward()
    assert torch.isfinite(x.grad).all()
