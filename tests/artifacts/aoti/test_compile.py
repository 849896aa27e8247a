"""Compiled files: the same contract on this machine's processor, and what is said where they cannot be."""

import dataclasses
import json
import shutil
import tempfile

import numpy as np
import pytest
import torch
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from typer.testing import CliRunner

import bridge
from bridge.artifacts.aoti import programs as compiled
from bridge.artifacts.manifest import MANIFEST, Manifest
from bridge.cli.app import app
from bridge.errors import ArtifactError, DataError, ExportError, InputError

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(200, 4))
WORDS = np.array(["low", "mid", "high"])[np.digitize(X[:, 0] + X[:, 1], [-0.5, 0.5])]

needs_compiler = pytest.mark.skipif(
    shutil.which("g++") is None and shutil.which("clang++") is None, reason="there is no C++ compiler"
)
# AOTInductor uses parts of torch that warn.
quietly = pytest.mark.filterwarnings("ignore::UserWarning:torch.*", "ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def portable(tmp_path_factory):
    """An artifact of one method, as another machine may have made it."""
    folder = tmp_path_factory.mktemp("portable") / "scaler"
    bridge.export(StandardScaler().fit(X), folder)
    return folder


@pytest.mark.slow
@needs_compiler
@quietly
def test_compiled_methods_equal_scikit_learn(tmp_path):
    model = make_pipeline(StandardScaler(), RandomForestClassifier(8, max_depth=5, random_state=0)).fit(X, WORDS)
    folder = tmp_path / "served"
    manifest = bridge.export(model, folder, X[:50], compiled=True)
    heard = {item["runtime"]: item["max_error"] for item in manifest.parity["comparisons"]}
    assert heard["compiled"] < 1e-12
    assert "predict_proba.compiled.pt2" in {record.name for record in manifest.files}
    served = bridge.load(folder, runtime="compiled")
    assert repr(served).count("compiled") == 1
    assert served.predict_labels(X).count("mid") == (model.predict(X) == "mid").sum()
    for n_rows in (0, 1, 3, 200):
        assert served.predict(X[:n_rows]).shape == (n_rows,)
        if n_rows:
            expected = model.predict_proba(X[:n_rows])
            np.testing.assert_allclose(served.predict_proba(X[:n_rows]), expected, rtol=1e-12, atol=1e-15)
    many = RANDOM.normal(size=(3000, 4))  # more than a tile, and strides that the compiled code was not told of
    expected = model.predict_proba(many)
    turned = torch.tensor(np.ascontiguousarray(many.T)).T
    np.testing.assert_allclose(served.runtime.call("predict_proba", turned), expected, rtol=1e-12, atol=1e-15)
    with pytest.raises(InputError, match="4 features"):
        served.runtime.call("predict", torch.zeros(2, 3, dtype=torch.float64))
    report = bridge.check_parity(folder, X)
    assert report.ok
    assert "compiled" in {item.runtime for item in report.comparisons}
    (folder / "predict.compiled.pt2").write_bytes(b"cut")
    with pytest.raises(ArtifactError, match=r"predict\.compiled\.pt2"):
        bridge.load(folder)


@pytest.mark.slow
@needs_compiler
@quietly
def test_an_artifact_from_elsewhere_is_compiled_without_its_model(portable, tmp_path):
    folder = tmp_path / "here"
    served = bridge.compile(portable, folder)
    np.testing.assert_allclose(served.transform(X), StandardScaler().fit(X).transform(X), rtol=1e-14, atol=1e-15)
    assert Manifest.read(portable).compiled is None
    parity = served.manifest.parity
    notes = {item["note"] for item in parity["comparisons"] if item["runtime"] == "compiled"}
    assert parity["reference"] == "scikit-learn"
    assert notes == {"against torchscript"}
    # Another machine than the one that the files say they are for.
    manifest = Manifest.read(folder)
    other = {**manifest.compiled, "processor": "x86_64 AVX9000"}
    dataclasses.replace(manifest, compiled=other).write(folder)
    with pytest.raises(ArtifactError, match=r"AVX9000.*bridge\.compile"):
        bridge.load(folder, runtime="compiled")
    bridge.load(folder)
    assert "compiled" not in {item.runtime for item in bridge.check_parity(folder, X).comparisons}


def test_an_artifact_without_compiled_files_says_so(portable):
    with pytest.raises(ArtifactError, match=r"no compiled files.*bridge\.compile"):
        bridge.load(portable, runtime="compiled")


def test_a_missing_compiler_is_named_and_nothing_is_left(portable, tmp_path, monkeypatch):
    monkeypatch.setenv("CXX", "no-such-compiler++ -O2")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    for call in (
        lambda: bridge.compile(StandardScaler().fit(X), tmp_path / "model"),
        lambda: bridge.compile(portable, tmp_path / "artifact"),
        lambda: bridge.compile(StandardScaler().fit(X)),
    ):
        with pytest.raises(ExportError, match=r"no-such-compiler\+\+.*CXX"):
            call()
    assert list(tmp_path.iterdir()) == [scratch]
    assert list(scratch.iterdir()) == []


def test_a_compiler_that_fails_is_an_error_of_ours(tmp_path, monkeypatch):
    def fail(*args, **options):
        raise RuntimeError("cc1plus: out of memory")

    monkeypatch.setattr(torch._inductor, "aoti_compile_and_package", fail)
    monkeypatch.setattr(compiled, "_need_compiler", lambda: None)
    with pytest.raises(ExportError, match=r"transform\.compiled\.pt2 cannot be compiled: cc1plus: out of memory"):
        bridge.compile(StandardScaler().fit(X), tmp_path / "model")


def test_rows_of_words_are_asked_for(portable, tmp_path):
    folder = tmp_path / "words"
    shutil.copytree(portable, folder)
    data = json.loads((folder / MANIFEST).read_text())
    data["signature"]["n_features_in"] = -1
    (folder / MANIFEST).write_text(json.dumps(data))
    with pytest.raises(DataError, match="pass sample="):
        bridge.compile(folder)


def test_the_command_line_names_a_missing_compiler(tmp_path, monkeypatch):
    skops_io = pytest.importorskip("skops.io")
    monkeypatch.setenv("CXX", "no-such-compiler++")
    skops_io.dump(StandardScaler().fit(X), tmp_path / "model.skops")
    arguments = ["convert", str(tmp_path / "model.skops"), "-o", str(tmp_path / "served"), "--compiled"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 1
    assert "no-such-compiler++" in result.stderr
    assert not (tmp_path / "served").exists()
