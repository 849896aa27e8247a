"""Converted operators written as ONNX again, in plain operators and float64: what an artifact of a road does."""

import warnings

import numpy as np
import pytest
import torch
from onnx import numpy_helper

from tests.overrides.operators import test_scan as scans
from tests.overrides.operators import test_svm as svms
from tests.overrides.operators import test_tree_ensemble as trees
from tests.overrides.operators import test_tree_ensemble_of_version_5 as sets
from tests.overrides.operators.support import arguments, convert, flat, model_of, ort

WHOLE = np.arange(6).reshape(3, 2)
PAIR = {"x": scans.X, "y": scans.Y}
KEYS = np.array([[1.5, np.nan], [2, 0.0]])
MODELS = {
    "trees": (trees.regressor(trees.ROWS, 2, double=True), {"x": trees.ROWS}),
    "plain trees": (trees.regressor(trees.ROWS, 2, double=True, modes=("BRANCH_LEQ",)), {"x": trees.ROWS}),
    "classifier": (trees.classifier(trees.ROWS, "all", (0, 1, 2)), {"x": trees.ROWS}),
    "one class of two": (trees.classifier(trees.ROWS, [1]), {"x": trees.ROWS}),
    "sets": (sets.ensemble(trees.ROWS, 2, **sets.TREE_WITH_SETS, roots=[0]), {"x": trees.ROWS}),
    "svm": (svms.classifier(svms.ROWS, probability=True), {"x": svms.ROWS}),
    "encoder": (
        model_of(
            "LabelEncoder",
            {"x": KEYS},
            ["y"],
            ml=4,
            keys_tensor=numpy_helper.from_array(np.array([1.5, np.nan, 0.0])),
            values_tensor=numpy_helper.from_array(np.array([0.1, 0.2, 0.3])),
        ),
        {"x": KEYS},
    ),
    "one hot": (model_of("OneHotEncoder", {"x": WHOLE}, ["y"], cats_int64s=[3, 1]), {"x": WHOLE}),
    "scan": (scans.scan_model(PAIR, scans.distances("minkowski"), 2), PAIR),
}


@pytest.mark.parametrize("name", list(MODELS))
def test_in_double(name):
    model, feeds = MODELS[name]
    module, mapping = convert(model)
    args = arguments(model, mapping, feeds)
    shapes = tuple({0: torch.export.Dim(f"n{i}")} for i in range(len(args)))
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(module, args, dynamo=True, verbose=False, dynamic_shapes=shapes)
    written = program.model_proto
    inputs = [value.name for value in written.graph.input]
    for rows in (None, 1):
        cut = [arg[:rows] for arg in args]
        found = ort(written, {key: arg.numpy() for key, arg in zip(inputs, cut, strict=True)})
        for part, expected in zip(found, flat(module(*cut)), strict=True):
            np.testing.assert_allclose(part, expected.detach(), rtol=1e-13, atol=1e-14)
