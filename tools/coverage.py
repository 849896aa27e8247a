"""Write the support table of README.md, and the list that the command line prints; with --check only compare."""

import argparse
import importlib
import itertools
import json
import sys
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# This folder is no place to import from: the file has the name of a package on PyPI.
sys.path[0] = str(ROOT)

from bridge import supported_estimators  # noqa: E402
from bridge.overrides.core.methods import METHODS, offers  # noqa: E402
from bridge.overrides.core.registry import OnnxGap, find, libraries  # noqa: E402
from bridge.plans import Route  # noqa: E402
from tests.cases import Case, Limit, all_cases  # noqa: E402
from tests.cases.refusals import REFUSALS, Refusal  # noqa: E402

README = ROOT / "README.md"
SUPPORTED = ROOT / "bridge" / "supported.json"
BEGIN, END = "<!-- support table: begin -->", "<!-- support table: end -->"
HEAD = "| estimator | route | methods | gradient | cases | limits |\n|---|---|---|---|---|---|"


def support_table() -> str:
    """The table as Markdown: an overview, and under each module, of scikit-learn or of a library, a row per class."""
    cases = cases_by_class()
    modules: dict[str, list[tuple[type, Route]]] = {}
    for name, route in supported_estimators().items():
        cls = resolve(name)
        if is_ours(name):
            modules.setdefault(public_module(cls), []).append((cls, route))
    routes = [route for classes in modules.values() for _, route in classes]
    n_cases = sum(len(found) for found in cases.values())
    parts = [
        f"{len(routes)} estimators: {routes.count(Route.OVERRIDE)} by an override, "
        f"{routes.count(Route.ONNX)} by the ONNX route; "
        f"{n_cases} cases hold them to the contract. An override says what the ONNX route would lose: "
        + ", ".join(f"*{loss.name.lower()}* ({loss.value})" for loss in used_losses(modules))
        + ". *Gradient*: compared with finite differences of scikit-learn's own methods."
    ]
    for module, classes in sorted(modules.items(), key=lambda item: (not item[0].startswith("sklearn"), item[0])):
        rows = "\n".join(
            row(cls, route, cases.get(cls, [])) for cls, route in sorted(classes, key=lambda item: item[0].__name__)
        )
        names = "one estimator" if len(classes) == 1 else f"{len(classes)} estimators"
        parts.append(f"<details><summary><b>{module}</b>: {names}</summary>\n\n{HEAD}\n{rows}\n\n</details>")
    return "\n\n".join(parts)


def cases_by_class() -> dict[type, list[Case]]:
    """The cases of every estimator class."""
    found: dict[type, list[Case]] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some classes say that they are deprecated
        for case in all_cases():
            found.setdefault(type(case.make()), []).append(case)
    return found


def row(cls: type, route: Route, cases: list[Case]) -> str:
    """The line of one class."""
    record = find(cls)
    reason = ""
    if route is Route.OVERRIDE and record is not None:
        reason = ": " + ", ".join(loss.name.lower() for loss in record.gaps)
    offered = hasattr if cls.__module__.startswith("sklearn.") else offers
    methods = ", ".join(name for name in METHODS if offered(cls, name))
    gradient = "yes" if any(case.smooth for case in cases) else ""
    limits = {limit_text(limit) for case in cases for limit in case.limits}
    limits |= {refusal_text(refusal) for refusal in REFUSALS if refusal.estimator == cls.__name__}
    cells = (cls.__name__, route.value + reason, methods, gradient, str(len(cases)), "; ".join(sorted(limits)))
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def limit_text(limit: Limit) -> str:
    """What a case cannot do, where and why."""
    method = "every method" if limit.method == "*" else limit.method
    runtime = "every runtime" if limit.runtime == "*" else limit.runtime
    return f"{method} in {runtime}: {limit.reason}"


def refusal_text(refusal: Refusal) -> str:
    """What is refused, and why."""
    return f"{refusal.option or 'every instance'} is refused: {refusal.reason}"


def used_losses(modules: dict[str, list[tuple[type, Route]]]) -> list[OnnxGap]:
    """The losses that some override names, in the order of their definition."""
    records = [find(cls) for classes in modules.values() for cls, route in classes if route is Route.OVERRIDE]
    named = {loss for record in records if record is not None for loss in record.gaps}
    return [loss for loss in OnnxGap if loss in named]


def resolve(name: str) -> type:
    """The class of a full name."""
    module, _, cls = name.rpartition(".")
    found: type = getattr(importlib.import_module(module), cls)
    return found


def is_ours(name: str) -> bool:
    """Whether the class of a full name is of scikit-learn, or of a library that has a folder in overrides/."""
    return name.partition(".")[0] in ("sklearn", *libraries())


def public_module(cls: type) -> str:
    """The module that a user imports a class from; of other libraries the library itself."""
    if not cls.__module__.startswith("sklearn."):
        return cls.__module__.partition(".")[0]
    words = cls.__module__.split(".")
    return ".".join(itertools.takewhile(lambda word: not word.startswith("_"), words))


def with_table(text: str) -> str:
    """The text of the README with a fresh table between its marks."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise SystemExit(f"{README.name} lacks the marks {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{support_table()}\n\n{END}{after}"


def supported_list() -> str:
    """``bridge/supported.json``: class names of scikit-learn and of other libraries with their routes, a line each."""
    routes = {name: route.value for name, route in supported_estimators().items() if is_ours(name)}
    return json.dumps(routes, indent=0) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 if the table is out of date")
    arguments = parser.parse_args()
    text = README.read_text(encoding="utf-8")
    fresh = {README: with_table(text), SUPPORTED: supported_list()}
    if arguments.check:
        old = [
            path.name for path, text in fresh.items() if not path.exists() or path.read_text(encoding="utf-8") != text
        ]
        if old:
            print(f"{' and '.join(old)} out of date: run python tools/coverage.py", file=sys.stderr)
        return 1 if old else 0
    for path, text in fresh.items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
