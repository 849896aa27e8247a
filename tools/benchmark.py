"""Measure bridge beside scikit-learn and its peers: interleaved rounds in one process, ratios to scikit-learn.

Nothing is asserted about time. Peers that are not installed, or fail on a model, are left out and named.
"""

import argparse
import json
import platform
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)

import numpy as np  # noqa: E402
import torch  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.progress import track  # noqa: E402
from rich.table import Table  # noqa: E402
from sklearn.datasets import make_classification  # noqa: E402
from sklearn.decomposition import PCA  # noqa: E402
from sklearn.ensemble import GradientBoostingClassifier  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402
from sklearn.neural_network import MLPClassifier  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402
from sklearn.svm import SVC  # noqa: E402
from threadpoolctl import threadpool_limits  # noqa: E402

import bridge  # noqa: E402
from bridge.artifacts.torch_formats import script  # noqa: E402
from bridge.parity.reference import error_of  # noqa: E402

Call = Callable[[], Any]
REFERENCE = "scikit-learn"
BATCHES = (1, 1000, 50000)


@dataclass(frozen=True)
class Model:
    """A model to measure: how to make it, on how many classes, and the method to call."""

    make: Callable[[], Any]
    n_classes: int
    method: str


MODELS = {
    "scaler + logistic": Model(lambda: make_pipeline(StandardScaler(), LogisticRegression()), 3, "predict_proba"),
    "SVC": Model(lambda: SVC(), 2, "predict"),
    "SVC probability": Model(lambda: SVC(probability=True, random_state=0), 4, "predict_proba"),
    "MLP": Model(lambda: MLPClassifier((100, 100), max_iter=40, random_state=0), 3, "predict_proba"),
    "boosting": Model(lambda: GradientBoostingClassifier(random_state=0), 2, "predict_proba"),
    "PCA": Model(lambda: PCA(8, random_state=0), 2, "transform"),
}


@dataclass(frozen=True)
class Measurement:
    """One contender on one model and batch.

    Attributes
    ----------
    speed : float
        scikit-learn's time as a multiple of the contender's: the median over the rounds.
    seconds : float
        Median time of one call.
    error : float
        Largest error against scikit-learn, as a part of ``max(1, |truth|)``.
    """

    model: str
    method: str
    batch: int
    contender: str
    speed: float
    seconds: float
    error: float


def contenders(model: Any, method: str, X: np.ndarray, compiled: bool) -> dict[str, Callable[[np.ndarray], Call]]:
    """Functions that bind a contender to rows; a contender that cannot be made is reported and missing."""
    makers = {
        REFERENCE: _scikit_learn,
        "bridge eager": _eager,
        "bridge TorchScript": _torchscript,
        "bridge ONNX": _onnx,
        "skl2onnx float32": _skl2onnx,
        "sk2torch": _sk2torch,
        "hummingbird": _hummingbird,
    }
    if compiled:
        makers["bridge compiled"] = _compiled
    bound = {name: _bound(name, make, model, method, X) for name, make in makers.items()}
    return {name: bind for name, bind in bound.items() if bind is not None}


def _bound(name: str, make: Callable[..., Any], model: Any, method: str, X: np.ndarray) -> Any:
    """A contender, tried on two rows; None where it fails."""
    try:
        bind = make(model, method, X)
        bind(X[:2])()
    except Exception as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        print(f"without {name}: {lines[0][:160]}", file=sys.stderr)
        return None
    return bind


def _scikit_learn(model: Any, method: str, X: np.ndarray) -> Callable[[np.ndarray], Call]:
    return lambda rows: lambda: getattr(model, method)(rows)


def _torch_method(call: Callable[[torch.Tensor], Any]) -> Callable[[np.ndarray], Call]:
    def bind(rows: np.ndarray) -> Call:
        x = torch.as_tensor(rows)

        def run() -> Any:
            with torch.inference_mode():
                return call(x)

        return run

    return bind


def _eager(model: Any, method: str, X: np.ndarray) -> Callable[[np.ndarray], Call]:
    return _torch_method(getattr(bridge.to_torch(model, X[:50]), method))


def _torchscript(model: Any, method: str, X: np.ndarray) -> Callable[[np.ndarray], Call]:
    return _torch_method(getattr(script(bridge.to_torch(model, X[:50])), method))


def _compiled(model: Any, method: str, X: np.ndarray) -> Callable[[np.ndarray], Call]:
    return _torch_method(torch.compile(getattr(bridge.to_torch(model, X[:50]), method), dynamic=True))


