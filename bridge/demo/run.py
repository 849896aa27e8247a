"""The demo: real models on scikit-learn's real data, converted, exported, checked, and shown."""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich import box
from rich.table import Table
from rich.text import Text
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.decomposition import PCA
from sklearn.ensemble import GradientBoostingClassifier, StackingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier
from threadpoolctl import threadpool_limits

from ..api import check_parity, export
from ..artifacts.read import Artifact, load
from ..errors import DataError
from ..io.extras import need
from ..parity.report import Report
from ..parity.report_page import page
from ..runtimes.base import RUNTIMES
from .examples import fit_quietly, probability_field, tuned_pipeline
from .figures import draw_field, draw_improvement

PAGE, FIELD_PICTURE, IMPROVED_PICTURE = "parity.html", "vector_field.png", "improved.png"


@dataclass(frozen=True)
class Example:
    """One model of the demo.

    Attributes
    ----------
    name : str
        Of its folder.
    data : str
        "breast cancer", "wine" or "digits".
    make : callable
        Returns the unfitted estimator.
    """

    name: str
    data: str
    make: Callable[[], Any]


EXAMPLES = (
    Example("svc", "breast cancer", lambda: make_pipeline(StandardScaler(), SVC(probability=True, random_state=0))),
    Example("boosting", "breast cancer", lambda: GradientBoostingClassifier(random_state=0)),
    Example("logistic", "wine", lambda: make_pipeline(StandardScaler(), LogisticRegression())),
    Example("calibrated", "wine", lambda: make_pipeline(StandardScaler(), CalibratedClassifierCV(LinearSVC(), cv=3))),
    Example(
        "stacking",
        "wine",
        lambda: StackingClassifier(
            [
                ("svc", make_pipeline(StandardScaler(), SVC(C=2.0))),
                ("tree", DecisionTreeClassifier(max_depth=4, random_state=0)),
            ],
            final_estimator=LogisticRegression(),
            cv=3,
        ),
    ),
    Example(
        "mlp",
        "digits",
        lambda: make_pipeline(MinMaxScaler(), MLPClassifier((64, 32), max_iter=60, random_state=0)),
    ),
    Example("pca", "digits", lambda: make_pipeline(StandardScaler(), PCA(20, random_state=0))),
)

N_STAGES = len(EXAMPLES) + 2
"""Stages that :func:`run_demo` reports."""


@dataclass(frozen=True)
class Result:
    """What came of one example.

    Attributes
    ----------
    example : Example
    methods : tuple of str
    score : float or None
        scikit-learn's accuracy on the rows held out; None for a transformer.
    report : Report
        The artifact in its folder against scikit-learn, on the rows held out.
    seconds : float
        To convert, export and measure.
    speed : float
        How many times faster TorchScript is than scikit-learn at one row.
    """

    example: Example
    methods: tuple[str, ...]
    score: float | None
    report: Report
    seconds: float
    speed: float


def run_demo(
    folder: Path, step: Callable[[str], None], examples: tuple[Example, ...] = EXAMPLES, pictures: bool = True
) -> list[Result]:
    """Train, convert, export and check every example, write the page and draw the pictures.

    Parameters
    ----------
    folder : Path
        Made if it is missing; gets a folder per example, ``parity.html`` and two PNG files.
    step : callable
        Called with a word for every stage that begins.
    examples : tuple of Example
    pictures : bool
        Draw the pictures, which needs matplotlib.

    Raises
    ------
    MissingPackageError
        matplotlib is not installed; before anything is done.
    DataError
        ``folder`` is a file.
    """
    if pictures:
        need("matplotlib", "to draw the pictures of the demo")
    if folder.exists() and not folder.is_dir():
        raise DataError(f"{folder} is a file: pass a folder for the demo")
    folder.mkdir(parents=True, exist_ok=True)
    results = []
    with _one_thread():
        for example in examples:
            step(f"{example.name} on {example.data}")
            results.append(run_example(example, folder / example.name))
        title = "bridge: every method in every runtime against scikit-learn"
        (folder / PAGE).write_text(page([result.report for result in results], title), encoding="utf-8")
        if pictures:
            step("picture of a gradient field")
            draw_field(probability_field(), folder / FIELD_PICTURE)
            step("picture of a model tuned by gradient")
            draw_improvement(tuned_pipeline(), folder / IMPROVED_PICTURE)
    return results


