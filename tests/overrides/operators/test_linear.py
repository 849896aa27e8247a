"""Linear operators against onnxruntime, and in float64 against numpy."""

import numpy as np
import pytest
import torch
from onnx import TensorProto

from bridge.errors import CorruptEstimatorError
from bridge.overrides.errors import UnsupportedOperatorError
from tests.overrides.operators.support import POST_TRANSFORMS, assert_same, convert, model_of, ort

ROWS = np.random.default_rng(0).normal(size=(20, 3))
FLOATS = ROWS.astype(np.float32)


def regressor(x, n_targets, **options):
    return model_of(
        "LinearRegressor",
        {"x": x},
        ["y"],
        targets=n_targets,
        coefficients=[0.1, -0.2, 0.3, 0.05, 0.2, 0.1][: 3 * n_targets],
        **options,
    )


def classifier(x, n_scores, labels, words=None, **options):
    labels = {"classlabels_strings": words} if words else {"classlabels_ints": labels}
    return model_of(
        "LinearClassifier",
        {"x": x},
        ["label", "scores"],
        types=[TensorProto.STRING if words else TensorProto.INT64, TensorProto.FLOAT],
        coefficients=np.random.default_rng(1).uniform(-0.2, 0.3, size=3 * n_scores).tolist(),
        intercepts=[0.4, 0.5, 0.6][:n_scores],
        **labels,
        **options,
    )


@pytest.mark.parametrize("transform", POST_TRANSFORMS)
@pytest.mark.parametrize("n_targets", [1, 2])
def test_regressor(transform, n_targets):
    model = regressor(FLOATS, n_targets, intercepts=[0.5, 0.4][:n_targets], post_transform=transform)
    assert_same(model, {"x": FLOATS}, ort(model, {"x": FLOATS}), rtol=2e-5, atol=2e-3, export=transform == "PROBIT")


def test_regressor_without_intercepts_in_double():
    module, _ = convert(regressor(ROWS, 2))
    expected = ROWS @ np.array([[0.1, -0.2, 0.3], [0.05, 0.2, 0.1]], dtype=np.float32).astype(float).T
    np.testing.assert_allclose(module(torch.tensor(ROWS)).detach(), expected, rtol=1e-13)


@pytest.mark.parametrize("transform", POST_TRANSFORMS)
@pytest.mark.parametrize(("n_scores", "labels"), [(1, [3, 7]), (2, [3, 7]), (3, [5, -1, 0])])
def test_classifier(transform, n_scores, labels):
    model = classifier(FLOATS, n_scores, labels, post_transform=transform)
    if transform == "PROBIT" and n_scores == 1:
        with pytest.raises(UnsupportedOperatorError, match="second score undefined"):
            convert(model)
        return
    assert_same(model, {"x": FLOATS}, ort(model, {"x": FLOATS}), rtol=2e-5, atol=2e-3, export=transform == "NONE")


def test_words():
    model = classifier(FLOATS, 3, [], words=["z", "a", "m"])
    module, _ = convert(model)
    codes = module(torch.tensor(FLOATS))[0]
    assert [module.words[code] for code in codes] == ort(model, {"x": FLOATS})[0].tolist()


def test_contradictions_are_refused():
    with pytest.raises(CorruptEstimatorError, match="2 intercepts for 1 scores"):
        convert(regressor(FLOATS, 1, intercepts=[0.5, 0.4]))
    with pytest.raises(CorruptEstimatorError, match="3 intercepts"):
        convert(classifier(FLOATS, 3, [1, 2]))
    with pytest.raises(CorruptEstimatorError, match="post_transform is 'CLOG'"):
        convert(regressor(FLOATS, 1, post_transform="CLOG"))