def _session(proto: Any) -> Any:
    import onnxruntime

    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = torch.get_num_threads()
    settings.log_severity_level = 3
    return onnxruntime.InferenceSession(proto.SerializeToString(), settings, providers=["CPUExecutionProvider"])


def _onnx(model: Any, method: str, X: np.ndarray) -> Callable[[np.ndarray], Call]:
    session = _session(bridge.to_onnx(model, X[:50]))
    # Inputs that the method does not read get no rows.
    others = {item.name: np.zeros((0, item.shape[1])) for item in session.get_inputs() if item.name != "X"}

    def bind(rows: np.ndarray) -> Call:
        feeds = {"X": rows, **others}
        return lambda: session.run([method], feeds)[0]

    return bind


def _skl2onnx(model: Any, method: str, X: np.ndarray) -> Callable[[np.ndarray], Call]:
    from skl2onnx import to_onnx

    options = {"zipmap": False} if method == "predict_proba" else None
    session = _session(to_onnx(model, X[:1].astype(np.float32), options=options))
    outputs = [item.name for item in session.get_outputs()]
    output = outputs[1 if method == "predict_proba" else 0]
    name = session.get_inputs()[0].name

    def bind(rows: np.ndarray) -> Call:
        feeds = {name: rows.astype(np.float32)}
        return lambda: session.run([output], feeds)[0]

    return bind


def _sk2torch(model: Any, method: str, X: np.ndarray) -> Callable[[np.ndarray], Call]:
    import sk2torch

    return _torch_method(getattr(sk2torch.wrap(model), method))


def _hummingbird(model: Any, method: str, X: np.ndarray) -> Callable[[np.ndarray], Call]:
    from hummingbird.ml import convert

    threads = torch.get_num_threads()
    call = getattr(convert(model, "torch"), method)
    torch.set_num_threads(threads)  # which the conversion has changed
    return lambda rows: lambda: call(rows)


def measure(name: str, batches: tuple[int, ...], rounds: int, compiled: bool, console: Console) -> list[Measurement]:
    """Measure one model with every contender."""
    spec = MODELS[name]
    X, y = make_classification(
        2000 + max(*batches, 50), 20, n_informative=10, n_classes=spec.n_classes, class_sep=0.8, random_state=0
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = spec.make().fit(X[:2000], y[:2000])
        binds = contenders(model, spec.method, X[2000:], compiled)
    found = []
    for batch in batches:
        calls = {contender: bind(X[2000 : 2000 + batch]) for contender, bind in binds.items()}
        truth = calls[REFERENCE]()
        times = interleaved(calls, rounds, f"{name}, {batch} rows", console)
        for contender, call in calls.items():
            ratios = [theirs / ours for theirs, ours in zip(times[REFERENCE], times[contender], strict=True)]
            error = largest_error(np.asarray(call()), np.asarray(truth))
            middle = statistics.median
            found.append(
                Measurement(name, spec.method, batch, contender, middle(ratios), middle(times[contender]), error)
            )
    return found


def largest_error(value: np.ndarray, truth: np.ndarray) -> float:
    """Largest error of a result; infinite where it has another shape."""
    return float(error_of(value, truth).max()) if value.shape == truth.shape else float("inf")


def interleaved(
    calls: dict[str, Call], rounds: int, title: str, console: Console, clock: Callable[[], float] = time.perf_counter
) -> dict[str, list[float]]:
    """Time of one call of every contender in every round; each round begins with another of them."""
    names = list(calls)
    repeats = {}
    for name, call in calls.items():
        call()
        begun = clock()
        call()
        repeats[name] = max(1, min(200, int(2e-3 / max(clock() - begun, 1e-7))))
    times: dict[str, list[float]] = {name: [] for name in names}
    for turn in track(range(rounds), title, console=console, transient=True, disable=not console.is_terminal):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            call = calls[name]
            begun = clock()
            for _ in range(repeats[name]):
                call()
            times[name].append((clock() - begun) / repeats[name])
    return times


def results_table(found: list[Measurement], threads: int) -> Table:
    """Speeds as multiples of scikit-learn's, and the largest errors."""
    names = list(dict.fromkeys(item.contender for item in found))
    table = Table(
        title=f"times scikit-learn's speed, {threads} thread{'s' * (threads > 1)} (largest error)",
        caption="median of interleaved rounds; above 1 is faster",
    )
    table.add_column("model", no_wrap=True)
    table.add_column("rows", justify="right")
    table.add_column(REFERENCE, justify="right")
    others = [name for name in names if name != REFERENCE]
    for name in others:
        table.add_column(name, justify="right")
    for model, batch in dict.fromkeys((item.model, item.batch) for item in found):
        cells = {item.contender: item for item in found if (item.model, item.batch) == (model, batch)}
        shown = [f"{cells[name].speed:.2f} ({cells[name].error:.0e})" if name in cells else "" for name in others]
        first = batch == min(item.batch for item in found if item.model == model)
        table.add_row(model if first else "", f"{batch:,}", time_text(cells[REFERENCE].seconds), *shown)
    return table


def time_text(seconds: float) -> str:
    """A time in the unit that suits it."""
    unit, factor = next(
        pair for pair in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)) if seconds * pair[1] >= 1 or pair[0] == "µs"
    )
    return f"{seconds * factor:.3g} {unit}"


