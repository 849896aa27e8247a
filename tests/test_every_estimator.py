"""Every estimator of scikit-learn, as its own instance generator constructs it: exact, or refused for a reason."""

import re
import warnings
from pathlib import Path

import pytest
from sklearn.utils import all_estimators

import bridge
from bridge.artifacts import write
from bridge.artifacts.measure import measure
from bridge.artifacts.torch_formats import save_torchscript
from bridge.overrides.core.methods import METHODS, available_methods
from bridge.parity.compare import compare_eager
from bridge.parity.reference import EstimatorReference
from bridge.runtimes.base import RUNTIMES
from bridge.runtimes.torchscript import TORCHSCRIPT_FILE, TorchScriptRuntime
from tests.cases import all_cases
from tests.cases.refusals import REFUSALS
from tests.instances import fit, instances

OVERRIDES = Path(__file__).resolve().parent.parent / "overrides"

every_instance = pytest.mark.parametrize(
    "instance",
    [
        pytest.param(item, id=name, marks=pytest.mark.xdist_group(type(item).__module__.split(".")[1]))
        for name, item in instances()
    ],
)


@pytest.fixture(name="fitted")
def _fitted(instance):
    """The estimator and unseen rows, unless it has no method on rows or is refused for a reason that the table has."""
    estimator, rows = fit(instance)
    if not available_methods(estimator):
        pytest.skip("has no method that acts on rows")
    (refused, *_) = bridge.plan(estimator).refused or (None,)
    if refused is not None:
        reasons = [refusal.reason for refusal in REFUSALS if refusal.estimator == refused.name]
        assert any(reason in refused.reason for reason in reasons), f"{refused.name}: {refused.reason}"
        pytest.skip(f"refused: {refused.reason}")
    return estimator, rows


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@every_instance
def test_every_instance_is_exact(fitted, tmp_path):
    estimator, rows = fitted
    module = bridge.to_torch(estimator)
    save_torchscript(module, tmp_path / TORCHSCRIPT_FILE)
    report = compare_eager(estimator, module, rows, [TorchScriptRuntime(tmp_path)])
    assert report.ok, report.failures_text()
    assert report.on_edge == 0


@pytest.mark.nightly
@pytest.mark.filterwarnings("ignore")
@every_instance
def test_every_instance_is_exact_in_every_runtime(fitted, tmp_path):
    estimator, rows = fitted
    module = bridge.to_torch(estimator, rows)  # a graph holds images of one size, that of the sample
    manifest = write.write_files(module, estimator, tmp_path, lambda stage: None)
    report = measure(EstimatorReference(estimator), module, rows, tmp_path, manifest)
    assert {item.runtime for item in report.comparisons} == set(RUNTIMES)
    assert report.ok, report.failures_text()
    assert report.on_edge == 0


def test_every_reason_of_the_table_is_one_that_an_override_gives():
    sources = " ".join(path.read_text(encoding="utf-8") for path in OVERRIDES.rglob("*.py"))
    text = re.sub(r'"\s+f?"', "", sources)  # literals that continue on the next line
    assert [refusal.reason for refusal in REFUSALS if refusal.reason not in text] == []


def test_every_class_has_a_case_or_is_refused_for_a_reason():
    """Fails when scikit-learn gains an estimator that nobody looked at."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        covered = {type(case.make()).__name__ for case in all_cases()}
        found = [name for name, cls in all_estimators() if any(hasattr(cls, method) for method in METHODS)]
    refused = {refusal.estimator for refusal in REFUSALS if refusal.option is None}
    assert not refused & covered
    assert [name for name in found if name not in covered | refused] == []
