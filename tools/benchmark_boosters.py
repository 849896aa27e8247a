"""Measure boosters of XGBoost, LightGBM and CatBoost beside their own libraries and other converters: ratios of time.

Interleaved rounds, on one thread by the time that the processor spends, on more by the clock. Nothing is asserted about
time. Contenders that are not installed, or fail on a model, are left out; onnxruntime runs the library's own export
(CatBoost) or that of onnxmltools, and without it our exact graph is what times are multiples of.
"""

import argparse
import json
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

# isort: off
import benchmark_trees  # beside this file, and before what puts the root of the repository in its folder's place
import benchmark
from benchmark import REFERENCE, Call, Measurement

# isort: on
import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from sklearn.datasets import make_classification
from threadpoolctl import threadpool_limits

N_TREES, N_ROWS, N_FEATURES = 100, 4000, 20
BATCHES = (1, 100, 1000, 50000)
OURS, EXACT, PEER, COMPILED = "bridge TorchScript", "bridge ONNX", "onnxruntime float32", "bridge compiled"
METHOD = "predict_proba"


def _xgboost(threads: int, **options: Any) -> Any:
    from xgboost import XGBClassifier

    return XGBClassifier(n_estimators=N_TREES, n_jobs=threads, **options)


def _lightgbm(threads: int, **options: Any) -> Any:
    from lightgbm import LGBMClassifier

    return LGBMClassifier(n_estimators=N_TREES, n_jobs=threads, verbose=-1, **options)


def _catboost(threads: int, **options: Any) -> Any:
    from catboost import CatBoostClassifier

    return CatBoostClassifier(N_TREES, thread_count=threads, verbose=False, allow_writing_files=False, **options)


MODELS: dict[str, Callable[[int], Any]] = {
    "XGBoost, depth 6": lambda threads: _xgboost(threads, max_depth=6),
    "XGBoost, depth 3": lambda threads: _xgboost(threads, max_depth=3),
    "LightGBM, 31 leaves": lambda threads: _lightgbm(threads),
    "CatBoost, depth 6": lambda threads: _catboost(threads, depth=6),
}


def contenders(model: Any, X: np.ndarray, threads: int, with_compiled: bool) -> dict[str, Callable[[np.ndarray], Call]]:
    """Functions that bind a contender to rows; who fails on two of them is reported and missing."""
    makers: dict[str, Callable[..., Callable[[np.ndarray], Call]]] = {
        REFERENCE: benchmark._scikit_learn,
        OURS: benchmark._torchscript,
        EXACT: benchmark._onnx,
        PEER: _exported,
        "hummingbird": benchmark._hummingbird,
        "treelite": _treelite,
        "tl2cgen": _tl2cgen,
    }
    if with_compiled:
        makers[COMPILED] = benchmark_trees._compiled
    os.environ["OMP_NUM_THREADS"] = str(threads)
    bound = {name: benchmark._bound(name, make, model, METHOD, X) for name, make in makers.items()}
    return {name: bind for name, bind in bound.items() if bind is not None}


def _library(model: Any) -> str:
    return type(model).__module__.partition(".")[0]


def _exported(model: Any, method: str, X: np.ndarray) -> Callable[[np.ndarray], Call]:
    """The float32 graph that people have: CatBoost's own, onnxmltools' for the others."""
    import onnx

    if _library(model) == "catboost":
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.onnx"
            model.save_model(str(path), format="onnx")
            proto = onnx.load(path)
    else:
        import onnxmltools
        from onnxmltools.convert.common.data_types import FloatTensorType

        convert = getattr(onnxmltools, f"convert_{_library(model)}")
        options = {"zipmap": False} if _library(model) == "lightgbm" else {}
        proto = convert(model, initial_types=[("X", FloatTensorType([None, X.shape[1]]))], **options)
    session = benchmark._session(proto)
    name, output = session.get_inputs()[0].name, session.get_outputs()[1].name

    def bind(rows: np.ndarray) -> Call:
        feeds = {name: rows.astype(np.float32)}

        def run() -> Any:
            found = session.run([output], feeds)[0]
            return np.array([list(row.values()) for row in found]) if isinstance(found, list) else found

        return run

    return bind


def _treelite_model(model: Any) -> Any:
    import treelite

    if _library(model) == "xgboost":
        return treelite.frontend.from_xgboost(model.get_booster())
    return treelite.frontend.from_lightgbm(model.booster_)


def _two_columns(found: Any) -> np.ndarray:
    """Probabilities of both classes of that of the second."""
    second = np.asarray(found).reshape(-1)
    return np.stack([1 - second, second], axis=1)


