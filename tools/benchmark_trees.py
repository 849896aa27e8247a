"""Measure trees and forests beside scikit-learn and its peers: ratios, conversion time and size of files.

One thread is measured by the time that the processor spends, which other programs disturb little; more threads by the
clock on the wall. Nothing is asserted about time. Peers that are not installed, or fail on a model, are left out.
"""

import argparse
import json
import pickle
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import benchmark  # beside this file; it puts the root of the repository on the path
import numpy as np
import torch
from benchmark import REFERENCE, Call, Measurement
from rich.console import Console
from rich.table import Table
from sklearn.datasets import make_classification
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)
from threadpoolctl import threadpool_limits

import bridge
from bridge.artifacts.aoti import programs as compiled
from bridge.artifacts.torch_formats import example_rows, export_program, save_torchscript, script
from bridge.demo import figures as pictures

N_TREES, N_ROWS, N_FEATURES = 100, 4000, 20
BATCHES = (1, 100, 1000, 50000)
OURS, PEER, SECOND = "bridge TorchScript", "skl2onnx float32", "scikit-learn, 2 jobs"
COMPILED, EXACT = "bridge compiled", "bridge ONNX"


@dataclass(frozen=True)
class Model:
    """A model to measure, and the method to call."""

    make: Callable[[], Any]
    method: str = "predict_proba"


MODELS = {
    "forest": Model(lambda: RandomForestClassifier(N_TREES, random_state=0)),
    "forest, depth 8": Model(lambda: RandomForestClassifier(N_TREES, max_depth=8, random_state=0)),
    "forest of numbers": Model(lambda: RandomForestRegressor(N_TREES, max_features=0.33, random_state=0), "predict"),
    "extra trees": Model(lambda: ExtraTreesClassifier(N_TREES, random_state=0)),
    "boosting, depth 3": Model(lambda: GradientBoostingClassifier(n_estimators=N_TREES, random_state=0)),
    "hist boosting": Model(
        lambda: HistGradientBoostingClassifier(max_iter=N_TREES, early_stopping=False, random_state=0)
    ),
    "isolation forest": Model(lambda: IsolationForest(n_estimators=N_TREES, random_state=0), "decision_function"),
}


@dataclass(frozen=True)
class Cost:
    """What a model costs before it predicts: seconds, and bytes of the files."""

    model: str
    n_nodes: int
    convert_seconds: float
    script_seconds: float
    torchscript_bytes: int
    onnx_bytes: int
    pickle_bytes: int


def contenders(
    model: Any, method: str, X: np.ndarray, threads: int, with_compiled: bool
) -> dict[str, Callable[[np.ndarray], Call]]:
    """Functions that bind a contender to rows; who fails on two of them is reported and missing."""
    makers: dict[str, Callable[..., Callable[[np.ndarray], Call]]] = {
        REFERENCE: benchmark._scikit_learn,
        OURS: benchmark._torchscript,
        "bridge eager": benchmark._eager,
        EXACT: benchmark._onnx,
        PEER: _skl2onnx,
        "hummingbird": benchmark._hummingbird,
    }
    if with_compiled:
        makers[COMPILED] = _compiled
    if threads > 1 and hasattr(model, "n_jobs"):
        makers[SECOND] = _jobs
    bound = {name: benchmark._bound(name, make, model, method, X) for name, make in makers.items()}
    return {name: bind for name, bind in bound.items() if bind is not None}


def _jobs(model: Any, method: str, X: np.ndarray) -> Callable[[np.ndarray], Call]:
    several = pickle.loads(pickle.dumps(model)).set_params(n_jobs=2)
    return benchmark._scikit_learn(several, method, X)


def _compiled(model: Any, method: str, X: np.ndarray) -> Callable[[np.ndarray], Call]:
    """The one method that is measured, compiled as :func:`bridge.compile` does, in tiles as its runtime cuts them."""
    module = bridge.to_torch(model, verify=False)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "method.pt2"
        compiled._compile(export_program(module, (method,), example_rows(module, method)), path)
        program = torch._inductor.aoti_load_package(str(path))
    return benchmark._torch_method(lambda x: torch.cat([program(tile)[method] for tile in x.split(1024)]))


