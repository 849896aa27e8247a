"""Every example of the README runs."""

import contextlib
import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


@pytest.mark.slow
def test_examples_run_in_order(tmp_path, monkeypatch):
    from bridge.overrides.core import registry

    monkeypatch.chdir(tmp_path)
    registry.all_overrides()  # imported now: what is registered later is taken back
    monkeypatch.setattr(registry, "_RECORDS", dict(registry._RECORDS))
    namespace = {"__name__": "readme"}
    ran = 0
    for language, text in BLOCKS:
        if language == "python":
            with contextlib.redirect_stdout(io.StringIO()):
                exec(compile(_with_source(tmp_path, text, ran), f"readme_{ran}.py", "exec"), namespace)
            ran += 1
        elif language == "console":
            for line in text.strip().splitlines():
                assert line.startswith("skbridge ")
                command = [sys.executable, "-m", "bridge", *line.split()[1:]]
                done = subprocess.run(command, capture_output=True, text=True, check=False)
                assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
                assert done.stdout, line
                ran += 1
    assert ran == len([block for block in BLOCKS if block[0] == "python"]) + 4


def _with_source(folder: Path, text: str, number: int) -> str:
    """Keep the text where TorchScript finds the source of the classes in it."""
    import linecache

    name = f"readme_{number}.py"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    return text


def test_continuous_integration_runs_the_test_command():
    shell = "sed -n '/<!-- test command -->/,/```$/p' README.md | sed -n '/^```bash$/,/^```$/p' | sed '1d;$d'"
    assert shell in (ROOT / ".ci" / "run").read_text()
    found = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, cwd=ROOT, check=True).stdout
    commands = [text for language, text in BLOCKS if language == "bash"]
    assert found == commands[1]
    assert "pytest" in found
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
