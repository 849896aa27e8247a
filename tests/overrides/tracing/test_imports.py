"""The files of the tracing import each other in one direction, imports inside functions included."""

import ast
import graphlib
from pathlib import Path

import bridge.overrides.tracing

FOLDER = Path(bridge.overrides.tracing.__file__).parent


def _imported(path):
    """Files of the folder that a file imports; of a package, the package itself."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            parent = path.parents[node.level - 1]
            parts = node.module.split(".") if node.module else []
            for name in [*([[*parts]] if parts else []), *([*parts, alias.name] for alias in node.names)]:
                target = parent.joinpath(*name)
                for file in (target.with_suffix(".py"), target / "__init__.py"):
                    if file.is_file() and FOLDER in file.parents and file != path:
                        yield file


def test_no_circle_of_imports():
    files = sorted(FOLDER.rglob("*.py"))
    graph = {path: set(_imported(path)) for path in files}
    assert sum(map(len, graph.values())) > len(files)
    tuple(graphlib.TopologicalSorter(graph).static_order())
