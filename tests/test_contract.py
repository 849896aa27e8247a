"""The contract of a converted module, for every case in every runtime."""

import copy

import numpy as np
import pytest
import torch
from torch import nn
from torch._subclasses.fake_tensor import (
    DataDependentOutputException,
    DynamicOutputShapeException,
    FakeTensorMode,
)
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

import bridge
from bridge import testing
from bridge.artifacts import write
from bridge.artifacts.measure import measure
from bridge.artifacts.torch_formats import save_torchscript
from bridge.parity.compare import compare_eager
from bridge.parity.reference import EstimatorReference, error_of, parts_of
from bridge.runtimes.base import RUNTIMES
from bridge.runtimes.torchscript import TORCHSCRIPT_FILE, TorchScriptRuntime
from tests.cases import Case, all_cases, fitted

CASES = [pytest.param(case, id=case.id, marks=pytest.mark.xdist_group(case.family)) for case in all_cases()]
every_case = pytest.mark.parametrize("case", CASES)
SMOOTH = [param for param in CASES if param.values[0].smooth]


FIRST_OF_A_CLASS = {case.id.partition("-")[0]: case.id for case in reversed(all_cases())}


def _nightly_beyond_the_first_of_a_class():
    """Every case; the writing of ONNX takes seconds, so by day one of each class is written."""
    seen: set[str] = set()
    for case in all_cases():
        name = case.id.partition("-")[0]
        by_night = name in seen or case.slow_to_write
        marks = [pytest.mark.xdist_group(case.family), *([pytest.mark.nightly] if by_night else [])]
        if not by_night:
            seen.add(name)
        yield pytest.param(case, id=case.id, marks=marks)


@pytest.fixture(scope="module")
def converted():
    """Modules of cases, each converted once."""
    modules: dict[str, nn.Module] = {}

    def get(case: Case):
        if case.id not in modules:
            modules[case.id] = bridge.to_torch(fitted(case.id).estimator)
        return modules[case.id]

    return get


@every_case
def test_eager_and_torchscript_equal_scikit_learn(case, converted, tmp_path):
    found, module = fitted(case.id), converted(case)
    save_torchscript(module, tmp_path / TORCHSCRIPT_FILE)
    report = compare_eager(found.estimator, module, found.rows, [TorchScriptRuntime(tmp_path)])
    assert {item.runtime for item in report.comparisons} == {"eager", "torchscript"}
    expected = {(item.method, item.runtime) for item in report.comparisons if _is_limited(case, item)}
    assert {(item.method, item.runtime) for item in report.failures} == expected, report.failures_text()


def _is_limited(case, item):
    return any(limit.method in ("*", item.method) and limit.runtime in ("*", item.runtime) for limit in case.limits)


@pytest.mark.parametrize("case", list(_nightly_beyond_the_first_of_a_class()))
def test_every_runtime_equals_scikit_learn(case, converted, tmp_path):
    found = fitted(case.id)
    module = converted(case)
    manifest = write.write_files(module, found.estimator, tmp_path, lambda stage: None)
    report = measure(EstimatorReference(found.estimator), module, found.rows, tmp_path, manifest)
    assert {item.runtime for item in report.comparisons} == set(RUNTIMES)
    expected = {(item.method, item.runtime) for item in report.comparisons if _is_limited(case, item)}
    assert {(item.method, item.runtime) for item in report.failures} == expected, report.failures_text()


@every_case
def test_methods_are_those_of_the_estimator(case, converted):
    found, module = fitted(case.id), converted(case)
    testing.check_methods(found.estimator, module)
    for name in module.nondeterministic_names:
        assert differs_alone(found, name), name


def differs_alone(found, name):
    """Whether scikit-learn gives a row alone another result than among others."""
    truth = EstimatorReference(found.estimator)
    rows = truth.rows(name, found.rows)
    alone = [parts_of(truth.result(name, rows[i : i + 1]))[0] for i in range(len(rows))]
    return error_of(np.concatenate(alone), parts_of(truth.result(name, rows))[0]).max() > 1e-8


@every_case
def test_plan_says_what_conversion_does(case, converted):
    module = converted(case)
    testing.check_plan(fitted(case.id).estimator, module)
    assert module.route == case.route


@every_case
def test_any_number_of_rows(case, converted):
    """No rows, one row, and tiles: in eager and in TorchScript alike."""
    found, module = fitted(case.id), converted(case)
    # TorchScript optimizes at its second call, which takes most of the time: one of each class is enough.
    with torch.jit.optimized_execution(case.id in FIRST_OF_A_CLASS.values()):
        testing.check_any_number_of_rows(found.estimator, module, found.rows)
    methods = testing.row_methods(module)
    assert not module.batch_dependent or any(differs_alone(found, method) for method in methods)


