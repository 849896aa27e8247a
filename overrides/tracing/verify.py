"""The trace of a function compared with the function itself."""

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch import nn

from ..tolerances import TRACED


class NeverReturns(Exception):
    """A function that raises on all rows."""


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
                reference = as_array(function(form(part.copy())))
        except Exception as error:  # what a function raises is its own affair
            refusal = error
            continue
        if any("in cast" in str(warning.message) for warning in said):
            continue  # NaN as a whole number is what the processor makes of it
        given = result_of(module, part)
        if len(part) == 1 and given.size == reference.size:
            reference = reference.reshape(given.shape)  # np.squeeze takes a single row for its columns
        if given.shape != reference.shape:
            return f"the trace of it gives {given.shape[1:]} numbers a row, it itself {reference.shape[1:]}"
        wrong = np.argwhere(error_of(given, reference) > TRACED)
        if len(wrong):
            place = tuple(wrong[0])
            row = part[place[0]]
            return f"the trace of it gives {given[place]} for the row {row}, it itself {reference[place]}"
        compared += 1
    if not compared:
        raise NeverReturns(f"it raises on every row that was tried: {type(refusal).__name__}: {refusal}")
    return None


def result_of(module: nn.Module, rows: np.ndarray) -> np.ndarray:
    """What a module makes of rows."""
    with torch.no_grad():
        result: np.ndarray = module(torch.tensor(rows)).numpy()
    return result


def as_array(result: Any) -> np.ndarray:
    """A result of any kind as float64 array."""
    if isinstance(result, torch.Tensor):
        result = result.detach().cpu().numpy()
    if hasattr(result, "toarray"):
        result = result.toarray()
    array: np.ndarray = np.asarray(result, dtype=np.float64)
    return array


def error_of(given: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Error of each number as a part of ``max(1, |reference|)``."""
    same = (given == reference) | (np.isnan(given) & np.isnan(reference))
    with np.errstate(all="ignore"):
        error = np.abs(given - reference) / np.maximum(1.0, np.abs(reference))
    return np.where(same, 0.0, np.where(np.isfinite(error), error, np.inf))
