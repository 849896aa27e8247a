"""SVM operators against onnxruntime, and against onnx's evaluator in float64."""

import numpy as np
import pytest
import torch
from onnx import TensorProto

from bridge.errors import CorruptEstimatorError
from bridge.overrides.errors import UnsupportedOperatorError
from tests.overrides.operators.support import POST_TRANSFORMS, assert_same, convert, model_of, ort, reference

RNG = np.random.default_rng(0)
ROWS = np.concatenate([RNG.normal(size=(30, 3)), [[0, 0, 0], [50.0, -50, 3]]])
FLOATS = ROWS.astype(np.float32)
KERNELS = ("LINEAR", "POLY", "RBF", "SIGMOID")
SVM = {"rtol": 2e-5, "atol": 2e-4}


def regressor(x, kernel="RBF", n_supports=5, **options):
    rng = np.random.default_rng(1)
    if n_supports > 0:
        options["support_vectors"] = rng.normal(size=3 * n_supports).tolist()
    return model_of(
        "SVMRegressor",
        {"x": x},
        ["y"],
        coefficients=rng.normal(size=n_supports or 3).tolist(),
        rho=[0.3],
        n_supports=n_supports,
        kernel_type=kernel,
        kernel_params=[0.4, 0.25, 3.0],
        **options,
    )


def classifier(x, kernel="RBF", counts=(3, 2, 4), probability=False, words=None, linear=False, **options):
    rng = np.random.default_rng(2)
    n_classes, n_vectors = len(counts), sum(counts)
    n_pairs = n_classes * (n_classes - 1) // 2
    if probability:
        options["prob_a"] = (-rng.uniform(0.5, 3, size=n_pairs)).tolist()
        options["prob_b"] = rng.normal(size=n_pairs).tolist()
    if not linear:
        options["vectors_per_class"] = list(counts)
        options["support_vectors"] = rng.normal(size=3 * n_vectors).tolist()
    labels = {"classlabels_strings": words} if words else {"classlabels_ints": [4, -2, 9, 7][:n_classes]}
    return model_of(
        "SVMClassifier",
        {"x": x},
        ["label", "scores"],
        types=[TensorProto.STRING if words else TensorProto.INT64, TensorProto.FLOAT],
        coefficients=options.pop("coefficients", rng.normal(size=(n_classes - 1) * n_vectors).tolist()),
        rho=rng.normal(size=n_pairs).tolist(),
        kernel_type=kernel,
        kernel_params=[0.4, 0.25, 3.0],
        **labels,
        **options,
    )


@pytest.mark.parametrize("kernel", KERNELS)
def test_regressor_with_every_kernel(kernel):
    model = regressor(FLOATS, kernel)
    assert_same(model, {"x": FLOATS}, ort(model, {"x": FLOATS}), rtol=2e-5, atol=2e-5)
    double = regressor(ROWS, kernel)
    # The evaluator reads the kernel's parameters from float32 as well.
    assert_same(double, {"x": ROWS}, reference(double, {"x": ROWS}), rtol=1e-9, atol=1e-9, export=False)


@pytest.mark.parametrize("options", [{"one_class": 1}, {"n_supports": 0}, {"n_supports": 0, "one_class": 1}])
def test_regressor_forms(options):
    model = regressor(FLOATS, **options)
    assert_same(model, {"x": FLOATS}, ort(model, {"x": FLOATS}), rtol=2e-5, atol=2e-5)


def test_regressor_has_no_post_transform():
    model = regressor(FLOATS, post_transform="LOGISTIC")
    assert_same(model, {"x": FLOATS}, ort(model, {"x": FLOATS}), rtol=2e-5, atol=2e-5, export=False)


def test_whole_numbers():
    x = np.arange(12).reshape(4, 3)
    model = regressor(x, "LINEAR")
    floats = x.astype(np.float32)
    expected = ort(regressor(floats, "LINEAR"), {"x": floats})
    assert_same(model, {"x": x}, expected, rtol=1e-5, atol=1e-5, export=False)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("probability", [False, True])
