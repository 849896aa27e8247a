"""The tools: the support table, the benchmark and the developer command."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

import bridge
from tests.cases import all_cases

ROOT = Path(__file__).resolve().parent.parent


def _run(tool, *words):
    return subprocess.run(
        [sys.executable, str(ROOT / "tools" / tool), *map(str, words)],
        capture_output=True, text=True, check=False, cwd=ROOT.parent,
    )  # fmt: skip


@pytest.mark.slow
def test_the_support_table_of_the_readme_is_up_to_date():
    done = _run("coverage.py", "--check")
    assert done.returncode == 0, done.stderr


@pytest.fixture
def coverage(monkeypatch):
    """tools/coverage.py as a module."""
    # It sets the first entry of the path, which is its own folder when it runs as a program.
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    spec = importlib.util.spec_from_file_location("support_table", ROOT / "tools" / "coverage.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_rows_of_the_support_table(coverage):
    from sklearn.svm import SVC

    from bridge.plans import Route
    from tests.cases import Case, Limit

    cases = [
        Case("SVC-a", SVC, limits=(Limit("predict", "*", "a|b"),)),
        Case("SVC-b", SVC, smooth=True),
    ]
    row = coverage.row(SVC, Route.OVERRIDE, cases)
    cells = [cell.strip() for cell in row.replace("\\|", "/").strip("|").split("|")]
    assert cells[0] == "SVC"
    assert cells[1].startswith("override: ")
    assert cells[2] == "predict, predict_proba, predict_log_proba, decision_function"
    assert cells[3:5] == ["yes", "2"]
    limits = cells[5].split("; ")
    assert "predict in every runtime: a/b" in limits
    assert "callable kernel that cannot be traced is refused: is a Python function" in limits
    assert coverage.row(SVC, Route.ONNX, []).split("|")[2].strip() == "onnx"


def test_every_supported_class_has_a_row(coverage):
    from bridge import supported_estimators

    table = coverage.support_table()
    names = [name.rpartition(".")[2] for name in supported_estimators() if name.startswith("sklearn.")]
    assert [name for name in names if f"\n| {name} | " not in table] == []


def test_a_readme_without_marks_is_said_to_lack_them(coverage):
    with pytest.raises(SystemExit, match="lacks the marks"):
        coverage.with_table("# bridge\n")
    text = coverage.with_table(f"a\n{coverage.BEGIN}\nold\n{coverage.END}\nb\n")
    assert text.startswith(f"a\n{coverage.BEGIN}\n")
    assert text.endswith(f"{coverage.END}\nb\n")
    assert "\nold\n" not in text
    assert coverage.with_table(text) == text


@pytest.mark.slow
def test_the_benchmark_prints_ratios(tmp_path):
    done = _run(
        "benchmark.py", "--only", "scaler + logistic", "--batches", 1, "--rounds", 2,
        "--json", tmp_path / "found.json", "--picture", tmp_path / "found.png",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "times scikit-learn's speed" in done.stdout
    found = {item["contender"]: item for item in json.loads((tmp_path / "found.json").read_text())["measurements"]}
    assert {"scikit-learn", "bridge eager", "bridge TorchScript", "bridge ONNX", "skl2onnx float32"} <= set(found)
    assert found["scikit-learn"]["speed"] == 1
    assert all(item["error"] < 1e-10 for name, item in found.items() if name.startswith("bridge"))
    assert (tmp_path / "found.png").read_bytes()[:4] == b"\x89PNG"


@pytest.mark.slow
def test_the_benchmark_of_frames_prints_ratios(tmp_path):
    done = _run(
        "benchmark_frames.py", "--only", "one-hot", "--frames", "polars", "--rows", 2000, "--rounds", 1,
        "--json", tmp_path / "found.json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "one-hot, polars" in done.stdout
    found = json.loads((tmp_path / "found.json").read_text())["measurements"]
    assert {item["contender"] for item in found} == {"scikit-learn", "bridge encode"}
    assert all(item["error"] == 0 and item["batch"] == 2000 for item in found)


@pytest.mark.slow
def test_the_benchmark_of_classes_puts_the_slowest_first(tmp_path):
    done = _run(
        "benchmark_classes.py", "--only", "SVC", "OneHotEncoder", "--batches", 1, 20, "--rounds", 1,
        "--json", tmp_path / "found.json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "found.json").read_text())["measurements"]
    assert {(item["model"], item["batch"]) for item in found} == {
        (name, batch) for name in ("SVC", "OneHotEncoder") for batch in (1, 20)
    }
    assert all(item["error"] < 1e-10 for item in found)
    slowest = min(found, key=lambda item: item["speed"])["model"]
    other = "SVC" if slowest == "OneHotEncoder" else "OneHotEncoder"
    assert done.stdout.index(slowest) < done.stdout.index(other)


@pytest.mark.slow
def test_the_benchmark_refuses_what_it_cannot_measure():
    for words in (["--only", "nothing"], ["--batches", "0"]):
        done = _run("benchmark.py", *words)
        assert done.returncode == 2
        assert "Traceback" not in done.stderr


def test_check_knows_its_families():
    done = _run("check.py", "--help")
    assert "--family" in done.stdout


@pytest.mark.slow
def test_the_fuzzer_finds_and_shrinks_a_fault(monkeypatch):
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    spec = importlib.util.spec_from_file_location("fuzz", ROOT / "tools" / "fuzz.py")
    fuzz = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fuzz)
    case = next(case for case in all_cases() if case.id.startswith("StandardScaler"))
    assert fuzz.fuzz_case(case.id, 0, 20) is None

    def shifted(*arguments, **options):
        """A module that sees the next column's number where its own is large."""
        module = bridge.to_torch(*arguments, **options)
        encode = module.encode
        module.encode = lambda data: (lambda x: torch.where(x.abs() > 1e29, x.roll(1, 1), x))(encode(data))
        return module

    monkeypatch.setattr(fuzz, "bridge", SimpleNamespace(to_torch=shifted))
    said = fuzz.fuzz_case(case.id, 0, 200)
    assert "1 of" in said
    assert said.count("'hard'") == 1, "shrunk to the one edit that shows the fault"


@pytest.mark.slow
def test_types_are_checked_over_the_seam_of_the_packages(tmp_path):
    spec = importlib.util.spec_from_file_location("developer_check", ROOT / "tools" / "check.py")
    check = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(check)
    folder = check.stage(tmp_path)
    (folder / "bridge" / "wrong.py").write_text(
        '"""A number that is a text."""\n\nfrom .overrides.core.module import Module\n\n\n'
        "def number(module: Module) -> int:\n    return module.estimator_name\n"
    )
    command = [word if word != "--package" else "--module" for word in check.types_command(folder)]
    command[-1] = "bridge.wrong"
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    assert 'wrong.py:7: error: Incompatible return value type (got "str", expected "int")' in done.stdout
    assert "Found 1 error in 1 file" in done.stdout
