"""Rows on which what was traced of a function is compared with the function itself."""

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch import nn

from ..tolerances import TRACED

HARD = (0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, 2.5, -2.5, 10.0, -37.0, 1e-9, -1e-9, 1e-300, 99.5, 1e3, -1e6)
"""Numbers at which functions change, or lose digits."""


class NeverReturns(Exception):
    """A function that raises on all rows."""


def drawn_rows(width: int, numbers: list[float]) -> Iterator[np.ndarray]:
    """Arrays of shape (n_samples, width): usual ones, positive ones, parts of 1, hard ones, and with gaps.

    Parameters
    ----------
    width : int
    numbers : list of float
        Numbers that the function names: rows are drawn at these, an ulp beside them, and around.
    """
    random = np.random.default_rng(0)
    yield random.normal(size=(24, width)) * 3
    yield random.exponential(size=(24, width)) * 20 + 0.01
    yield random.uniform(0.001, 0.999, size=(24, width))
    named = np.array([number for number in dict.fromkeys(numbers) if abs(number) < 1e300][:200])
    edges = np.concatenate([HARD, named, np.nextafter(named, np.inf), np.nextafter(named, -np.inf)])
    hard = random.permuted(np.tile(edges, (width, 1)), axis=1).T
    yield hard
    yield np.abs(hard)
    gaps = hard.copy()
    gaps[random.random(hard.shape) < 0.2] = np.nan
    yield gaps
    ends = random.normal(size=(12, width))
    ends[random.random(ends.shape) < 0.3] = np.inf
    ends[random.random(ends.shape) < 0.2] = -np.inf
    yield ends
    yield random.normal(size=(1, width))


def objection_to(
    function: Callable[[Any], Any], module: nn.Module, rows: Iterator[np.ndarray], form: Callable[[np.ndarray], Any]
) -> str | None:
    """Where a module gives something else than the function that was traced, or None.

    Parameters
    ----------
    function : callable
    module : nn.Module
    rows : iterator of ndarray
    form : callable
        Makes of an array what the function takes.

    Returns
    -------
    str or None
        A function that raises on some of the rows is compared on the others.

    Raises
    ------
    NeverReturns
        It raises on all of them.
    """
    refusal: Exception | None = None
    compared = 0
    for part in rows:
        try:
            with warnings.catch_warnings(record=True) as said, np.errstate(all="warn"):
                warnings.simplefilter("always")
                truth = as_array(function(form(part.copy())))
        except Exception as error:  # what a function raises is its own affair
            refusal = error
            continue
        if any("in cast" in str(warning.message) for warning in said):
            continue  # NaN as a whole number is what the processor makes of it
        with torch.no_grad():
            given = module(torch.tensor(part)).numpy()
        if given.shape != truth.shape:
            return f"the trace of it gives {given.shape[1:]} numbers a row, it itself {truth.shape[1:]}"
        wrong = np.argwhere(_error(given, truth) > TRACED)
        if len(wrong):
            place = tuple(wrong[0])
            return f"the trace of it gives {given[place]} for the row {part[place[0]]}, it itself {truth[place]}"
        compared += 1
    if not compared:
        raise NeverReturns(f"it raises on every row that was tried: {type(refusal).__name__}: {refusal}")
    return None


def as_array(result: Any) -> np.ndarray:
    """A result of any kind as float64 array."""
    if isinstance(result, torch.Tensor):
        result = result.detach().cpu().numpy()
    if hasattr(result, "toarray"):
        result = result.toarray()
    array: np.ndarray = np.asarray(result, dtype=np.float64)
    return array


def _error(given: np.ndarray, truth: np.ndarray) -> np.ndarray:
    same = (given == truth) | (np.isnan(given) & np.isnan(truth))
    with np.errstate(all="ignore"):
        error = np.abs(given - truth) / np.maximum(1.0, np.abs(truth))
    return np.where(same, 0.0, np.where(np.isfinite(error), error, np.inf))