def _skl2onnx(model: Any, method: str, X: np.ndarray) -> Callable[[np.ndarray], Call]:
    from skl2onnx import to_onnx

    options = {"zipmap": False} if method == "predict_proba" else None
    opset = {"": 15, "ai.onnx.ml": 3}
    session = benchmark._session(to_onnx(model, X[:1].astype(np.float32), options=options, target_opset=opset))
    output = session.get_outputs()[0 if method == "predict" else 1].name
    name = session.get_inputs()[0].name

    def bind(rows: np.ndarray) -> Call:
        feeds = {name: rows.astype(np.float32)}
        return lambda: session.run([output], feeds)[0].squeeze()

    return bind


def measure(
    name: str, batches: list[int], rounds: int, threads: int, with_compiled: bool, console: Console
) -> tuple[list[Measurement], Cost]:
    """Measure one model with every contender."""
    spec = MODELS[name]
    n_rows = N_ROWS + max(*batches, 50)
    X, y = make_classification(n_rows, N_FEATURES, n_informative=10, random_state=0)
    if spec.method == "predict":
        y = X[:, 0] * X[:, 1] + y
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = spec.make().fit(X[:N_ROWS], y[:N_ROWS])
        cost = cost_of(name, model)
        binds = contenders(model, spec.method, X[N_ROWS:], threads, with_compiled)
    found = []
    for batch in batches:
        calls = {contender: bind(X[N_ROWS : N_ROWS + batch]) for contender, bind in binds.items()}
        truth = np.asarray(calls[REFERENCE]())
        clock = time.process_time if threads == 1 else time.perf_counter
        times = benchmark.interleaved(calls, rounds, f"{name}, {batch} rows", console, clock)
        for contender, call in calls.items():
            ratios = [theirs / ours for theirs, ours in zip(times[REFERENCE], times[contender], strict=True)]
            error = benchmark.largest_error(np.asarray(call()).reshape(truth.shape), truth)
            seconds = median(times[contender])
            found.append(Measurement(name, spec.method, batch, contender, median(ratios), seconds, error))
    return found, cost


def cost_of(name: str, model: Any) -> Cost:
    """Time to convert and to script, and what the files take."""
    times = [time.perf_counter()]
    module = bridge.to_torch(model, verify=False)
    times.append(time.perf_counter())
    script(module)
    times.append(time.perf_counter())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.pt"
        save_torchscript(module, path)
        size = path.stat().st_size
    onnx_size = bridge.to_onnx(model).ByteSize()
    trees: Any = getattr(module, "estimators_", None) or module._predictors
    return Cost(
        name, int(trees.child.shape[0]), times[1] - times[0], times[2] - times[1], size, onnx_size,
        len(pickle.dumps(model)),
    )  # fmt: skip


def peer_table(found: list[Measurement]) -> Table:
    """Time of our TorchScript as a multiple of the other contenders'."""
    table = Table(title=f"time of {OURS} as a multiple of others'", caption="below 1 is faster")
    others = [name for name in dict.fromkeys(item.contender for item in found) if name != OURS]
    table.add_column("model", no_wrap=True)
    for name in ("rows", *others):
        table.add_column(name, justify="right")
    for model, batch in dict.fromkeys((item.model, item.batch) for item in found):
        cells = {item.contender: item for item in found if (item.model, item.batch) == (model, batch)}
        if OURS in cells:
            shown = [f"{cells[name].speed / cells[OURS].speed:.2f}" if name in cells else "" for name in others]
            table.add_row(model, f"{batch:,}", *shown)
    return table


def cost_table(costs: list[Cost]) -> Table:
    """Seconds and megabytes."""
    table = Table(title="conversion and files")
    for name in ("model", "nodes", "convert", "script", "TorchScript", "ONNX", "pickle"):
        table.add_column(name, justify="left" if name == "model" else "right")
    for cost in costs:
        sizes = (f"{size / 1e6:.2f} MB" for size in (cost.torchscript_bytes, cost.onnx_bytes, cost.pickle_bytes))
        seconds = (f"{value:.2f} s" for value in (cost.convert_seconds, cost.script_seconds))
        table.add_row(cost.model, f"{cost.n_nodes:,}", *seconds, *sizes)
    return table


def ratios(found: list[Measurement]) -> dict[tuple[str, int], dict[str, float]]:
    """By model and rows: times as multiples of onnxruntime's, of the float32 graph or, where there is none, of ours."""
    ratio: dict[tuple[str, int], dict[str, float]] = {}
    for model, batch in dict.fromkeys((item.model, item.batch) for item in found):
        speeds = {item.contender: item.speed for item in found if (item.model, item.batch) == (model, batch)}
        peer = speeds.get(PEER, speeds.get(EXACT))
        if peer is not None:
            ratio[model, batch] = {name: peer / speed for name, speed in speeds.items()}
    return ratio


