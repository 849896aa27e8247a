"""Neighbours that a product in float32 proposes: those that scikit-learn finds, wherever float32 is too coarse."""

import numpy as np
import pytest
import torch
from sklearn.neighbors import KNeighborsRegressor, RadiusNeighborsClassifier, RadiusNeighborsRegressor

import bridge

RANDOM = np.random.default_rng(0)
POINTS, ROWS = RANDOM.normal(size=(900, 6)), RANDOM.normal(size=(300, 6))
Y = POINTS[:, 0] + RANDOM.normal(size=900)


def _points(kind):
    """Fitted points and other rows, and how far off scikit-learn's own expanded squares are, of a unit."""
    scales = {"tiny": 1e-30, "small": 1e-18, "large": 1e12, "huge": 1e25, "beyond float32": 1e60}
    if kind in scales:
        return POINTS * scales[kind], ROWS * scales[kind]
    if kind == "offset":
        return POINTS + 1e3, ROWS + 1e3
    if kind == "far apart":
        far = np.where(np.arange(900) % 2 == 0, 1e4, -1e4)[:, None]
        return POINTS + far, ROWS + far[:300]
    if kind == "pairs that float32 cannot tell":
        return np.repeat(POINTS[:300], 3, axis=0) * (1 + 1e-9 * RANDOM.normal(size=(900, 1))), ROWS
    return POINTS, ROWS


KINDS = ["plain", "tiny", "small", "large", "huge", "beyond float32", "offset", "far apart"]
KINDS += ["pairs that float32 cannot tell"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("algorithm", ["brute", "kd_tree"])
@pytest.mark.parametrize("k", [1, 4, 30])
def test_nearest(kind, algorithm, k):
    points, rows = _points(kind)
    model = KNeighborsRegressor(k, algorithm=algorithm).fit(points, Y)
    module = bridge.to_torch(model, verify=False)
    distances, index = module.kneighbors(torch.tensor(rows))
    expected, places = model.kneighbors(rows)
    # Expanded squares, as brute force computes them, have an error of the size of the rows in both.
    unit = np.abs(rows).max()
    rounding = 1e-6 * unit if algorithm == "brute" and kind in ("offset", "far apart") else 1e-12 * unit
    np.testing.assert_allclose(distances.detach(), expected, rtol=1e-8, atol=rounding)
    if kind not in ("offset", "far apart", "pairs that float32 cannot tell") or algorithm == "kd_tree":
        np.testing.assert_array_equal(index, places)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("algorithm", ["brute", "ball_tree"])
@pytest.mark.filterwarnings("ignore:.*no neighbors within specified radius")
def test_within_a_radius(kind, algorithm):
    points, rows = _points(kind)
    spread = np.median(np.linalg.norm(points[:200] - rows[:200], axis=1))
    # Distances that are the radius itself are within.
    radius = spread if algorithm == "brute" else float(np.sqrt(((points[0] - rows[0]) ** 2).sum()))
    model = RadiusNeighborsRegressor(radius, algorithm=algorithm).fit(points, Y)
    module = bridge.to_torch(model, verify=False)
    given = module.predict(torch.tensor(rows)).detach().numpy()
    np.testing.assert_allclose(given, model.predict(rows), rtol=1e-8, atol=1e-10)
    labels = (Y > 0).astype(int)
    classifier = RadiusNeighborsClassifier(radius, algorithm=algorithm, outlier_label=0).fit(points, labels)
    module = bridge.to_torch(classifier, verify=False)
    given = module.predict_proba(torch.tensor(rows)).detach().numpy()
    np.testing.assert_allclose(given, classifier.predict_proba(rows), rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("coarse", [torch.bfloat16, torch.float16])
def test_products_that_torch_was_allowed_to_make_coarser(coarse, monkeypatch):
    """As ``torch.set_float32_matmul_precision`` does where the processor has them."""
    exact = torch.addmm

    def addmm(norms, rows, others, alpha):
        return exact(norms, rows.to(coarse).to(rows.dtype), others.to(coarse).to(rows.dtype), alpha=alpha)

    nearest, around = KNeighborsRegressor(4).fit(POINTS, Y), RadiusNeighborsRegressor(1.5).fit(POINTS, Y)
    rows = ROWS[np.abs(ROWS).max(axis=1) < 1]
    monkeypatch.setattr(torch, "addmm", addmm)
    for batch in (rows, rows[:1]):
        index = bridge.to_torch(nearest, verify=False).kneighbors(torch.tensor(batch))[1]
        np.testing.assert_array_equal(index, nearest.kneighbors(batch)[1])
        given = bridge.to_torch(around, verify=False).predict(torch.tensor(batch)).detach()
        np.testing.assert_allclose(given, around.predict(batch), rtol=1e-10)
