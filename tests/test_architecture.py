"""The rules of the tree: who imports whom, what an import costs, what is public, where files belong."""

import ast
import importlib
import importlib.metadata
import importlib.util
import inspect
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import bridge
import bridge.overrides
from bridge.overrides.core.registry import all_overrides, families, libraries
from tests.cases import all_cases
from tests.imports import circles, import_graph, modules

ROOT = Path(__file__).resolve().parent.parent
OVERRIDES = ROOT / "overrides"
HEAVY = {"onnx", "onnx2torch", "onnxruntime", "skl2onnx", "onnxscript", "pandas", "matplotlib", "skops", "typer"}


def _imports(path: Path, top_level_only: bool = False):
    """(module, dots) of every import of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body if top_level_only else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, 0) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "", node.level


FLOORS = (
    "overrides.errors overrides.tolerances",
    "overrides.functional",
    "overrides.encoding",
    "overrides.core",
    "overrides.tracing overrides.forests overrides.operators",
    "overrides.sklearn LIBRARIES",
    "errors versions written_by",
    "onnx_import",
    "plans",
    "convert support io",
    "runtimes",
    "parity",
    "soften artifacts",
    "api",
    "cli demo testing __main__",
)
"""Who stands on whom, the lowest first: a file imports from its own floor, and from those below."""


def _floor_of(module):
    """Number of the floor of a module; None for the two packages themselves, which resolve names for others."""
    words = module.split(".")[1:]
    if words[:1] == ["overrides"]:
        name = ".".join(words[:2])
        if name.removeprefix("overrides.") in libraries():
            name = "LIBRARIES"
    else:
        name = words[0] if words else ""
    return next((number for number, floor in enumerate(FLOORS) if name in floor.split()), None)


def test_every_file_stands_on_a_floor():
    assert {module for module in modules() if _floor_of(module) is None} == {"bridge", "bridge.overrides"}


def test_no_file_imports_a_floor_above_its_own():
    upwards = [
        f"{module} imports {other}"
        for module, imported in import_graph().items()
        for other in imported
        if _floor_of(module) is not None and _floor_of(other) is not None and _floor_of(other) > _floor_of(module)
    ]
    assert not upwards


def test_no_circles():
    graph = import_graph()
    packages = {"bridge", "bridge.overrides"}  # they resolve names for others, when those are first used
    assert not circles({name: imported - packages for name, imported in graph.items() if name not in packages})


def test_circles_are_found():
    graph = {"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set(), "e": {"e"}}
    assert circles(graph) == [{"b", "c"}, {"e"}]


@pytest.mark.parametrize("path", sorted(OVERRIDES.rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_overrides_never_import_the_flow(path):
    depth = len(path.relative_to(OVERRIDES).parts)
    for module, dots in _imports(path):
        assert module.split(".")[0] != "bridge", f"{path.name} imports {module}"
        assert dots <= depth, f"{path.name} climbs out of overrides with {'.' * dots}{module}"


@pytest.mark.parametrize("folder", ["bridge", "overrides"])
def test_heavy_packages_are_imported_when_needed(folder):
    for path in (ROOT / folder).rglob("*.py"):
        if path.name in ("app.py", "__main__.py"):
            continue
        heavy = {module.split(".")[0] for module, dots in _imports(path, top_level_only=True) if dots == 0} & HEAVY
        assert not heavy, f"{path.relative_to(ROOT)} imports {heavy} at module level"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("statement", "unwanted"),
    [
        ("import bridge", {*HEAVY, "torch", "sklearn", "torchvision", "rich"}),
        ("import bridge; bridge.to_torch, bridge.plan", {*HEAVY, "torchvision"}),
        ("import bridge; bridge.load", {*HEAVY, "torchvision", "sklearn"}),
    ],
)
def test_an_import_stays_light(statement, unwanted):
    program = f"import sys; {statement}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert not loaded & unwanted


def test_public_names_exist_and_are_documented():
    for name in bridge.__all__:
        public = getattr(bridge, name)
        assert inspect.getdoc(public), name
    program = "import bridge; assert issubclass(bridge.errors.InputError, ValueError); print(bridge.__version__)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == importlib.metadata.version("sklearn-bridge")
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        bridge.nothing  # noqa: B018


def test_the_folder_is_importable_under_one_name_only():
    program = "import importlib; importlib.import_module('overrides')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=False)
    assert "bridge.overrides" in done.stderr
    assert done.returncode != 0


def test_families_are_modules_of_scikit_learn():
    for family in families():
        importlib.import_module(f"sklearn.{family}")


def test_libraries_are_folders_of_their_packages_names():
    for library in libraries():
        if importlib.util.find_spec(library) is not None:
            roots = {cls.__module__.split(".")[0] for record in all_overrides() for cls in record.types}
            assert library in roots


def test_records_stand_in_the_file_of_their_module():
    for record in all_overrides():
        if not record.module.__module__.startswith("bridge.overrides."):
            continue  # registered by a test
        _, _, library, home = record.module.__module__.split(".")[:4]
        words = [cls.__module__.split(".") for cls in record.types]
        assert {part[0] for part in words} == {library}, record
        if library == "sklearn":
            assert {part[1] for part in words} == {home}, record


@pytest.mark.filterwarnings("ignore:Class .* is deprecated:FutureWarning")
def test_every_registered_class_has_a_case():
    covered = {type(case.make()) for case in all_cases()}
    for record in all_overrides():
        if record.module.__module__.startswith("bridge.overrides."):
            missing = [cls.__name__ for cls in record.types if cls not in covered]
            assert not missing, f"no case for {missing}"


def test_every_file_of_cases_has_cases_and_every_library_a_file():
    import tests.cases

    names = [info.name for info in pkgutil.iter_modules(tests.cases.__path__)]
    for name in names:
        assert name in tests.cases.SHARED or hasattr(importlib.import_module(f"tests.cases.{name}"), "CASES")
    for library in libraries():
        assert any(name.startswith(library) for name in names), library


def test_every_package_is_installed():
    """The list of packages in pyproject.toml is written by hand: it must name every folder with Python files."""
    import tomllib

    listed = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"])
    found = {
        ".".join(("bridge", *path.parent.relative_to(ROOT / "bridge").parts)) for path in ROOT.glob("bridge/**/*.py")
    }
    found |= {
        ".".join(("bridge", "overrides", *path.parent.relative_to(OVERRIDES).parts)) for path in OVERRIDES.rglob("*.py")
    }
    assert listed == found


def test_doctests_of_every_module():
    import doctest

    modules = [bridge]
    for package in (bridge, bridge.overrides):
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not info.name.endswith("__main__"):
                modules.append(importlib.import_module(info.name))
    results = [doctest.testmod(module, optionflags=doctest.ELLIPSIS) for module in {*modules}]
    assert sum(result.failed for result in results) == 0
    assert sum(result.attempted for result in results) >= 10
