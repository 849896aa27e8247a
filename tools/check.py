"""The one developer command: ruff, mypy and the tests; the exit code is 1 if any of them fails."""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)
PATHS = ("bridge", "overrides", "tests", "tools")
PARALLEL = ("--numprocesses", "auto", "--dist", "loadgroup")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--fast", action="store_true", help="leave out the contract test and what is marked slow")
    which.add_argument("--family", metavar="NAME", help="only the tests of one scikit-learn module: svm, tree, ...")
    which.add_argument("--full", action="store_true", help="every test, every case in every runtime")
    arguments = parser.parse_args()
    commands = [
        ("ruff check", ["-m", "ruff", "check", *PATHS]),
        ("ruff format", ["-m", "ruff", "format", "--check", *PATHS]),
    ]
    if arguments.family:
        commands += family_tests(arguments.family)
    elif arguments.fast:
        selection = ["-m", "not slow and not nightly", "--ignore", "tests/test_contract.py"]
        commands.append(("fast tests", ["-m", "pytest", "-q", *PARALLEL, *selection]))
    elif arguments.full:
        commands.append(("all tests", ["-m", "pytest", "-q", *PARALLEL, "-m", ""]))
    else:
        commands.append(("tests", ["-m", "pytest", "-q", *PARALLEL]))
    failed = [name for name, command in commands if not passes(name, command)]
    with tempfile.TemporaryDirectory() as folder:
        if not passes("mypy", types_command(stage(Path(folder)))):
            failed.append("mypy")
    print(f"FAILED: {', '.join(failed)}" if failed else "all passed", flush=True)
    return 1 if failed else 0


def stage(folder: Path) -> Path:
    """A folder in which the package lies as it is installed, ``overrides`` inside ``bridge``, as links.

    From the repository's root mypy would not find ``bridge.overrides``, and take all that comes from it for Any.
    """
    package = folder / "bridge"
    package.mkdir()
    for path in (ROOT / "bridge").iterdir():
        if path.name != "__pycache__":
            (package / path.name).symlink_to(path)
    (package / "overrides").symlink_to(ROOT / "overrides")
    return folder


def types_command(folder: Path) -> list[str]:
    """Mypy over a staged package, with the options of pyproject.toml."""
    code = f"import os, sys; os.chdir({str(folder)!r}); from mypy.main import main; main(args=sys.argv[1:])"
    options = ["--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", str(ROOT / ".mypy_cache")]
    return ["-c", code, *options, "--package", "bridge"]


def family_tests(family: str) -> list[tuple[str, list[str]]]:
    """The contract of the cases of a family, and the test files that are named after it."""
    from tests.cases import all_cases

    ids = [case.id for case in all_cases() if case.family == family or case.family.startswith(family + "_")]
    files = [str(path.relative_to(ROOT)) for path in (ROOT / "tests").rglob(f"test_{family}*.py")]
    folder = ROOT / "tests" / "overrides" / family
    files += [str(folder.relative_to(ROOT))] if folder.is_dir() else []
    if not ids and not files:
        raise SystemExit(f"no cases in tests/cases/{family}*.py and no tests named after {family}")
    found = []
    if ids:
        # Brackets end an id: SVC-rbf is not to select SVC-rbf-words as well.
        selection = " or ".join(f"[{name}]" for name in ids)
        found.append(("contract", ["-m", "pytest", "-q", "tests/test_contract.py", "-m", "", "-k", selection]))
    if files:
        found.append((f"tests of {family}", ["-m", "pytest", "-q", *sorted(files)]))
    return found


def passes(name: str, command: list[str]) -> bool:
    """Run a command with this interpreter in the repository's root; whether it succeeded."""
    print(f"--- {name}", flush=True)
    begun = time.perf_counter()
    done = subprocess.run([sys.executable, *command], cwd=ROOT, check=False)
    print(f"--- {name}: {'ok' if done.returncode == 0 else 'FAILED'}, {time.perf_counter() - begun:.0f} s", flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
