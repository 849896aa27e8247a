"""The command line: results on stdout, messages on stderr, exit codes, and a line for a user's mistake."""

import json
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.datasets import load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from typer.testing import CliRunner

from bridge import supported_estimators
from bridge.artifacts.manifest import MANIFEST
from bridge.cli.app import app
from bridge.overrides.core.registry import libraries
from tests.io.test_models import Hostile

pytestmark = pytest.mark.xdist_group("cli")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a model file, its data, and the artifact that `bridge convert` made of it."""
    folder = tmp_path_factory.mktemp("cli")
    frame, target = load_wine(return_X_y=True, as_frame=True)
    frame = frame[["alcohol", "flavanoids", "color_intensity", "proline"]]
    words = np.array(["red", "white", "rosé"])[target]
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(frame[::2], words[::2])
    skops.io.dump(model, folder / "model.skops")
    (folder / "model.pkl").write_bytes(pickle.dumps(model))
    refused = make_pipeline(FunctionTransformer(_shift), LogisticRegression(max_iter=9999)).fit(
        frame / frame.max(), words
    )
    (folder / "refused.pkl").write_bytes(pickle.dumps(refused))
    (folder / "unfitted.pkl").write_bytes(pickle.dumps(LogisticRegression()))
    (folder / "thing.pkl").write_bytes(pickle.dumps({"a": 1}))
    (folder / "hostile.pkl").write_bytes(pickle.dumps(Hostile(folder / "mark")))
    held_out = frame[1::2].assign(kind=words[1::2])
    held_out.to_csv(folder / "data.csv", index=False)
    held_out.to_parquet(folder / "data.parquet")
    held_out.drop(columns="proline").to_csv(folder / "narrow.csv", index=False)
    held_out.assign(alcohol="strong").to_csv(folder / "words.csv", index=False)
    (folder / "empty.csv").touch()
    done = subprocess.run(
        [sys.executable, "-m", "bridge", "convert", "model.skops", "-o", "out", "--sample", "data.csv"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    (folder / "convert.json").write_text(json.dumps([done.returncode, done.stdout, done.stderr]))
    return folder


def _shift(X):
    return X - X.mean(axis=0)


@pytest.fixture
def bridge(place, monkeypatch):
    """Runs a command in that folder."""
    monkeypatch.chdir(place)
    runner = CliRunner()
    return lambda *words: runner.invoke(app, [str(word) for word in words])


def test_convert_prints_the_folder_and_nothing_else_in_a_pipe(place):
    assert json.loads((place / "convert.json").read_text()) == [0, "out\n", ""]
    manifest = json.loads((place / "out" / MANIFEST).read_text())
    assert manifest["parity"]["ok"]
    assert manifest["parity"]["n_rows"] == 89, "parity was not measured on the sample"
    assert manifest["feature_names"] == ["alcohol", "flavanoids", "color_intensity", "proline"]
    assert not list(place.glob(".out*"))


def test_on_a_terminal_convert_shows_its_files(bridge, monkeypatch, tmp_path):
    monkeypatch.setenv("FORCE_COLOR", "1")
    result = bridge("convert", "model.pkl", "--trust", "-o", tmp_path / "out")
    assert result.exit_code == 0
    assert "model.onnx" in result.stdout
    assert "largest error" in result.stdout


def test_convert_writes_the_formats_that_were_asked_for(bridge, tmp_path):
    words = ("convert", "model.pkl", "--trust", "-o", tmp_path / "out", "--format", "onnx", "--format", "torchscript")
    result = bridge(*words)
    assert (result.exit_code, result.stderr) == (0, "")
    assert sorted(path.name for path in (tmp_path / "out").glob("model.*")) == ["model.onnx", "model.pt"]
    result = bridge(*words[:-1], "caffe")
    assert result.exit_code != 0
    assert "unknown format 'caffe'" in result.stderr


@pytest.mark.parametrize("data", ["data.csv", "data.parquet"])
def test_check_of_an_artifact(bridge, data):
    result = bridge("check", "out", data)
    assert (result.exit_code, result.stderr) == (0, "")
    for word in ("predict_proba", "torch.export", "onnxruntime", "89 rows against torchscript"):
        assert word in result.stdout


def test_check_of_a_model_and_its_artifact_against_scikit_learn(bridge, tmp_path):
    page = tmp_path / "report.html"
    result = bridge("check", "model.skops", "data.csv", "--artifact", "out", "--json", "--html", page)
    assert (result.exit_code, result.stderr) == (0, "")
    report = json.loads(result.stdout)
    assert report["reference"] == "scikit-learn"
    assert {item["runtime"] for item in report["comparisons"]} == {
        "eager", "torchscript", "torch.export", "onnxruntime",
    }  # fmt: skip
    assert page.read_text(encoding="utf-8").count("</table>") == 1


def test_check_of_another_model_s_artifact_exits_with_1(bridge, place):
    frame = pd.read_csv(place / "data.csv")
    words = frame.pop("kind")
    other = make_pipeline(StandardScaler(), LogisticRegression(C=0.01)).fit(frame, words)
    (place / "other.pkl").write_bytes(pickle.dumps(other))
    result = bridge("check", "other.pkl", "data.csv", "--trust", "--artifact", "out")
    assert result.exit_code == 1
    assert "differs" in result.stdout
    assert "predict_proba in onnxruntime" in result.stderr


def test_explain_in_a_pipe_and_as_json(bridge):
    result = bridge("explain", "model.skops")
    assert result.exit_code == 0
    assert "standardscaler: StandardScaler [override]" in result.stdout
    tree = json.loads(bridge("explain", "model.skops", "--json").stdout)
    assert [child["path"] for child in tree["children"]] == ["steps.standardscaler", "steps.logisticregression"]


@pytest.mark.parametrize("colour", [False, True])
def test_explain_of_a_refused_model_says_what_to_do_and_exits_with_1(bridge, monkeypatch, colour):
    if colour:
        monkeypatch.setenv("FORCE_COLOR", "1")
    result = bridge("explain", "refused.pkl", "--trust")
    assert result.exit_code == 1
    assert "refused" in result.stdout
    assert "what to do: " in result.stdout
    assert "_shift" in result.stdout or "function" in result.stdout


def test_list(bridge, monkeypatch):
    lines = bridge("list").stdout.splitlines()
    assert "sklearn.linear_model._logistic.LogisticRegression\toverride" in lines
    assert json.loads(bridge("list", "--json").stdout) == dict(line.split("\t") for line in lines)
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert f"{len(lines)} estimators" in bridge("list").stdout


def test_version(bridge):
    assert bridge("--version").stdout == "skbridge 0.1.0\n"


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["convert", "nothing.skops", "-o", "x"], 2, "nothing.skops does not exist"),
        (["convert", "out", "-o", "x"], 2, "out is a folder"),
        (["convert", "model.pkl", "-o", "x"], 2, "pass --trust"),
        (["convert", "data.csv", "-o", "x"], 2, "not a file of a known kind"),
        (["convert", "thing.pkl", "-o", "x", "--trust"], 2, "expected a fitted scikit-learn estimator"),
        (["convert", "unfitted.pkl", "-o", "x", "--trust"], 2, "is not fitted"),
        (["convert", "refused.pkl", "-o", "x", "--trust"], 1, "What to do"),
        (["convert", "model.skops", "-o", "data.csv"], 2, "data.csv is a file: pass a folder"),
        (["convert", "model.skops", "-o", "."], 2, "holds files that are not an artifact"),
        (["convert", "model.skops", "-o", "x", "--sample", "narrow.csv"], 2, "lacks 'proline' of the 4 columns"),
        (["convert", "model.skops", "-o", "x", "--sample", "empty.csv"], 2, "empty.csv is empty"),
        (["check", "out", "nothing.csv"], 2, "nothing.csv does not exist"),
        (["check", "out", "narrow.csv"], 2, "lacks 'proline'"),
        (["check", "model.skops", "words.csv"], 2, "refuses the rows"),
        (["check", "out", "words.csv"], 2, "takes numbers"),
        (["check", "out", "data.csv", "--label", "nothing"], 2, "no column 'nothing'"),
        (["check", "nothing", "data.csv"], 2, "nothing is not a folder"),
        (["check", "nothing.skops", "data.csv"], 2, "does not exist"),
        (["check", "out", "data.csv", "--html", "nothing/page.html"], 2, "No such file"),
        (["explain", "hostile.pkl"], 2, "can run any code"),
        (["demo", "-o", "data.csv"], 2, "data.csv is a file"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_user_s_mistake_is_one_line(bridge, place, words, code, message):
    result = bridge(*words)
    assert result.exit_code == code
    assert message in result.stderr
    assert result.stderr.startswith("error: ")
    assert "Traceback" not in result.stderr
    assert not (place / "x").exists()
    assert not (place / "mark").exists(), "a pickle was run without --trust"


def test_mistakes_on_the_command_line_itself(bridge):
    for words in (["bogus"], ["convert", "model.skops"], ["check", "out"], ["list", "--bogus"]):
        result = bridge(*words)
        assert result.exit_code == 2
        assert "Usage" in result.stderr


@pytest.mark.parametrize("words", [["-v", "explain", "nothing.skops"], ["explain", "nothing.skops", "-v"]])
def test_verbose_shows_the_traceback(place, words):
    done = subprocess.run(
        [sys.executable, "-m", "bridge", *words], cwd=place, capture_output=True, text=True, check=False
    )
    assert "Traceback" in done.stderr
    assert "nothing.skops does not exist" in done.stderr
    assert done.returncode != 0


def test_a_changed_file_of_an_artifact_is_named(bridge, place):
    path = place / "out" / "model.onnx"
    whole = path.read_bytes()
    try:
        path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        result = bridge("check", "out", "data.csv")
    finally:
        path.write_bytes(whole)
    assert result.exit_code == 2
    assert "model.onnx was changed" in result.stderr


def test_the_script_is_installed():
    done = subprocess.run(
        [str(Path(sys.executable).with_name("skbridge")), "--version"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "skbridge 0.1.0\n")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--help"], 0),
        (["list"], 0),
        (["convert", "nothing.skops", "-o", "x"], 2),
        (["convert", "model.skops", "-o", "x", "--sample", "nothing.csv"], 2),
        (["check", "out", "nothing.csv"], 2),
        (["check", "nothing", "data.csv"], 2),
        (["explain", "nothing.skops"], 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_names_and_mistakes_are_printed_without_heavy_imports(place, words, code):
    program = (
        "import sys\n"
        "from typer.testing import CliRunner\n"
        "from bridge.cli.app import app\n"
        f"code = CliRunner().invoke(app, {words!r}).exit_code\n"
        "print(code, *({'torch', 'sklearn', 'skl2onnx', 'onnx', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=place, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(code)]


def test_the_list_is_what_converts(bridge):
    ours = ("sklearn", *libraries())
    assert json.loads(bridge("list", "--json").stdout) == {
        name: route.value for name, route in supported_estimators().items() if name.partition(".")[0] in ours
    }
