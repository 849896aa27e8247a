"""Decision trees: every way to grow one, missing values, several outputs, words."""

from typing import Any

import numpy as np
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier, ExtraTreeRegressor

from . import Case
from .data import Data


def with_gaps(X: np.ndarray) -> np.ndarray:
    """Rows with NaN here and there, and one column that has it only now and then."""
    random = np.random.default_rng(0)
    gaps = random.random(X.shape) < 0.15
    return np.where(gaps, np.nan, X)


def fit_with_gaps(estimator: Any, data: Data) -> None:
    """Fit on rows with NaN in all columns but the last."""
    X = with_gaps(data.X)
    X[:, -1] = data.X[:, -1]
    estimator.fit(X, data.y)


def rows_with_gaps(estimator: Any, data: Data) -> np.ndarray:
    """Unseen rows with NaN, the last column and whole rows included."""
    rows = with_gaps(data.unseen)
    rows[0] = np.nan
    return rows


def rows_at_thresholds(estimator: Any, data: Data) -> np.ndarray:
    """A row for each threshold, in float64 and float32, and its neighbours in both."""
    tree = estimator.tree_
    inner = np.flatnonzero(tree.children_left != -1)[:40]
    rows = [data.unseen]
    for node in inner:
        limit = tree.threshold[node]
        near = np.float32(limit)
        values = [limit, np.nextafter(limit, np.inf), np.nextafter(limit, -np.inf), near]
        values += [np.nextafter(near, np.float32(np.inf)), np.nextafter(near, np.float32(-np.inf))]
        block = np.repeat(data.X[:1], len(values), axis=0)
        block[:, tree.feature[node]] = values
        rows.append(block)
    return np.vstack(rows)


def fit_two_labels_of_words(estimator: Any, data: Data) -> None:
    """Fit on two outputs of words, with two and three classes."""
    second = np.where(data.X[:, 0] > 0, "up", "down")
    estimator.fit(data.X, np.stack([data.y, second], axis=1))


def fit_two_labels(estimator: Any, data: Data) -> None:
    """Fit on two outputs of numbers, with two and three classes."""
    estimator.fit(data.X, np.stack([data.y, np.where(data.X[:, 0] > 0, 5, -5)], axis=1))


def fit_chain(estimator: Any, data: Data) -> None:
    """Fit on targets that make every split cut off one row: as deep a tree as there are rows."""
    X = np.zeros_like(data.X)
    X[:, 0] = np.arange(len(X))
    estimator.fit(X, 3.0 ** np.arange(len(X)))


def rows_of_chain(estimator: Any, data: Data) -> np.ndarray:
    """Rows between the cuts."""
    rows = np.zeros((60, data.X.shape[1]))
    rows[:, 0] = np.linspace(-3.0, len(data.X) + 3.0, 60)
    return rows


CASES = (
    Case(id="DecisionTreeClassifier", make=lambda: DecisionTreeClassifier(random_state=0), rows=rows_at_thresholds),
    Case(
        id="DecisionTreeClassifier-balanced-words",
        make=lambda: DecisionTreeClassifier(max_depth=4, class_weight="balanced", criterion="entropy", random_state=0),
        data="three_words",
    ),
    Case(
        id="DecisionTreeClassifier-one-node",
        make=lambda: DecisionTreeClassifier(min_samples_leaf=1000, random_state=0),
        data="negative_classes",
    ),
    Case(
        id="DecisionTreeClassifier-best-first-pruned",
        make=lambda: DecisionTreeClassifier(max_leaf_nodes=20, ccp_alpha=0.01, random_state=0),
        data="five_classes",
    ),
    Case(
        id="DecisionTreeClassifier-monotonic",
        make=lambda: DecisionTreeClassifier(monotonic_cst=[1, 0, -1, 0, 0, 0], max_depth=6, random_state=0),
        data="two_words",
    ),
    Case(
        id="DecisionTreeClassifier-missing",
        make=lambda: DecisionTreeClassifier(max_depth=6, random_state=0),
        fit=fit_with_gaps,
        rows=rows_with_gaps,
    ),
    Case(id="DecisionTreeClassifier-multilabel", make=lambda: DecisionTreeClassifier(max_depth=5), data="multilabel"),
    Case(
        id="DecisionTreeClassifier-two-outputs",
        make=lambda: DecisionTreeClassifier(max_depth=4, random_state=0),
        fit=fit_two_labels,
    ),
    Case(
        id="DecisionTreeClassifier-two-outputs-words",
        make=lambda: DecisionTreeClassifier(max_depth=4, random_state=0),
        data="three_words",
        fit=fit_two_labels_of_words,
    ),
    Case(
        id="DecisionTreeRegressor",
        make=lambda: DecisionTreeRegressor(random_state=0),
        data="regression",
        rows=rows_at_thresholds,
    ),
    Case(
        id="DecisionTreeRegressor-deep",
        make=lambda: DecisionTreeRegressor(random_state=0),
        data="regression",
        fit=fit_chain,
        rows=rows_of_chain,
    ),
    Case(
        id="DecisionTreeRegressor-two-targets",
        make=lambda: DecisionTreeRegressor(max_depth=5, random_state=0),
        data="two_targets",
    ),
    Case(
        id="DecisionTreeRegressor-poisson",
        make=lambda: DecisionTreeRegressor(criterion="poisson", max_depth=4, random_state=0),
        data="positive_regression",
    ),
    Case(
        id="ExtraTreeClassifier-missing",
        make=lambda: ExtraTreeClassifier(random_state=0),
        data="two_classes",
        fit=fit_with_gaps,
        rows=rows_with_gaps,
    ),
    Case(
        id="ExtraTreeRegressor",
        make=lambda: ExtraTreeRegressor(max_depth=6, random_state=0),
        data="regression",
        rows=rows_at_thresholds,
    ),
)
