"""The command line: parses arguments, calls the library, and turns a user's mistakes into one line and an exit code.

Exit codes: 0 all is well; 1 the model is refused or the results differ; 2 a mistake in what was asked or given.
"""

import json
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from ..errors import ArtifactError
from . import terminal

if TYPE_CHECKING:
    from ..parity.report import Report

REFUSED, MISTAKE = 1, 2

N_FORMATS = 3
"""Stages of the formats that are written unless some are chosen."""

SUPPORTED = "supported.json"
"""Class names with their routes, as ``tools/coverage.py`` writes them: no estimator is imported to print names."""


class _Commands(TyperGroup):
    """Commands whose expected errors end in one red line."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command."""
        try:
            with terminal.messages():
                return super().invoke(ctx)
        except BrokenPipeError:
            raise
        except Exception as error:
            if hasattr(error, "exit_code"):  # the parser's own
                raise
            message, code = _explained(error)
            if code is None or ctx.meta.get(_VERBOSE):
                raise
            terminal.show_error(message)
            raise typer.Exit(code) from error


def _explained(error: Exception) -> tuple[str, int | None]:
    """Message and exit code of an expected error; no code for one that is not."""
    from ..errors import BridgeError, ExportError, OnnxRouteError, ParityError, UnsupportedError

    if isinstance(error, (ExportError, ParityError, OnnxRouteError, UnsupportedError)):
        return str(error), REFUSED
    if isinstance(error, BridgeError):
        return str(error), MISTAKE
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return where + (error.strerror or str(error)), MISTAKE
    return str(error), None


