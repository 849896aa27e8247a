"""Measure conversion and export: processor and wall seconds, peak memory and size on disk, a process for each model.

Nothing is asserted. Every process converts and exports a small model first: imports and torch's own first compilation
are paid before.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)


def _models() -> dict[str, Callable[[], Any]]:
    """Ordinary models, those with loops, and forests that are large."""
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.decomposition import PCA
    from sklearn.ensemble import (
        GradientBoostingClassifier,
        HistGradientBoostingClassifier,
        IsolationForest,
        RandomForestClassifier,
        StackingClassifier,
    )
    from sklearn.gaussian_process import GaussianProcessClassifier, GaussianProcessRegressor
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier, LocalOutlierFactor, RadiusNeighborsClassifier
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    def logistic() -> Any:
        return make_pipeline(StandardScaler(), LogisticRegression())

    members = [("forest", RandomForestClassifier(20)), ("logistic", logistic()), ("svc", SVC())]
    return {
        "scaler + logistic": logistic,
        "PCA": lambda: PCA(4),
        "SVC": SVC,
        "SVC with probability": lambda: SVC(probability=True),
        "forest": lambda: RandomForestClassifier(100, random_state=0),
        "isolation forest": lambda: IsolationForest(random_state=0),
        "boosting": lambda: GradientBoostingClassifier(random_state=0),
        "hist boosting": lambda: HistGradientBoostingClassifier(random_state=0),
        "stack": lambda: StackingClassifier(members),
        "Gaussian process": GaussianProcessRegressor,
        "Gaussian process, three classes": GaussianProcessClassifier,
        "calibrated, isotonic": lambda: CalibratedClassifierCV(LogisticRegression(), method="isotonic", cv=3),
        "MLP": lambda: MLPClassifier(max_iter=20),
        "RadiusNeighbors": lambda: RadiusNeighborsClassifier(5.0, outlier_label=0),
        "KNeighbors": KNeighborsClassifier,
        "LocalOutlierFactor": lambda: LocalOutlierFactor(novelty=True),
    }


@dataclass(frozen=True)
class Measurement:
    """One model: seconds to convert and to export, MiB of memory beyond what the model's process had, and of files."""

    model: str
    convert_cpu: float
    convert_wall: float
    export_cpu: float
    export_wall: float
    peak: float
    model_size: float
    disk: float


def _fitted(name: str, nodes: int) -> Any:
    import numpy as np
    from sklearn.datasets import make_classification
    from sklearn.ensemble import RandomForestRegressor

    if name == LARGE:
        random = np.random.default_rng(0)
        n_rows = 20_000
        X = random.normal(size=(n_rows, 10))
        n_trees = max(1, round(nodes / (1.26 * n_rows)))
        return RandomForestRegressor(n_trees, random_state=0).fit(X, random.normal(size=n_rows))
    X, y = make_classification(400, 10, n_informative=6, n_classes=3, random_state=0)
    return _models()[name]().fit(X, y)


LARGE = "large forest"


def measure(name: str, nodes: int) -> Measurement:
    """Convert and export one model in this process."""
    import pickle

    from sklearn.datasets import load_iris
    from sklearn.linear_model import LogisticRegression

    import bridge

    warnings.simplefilter("ignore")
    model = _fitted(name, nodes)
    size = len(pickle.dumps(model)) / 2**20
    with tempfile.TemporaryDirectory() as folder:
        bridge.export(LogisticRegression(max_iter=500).fit(*load_iris(return_X_y=True)), Path(folder) / "first")
        before = _peak()
        marks = [(time.process_time(), time.perf_counter())]
        bridge.to_torch(model)
        marks.append((time.process_time(), time.perf_counter()))
        bridge.export(model, Path(folder) / "artifact")
        marks.append((time.process_time(), time.perf_counter()))
        disk = sum(path.stat().st_size for path in (Path(folder) / "artifact").iterdir()) / 2**20
    (c0, w0), (c1, w1), (c2, w2) = marks
    return Measurement(name, c1 - c0, w1 - w0, c2 - c1, w2 - w1, _peak() - before, size, disk)


def _peak() -> float:
    """MiB of memory that this process has had at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def _in_a_process(name: str, nodes: int) -> Measurement | str:
    command = [sys.executable, __file__, "--alone", name, "--nodes", str(nodes)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return f"{name}: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else done.returncode}"
    return Measurement(**json.loads(done.stdout.strip().splitlines()[-1]))


def main() -> None:
    """Print a table, or with ``--alone`` the figures of one model as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*", help="names of models; without them all but the large forest")
    parser.add_argument("--nodes", type=int, default=11_500_000, help=f"nodes of {LARGE!r}")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    parser.add_argument("--alone", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.alone:
        print(json.dumps(asdict(measure(options.alone, options.nodes))))
        return
    found: list[Measurement] = []
    print(f"{'':32} {'convert s':>16} {'export s':>16} {'peak':>9} {'pickle':>9} {'disk':>9}")
    print(f"{'':32} {'cpu':>8}{'wall':>8} {'cpu':>8}{'wall':>8} {'MiB':>9} {'MiB':>9} {'MiB':>9}")
    for name in options.models or _models():
        item = _in_a_process(name, options.nodes)
        if isinstance(item, str):
            print(item)
            continue
        found.append(item)
        print(
            f"{name:32} {item.convert_cpu:8.2f}{item.convert_wall:8.2f} {item.export_cpu:8.2f}{item.export_wall:8.2f} "
            f"{item.peak:9.0f} {item.model_size:9.1f} {item.disk:9.1f}",
            flush=True,
        )
    if found:
        print(f"{'median':32} {'':16} {statistics.median(item.export_cpu for item in found):8.2f}")
    if options.json:
        options.json.write_text(json.dumps([asdict(item) for item in found], indent=2))


if __name__ == "__main__":
    main()
