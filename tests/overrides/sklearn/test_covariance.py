"""The elliptic envelope beyond the contract: the side of the threshold, trained parameters, a precision not stored."""

import numpy as np
import pytest
import torch
from sklearn.covariance import EllipticEnvelope

import bridge

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(90, 3)) @ RANDOM.normal(size=(3, 3)) + 5.0


@pytest.mark.parametrize("contamination", [0.013, 0.217, 0.5])
def test_inliers_and_outliers(contamination):
    estimator = EllipticEnvelope(contamination=contamination, random_state=0).fit(X)
    module = bridge.to_torch(estimator)
    rows = np.vstack([X * 1.7, RANDOM.normal(size=(200, 3)) * 4 + 5])
    result = module.predict(torch.as_tensor(rows))
    assert result.tolist() == estimator.predict(rows).tolist()
    assert set(result.tolist()) == {-1, 1}


def test_a_row_on_the_threshold_is_an_inlier():
    estimator = EllipticEnvelope(random_state=0).fit(X)
    module = bridge.to_torch(estimator)
    x = torch.as_tensor(X[:1])
    with torch.no_grad():
        module.offset_.copy_(module.score_samples(x)[0])
        assert module.decision_function(x).tolist() == [0.0]
        assert module.predict(x).tolist() == [1]
        module.offset_.copy_(torch.nextafter(module.offset_, module.offset_ + 1))
        assert module.predict(x).tolist() == [-1]


@pytest.mark.parametrize("store_precision", [True, False])
def test_scores_follow_the_parameters(store_precision):
    estimator = EllipticEnvelope(store_precision=store_precision, random_state=0).fit(X)
    module = bridge.to_torch(estimator)
    assert {name for name, _ in module.named_parameters()} == {"location_", "precision_", "offset_"}
    with torch.no_grad():
        module.location_.add_(0.5)
        module.precision_.mul_(2.0)
    estimator.location_ = estimator.location_ + 0.5
    estimator.covariance_ = estimator.covariance_ / 2.0
    if store_precision:
        estimator.precision_ = estimator.precision_ * 2.0
    for method in ("score_samples", "decision_function"):
        result = getattr(module, method)(torch.as_tensor(X)).detach()
        np.testing.assert_allclose(result, getattr(estimator, method)(X), rtol=1e-11)


def test_features_far_from_the_origin():
    rows = X + 1e6
    estimator = EllipticEnvelope(random_state=0).fit(rows)
    result = bridge.to_torch(estimator, rows).score_samples(torch.as_tensor(rows)).detach()
    np.testing.assert_allclose(result, estimator.score_samples(rows), rtol=1e-11)