app = typer.Typer(
    name="skbridge",
    cls=_Commands,
    help="A fitted scikit-learn model as one PyTorch module, exact, with every method, and as ONNX and TorchScript.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

_VERBOSE = "bridge.verbose"


def _set_verbose(ctx: typer.Context, value: bool) -> bool:
    if value:
        ctx.meta[_VERBOSE] = True  # shared by the contexts of group and command
    return value


def _show_version(value: bool) -> None:
    if value:
        from importlib.metadata import version

        typer.echo(f"skbridge {version('sklearn-bridge')}")
        raise typer.Exit


Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", help="Show the traceback of an error.", callback=_set_verbose, is_eager=True)
]
Trust = Annotated[bool, typer.Option("--trust", help="The file's source is trusted: its code may run.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
ModelFile = Annotated[
    Path,
    typer.Argument(metavar="MODEL", help="Model file: .skops, .ubj, .json, .txt, .cbm; with --trust .pkl, .joblib."),
]
Label = Annotated[str | None, typer.Option("--label", help="Column of the data that is no feature.")]


@app.callback()
def _main(
    verbose: Verbose = False,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Carry the options that every command has."""


@app.command()
def convert(
    model: ModelFile,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FOLDER", help="Folder of the artifact.")],
    sample: Annotated[
        Path | None, typer.Option("--sample", metavar="DATA", help="CSV or parquet rows to measure parity on.")
    ] = None,
    label: Label = None,
    compiled: Annotated[
        bool, typer.Option("--compiled", help="Compile for this machine's processor too (needs a C++ compiler).")
    ] = False,
    formats: Annotated[
        list[str] | None,
        typer.Option("--format", metavar="FORMAT", help="Write this format: onnx, torchscript, torch.export; repeat."),
    ] = None,
    trust: Trust = False,
    verbose: Verbose = False,
) -> None:
    """Write MODEL as ONNX, TorchScript and torch.export programs, and measure that they are equal to it.

    An earlier artifact in FOLDER is replaced in one step, and stays if anything fails.
    """
    from ..io.models import read_model
    from ..io.rows import check_file

    if sample is not None:
        check_file(sample)
    with terminal.stages(3 + (len(formats) if formats else N_FORMATS) + compiled) as step:
        step("read")
        estimator = read_model(model, trust)
        rows = None if sample is None else _rows_of(estimator, sample, label)
        from ..api import export
        from ..runtimes.base import FORMATS

        chosen = tuple(formats or FORMATS)
        manifest = export(estimator, output, rows, progress=step, compiled=compiled, formats=chosen)
    console = terminal.stdout()
    console.print(terminal.artifact_table(manifest, output) if console.is_terminal else str(output), soft_wrap=True)


@app.command()
def check(
    target: Annotated[Path, typer.Argument(metavar="ARTIFACT_OR_MODEL", help="Folder of an artifact, or model file.")],
    data: Annotated[Path, typer.Argument(metavar="DATA", help="CSV or parquet file of rows.")],
    artifact: Annotated[
        Path | None, typer.Option("--artifact", metavar="FOLDER", help="Compare this artifact with the model file.")
    ] = None,
    label: Label = None,
    trust: Trust = False,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write the report as a page.")] = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Compare every method in every runtime with scikit-learn, on rows of DATA.

    The files of an artifact are compared with one another; with a model file they are made afresh, or taken from
    --artifact, and compared with scikit-learn.
    """
    with terminal.stages(2) as step:
        step("read")
        report = _checked(target, data, artifact, label, trust, step)
    if html is not None:
        html.write_text(report.to_html(), encoding="utf-8")
    if as_json:
        typer.echo(json.dumps(report.to_dict(), indent=2))
    else:
        terminal.stdout().print(report)
    if not report.ok:
        terminal.show_error(report.failures_text())
        raise typer.Exit(REFUSED)


def _checked(target: Path, data: Path, artifact: Path | None, label: str | None, trust: bool, step: Any) -> "Report":
    from ..io.models import read_model
    from ..io.rows import check_file, read_rows

    check_file(data)  # mistakes first, the heavy imports after
    if target.is_dir() or not (target.exists() or target.suffix):
        if not target.is_dir():
            raise ArtifactError(f"{target} is not a folder: pass the folder that bridge.export wrote")
        from ..api import check_parity
        from ..artifacts.read import open_folder

        _, manifest = open_folder(target)
        columns = manifest.signature.columns
        words = () if columns is None else columns.named_words
        rows = read_rows(data, manifest.feature_names, manifest.signature.n_features_in, label, words)
        step("parity")
        return check_parity(target, manifest.signature.encode(rows))
    estimator = read_model(target, trust)
    rows = _rows_of(estimator, data, label)
    step("parity")
    from ..api import check_parity

    return check_parity(estimator, rows, artifact=artifact)


def _rows_of(estimator: Any, data: Path, label: str | None) -> Any:
    from ..io.rows import read_rows
    from ..overrides.core.facts import facts_of

    names, width = facts_of(estimator).feature_names, int(getattr(estimator, "n_features_in_", -1))
    return read_rows(data, names, width, label, _words_of(estimator) if names is not None else ())


def _words_of(estimator: Any) -> tuple[str, ...]:
    """Columns that the estimator was fitted on as words: what a CSV file has in them is text."""
    from ..api import to_torch

    columns = to_torch(estimator, verify=False).columns
    return () if columns is None else columns.named_words


@app.command()
def explain(model: ModelFile, as_json: AsJson = False, trust: Trust = False, verbose: Verbose = False) -> None:
    """Show for every step of MODEL how it converts and why, without converting; exit code 1 if one is refused."""
    from ..io.models import read_model

    estimator = read_model(model, trust)
    from ..plans import plan

    decided = plan(estimator)
    console = terminal.stdout()
    if as_json:
        typer.echo(decided.to_json())
    elif console.is_terminal:
        console.print(terminal.plan_tree(decided))
    else:
        typer.echo(str(decided))
    if decided.refused:
        raise typer.Exit(REFUSED)


@app.command("list")
def list_estimators(as_json: AsJson = False, verbose: Verbose = False) -> None:
    """List the estimators that convert, with their route."""
    routes = json.loads(resources.files("bridge").joinpath(SUPPORTED).read_text(encoding="utf-8"))
    console = terminal.stdout()
    if as_json:
        typer.echo(json.dumps(routes, indent=2))
    elif console.is_terminal:
        console.print(terminal.routes_table(routes))
    else:
        typer.echo("\n".join(f"{name}\t{route}" for name, route in routes.items()))


@app.command()
def demo(
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FOLDER", help="Folder of the results.")] = Path(
        "demo"
    ),
    verbose: Verbose = False,
) -> None:
    """Train models on scikit-learn's real data, convert, export and check them, and draw two pictures."""
    from ..demo.run import N_STAGES, results_table, run_demo

    with terminal.stages(N_STAGES) as step:
        results = run_demo(output, step)
    terminal.stdout().print(results_table(results, output))
    if not all(result.report.ok for result in results):
        raise typer.Exit(REFUSED)


def main() -> None:
    """Run the command line; the entry point of the script ``skbridge``."""
    app()