@every_case
def test_any_form_of_rows(case, converted):
    """Strides and gradients change nothing; wrong forms are refused, and both widths named."""
    testing.check_any_form_of_rows(converted(case), fitted(case.id).rows)


@every_case
def test_module_is_a_value(case, converted):
    """Copies, pickles and state dicts carry the whole module; parameters are float64, named and not shared."""
    testing.check_module_is_a_value(converted(case), fitted(case.id).rows)


@every_case
def test_float32_is_close(case, converted):
    """``.float()`` returns float32, and on most rows what float32 can give; ties and huge rows may part."""
    testing.check_float32(converted(case), fitted(case.id).rows)


@every_case
def test_everything_follows_the_module_to_an_accelerator(case, converted):
    """On torch's fake CUDA device, which computes no values but refuses to mix devices; no accelerator is needed."""
    module = converted(case)
    moved = copy.deepcopy(module)
    with FakeTensorMode(allow_non_fake_inputs=True):
        for part in moved.modules():
            for name, parameter in part.named_parameters(recurse=False):
                part._parameters[name] = nn.Parameter(torch.empty_like(parameter, device="cuda"))
            for name, buffer in part.named_buffers(recurse=False):
                part._buffers[name] = torch.empty_like(buffer, device="cuda")
        for method in testing.row_methods(moved):
            if method == "predict_labels":
                continue  # words leave the device
            try:
                result = getattr(moved, method)(torch.empty_like(module.example_rows(method, 5), device="cuda"))
            except (DataDependentOutputException, DynamicOutputShapeException):
                continue  # the rows left to compute depend on values
            for part in result if isinstance(result, list) else [result]:
                assert part.device.type == "cuda", method


class _Largest(TorchDispatchMode):
    """Bytes of the largest tensor that an operator makes, those given left out."""

    def __init__(self, given):
        super().__init__()
        self.given = {tensor.untyped_storage().data_ptr() for tensor in given}
        self.n_bytes = 0

    def __torch_dispatch__(self, operator, types, args=(), kwargs=None):
        result = operator(*args, **(kwargs or {}))
        for tensor in tree_leaves(result):
            if isinstance(tensor, torch.Tensor) and tensor.untyped_storage().data_ptr() not in self.given:
                self.n_bytes = max(self.n_bytes, tensor.untyped_storage().nbytes())
        return result


@every_case
def test_memory_is_bounded(case, converted):
    """Twice the rows make no tensor larger but rows and result; a tile of the module's own size stays within bounds."""
    module = copy.deepcopy(converted(case))
    x = module.encode(fitted(case.id).rows)
    if x.dim() != 2:
        return
    tile, most = 32, module.tile_rows
    for part in module.modules():
        if isinstance(part, bridge.Module):
            part.tile_rows = min(part.tile_rows, tile)
    few, many = (x.repeat(n // max(len(x), 1) + 1, 1)[:n].contiguous() for n in (8 * tile, 16 * tile))
    for method in testing.row_methods(module):
        if method == "predict_labels":
            continue  # a list of words
        largest = []
        for rows in (few, many):
            with torch.no_grad(), _Largest([rows, *module.parameters(), *module.buffers()]) as seen:
                result = getattr(module, method)(rows)
            results = result if isinstance(result, list) else [result]
            largest.append((seen.n_bytes, max([rows.nbytes, *(part.untyped_storage().nbytes() for part in results)])))
        (before, _), (after, at_most) = largest
        assert after <= max(before, at_most), method
        if after > at_most:
            assert after / tile * most <= 2**26, method


@pytest.mark.parametrize("case", SMOOTH)
def test_gradient_equals_finite_differences(case, converted):
    """Autograd through the module against central differences of scikit-learn's own method."""
    testing.check_gradient(fitted(case.id).estimator, converted(case), fitted(case.id).rows)


def test_parity_would_see_a_wrong_module(converted):
    """The comparison condemns: a module with one weight moved by 1e-6 does not pass."""
    case = next(case for case in all_cases() if case.id.startswith("LogisticRegression"))
    module = copy.deepcopy(converted(case))
    with torch.no_grad():
        module.coef_.add_(1e-6)
    found = fitted(case.id)
    assert not compare_eager(found.estimator, module, found.rows).ok