def _treelite(model: Any, method: str, X: np.ndarray) -> Callable[[np.ndarray], Call]:
    import treelite

    trees, threads = _treelite_model(model), torch.get_num_threads()
    kind = np.float32 if _library(model) == "xgboost" else np.float64

    def bind(rows: np.ndarray) -> Call:
        typed = rows.astype(kind)
        return lambda: _two_columns(treelite.gtil.predict(trees, typed, nthread=threads))

    return bind


def _tl2cgen(model: Any, method: str, X: np.ndarray) -> Callable[[np.ndarray], Call]:
    import tl2cgen

    folder = tempfile.mkdtemp()
    path = Path(folder) / "trees.so"
    tl2cgen.export_lib(_treelite_model(model), toolchain="gcc", libpath=path, params={"parallel_comp": 1})
    predictor = tl2cgen.Predictor(path, nthread=torch.get_num_threads())
    kind = "float32" if _library(model) == "xgboost" else "float64"

    def bind(rows: np.ndarray) -> Call:
        matrix = tl2cgen.DMatrix(np.ascontiguousarray(rows, dtype=kind), dtype=kind)
        return lambda: _two_columns(predictor.predict(matrix))

    return bind


def measure(
    name: str, batches: list[int], rounds: int, threads: int, with_compiled: bool, console: Console
) -> list[Measurement]:
    """Measure one model with every contender."""
    X, y = make_classification(N_ROWS + max(*batches, 50), N_FEATURES, n_informative=10, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = MODELS[name](threads).fit(X[:N_ROWS], y[:N_ROWS])
        binds = contenders(model, X[N_ROWS:], threads, with_compiled)
        found = []
        for batch in batches:
            calls = {contender: bind(X[N_ROWS : N_ROWS + batch]) for contender, bind in binds.items()}
            truth = np.asarray(calls[REFERENCE]())
            clock = time.process_time if threads == 1 else time.perf_counter
            times = benchmark.interleaved(calls, rounds, f"{name}, {batch} rows", console, clock)
            for contender, call in calls.items():
                ratios = [theirs / ours for theirs, ours in zip(times[REFERENCE], times[contender], strict=True)]
                error = benchmark.largest_error(np.asarray(call()).reshape(truth.shape), truth)
                found.append(
                    Measurement(name, METHOD, batch, contender, median(ratios), median(times[contender]), error)
                )
    return found


def table_of(found: list[Measurement]) -> Table:
    """Times as multiples of onnxruntime's on the float32 graph, or on our exact one; and the largest errors."""
    names = list(dict.fromkeys(item.contender for item in found))
    base = PEER if PEER in names else EXACT
    table = Table(title=f"time as a multiple of {base}'s (largest error)", caption="below 1 is faster")
    table.add_column("model", no_wrap=True)
    for name in ("rows", *names):
        table.add_column("the library" if name == REFERENCE else name, justify="right")
    for model, batch in dict.fromkeys((item.model, item.batch) for item in found):
        cells = {item.contender: item for item in found if (item.model, item.batch) == (model, batch)}
        unit = cells[base].speed if base in cells else cells[REFERENCE].speed
        shown = [f"{unit / cells[name].speed:.2f} ({cells[name].error:.0e})" if name in cells else "" for name in names]
        table.add_row(model, f"{batch:,}", *shown)
    return table


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=list(MODELS), metavar="MODEL", help="; ".join(MODELS))
    parser.add_argument("--batches", nargs="+", type=int, default=list(BATCHES), metavar="ROWS")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1, help="of every contender")
    parser.add_argument("--compiled", action="store_true", help="compiled programs too; needs a C++ compiler")
    parser.add_argument("--json", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    if min(arguments.batches) < 1 or arguments.rounds < 1 or arguments.threads < 1:
        parser.error("batches, rounds and threads are numbers from 1 on")
    console, found = Console(stderr=True), []
    torch.set_num_threads(arguments.threads)
    with threadpool_limits(arguments.threads):
        for name in arguments.only or MODELS:
            batches, threads = sorted(arguments.batches), arguments.threads
            found += measure(name, batches, arguments.rounds, threads, arguments.compiled, console)
    output = Console()
    (output if output.is_terminal else Console(width=160)).print(table_of(found))
    if arguments.json:
        facts = {"threads": arguments.threads, "rounds": arguments.rounds, "versions": benchmark.versions()}
        rows = {"measurements": [asdict(item) for item in found]}
        arguments.json.write_text(json.dumps({**facts, **rows}, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
