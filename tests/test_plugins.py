"""Packages that bring modules for estimators of their own, installed where nothing else is changed."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from bridge.errors import RegistrationError
from bridge.overrides.core.registry import GROUP, find

PLUGIN = Path(__file__).resolve().parent / "plugin"


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder with the example package as an installer leaves it: its modules, and the metadata of its project."""
    target = tmp_path_factory.mktemp("plugin")
    project = tomllib.loads((PLUGIN / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for name in ("toy_learn", "toy_bridge"):
        shutil.copytree(PLUGIN / name, target / name)
    info = target / f"toy_learn-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    lines = [f"{name} = {value}" for name, value in project["entry-points"][GROUP].items()]
    (info / "entry_points.txt").write_text("\n".join([f"[{GROUP}]", *lines, ""]))
    return target


def _run(program, path):
    environment = {**os.environ, "PYTHONPATH": str(path)}
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, check=False, env=environment
    )


def test_an_installed_package_registers_its_modules(installed):
    done = _run(
        """
import sys
import numpy as np
import bridge.testing
from toy_learn import MeanRatio
assert "toy_bridge" not in sys.modules
X = np.random.default_rng(0).uniform(1, 2, size=(20, 3))
model = MeanRatio().fit(X, X.sum(axis=1))
bridge.testing.check_conversion(model, X[:7], smooth=True, runtimes=("eager", "torchscript"))
assert "toy_learn.MeanRatio" in bridge.supported_estimators()
print(bridge.to_torch(model).route)
""",
        installed,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "override"


def test_without_the_package_its_estimators_are_refused(installed, tmp_path):
    shutil.copytree(installed / "toy_learn", tmp_path / "toy_learn")  # the estimators alone, no metadata
    done = _run(
        """
import bridge
from toy_learn import MeanRatio
print(bridge.plan(MeanRatio().fit([[1.0], [2.0]], [1.0, 2.0])).root.route)
""",
        tmp_path,
    )
    assert done.stdout.strip() == "refused", done.stderr


def test_a_package_that_cannot_be_imported_is_named(tmp_path, monkeypatch):
    info = tmp_path / "broken_learn-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken-learn\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\nbroken_learn = broken_bridge\n")
    (tmp_path / "broken_bridge.py").write_text("raise OSError('no disk')")
    monkeypatch.syspath_prepend(tmp_path)
    estimator = type("Estimator", (), {"__module__": "broken_learn.models"})
    for _ in range(2):  # the second time as the first
        with pytest.raises(RegistrationError, match=r"broken-learn .*broken_bridge.*OSError: no disk"):
            find(estimator)


def test_nothing_of_a_library_is_imported_before_its_estimators_come():
    libraries = ("xgboost", "lightgbm", "catboost")
    done = _run(
        "import sys, bridge; bridge.to_torch, bridge.plan\n"
        "from sklearn.dummy import DummyRegressor\n"
        "bridge.to_torch(DummyRegressor().fit([[1.0]], [1.0]))\n"
        f"print([name for name in {libraries} if name in sys.modules or f'bridge.overrides.{{name}}' in sys.modules])",
        "",
    )
    assert done.stdout.strip() == "[]", done.stderr
