"""Export and load: whole, atomic, and refusing what was changed."""

import copy
import json
import os
import pickle
import signal
import subprocess
import sys
import textwrap

import numpy as np
import pytest
import torch
from sklearn.datasets import load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

import bridge
from bridge.artifacts.manifest import MANIFEST
from bridge.errors import ArtifactError, InputError, ParityError

X, Y = load_wine(return_X_y=True)
WORDS = np.array(["barbera", "barolo", "grignolino"])[Y]


@pytest.fixture(scope="module")
def model():
    return LogisticRegression(max_iter=5000).fit(X[::2] / 100, WORDS[::2])


@pytest.fixture(scope="module")
def pristine(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("artifact") / "wine"
    bridge.export(model, folder, X[1::2] / 100)
    return folder


@pytest.fixture
def folder(pristine, tmp_path):
    """A copy to damage."""
    copy = tmp_path / "wine"
    copy.mkdir()
    for path in pristine.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    return copy


def test_every_format_is_there_and_the_manifest_says_so(pristine, model):
    names = {"model.onnx", "model.pt", "model.pt2", MANIFEST}
    assert {path.name for path in pristine.iterdir()} == names
    manifest = json.loads((pristine / MANIFEST).read_text())
    assert manifest["signature"]["classes"] == ["barbera", "barolo", "grignolino"]
    assert manifest["plan"] == bridge.plan(model).to_dict()
    assert manifest["parity"]["ok"]
    assert {item["runtime"] for item in manifest["parity"]["comparisons"]} == {
        "eager",
        "torchscript",
        "torch.export",
        "onnxruntime",
    }
    assert {record["name"] for record in manifest["files"]} == names - {MANIFEST}
    assert manifest["versions"]["scikit-learn"]


@pytest.mark.parametrize("runtime", ["torchscript", "onnxruntime", "torch.export"])
def test_served_methods_equal_scikit_learn(pristine, model, runtime):
    served = bridge.load(pristine, runtime=runtime)
    rows = X[1::2] / 100
    np.testing.assert_allclose(served.predict_proba(rows), model.predict_proba(rows), rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(served.decision_function(rows), model.decision_function(rows), rtol=1e-8, atol=1e-10)
    assert served.predict_labels(rows) == model.predict(rows).tolist()
    assert served.predict(rows[:0]).shape == (0,)
    assert served(rows[:1]).tolist() == [served.classes_.index(model.predict(rows[:1])[0])]
    many = np.tile(rows, (40, 1))  # more rows than a tile
    np.testing.assert_allclose(served.predict_proba(many), model.predict_proba(many), rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("runtime", ["torchscript", "onnxruntime", "torch.export"])
def test_wrong_rows_are_refused_in_words(pristine, runtime):
    served = bridge.load(pristine, runtime=runtime)
    for wrong, words in ((X[:, :5], "13 features"), (X[0], "13 features"), ([["a"] * 13], "numbers")):
        with pytest.raises(InputError, match=words):
            served.predict(wrong)
    with pytest.raises(InputError, match="no method 'transform'"):
        served.call("transform", X)
    assert not hasattr(served, "transform")


def test_exporting_a_module_measures_against_itself(model, tmp_path):
    manifest = bridge.export(bridge.to_torch(model), tmp_path / "module")
    assert manifest.parity["reference"] == "eager"
    assert manifest.parity["ok"]


def test_float32_module_is_exported_as_float32(model, tmp_path):
    bridge.export(bridge.to_torch(model).float(), tmp_path / "half", X[1::2] / 100)
    served = bridge.load(tmp_path / "half", runtime="onnxruntime")
    assert served.signature.dtype == "float32"
    assert served.predict_proba(X[:3] / 100).dtype == torch.float32


@pytest.mark.parametrize("name", ["model.onnx", "model.pt", "model.pt2"])
@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "changed"])
def test_a_damaged_file_is_named(folder, name, damage):
    path = folder / name
    content = path.read_bytes()
    if damage == "missing":
        path.unlink()
    else:
        middle = len(content) // 2
        flipped = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
        path.write_bytes({"empty": b"", "cut": content[:-10], "changed": flipped}[damage])
    with pytest.raises(ArtifactError, match=name):
        bridge.load(folder)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '{"format": 2}', '{"format": 99}', '{"format": 2, "files": [{"name": "a"}]}'],
)
def test_a_damaged_manifest_is_named(folder, text):
    (folder / MANIFEST).write_text(text)
    with pytest.raises(ArtifactError, match=MANIFEST):
        bridge.load(folder)


