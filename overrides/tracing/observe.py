"""What the functions inside a model are given, found by running the model on a few rows."""

import copy
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import numpy as np

N_ROWS = 16
"""Rows that are run."""


@dataclass(frozen=True)
class Observed:
    """What a function is given.

    Attributes
    ----------
    types : tuple of str
        Of the columns, as numpy calls them; "object" of what is no number, truth value or moment.
    library : str
        "numpy", "pandas", "scipy", "polars": whose object it is.
    is_flat : bool
        Whether it is a series, or an array of one dimension.
    """

    types: tuple[str, ...]
    library: str
    is_flat: bool = False


_SEEN: ContextVar[dict[int, Observed]] = ContextVar("what functions are given")


def observed(estimator: Any) -> Observed | None:
    """What the function of a FunctionTransformer is given; None where no rows are known."""
    return _SEEN.get({}).get(id(estimator))


@contextmanager
def observing(model: Any, transformers: Iterable[Any], others: Iterable[Any], sample: Any) -> Iterator[None]:
    """Within it, :func:`observed` answers for FunctionTransformers that a model has inside.

    Parameters
    ----------
    model : object
        A fitted estimator.
    transformers : iterable of FunctionTransformer
        Those inside it.
    others : iterable
        Estimators inside it that have none of those inside: they are run as they are, the others are copied.
    sample : object
        Rows; None for none.
    """
    seen: dict[int, Observed] = {}
    found = [transformer for transformer in transformers if transformer.func is not None]
    if sample is not None and found:
        memo = {id(part): part for part in others}
        memo.update({id(transformer): _spy(transformer, seen) for transformer in found})
        _run(copy.deepcopy(model, memo) if id(model) not in memo else memo[id(model)], _few(sample))
    token = _SEEN.set(seen)
    try:
        yield
    finally:
        _SEEN.reset(token)


def _spy(transformer: Any, seen: dict[int, Observed]) -> Any:
    spy, function, key = copy.copy(transformer), transformer.func, id(transformer)

    def watched(X: Any, **keywords: Any) -> Any:
        seen.setdefault(key, _of(X))
        return function(X, **keywords)

    spy.func = watched
    return spy


def _run(model: Any, rows: Any) -> None:
    method = next((name for name in ("transform", "predict", "decision_function") if hasattr(model, name)), None)
    if method is None:
        return
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            getattr(model, method)(rows)
        except Exception:  # whoever compares says that it refuses the rows
            return


def _few(sample: Any) -> Any:
    if hasattr(sample, "iloc"):
        return sample.iloc[:N_ROWS]
    return sample[:N_ROWS] if hasattr(sample, "__getitem__") and not isinstance(sample, dict) else sample


def _of(X: Any) -> Observed:
    library = type(X).__module__.split(".")[0]
    if hasattr(X, "iloc") and hasattr(X, "columns"):
        return Observed(tuple(_name(dtype) for dtype in X.dtypes), library)
    if hasattr(X, "iloc"):
        return Observed((_name(X.dtype),), library, True)
    if hasattr(X, "dtype") and hasattr(X, "shape"):
        width = X.shape[1] if len(X.shape) > 1 else 1
        return Observed((_name(X.dtype),) * width, library, len(X.shape) == 1)
    return Observed((), library)


def _name(dtype: Any) -> str:
    name = str(dtype).lower()
    name = {"boolean": "bool"}.get(name, name)
    if name.startswith("datetime64["):
        return "datetime64[ns]" if "," not in name else "datetime64 of a time zone"
    try:
        return name if np.dtype(name).kind in "biuf" else "object"
    except TypeError:
        return "object"
