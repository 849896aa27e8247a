"""Each class inside the composites that hand its methods on, converted, written and loaded."""

import numpy as np
import pytest
import torch
from sklearn.datasets import make_classification
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier, LocalOutlierFactor, NearestNeighbors
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

import bridge
from bridge.artifacts.measure import measure
from bridge.errors import UnsupportedError
from bridge.overrides.core.methods import METHODS, available_methods, served_methods
from bridge.overrides.core.signature import Signature
from bridge.parity.compare import compare_eager
from bridge.parity.reference import EstimatorReference
from bridge.runtimes.base import PORTABLE
from tests.composites import compose, crossed

ALL = [pytest.param(composite, case, id=f"{composite}-{case.id}") for composite, case in crossed()]

WRITTEN_BY_DAY = (
    "Pipeline-KNeighborsRegressor",
    "GridSearchCV-ExtraTreesClassifier",
    "ColumnTransformer-RandomTreesEmbedding",
    "CalibratedClassifierCV-GaussianNB",
)
"""Beginnings of ids: one of each kind of method that only some classes have, in each composite."""


@pytest.fixture(scope="module")
def composed():
    """Composites, fitted and converted once."""
    found = {}

    def get(composite, case):
        key = composite, case.id
        if key not in found:
            fitted = compose(composite, case)
            found[key] = fitted, bridge.to_torch(fitted.estimator, verify=False)
        return found[key]

    return get


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("composite", "case"), ALL)
def test_methods_are_those_that_the_composite_has_and_give_what_it_gives(composite, case, composed):
    fitted, module = composed(composite, case)
    has = {name for name in METHODS if name in served_methods(module) or name in module.raising}
    assert has == set(available_methods(fitted.estimator))
    assert set(module.list_names) <= set(served_methods(module))
    report = compare_eager(fitted.estimator, module, fitted.rows)
    assert not _beyond_limits(case, report), report.failures_text()
    lengths = Signature.of(module).outputs
    with torch.no_grad():
        for name in module.method_names:
            result = getattr(module, name)(module.example_rows(name, 0))
            assert isinstance(result, list) == (name in lengths), name


def _beyond_limits(case, report):
    limited = {limit.method for limit in case.limits}
    return [item for item in report.failures if item.method not in limited]


@pytest.mark.parametrize("composite", [make_pipeline(NearestNeighbors()), GridSearchCV(NearestNeighbors(), {}, cv=2)])
def test_composite_without_a_method_on_rows_is_refused(composite):
    X = np.random.default_rng(0).normal(size=(30, 3))
    composite.set_params(**({"scoring": lambda *_: 0.0} if hasattr(composite, "scoring") else {})).fit(X)
    with pytest.raises(UnsupportedError, match=f"{type(composite).__name__} has no method that acts on rows"):
        bridge.to_torch(composite)


@pytest.mark.parametrize("last", [KNeighborsClassifier(1), DecisionTreeClassifier(random_state=0)])
def test_outputs_behind_an_encoder_that_refuses_the_unknown_are_written(last, tmp_path):
    """What the exporters take for an example is nothing that the encoder knows."""
    random = np.random.default_rng(0)
    X, y = random.integers(2, 9, size=(40, 2)).astype(np.float64), random.integers(0, 3, size=(40, 2))
    model = make_pipeline(OrdinalEncoder(), last).fit(X, y)
    bridge.export(model, tmp_path / "artifact", X)
    for runtime in PORTABLE:
        given = bridge.load(tmp_path / "artifact", runtime).predict_proba(torch.as_tensor(X))
        for part, expected in zip(given, model.predict_proba(X), strict=True):
            np.testing.assert_allclose(part, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("last", [KNeighborsClassifier(), LocalOutlierFactor(novelty=True)])
def test_neighbours_in_a_pipeline_are_written(last, tmp_path):
    """Neighbours have ``kneighbors``, and the pipeline has not."""
    X, y = make_classification(60, 4, random_state=0)
    model = make_pipeline(StandardScaler(), last).fit(X[:40], y[:40])
    manifest = bridge.export(model, tmp_path / "artifact")
    assert "kneighbors" not in manifest.signature.methods
    for runtime in PORTABLE:
        given = bridge.load(tmp_path / "artifact", runtime).predict(torch.as_tensor(X[40:]))
        np.testing.assert_array_equal(given, model.predict(X[40:]))


def _by_night():
    for param in ALL:
        marks = [] if param.id.startswith(WRITTEN_BY_DAY) else [pytest.mark.nightly]
        yield pytest.param(*param.values, id=param.id, marks=marks)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("composite", "case"), list(_by_night()))
def test_composite_is_written_and_loaded(composite, case, composed, tmp_path):
    fitted, module = composed(composite, case)
    manifest = bridge.export(module, tmp_path / "artifact", fitted.rows)
    for runtime in PORTABLE:
        served = bridge.load(tmp_path / "artifact", runtime)
        assert served.methods == manifest.signature.methods == served_methods(module)
    report = measure(EstimatorReference(fitted.estimator), module, fitted.rows, tmp_path / "artifact", manifest)
    assert not _beyond_limits(case, report), report.failures_text()


def test_day_set_is_there():
    written = [param.id for param in ALL if param.id.startswith(WRITTEN_BY_DAY)]
    assert all(any(name.startswith(begin) for name in written) for begin in WRITTEN_BY_DAY)