def test_a_manifest_cannot_name_files_outside_its_folder(folder):
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["files"][0]["name"] = "../model.onnx"
    (folder / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(ArtifactError, match="plain name"):
        bridge.load(folder)


def test_folders_that_are_no_artifacts(tmp_path, pristine):
    with pytest.raises(ArtifactError, match="not a folder"):
        bridge.load(tmp_path / "nowhere")
    with pytest.raises(ArtifactError, match="no manifest"):
        bridge.load(tmp_path)
    with pytest.raises(ArtifactError, match="torchscript, onnxruntime"):
        bridge.load(pristine, runtime="caffe")


def test_export_refuses_to_lose_what_is_not_its_own(model, tmp_path):
    path = tmp_path / "file"
    path.write_text("mine")
    with pytest.raises(ArtifactError, match="is a file"):
        bridge.export(model, path)
    assert path.read_text() == "mine"
    full = tmp_path / "full"
    full.mkdir()
    (full / "notes.txt").write_text("mine")
    with pytest.raises(ArtifactError, match="not an artifact"):
        bridge.export(model, full)
    assert [entry.name for entry in full.iterdir()] == ["notes.txt"]


def test_export_refuses_a_folder_with_a_stranger_beside_the_artifact(model, folder):
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(ArtifactError, match=r"notes\.txt"):
        bridge.export(model, folder)
    bridge.load(folder)


def test_export_over_an_artifact_replaces_all_of_it(folder):
    scaler = StandardScaler().fit(X)
    bridge.export(scaler, folder, X)
    assert sorted(path.name for path in folder.iterdir()) == [
        "inverse_transform.onnx",
        "inverse_transform.pt2",
        MANIFEST,
        "model.onnx",
        "model.pt",
        "model.pt2",
    ]
    assert [entry.name for entry in folder.parent.iterdir()] == [folder.name]


def test_a_model_that_differs_is_not_put_in_place(folder, monkeypatch):
    scaler = StandardScaler().fit(X)
    before = (folder / MANIFEST).read_text()
    module = bridge.to_torch(scaler)
    with torch.no_grad():
        module.mean_.add_(1e-6)
    monkeypatch.setattr("bridge.api.convert", lambda model, plan, none_is_nan: module)
    monkeypatch.setattr("bridge.api.verify_module", lambda reference, module, sample: sample)
    with pytest.raises(ParityError, match="not put in place"):
        bridge.export(scaler, folder, X)
    assert (folder / MANIFEST).read_text() == before
    assert [entry.name for entry in folder.parent.iterdir()] == [folder.name]


_KILLED = """
import os, signal, sys
import numpy as np
from sklearn.preprocessing import StandardScaler
import bridge
from bridge.artifacts import folder as folders

stage_to_die_in, folder = sys.argv[1:]

def progress(stage):
    if stage == stage_to_die_in:
        os.kill(os.getpid(), signal.SIGKILL)

if stage_to_die_in == "rename":
    folders._exchange = lambda first, second: False
    rename = os.rename
    calls = []
    def dying(first, second):
        rename(first, second)
        calls.append(first)
        os.kill(os.getpid(), signal.SIGKILL)
    os.rename = dying
bridge.export(StandardScaler().fit(np.eye(3)), folder, progress=progress)
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
@pytest.mark.parametrize("stage", ["TorchScript", "ONNX", "parity", "rename"])
def test_killed_in_the_middle_leaves_the_earlier_artifact(folder, stage):
    before = (folder / MANIFEST).read_text()
    done = subprocess.run([sys.executable, "-c", _KILLED, stage, str(folder)], capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    served = bridge.load(folder)
    assert (served.folder / MANIFEST).read_text() == before
    assert served.predict(X[:2] / 100).shape == (2,)


@pytest.mark.slow
def test_torchscript_needs_only_torch(pristine):
    """The file serves words and probabilities in a process that can import neither bridge nor scikit-learn nor onnx."""
    program = textwrap.dedent(
        f"""
        import sys
        for name in ("bridge", "sklearn", "onnx", "onnx2torch", "skl2onnx", "onnxruntime", "numpy.testing", "pandas"):
            sys.modules[name] = None
        import torch
        model = torch.jit.load({str(pristine / "model.pt")!r})
        x = torch.ones(2, 13, dtype=torch.float64)
        print(model.predict_labels(x), model.predict_proba(x).shape, model(x).shape)
        """
    )
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "torch.Size([2, 3]) torch.Size([2])" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("runtime", ["torchscript", "onnxruntime"])
def test_load_needs_no_scikit_learn(pristine, runtime):
    program = textwrap.dedent(
        f"""
        import sys
        for name in ("sklearn", "skl2onnx", "onnx2torch", "pandas"):
            sys.modules[name] = None
        import torch, bridge
        model = bridge.load({str(pristine)!r}, runtime={runtime!r})
        print(model.predict_labels(torch.ones(2, 13)))
        """
    )
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("['b")


FORMATS = {"onnx": ("model.onnx", "onnxruntime"), "torchscript": ("model.pt", "torchscript")}
FORMATS["torch.export"] = ("model.pt2", "torch.export")


@pytest.mark.parametrize("chosen", [("onnx",), ("torchscript",), ["torch.export"], ("torch.export", "onnx")])
def test_formats_that_were_chosen_are_written_and_no_others(model, tmp_path, chosen):
    rows = X[1::2] / 100
    manifest = bridge.export(model, tmp_path / "wine", rows, formats=chosen)
    assert sorted(manifest.formats) == sorted(chosen)
    assert {record.name for record in manifest.files} == {FORMATS[name][0] for name in chosen}
    assert {item["runtime"] for item in manifest.parity["comparisons"]} == {"eager", *(FORMATS[n][1] for n in chosen)}
    for name, (_, runtime) in FORMATS.items():
        if name in chosen:
            served = bridge.load(tmp_path / "wine", runtime)
            np.testing.assert_allclose(served.predict_proba(rows), model.predict_proba(rows), rtol=1e-8, atol=1e-12)
        else:
            with pytest.raises(ArtifactError, match=f"no files for {runtime}, only .*again with '{name}'"):
                bridge.load(tmp_path / "wine", runtime)
    if len(chosen) > 1:
        assert bridge.check_parity(tmp_path / "wine", rows).ok
    else:
        with pytest.raises(ArtifactError, match="nothing to compare"):
            bridge.check_parity(tmp_path / "wine", rows)
    assert bridge.check_parity(model, rows, artifact=tmp_path / "wine").ok


@pytest.mark.parametrize(
    ("chosen", "options", "words"),
    [
        (("onxx",), {}, "unknown format 'onxx': choose from onnx, torchscript, torch.export"),
        ((), {}, "no format: choose from"),
        (("onnx",), {"compiled": True}, "add 'torch.export'"),
    ],
)
def test_formats_that_cannot_be_written_are_refused(model, tmp_path, chosen, options, words):
    with pytest.raises(ArtifactError, match=words):
        bridge.export(model, tmp_path / "wine", formats=chosen, **options)
    assert not (tmp_path / "wine").exists()


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda artifact: pickle.loads(pickle.dumps(artifact))])
@pytest.mark.parametrize("runtime", ["torchscript", "onnxruntime", "torch.export"])
def test_copies_and_pickles_of_an_artifact_serve(tmp_path, runtime, copied):
    model = LogisticRegression().fit([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0]], [0, 1, 1])
    bridge.export(model, tmp_path / "artifact")
    artifact = copied(bridge.load(tmp_path / "artifact", runtime=runtime))
    rows = torch.tensor([[0.25, 0.5], [3.0, -1.0]], dtype=torch.float64)
    np.testing.assert_allclose(artifact.predict_proba(rows), model.predict_proba(rows.numpy()), atol=1e-10)
    assert artifact.runtime.name == runtime
