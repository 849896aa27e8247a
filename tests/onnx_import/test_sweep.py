"""Every estimator that scikit-learn tests itself with: where the ONNX route has no objection, it keeps its promise."""

import warnings

import pytest
import torch

from bridge.onnx_import import convert_via_onnx, onnx_classes, supports
from bridge.onnx_import.supported import promised_classes
from bridge.overrides.core.methods import available_methods, public_methods
from bridge.overrides.core.registry import find
from bridge.parity.reference import EstimatorReference
from bridge.parity.verify import verify_module
from tests.cases import all_cases
from tests.instances import fit, instances


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("instance", [pytest.param(item, id=name) for name, item in instances()])
def test_no_objection_is_a_promise_that_is_kept(instance):
    estimator, rows = fit(instance)
    methods = available_methods(estimator)
    if not methods:
        pytest.skip("has no method that acts on rows")
    objection = supports(estimator, methods)
    if objection is not None:
        assert "\n" not in objection
        pytest.skip(objection)
    module = convert_via_onnx(estimator)
    assert public_methods(module) == methods
    verify_module(EstimatorReference(estimator), module, rows)
    torch.jit.script(module)


def test_a_promised_class_has_a_case_and_a_case_of_the_road_is_promised():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a class that is deprecated
        via_onnx = {type(case.make()) for case in all_cases() if case.route == "onnx"}
    assert set(onnx_classes()) <= via_onnx
    assert {cls for cls in via_onnx if find(cls) is None} <= set(promised_classes())