def draw(found: list[Measurement], path: Path) -> None:
    """Bars of the speeds, a panel per batch."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    batches = list(dict.fromkeys(item.batch for item in found))
    models = list(dict.fromkeys(item.model for item in found))
    names = [name for name in dict.fromkeys(item.contender for item in found) if name != REFERENCE]
    figure = Figure(figsize=(4.6 * len(batches) + 1.5, 0.26 * len(models) * len(names) + 1.6), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(1, len(batches), sharey=True, squeeze=False)[0]
    height = 0.8 / max(len(names), 1)
    for axes, batch in zip(panels, batches, strict=True):
        for k, name in enumerate(names):
            pairs = [
                (models.index(item.model) + k * height, item.speed)
                for item in found
                if (item.batch, item.contender) == (batch, name)
            ]
            places, speeds = zip(*pairs, strict=True) if pairs else ((), ())
            bars = axes.barh(places, [speed - 1 for speed in speeds], height * 0.9, left=1, color=f"C{k}", label=name)
            axes.bar_label(bars, [f"{speed:.2g}" for speed in speeds], padding=3, fontsize=8)
        axes.axvline(1, color="#1f2430", linewidth=1)
        axes.set_xscale("log")
        axes.margins(x=0.14, y=0.01)
        low, high = axes.get_xlim()
        digits = "125" if high < 60 * low else "1"
        for set_format in (axes.xaxis.set_major_formatter, axes.xaxis.set_minor_formatter):
            set_format(lambda value, _, digits=digits: f"{value:g}" if f"{value:e}"[0] in digits else "")
        axes.set_title(f"{batch:,} row{'s' * (batch > 1)}")
        axes.set_xlabel("times scikit-learn's speed")
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].set_yticks([i + 0.4 - height / 2 for i in range(len(models))], models)
    panels[0].invert_yaxis()
    panels[-1].legend(loc="center left", bbox_to_anchor=(1.02, 0.5), frameon=False)
    figure.savefig(path, dpi=110)


def report(table: Table, found: list[Measurement], arguments: argparse.Namespace) -> None:
    """Print a table, and write the measurements to the file that was asked for."""
    output = Console()
    (output if output.is_terminal else Console(width=160)).print(table)
    if arguments.json:
        facts = {"threads": arguments.threads, "rounds": arguments.rounds, "versions": versions()}
        text = json.dumps({**facts, "measurements": [asdict(item) for item in found]}, indent=2)
        arguments.json.write_text(text + "\n", encoding="utf-8")


def versions() -> dict[str, str]:
    """Of what was measured, as far as it is installed."""
    packages = ("scikit-learn", "torch", "onnxruntime", "skl2onnx", "sk2torch", "hummingbird-ml")
    installed = {item.metadata["Name"]: item.version for item in metadata.distributions()}
    return {"python": platform.python_version(), **{name: installed[name] for name in packages if name in installed}}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=list(MODELS), metavar="MODEL", help=", ".join(MODELS))
    parser.add_argument("--batches", nargs="+", type=int, default=list(BATCHES), metavar="ROWS")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--threads", type=int, default=1, help="of every contender")
    parser.add_argument("--compile", action="store_true", help="torch.compile as well, which takes its time")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--picture", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    if min(arguments.batches) < 1 or arguments.rounds < 1 or arguments.threads < 1:
        parser.error("batches, rounds and threads are numbers from 1 on")
    console = Console(stderr=True)
    found: list[Measurement] = []
    torch.set_num_threads(arguments.threads)
    torch.set_num_interop_threads(arguments.threads)  # the tiles of forests
    with threadpool_limits(arguments.threads):
        for name in arguments.only or MODELS:
            if console.is_terminal:
                console.print(f"{name}: fit and convert", style="dim")
            batches = tuple(sorted(arguments.batches))
            found += measure(name, batches, arguments.rounds, arguments.compile, console)
    report(results_table(found, arguments.threads), found, arguments)
    if arguments.picture:
        draw(found, arguments.picture)
    return 0


if __name__ == "__main__":
    sys.exit(main())
