"""What the command line shows: results on stdout, everything else on stderr, progress only on a terminal."""

import itertools
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ..artifacts.manifest import Manifest
    from ..plans import Plan, Step

_WIDTH = 120
"""Columns of a table in a pipe, where there is no terminal to ask."""

_STYLES = {"override": "green", "onnx": "cyan", "refused": "bold red"}


def stdout() -> Console:
    """Console of results."""
    console = Console()
    return console if console.is_terminal else Console(width=_WIDTH)


def stderr() -> Console:
    """Console of messages and progress."""
    return Console(stderr=True)


def show_error(message: str) -> None:
    """A red line on stderr."""
    console = stderr()
    console.print(Text("error: " + message, style="red" if console.is_terminal else ""), soft_wrap=True)


@contextmanager
def messages() -> Iterator[None]:
    """Warnings as yellow lines on stderr, each once; those for developers of the libraries underneath are left out."""
    console, seen = stderr(), set()

    def show(message: Warning | str, category: type[Warning], *where: Any) -> None:
        text = f"{category.__name__}: {message}"
        if text not in seen:
            seen.add(text)
            console.print(Text("warning: " + text, style="yellow" if console.is_terminal else ""), soft_wrap=True)

    with warnings.catch_warnings():
        for category in (DeprecationWarning, PendingDeprecationWarning, FutureWarning):
            warnings.simplefilter("ignore", category)
        warnings.showwarning = show  # type: ignore[assignment]
        yield


@contextmanager
def stages(total: int) -> "Iterator[Callable[[str], None]]":
    """A function to call with the name of every stage that begins; on a terminal it moves a bar.

    Parameters
    ----------
    total : int
        Number of stages.
    """
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = stderr()
    progress = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )
    with progress:
        task = progress.add_task("start", total=total)
        begun = 0

        def step(name: str) -> None:
            nonlocal begun
            progress.update(task, description=name, completed=begun)
            begun += 1

        yield step


def plan_tree(plan: "Plan") -> Tree:
    """A plan as a coloured tree."""
    tree = Tree(_step_text(plan.root))
    _grow(tree, plan.root)
    return tree


def _grow(tree: Tree, step: "Step") -> None:
    for child in step.children:
        _grow(tree.add(_step_text(child)), child)


def _step_text(step: "Step") -> Text:
    style = _STYLES[step.route.value]
    text = Text()
    if step.path:
        text.append(step.path.rpartition(".")[2] + " ", style="dim")
    text.append(step.name, style="bold").append(f" {step.route.value}", style=style).append(f"  {step.reason}")
    if step.methods and not step.advice:
        text.append("\n" + ", ".join(step.methods), style="dim")
    if step.limit:
        text.append(f"\nlimit: {step.limit}", style="yellow")
    if step.advice:
        text.append(f"\nwhat to do: {step.advice}", style="yellow")
    return text


def artifact_table(manifest: "Manifest", folder: "Path") -> Table:
    """The files of an artifact and what was measured on them."""
    parity = manifest.parity or {}
    errors = [item["max_error"] for item in parity.get("comparisons", ()) if item["max_error"] is not None]
    largest = max((float(error) for error in errors), default=0.0)
    caption = f"{parity.get('n_rows', 0)} rows against {parity.get('reference')}: largest error {largest:.1e}"
    table = Table("file", title=f"{manifest.estimator} in {folder}", caption=caption)
    table.add_column("bytes", justify="right")
    for record in manifest.files:
        table.add_row(record.name, f"{record.size:,}")
    return table


def routes_table(routes: dict[str, str]) -> Table:
    """Estimators and their routes, a line per module and route."""
    grouped: dict[tuple[str, str], list[str]] = {}
    for name, route in routes.items():
        words = name.split(".")[:-1]
        module = ".".join(itertools.takewhile(lambda word: not word.startswith("_"), words))
        grouped.setdefault((module, route), []).append(name.rpartition(".")[2])
    table = Table("module", "route", "estimators", title=f"{len(routes)} estimators", row_styles=["", "dim"])
    for (module, route), names in sorted(grouped.items()):
        table.add_row(module, Text(route, style=_STYLES[route]), ", ".join(sorted(names)))
    return table