def markdown(found: list[Measurement]) -> str:
    """A table of the ratios of our runtimes and of scikit-learn, a column for each number of rows."""
    ratio = ratios(found)
    batches = list(dict.fromkeys(batch for _, batch in ratio))
    names = [name for name in (OURS, COMPILED, REFERENCE) if any(name in cells for cells in ratio.values())]
    lines = [
        f"| {' / '.join(name.removeprefix('bridge ') for name in names)} | "
        + " | ".join(f"{batch:,} row{'s' * (batch > 1)}" for batch in batches)
        + " |",
        "|---|" + "---:|" * len(batches),
    ]
    for model in dict.fromkeys(model for model, _ in ratio):
        cells = (" / ".join(f"{ratio[model, batch].get(name, np.nan):.2g}" for name in names) for batch in batches)
        lines.append(f"| {model} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def draw(found: list[Measurement], path: Path) -> None:
    """Dots of the ratios, a panel for each number of rows."""
    ratio = ratios(found)
    batches = list(dict.fromkeys(batch for _, batch in ratio))
    models = list(dict.fromkeys(model for model, _ in ratio))
    size = (3.2 * len(batches) + 1.5, 0.42 * len(models) + 1.6)
    with pictures._figure(*size, ncols=len(batches), sharey=True, squeeze=False) as (figure, panels):
        for axes, batch in zip(panels[0], batches, strict=True):
            axes.axvline(1, color="#1f2430", linewidth=1)
            for k, name in enumerate((REFERENCE, OURS, COMPILED)):
                cells = [(ratio[model, batch].get(name), i) for i, model in enumerate(models)]
                known = [(value, i) for value, i in cells if value is not None]
                if known:
                    axes.scatter(
                        *zip(*known, strict=True), color=("#b4b9c4", "C0", "C1")[k], s=42, label=name, zorder=3
                    )
            axes.set_xscale("log")
            axes.set_title(f"{batch:,} row{'s' * (batch > 1)}")
            axes.grid(axis="y", alpha=0.3)
        panels[0][0].set_yticks(range(len(models)), models)
        panels[0][0].invert_yaxis()
        panels[0][-1].legend(loc="center left", bbox_to_anchor=(1.02, 0.5), frameon=False)
        figure.supxlabel("time as a multiple of onnxruntime's: left of the line is faster")
        figure.savefig(path, dpi=110)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=list(MODELS), metavar="MODEL", help=", ".join(MODELS))
    parser.add_argument("--batches", nargs="+", type=int, default=list(BATCHES), metavar="ROWS")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1, help="of every contender")
    parser.add_argument("--compiled", action="store_true", help="compiled programs too; needs a C++ compiler")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument(
        "--markdown", type=Path, metavar="FILE", help="table of the times as multiples of onnxruntime's"
    )
    parser.add_argument("--picture", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    if min(arguments.batches) < 1 or arguments.rounds < 1 or arguments.threads < 1:
        parser.error("batches, rounds and threads are numbers from 1 on")
    console = Console(stderr=True)
    found: list[Measurement] = []
    costs: list[Cost] = []
    torch.set_num_threads(arguments.threads)
    torch.set_num_interop_threads(arguments.threads)  # the tiles of forests
    with threadpool_limits(arguments.threads):
        for name in arguments.only or MODELS:
            batches, rounds, threads = sorted(arguments.batches), arguments.rounds, arguments.threads
            measured, cost = measure(name, batches, rounds, threads, arguments.compiled, console)
            found += measured
            costs.append(cost)
    output = Console()
    output = output if output.is_terminal else Console(width=160)
    for table in (benchmark.results_table(found, arguments.threads), peer_table(found), cost_table(costs)):
        output.print(table)
    if arguments.markdown:
        arguments.markdown.write_text(markdown(found), encoding="utf-8")
    if arguments.picture:
        draw(found, arguments.picture)
    if arguments.json:
        facts = {"threads": arguments.threads, "rounds": arguments.rounds, "versions": benchmark.versions()}
        rows = {"measurements": [asdict(item) for item in found], "costs": [asdict(cost) for cost in costs]}
        arguments.json.write_text(json.dumps({**facts, **rows}, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