def test_classifier_with_every_kernel(kernel, probability):
    model = classifier(FLOATS, kernel, probability=probability)
    # float32 may stop the coupling a round later: its rule is 0.005 / 3
    loose = {"rtol": 0, "atol": 2e-3} if probability else {"rtol": 2e-5, "atol": 2e-4}
    assert_same(model, {"x": FLOATS}, ort(model, {"x": FLOATS}), **loose, export=kernel == "RBF")


# The evaluator couples more than two classes wrongly: it takes a sum of products for the products.
@pytest.mark.parametrize(("probability", "counts"), [(False, (3, 2, 4, 2)), (True, (3, 2))])
def test_classifier_in_double(probability, counts):
    model = classifier(ROWS, probability=probability, counts=counts)
    labels, scores = reference(model, {"x": ROWS})
    scores = np.concatenate([-scores, scores], axis=1) if scores.shape[1] == 1 else scores
    assert_same(model, {"x": ROWS}, [labels, scores], rtol=1e-6, atol=1e-9, export=False)


@pytest.mark.parametrize("transform", POST_TRANSFORMS)
@pytest.mark.parametrize("counts", [(3, 2), (3, 2, 4)])
@pytest.mark.parametrize("probability", [False, True])
def test_classifier_with_every_post_transform(transform, counts, probability):
    model = classifier(FLOATS, counts=counts, probability=probability, post_transform=transform)
    if transform == "PROBIT" and len(counts) == 2 and not probability:
        with pytest.raises(UnsupportedOperatorError, match="second score undefined"):
            convert(model)
        return
    loose = {"rtol": 1e-4, "atol": 2e-3}
    assert_same(model, {"x": FLOATS}, ort(model, {"x": FLOATS}), **loose, export=transform == "SOFTMAX")


@pytest.mark.parametrize("transform", POST_TRANSFORMS)
@pytest.mark.parametrize("n_classes", [2, 3])
def test_linear_classifier(transform, n_classes):
    coefficients = np.random.default_rng(3).uniform(-0.1, 0.3, size=3 * n_classes).tolist()
    model = classifier(
        FLOATS, counts=(0,) * n_classes, linear=True, coefficients=coefficients, post_transform=transform
    )
    assert_same(model, {"x": FLOATS}, ort(model, {"x": FLOATS}), rtol=2e-4, atol=2e-3, export=transform == "NONE")


def test_linear_classifier_of_positive_coefficients():
    coefficients = [0.1, 0.2, 0.3, 0.2, 0.1, 0.05]
    model = classifier(FLOATS, counts=(0, 0), linear=True, coefficients=coefficients)
    assert_same(model, {"x": FLOATS}, ort(model, {"x": FLOATS}), rtol=2e-5, atol=2e-5, export=False)


def test_words():
    words = ["b", "c", "a"]
    model = classifier(FLOATS, words=words)
    module, _ = convert(model)
    codes = module(torch.tensor(FLOATS))[0]
    assert [module.words[code] for code in codes] == ort(model, {"x": FLOATS})[0].tolist()


def test_tiles_give_the_same():
    for model in (regressor(ROWS), classifier(ROWS, probability=True)):
        module, _ = convert(model)
        whole = module(torch.tensor(ROWS))
        module.tile_rows = 7
        for part, expected in zip(module(torch.tensor(ROWS)), whole, strict=True):
            torch.testing.assert_close(part, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"counts": (3, -1, 4)}, "negative"),
        ({"kernel": "CUBIC"}, "kernel_type is 'CUBIC'"),
        ({"coefficients": [1.0, 2.0]}, "2 coefficients"),
    ],
)
def test_contradictions_are_refused(options, message):
    with pytest.raises(CorruptEstimatorError, match=message):
        convert(classifier(FLOATS, **options))
