"""Measure frames of words beside scikit-learn: encoding, and one-hot columns of a wide vocabulary with a linear model.

A frame has ten columns of numbers and five of words, of a hundred to a hundred thousand distinct ones. ``encode`` makes
one tensor of all of it; scikit-learn's encoders get the columns of words alone. Nothing is asserted about time.
"""

import argparse
import sys
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import benchmark  # beside this file; it puts the root of the repository on the path
import numpy as np
import torch
from benchmark import REFERENCE, Call, Measurement
from rich.console import Console
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from threadpoolctl import threadpool_limits

import bridge
from bridge.artifacts.torch_formats import script

WORDS = {"hundred": 100, "thousand": 1000, "ten thousand": 10_000, "fifty thousand": 50_000, "all": 100_000}
NUMBERS = [f"number {i}" for i in range(10)]
N_FIT, PANDAS = 100_000, "pandas str"
ENCODE, BOTH, ROWS = "bridge encode", "bridge encode + call", "bridge TorchScript, encoded"


def frame_of(n_rows: int, seed: int) -> Any:
    """A pandas frame with words as objects; every word occurs where there are rows enough."""
    import pandas

    random = np.random.default_rng(seed)
    columns: dict[str, Any] = {name: random.normal(size=n_rows) for name in NUMBERS}
    for name, n_words in WORDS.items():
        words = np.array([f"word {i} of {n_words}" for i in range(n_words)], dtype=object)
        columns[name] = words[random.permutation(np.arange(n_rows) % n_words)]
    return pandas.DataFrame(columns).astype(dict.fromkeys(WORDS, object))


def kinds(frame: Any) -> dict[str, Any]:
    """The frame as every library that is installed has it."""
    found = {
        PANDAS: frame.astype(dict.fromkeys(WORDS, "str")),
        "pandas object": frame,
        "pandas category": frame.astype(dict.fromkeys(WORDS, "category")),
    }
    try:
        import polars

        found["polars"] = polars.from_pandas(frame)
        found["pyarrow"] = found["polars"].to_arrow()
    except ImportError as error:
        print(f"without polars and pyarrow: {error}", file=sys.stderr)
    return found


Pair = tuple[Call, Call]
"""Of a contender, what is measured, and what gives its result in the form of the reference's."""

Entry = Callable[[Any], dict[str, Pair]]
"""Contenders on a frame, scikit-learn the first of them."""


def ordinal(fit_on: Any) -> Entry:
    """OrdinalEncoder on the words, and the same codes among the numbers."""
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1).fit(fit_on[list(WORDS)])
    model = make_column_transformer((encoder, list(WORDS)), remainder="passthrough").fit(fit_on)
    module = bridge.to_torch(model, fit_on[:20])

    def both(frame: Any) -> np.ndarray:
        with torch.inference_mode():
            rows: np.ndarray = module.transform(module.encode(frame)).numpy()
        return rows[:, : len(WORDS)]

    def entry(frame: Any) -> dict[str, Pair]:
        truth, call = partial(encoder.transform, _words(frame)), partial(both, frame)
        return {REFERENCE: (truth, truth), ENCODE: (partial(module.encode, frame), call), BOTH: (call, call)}

    return entry


def one_hot(fit_on: Any) -> Entry:
    """OneHotEncoder, which gives a sparse matrix, and the codes that it is made of."""
    encoder = OneHotEncoder(handle_unknown="ignore").fit(fit_on[list(WORDS)])
    model = make_column_transformer((encoder, list(WORDS)), ("passthrough", NUMBERS)).fit(fit_on)
    module = bridge.to_torch(model, fit_on[:20])
    starts = np.cumsum([0, *(len(part) for part in encoder.categories_[:-1])])
    places = [list(model.feature_names_in_).index(name) for name in WORDS]

    def columns(frame: Any) -> np.ndarray:
        return np.asarray(module.encode(frame)[:, places].numpy() + starts)

    def entry(frame: Any) -> dict[str, Pair]:
        truth = partial(encoder.transform, _words(frame))
        return {
            REFERENCE: (truth, lambda: _indices(truth())),
            ENCODE: (partial(module.encode, frame), partial(columns, frame)),
        }

    return entry


