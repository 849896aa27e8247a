"""Data to fit cases on, by name, with rows that no fit has seen and the hard ones among them."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.datasets import make_classification, make_multilabel_classification, make_regression
from sklearn.metrics.pairwise import euclidean_distances, polynomial_kernel, rbf_kernel

N_FIT = 120
N_UNSEEN = 40


@dataclass(frozen=True)
class Data:
    """What to fit on, and what to judge on."""

    X: Any
    y: Any
    unseen: Any


def _hard_rows(X: np.ndarray) -> np.ndarray:
    """Rows at the edge: zeros, a training row and one ulp around it, far away, tiny numbers."""
    width = X.shape[1]
    row = X[0]
    return np.vstack(
        [
            np.zeros(width),
            row,
            np.nextafter(row, np.inf),
            np.nextafter(row, -np.inf),
            row * 1e3,
            -row * 1e3,
            np.full(width, 1e-300),
            np.where(np.arange(width) % 2 == 0, row, 0.0),
        ]
    )


def _split(X: np.ndarray, y: Any) -> Data:
    return Data(X[:N_FIT], y[:N_FIT], np.vstack([X[N_FIT:], _hard_rows(X)]))


def _classes(n_classes: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    X, y = make_classification(
        N_FIT + N_UNSEEN, 6, n_informative=4, n_redundant=1, n_classes=n_classes, class_sep=0.8, random_state=seed
    )
    return X, y


@functools.cache
def two_classes() -> Data:
    """Two classes, 0 and 1, six features."""
    return _split(*_classes(2, 1))


@functools.cache
def three_classes() -> Data:
    """Three classes, 0 to 2, six features."""
    return _split(*_classes(3, 2))


@functools.cache
def five_classes() -> Data:
    """Five classes, six features."""
    return _split(*_classes(5, 3))


@functools.cache
def negative_classes() -> Data:
    """Three classes, -5, 0 and 7."""
    X, y = _classes(3, 4)
    return _split(X, np.array([-5, 0, 7])[y])


@functools.cache
def two_words() -> Data:
    """Two classes, "no" and "yes"."""
    X, y = _classes(2, 5)
    return _split(X, np.array(["no", "yes"])[y])


@functools.cache
def three_words() -> Data:
    """Three classes, words, one of them not ASCII."""
    X, y = _classes(3, 6)
    return _split(X, np.array(["ant", "bee", "čmelák"])[y])


@functools.cache
def multilabel() -> Data:
    """Four labels, any number of them on."""
    X, y = make_multilabel_classification(N_FIT + N_UNSEEN, 6, n_classes=4, random_state=7)
    return _split(X / 5 - 1, y)


@functools.cache
def regression() -> Data:
    """One target, six features, one of them on another scale."""
    X, y = make_regression(N_FIT + N_UNSEEN, 6, n_informative=4, noise=3.0, random_state=8)
    X[:, 2] = X[:, 2] * 50 + 1000
    return _split(X, y / 50)


@functools.cache
def positive_regression() -> Data:
    """One target above zero, features around zero."""
    X, y = make_regression(N_FIT + N_UNSEEN, 6, n_informative=4, noise=3.0, random_state=9)
    rows = X / 3
    data = _split(rows, np.exp(y / 200))
    return Data(data.X, data.y, np.vstack([rows[N_FIT:], _hard_rows(rows) / 1e3]))


@functools.cache
def two_targets() -> Data:
    """Two targets, six features."""
    X, y = make_regression(N_FIT + N_UNSEEN, 6, n_informative=4, n_targets=2, noise=3.0, random_state=10)
    return _split(X, y / 50)


@functools.cache
def one_column() -> Data:
    """One target as a column, shape (n_samples, 1)."""
    data = regression()
    return Data(data.X, data.y.reshape(-1, 1), data.unseen)


@functools.cache
def positive() -> Data:
    """Features at or above zero, as chi-squared kernels want them; zeros among them."""
    X, y = _classes(3, 11)
    rows = np.abs(X)
    rows[::7, 1] = 0.0
    return Data(rows[:N_FIT], y[:N_FIT], np.vstack([rows[N_FIT:], np.abs(_hard_rows(rows))]))


@functools.cache
def one_feature() -> Data:
    """One target that rises with the one feature, noisily; feature values that repeat."""
    random = np.random.default_rng(12)
    X = np.round(random.normal(size=(N_FIT + N_UNSEEN, 1)), 2)
    return _split(X, np.tanh(X[:, 0]) + 0.3 * random.normal(size=len(X)))


@functools.cache
def grid() -> Data:
    """Three classes, three features of few whole numbers: rows that repeat, and distances that are equal."""
    random = np.random.default_rng(13)
    rows = random.integers(0, 4, size=(N_FIT + N_UNSEEN, 3)).astype(np.float64)
    return Data(rows[:N_FIT], random.integers(0, 3, N_FIT), rows[N_FIT:])


@functools.cache
def sets() -> Data:
    """Two classes, five features of 0 and 1, rows of only 0 among them."""
    random = np.random.default_rng(14)
    rows = (random.random((N_FIT + N_UNSEEN, 5)) < 0.5).astype(np.float64)
    return Data(rows[:N_FIT], random.integers(0, 2, N_FIT), rows[N_FIT:])


@functools.cache
def places() -> Data:
    """One target, two features: latitude and longitude in radians."""
    random = np.random.default_rng(15)
    rows = random.uniform([-1.5, -3.1], [1.5, 3.1], size=(N_FIT + N_UNSEEN, 2))
    return Data(rows[:N_FIT], np.sin(rows[:N_FIT, 0]) + rows[:N_FIT, 1], rows[N_FIT:])


@functools.cache
def mixed_targets() -> Data:
    """Two outputs of words, of two and of three classes."""
    X, y = _classes(3, 16)
    words = np.column_stack([np.array(["no", "yes"])[(X[:, 0] > 0).astype(int)], np.array(["a", "b", "cc"])[y]])
    return _split(X, words)


def _compared(data: Data, compare: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Data:
    """Rows and unseen rows compared with the rows: matrices that an estimator takes as precomputed."""
    return Data(compare(data.X, data.X), data.y, compare(data.unseen, data.X))


@functools.cache
def kernel_of_words() -> Data:
    """Three classes, words; RBF kernels with the rows of the fit."""
    return _compared(three_words(), lambda x, y: rbf_kernel(x, y, gamma=0.2))


@functools.cache
def kernel_of_targets() -> Data:
    """Two targets; kernels of the second degree with the rows of the fit."""
    return _compared(two_targets(), lambda x, y: polynomial_kernel(x / 10, y / 10, degree=2))


@functools.cache
def distances_of_words() -> Data:
    """Three classes, words; distances from the rows of the fit, 0 for one of them."""
    return _compared(three_words(), euclidean_distances)


@functools.cache
def distances_of_targets() -> Data:
    """One target; whole distances from the rows of the fit, no two of a row the same."""
    data = positive_regression()
    random = np.random.default_rng(17)
    fitted = random.permuted(np.tile(np.arange(1.0, N_FIT + 1), (N_FIT, 1)), axis=1)
    fitted = np.triu(fitted, 1) + np.triu(fitted, 1).T
    unseen = random.permuted(np.tile(np.arange(float(N_FIT)), (N_UNSEEN, 1)), axis=1)
    return Data(fitted, data.y, unseen)


DATA: dict[str, Callable[[], Data]] = {
    recipe.__name__: recipe
    for recipe in (
        two_classes,
        three_classes,
        five_classes,
        negative_classes,
        two_words,
        three_words,
        multilabel,
        regression,
        positive_regression,
        two_targets,
        one_column,
        positive,
        one_feature,
        grid,
        sets,
        places,
        mixed_targets,
        kernel_of_words,
        kernel_of_targets,
        distances_of_words,
        distances_of_targets,
    )
}