@contextmanager
def _one_thread() -> Iterator[None]:
    """One thread for torch and for scikit-learn: the work is small, and a busy machine makes more of them wait."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1):
            yield
    finally:
        torch.set_num_threads(before)


def run_example(example: Example, folder: Path) -> Result:
    """Train one model, write its artifact to a folder, and judge that on the rows held out."""
    X, y = _load(example.data)
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=0, stratify=y)
    model = fit_quietly(example.make(), X_train, y_train)
    begun = time.perf_counter()
    manifest = export(model, folder, X_test)
    seconds = time.perf_counter() - begun
    report = check_parity(model, X_test, artifact=folder)
    report = replace(report, estimator=f"{example.name}, {example.data}: {_described(model)}")
    score = float(model.score(X_test, y_test)) if hasattr(model, "predict") else None
    return Result(example, manifest.signature.methods, score, report, seconds, _speed(model, load(folder), X_test[:1]))


def _load(data: str) -> tuple[np.ndarray, np.ndarray]:
    """Rows and labels: words for breast cancer and wine, numbers for digits."""
    if data == "digits":
        X, y = load_digits(return_X_y=True)
        return X, y
    found = load_wine() if data == "wine" else load_breast_cancer()
    return found.data, found.target_names[found.target]


def _described(model: Any) -> str:
    """The classes of a model's steps."""
    return ", ".join(type(step).__name__ for _, step in getattr(model, "steps", [("", model)]))


def _speed(model: Any, served: Artifact, row: np.ndarray, rounds: int = 40) -> float:
    """Median time of scikit-learn by that of TorchScript, in turns, on one row."""
    method = next(name for name in ("predict_proba", "predict", "transform") if name in served.methods)
    theirs, ours = getattr(model, method), getattr(served, method)
    x = torch.as_tensor(row)
    ratios = []
    for _ in range(rounds):
        start = time.perf_counter()
        theirs(row)
        middle = time.perf_counter()
        ours(x)
        ratios.append((middle - start) / (time.perf_counter() - middle))
    return statistics.median(ratios)


def results_table(results: list[Result], folder: Path) -> Table:
    """Rich table of the results, and where the rest lies; fits into 80 columns."""
    table = Table(
        title="Largest error of every runtime against scikit-learn, on rows held out",
        caption=f"artifacts, {PAGE}, {FIELD_PICTURE} and {IMPROVED_PICTURE} are in {folder}",
        box=box.SIMPLE_HEAD,
        collapse_padding=True,
        pad_edge=False,
        title_justify="left",
        caption_justify="left",
    )
    table.add_column("model, data, methods", min_width=18)
    headings = ("eager", "torch-\nscript", "torch.\nexport", "onnx-\nruntime", "score", "export", "one\nrow")
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    for result in results:
        title = Text(f"{result.example.name}, {result.example.data}", style="bold")
        table.add_row(
            title.append("\n" + _compact(result.methods), style="not bold dim"),
            *(_largest(result.report, runtime) for runtime in RUNTIMES),
            "" if result.score is None else f"{result.score:.3f}",
            f"{result.seconds:.1f} s",
            f"{result.speed:.1f}x",
        )
    return table


def _compact(methods: tuple[str, ...]) -> str:
    """Methods with what is said of the prediction in brackets."""
    also = [name.removeprefix("predict_") for name in methods if name.startswith("predict_")]
    predict = [f"predict ({', '.join(also)})"] if also else ["predict"] * ("predict" in methods)
    return ", ".join([*predict, *(name for name in methods if not name.startswith("predict"))])


def _largest(report: Report, runtime: str) -> str:
    """Largest error of a runtime, or what failed."""
    found = [item for item in report.comparisons if item.runtime == runtime]
    if not all(item.ok for item in found):
        return "[bold red]differs[/bold red]"
    return f"{max((item.max_error or 0.0 for item in found), default=0.0):.0e}"
