"""Every estimator that scikit-learn tests itself with: where the road has no objection, it keeps its promise."""

import warnings

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.utils import get_tags
from sklearn.utils._test_common.instance_generator import _tested_estimators

from bridge.onnx_road import inquire, road_classes, travel
from bridge.onnx_road.promised import promised_classes
from bridge.overrides.base import available_methods, public_methods
from bridge.overrides.registry import find
from bridge.verify import verify_module
from tests.cases import all_cases


def _data(estimator):
    """Rows and targets of the kind that the estimator's tags ask for."""
    tags, random = get_tags(estimator), np.random.default_rng(0)
    X = random.normal(size=(60, 5))
    if tags.input_tags.positive_only:
        X = np.abs(X)
    if tags.input_tags.categorical:
        X = np.abs(np.round(X * 2))
    y = X @ random.normal(size=5)
    if tags.target_tags.positive_only:
        y = np.abs(y) + 0.1
    if tags.estimator_type != "regressor":
        y = np.digitize(y, np.quantile(y, [0.33, 0.66]))
    if tags.classifier_tags is not None and not tags.classifier_tags.multi_class:
        y = (y > 0).astype(int)
    if tags.target_tags.multi_output and not tags.target_tags.single_output:
        y = np.stack([y, y[::-1]], axis=1)
    return (X @ X.T if tags.input_tags.pairwise else X), y


def _instances():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = list(_tested_estimators())
    return [pytest.param(item, id=f"{type(item).__name__}-{i}") for i, item in enumerate(found)]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("instance", _instances())
def test_no_objection_is_a_promise_that_is_kept(instance):
    X, y = _data(instance)
    try:
        estimator = clone(instance).fit(X, y)
    except (ValueError, TypeError, AttributeError) as error:
        pytest.skip(f"takes other data: {error}")
    methods = available_methods(estimator)
    if not methods:
        pytest.skip("has no method that acts on rows")
    objection = inquire(estimator, methods)
    if objection is not None:
        assert "\n" not in objection
        pytest.skip(objection)
    module = travel(estimator)
    assert public_methods(module) == methods
    verify_module(estimator, module, X)
    torch.jit.script(module)


def test_a_promised_class_has_a_case_and_a_case_of_the_road_is_promised():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a class that is deprecated
        on_the_road = {type(case.make()) for case in all_cases() if case.way == "road"}
    assert set(road_classes()) <= on_the_road
    assert {cls for cls in on_the_road if find(cls) is None} <= set(promised_classes())
