"""Rows on the edge: scikit-learn's own result moves as far there, when its input moves in the last digits.

The analysis of rounding errors calls an algorithm (mixed forward-backward) stable that gives nearly the right result of
nearly the right input (Higham, "Accuracy and Stability of Numerical Algorithms", 2002, section 1.5). Where the result
jumps, between equal neighbours or at a step of isotonic regression, or where rounding is magnified, no algorithm can be
asked for more, and two runs of scikit-learn on two processors may differ as much.

What moves, by a few units in the last place: floating-point features, fitted arrays, and what the estimators inside a
composite hand on. Trees compare features as they are, in float32 most of them: a row on a threshold does not pass.
"""

import copy
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import sparse

from ..overrides.core.facts import inside

N_MOVES = 32
"""Random moves of a row at most; most rows on the edge show it in one of the first few, a vote among many may not."""

UNITS = 4
"""Units in the last place by which a number moves at most."""

HANDED_ON = ("transform", "predict_proba", "decision_function")
"""Methods of inner estimators whose results are the input of others."""

_LABELS = ("classes_", "statistics_")
"""Fitted arrays of labels, or of values that are looked up again: one that moves is another."""


def moved_estimator(estimator: Any, seed: int) -> Any:
    """A copy of an estimator with fitted arrays, and what inner estimators hand on, moved by a few units.

    Parameters
    ----------
    estimator : object
        A fitted estimator; it stays as it is, and shares its trees with the copy.
    seed : int
    """
    random, seen = np.random.default_rng(seed), set[int]()
    moved = copy.deepcopy(estimator, {id(value): value for part in inside(estimator) for value in _trees(part)})
    for part in inside(moved):
        _move_arrays(part, random, seen)
        if part is not moved:
            for name in HANDED_ON:
                if hasattr(part, name):
                    setattr(part, name, _handing_on(getattr(part, name), random))
    return moved


def _trees(estimator: Any) -> list[Any]:
    """What an estimator owns that does not move and may be large: grown trees."""
    return [value for name, value in vars(estimator).items() if name in ("tree_", "_predictors")]


def moved_rows(rows: Any, seed: int) -> Any:
    """Rows with their floating-point numbers moved by a few units; others as they are.

    Parameters
    ----------
    rows : ndarray, sparse matrix, data frame of pandas, or anything else
    seed : int
    """
    random = np.random.default_rng(seed)
    if hasattr(rows, "select_dtypes"):
        columns = {name: _jiggled(column.to_numpy(), random) for name, column in rows.select_dtypes("floating").items()}
        return rows.assign(**columns) if all(isinstance(name, str) for name in columns) else rows
    return _jiggled(rows, random)


def _move_arrays(owner: Any, random: np.random.Generator, seen: set[int]) -> None:
    """Move the fitted arrays of an object, and of scikit-learn's objects that it owns."""
    if id(owner) in seen:
        return
    seen.add(id(owner))
    for name, value in list(vars(owner).items()):
        if isinstance(value, (np.ndarray, np.floating)) or sparse.issparse(value):
            if (name not in _LABELS and name.endswith("_")) or name.startswith("_"):
                setattr(owner, name, _jiggled(value, random))
        elif type(value).__module__.startswith("sklearn.") and hasattr(value, "__dict__"):
            _move_arrays(value, random, seen)
    if hasattr(owner, "_fit_X") and getattr(owner, "_tree", None) is not None:
        # A search tree keeps points of its own.
        owner._tree = type(owner._tree)(
            owner._fit_X, owner.leaf_size, metric=owner.effective_metric_, **owner.effective_metric_params_
        )


def _handing_on(method: Callable[..., Any], random: np.random.Generator) -> Callable[..., Any]:
    def moved(*arguments: Any, **options: Any) -> Any:
        return _jiggled(method(*arguments, **options), random)

    return moved


def _jiggled(values: Any, random: np.random.Generator) -> Any:
    """Numbers of float64, each moved by up to :data:`UNITS`; anything else as it is.

    What scikit-learn computes in float32 has its limit (``float64_parts``), which is no more than that rounding.
    """
    if sparse.issparse(values):
        return values._with_data(_jiggled(values.data, random), copy=True)
    if not isinstance(values, (np.ndarray, np.floating)) or values.dtype != np.float64:
        return values
    steps = random.integers(-UNITS, UNITS, size=np.shape(values), endpoint=True).astype(values.dtype)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        moved = values + steps * np.spacing(np.abs(values))
    return np.where(np.isfinite(values), moved, values).astype(values.dtype) if np.ndim(values) else moved
