"""Measure a model of every class that converts, TorchScript beside scikit-learn: the slow spots, first.

The model is the first case of its class in the table of cases that takes 2,000 rows of 20 features to be fitted to;
where none does, the first, on its own few rows, again and again the same. Rows are encoded before they are timed.
Nothing is asserted about time.
"""

import argparse
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import benchmark  # beside this file; it puts the root of the repository on the path
import numpy as np
import torch
from benchmark import REFERENCE, Call, Measurement
from rich.console import Console
from rich.progress import track
from rich.table import Table
from sklearn.datasets import make_classification
from threadpoolctl import threadpool_limits

import bridge
from bridge.artifacts.torch_formats import script
from bridge.overrides.core.methods import available_methods
from tests.cases import RECIPES, Case, all_cases, fitted
from tests.cases.data import Data

N_FIT, N_FEATURES = 2000, 20
N_JUDGED = 1000
"""Rows of a batch that errors are looked for in: comparing takes more memory than computing."""

OURS = "bridge TorchScript"
METHODS = ("predict_proba", "predict", "transform", "score_samples", "inverse_transform")
"""Measured is the first of these that an estimator has."""


def cases_of_classes() -> dict[str, list[Case]]:
    """The cases of each class, by the name of the class."""
    found: dict[str, list[Case]] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for case in all_cases():
            found.setdefault(type(case.make()).__name__, []).append(case)
    return found


def fitted_model(cases: list[Case], most: int) -> tuple[Any, Any]:
    """A model, and rows to call it with: of the first case that takes the common data, else of the first on its own."""
    for case in cases:
        for data in _common_data(case, most):
            try:
                model = case.make()
                if case.fit is not None:
                    case.fit(model, data)
                else:
                    model.fit(data.X, data.y)
                _method(model, data.unseen[:8])
            except (ValueError, TypeError, IndexError):
                continue
            return model, data.unseen
    found = fitted(cases[0].id)
    return found.estimator, found.rows


def _common_data(case: Case, most: int) -> list[Data]:
    """N_FIT rows to fit and ``most`` others, signed and not, with a target of the kind of the case's own."""
    own = RECIPES[case.data]()
    is_plain = isinstance(own.X, np.ndarray) and own.X.dtype.kind == "f" and np.ndim(own.y) < 2
    if case.rows is not None or not is_plain:
        return []
    X, y = make_classification(N_FIT + most, N_FEATURES, n_informative=10, n_redundant=0, n_classes=3, random_state=0)
    if own.y is not None and np.asarray(own.y).dtype.kind == "f":
        y = X[:, 0] + np.sin(X[:, 1])
    elif own.y is not None and np.asarray(own.y).dtype.kind not in "OUS":  # numbers serve as well, and compare
        y = np.unique(own.y)[y % len(np.unique(own.y))]
    return [Data(rows[:N_FIT], y[:N_FIT], rows[N_FIT:]) for rows in (X, np.abs(X))]


def _method(model: Any, rows: Any) -> str:
    """The method to measure; it takes the rows."""
    name = next((name for name in METHODS if name in available_methods(model)), available_methods(model)[0])
    getattr(model, name)(rows)
    return name


def repeated(rows: Any, n_rows: int) -> Any:
    """As many rows of any form, again and again the same."""
    index = np.arange(n_rows) % (rows.shape[0] if hasattr(rows, "shape") else len(rows))
    if hasattr(rows, "iloc"):
        return rows.iloc[index]
    return [rows[i] for i in index] if isinstance(rows, (list, tuple)) else rows[index]


def measure(name: str, cases: list[Case], batches: tuple[int, ...], rounds: int, most: float) -> list[Measurement]:
    """Ratios of one class; a batch that scikit-learn would need more than ``most`` seconds for is left out."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model, rows = fitted_model(cases, max(batches))
        method = _method(model, repeated(rows, 8))
        module = bridge.to_torch(model, repeated(rows, 8), verify=False)
        scripted = getattr(script(module), method)
        found: list[Measurement] = []
        for batch in batches:
            if found and (found[-1].seconds - found[0].seconds) * batch / found[-1].batch > most:
                print(f"{name}: without {batch:,} rows, which would take long", file=sys.stderr)
                continue
            calls = _calls(getattr(model, method), scripted, module, repeated(rows, batch))
            times = benchmark.interleaved(calls, rounds, name, Console(stderr=True, quiet=True))
            ratio = median(theirs / ours for theirs, ours in zip(times[REFERENCE], times[OURS], strict=True))
            few = _calls(getattr(model, method), scripted, module, repeated(rows, min(batch, N_JUDGED)))
            error = _error(few, module, method)
            found.append(Measurement(name, method, batch, OURS, ratio, median(times[REFERENCE]), error))
    return found


def _calls(theirs: Callable[[Any], Any], ours: Callable[[Any], Any], module: Any, rows: Any) -> dict[str, Call]:
    x = module.encode(rows)

    def run() -> Any:
        with torch.inference_mode():
            return ours(x)

    return {REFERENCE: lambda: theirs(rows), OURS: run}


def _error(calls: dict[str, Call], module: Any, method: str) -> float:
    truth, result = module.as_returned(method, calls[REFERENCE]()), calls[OURS]()
    truth = truth.toarray() if hasattr(truth, "toarray") else truth
    if isinstance(truth, list) or np.asarray(truth).dtype.kind in "OUS":
        return float("nan")
    result = result.to_dense() if isinstance(result, torch.Tensor) else result
    return benchmark.largest_error(np.asarray(result), np.asarray(truth))


def results_table(found: list[Measurement], batches: tuple[int, ...], threads: int) -> Table:
    """A row per class, the slowest first."""
    table = Table(
        title=f"TorchScript, times scikit-learn's speed, {threads} thread{'s' * (threads > 1)}",
        caption=f"{sum(item.speed < 1 for item in found)} of {len(found)} cells below 1",
    )
    for title in ("class", "method", *(f"{batch:,} rows" for batch in batches), "largest error"):
        table.add_column(title, justify="left" if title in ("class", "method") else "right")
    rows: dict[str, dict[int, Measurement]] = {}
    for item in found:
        rows.setdefault(item.model, {})[item.batch] = item
    for name, cells in sorted(rows.items(), key=lambda row: min(item.speed for item in row[1].values())):
        shown = [f"{cells[batch].speed:.2f}" if batch in cells else "" for batch in batches]
        error = max(item.error for item in cells.values())
        table.add_row(name, next(iter(cells.values())).method, *shown, f"{error:.0e}")
    return table


def main() -> int:
    classes = cases_of_classes()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=list(classes), metavar="CLASS", help="names of estimators")
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 1000, 50000], metavar="ROWS")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1, help="of every contender")
    parser.add_argument("--most", type=float, default=3.0, metavar="SECONDS", help="leave out slower calls")
    parser.add_argument("--json", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    if min(arguments.batches) < 1 or arguments.rounds < 1 or arguments.threads < 1:
        parser.error("batches, rounds and threads are numbers from 1 on")
    batches = tuple(sorted(arguments.batches))
    console = Console(stderr=True)
    found: list[Measurement] = []
    torch.set_num_threads(arguments.threads)
    torch.set_num_interop_threads(arguments.threads)  # the tiles of forests
    with threadpool_limits(arguments.threads):
        names = arguments.only or list(classes)
        for name in track(names, "classes", console=console, transient=True, disable=not console.is_terminal):
            found += measure(name, classes[name], batches, arguments.rounds, arguments.most)
    benchmark.report(results_table(found, batches, arguments.threads), found, arguments)
    return 0


if __name__ == "__main__":
    sys.exit(main())
