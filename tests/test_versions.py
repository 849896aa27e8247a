"""A scikit-learn that nobody tested is pointed out, once."""

import warnings

import pytest
import sklearn
from sklearn.preprocessing import StandardScaler

import bridge
from bridge.overrides.core.installed import sklearn_at_least
from bridge.versions import UntestedVersionWarning, warn_if_untested


@pytest.fixture(autouse=True)
def _fresh():
    warn_if_untested.cache_clear()
    yield
    warn_if_untested.cache_clear()


def test_a_newer_version_warns_once(monkeypatch):
    monkeypatch.setattr(sklearn, "__version__", "1.10.dev0")
    scaler = StandardScaler().fit([[0.0], [1.0]])
    with pytest.warns(UntestedVersionWarning, match=r"1\.10\.dev0 is newer than 1\.9"):
        bridge.plan(scaler)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        bridge.plan(scaler)


@pytest.mark.parametrize("version", ["1.9.1", "1.9", "1.8.0", "0.24.2"])
def test_a_tested_version_does_not(monkeypatch, version):
    monkeypatch.setattr(sklearn, "__version__", version)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        bridge.plan(StandardScaler().fit([[0.0], [1.0]]))


@pytest.mark.parametrize(
    ("version", "at_least"), [("1.8.0", True), ("1.7.2", False), ("1.10.dev0", True), ("2.0", True)]
)
def test_versions_are_compared_as_numbers(monkeypatch, version, at_least):
    monkeypatch.setattr(sklearn, "__version__", version)
    assert sklearn_at_least("1.8") is at_least