def logistic(fit_on: Any) -> Entry:
    """One-hot words and scaled numbers, with a logistic regression behind them that looks up its weights."""
    columns = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), list(WORDS)), (StandardScaler(), NUMBERS)
    )
    model = make_pipeline(columns, LogisticRegression(max_iter=5)).fit(fit_on, fit_on[NUMBERS[0]] > 0)
    module = bridge.to_torch(model, fit_on[:20])
    scripted = script(module)

    def predict(rows: torch.Tensor) -> np.ndarray:
        with torch.inference_mode():
            return np.asarray(scripted.predict_proba(rows))

    def whole(frame: Any) -> np.ndarray:
        return predict(module.encode(frame))

    def entry(frame: Any) -> dict[str, Pair]:
        truth = partial(model.predict_proba, frame)
        both = partial(whole, frame)
        encoded = partial(predict, module.encode(frame))
        return {REFERENCE: (truth, truth), BOTH: (both, both), ROWS: (encoded, encoded)}

    return entry


ENTRIES = {"ordinal": ordinal, "one-hot": one_hot, "logistic": logistic}


def _indices(matrix: Any) -> np.ndarray:
    """Places of the ones of a sparse matrix, a row each."""
    return np.asarray(matrix.indices.reshape(-1, len(WORDS)))


def _words(frame: Any) -> Any:
    return frame[list(WORDS)] if hasattr(frame, "iloc") else frame.select(list(WORDS))


def measure(name: str, frames: dict[str, Any], fit_on: Any, rounds: int, console: Console) -> list[Measurement]:
    """Measure one entry on every kind of frame; scikit-learn gets pandas where it does not take the kind."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        entry = ENTRIES[name](fit_on)
    found = []
    for kind, frame in frames.items():
        label, pairs = f"{name}, {kind}", entry(frame)
        try:
            truth = np.asarray(pairs[REFERENCE][1]())
        except (TypeError, ValueError, AttributeError) as error:
            print(f"scikit-learn on pandas instead of {kind}: {str(error)[:80]}", file=sys.stderr)
            pairs[REFERENCE] = entry(frames[PANDAS])[REFERENCE]
            truth = np.asarray(pairs[REFERENCE][1]())
        errors = {key: benchmark.largest_error(np.asarray(result()), truth) for key, (_, result) in pairs.items()}
        times = benchmark.interleaved({key: call for key, (call, _) in pairs.items()}, rounds, label, console)
        for key in pairs:
            ratios = [theirs / ours for theirs, ours in zip(times[REFERENCE], times[key], strict=True)]
            seconds = median(times[key])
            found.append(Measurement(label, name, len(frame), key, median(ratios), seconds, errors[key]))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=list(ENTRIES), metavar="ENTRY", help=", ".join(ENTRIES))
    parser.add_argument("--frames", nargs="+", metavar="KIND", help="beside pandas str: pandas object, polars, ...")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1, help="of every contender")
    parser.add_argument("--json", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    if min(arguments.rows, arguments.rounds, arguments.threads) < 1:
        parser.error("rows, rounds and threads are numbers from 1 on")
    console = Console(stderr=True)
    found: list[Measurement] = []
    torch.set_num_threads(arguments.threads)
    frames = kinds(frame_of(arguments.rows, 1))
    wanted = {PANDAS, *(arguments.frames or frames)}
    frames = {kind: frame for kind, frame in frames.items() if kind in wanted}
    fit_on = frame_of(N_FIT, 0)
    with threadpool_limits(arguments.threads):
        for name in arguments.only or ENTRIES:
            found += measure(name, frames, fit_on, arguments.rounds, console)
    benchmark.report(benchmark.results_table(found, arguments.threads), found, arguments)
    return 0


if __name__ == "__main__":
    sys.exit(main())
