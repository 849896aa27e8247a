"""Which way a function goes: registered, traced from numpy, or written in torch as it is."""

import functools
import importlib.util
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import nn

from . import handlers as handlers
from .bounds import bounds_of
from .dispatch import NotTraceable
from .dtypes import DATE, FLOAT64
from .inputs import rows_of
from .moments import NeedsDates
from .observe import Observed
from .patching import patched
from .registered import name_of, registered
from .rows import Types, columns_of, drawn_rows
from .tracer import ROWS, Constant, TracedArray, Tracer, Turned
from .verify import NeverReturns, as_array, objection_to
from .written import NotScriptable, check_rowwise, uses_torch, written

ANY_WIDTH = 13
"""Stands for the number of columns where it is not known."""

HINT = "name a torch function for it with bridge.register_function"


class FunctionError(Exception):
    """A function that no graph can hold; says why, and what to do."""


@dataclass(frozen=True)
class ConvertedFunction:
    """A function as a module.

    Attributes
    ----------
    module : nn.Module
        Takes and returns rows.
    way : str
        "traced", "written" or "registered".
    width : int
        Columns of its result; -1 where that is not known, or where there are none.
    is_flat : bool
        Whether its result is a number per row, and has no columns.
    sources : tuple of int or None
        Input columns that its result is, where it only picks some; of a flat one, that one.
    takes_tensors : bool
        Whether the function itself takes tensors only.
    types : tuple of numpy.dtype
        Of the columns, in which a traced function computes: integers, truth values, moments, or float64.
    numbers : tuple of float
        Single numbers that the function names.
    """

    module: nn.Module
    way: str
    width: int
    is_flat: bool
    sources: tuple[int, ...] | None = None
    takes_tensors: bool = False
    types: Types = ()
    numbers: tuple[float, ...] = ()


def convert_function(
    function: Callable[..., Any],
    keywords: dict[str, Any] | None,
    width: int,
    names: tuple[str, ...] | None = None,
    given: Observed | None = None,
) -> ConvertedFunction:
    """A function of rows as a module.

    Parameters
    ----------
    function : callable
        Of numpy, of the user's, made of numpy calls or of torch's.
    keywords : dict or None
        What it is called with besides the rows.
    width : int
        Number of columns of the rows; -1 where it is not known.
    names : tuple of str or None
        Names of the columns, where the function takes data frames.
    given : Observed or None
        What the function is given, where rows are known; else it is traced for float64.

    Raises
    ------
    FunctionError
        It cannot be traced, nor scripted; or the trace of it gives other results.
    """
    keywords = dict(keywords or {})
    torch_function = registered(function)
    if torch_function is not None:
        try:
            return _of_torch(torch_function, keywords, width, "registered")
        except NotScriptable as error:
            raise FunctionError(f"the torch function that is registered for it, {error}") from error
    try:
        return _traced(function, keywords, width, names, given)
    except NotTraceable as error:
        reason = str(error)
    takes_tensors = _takes_tensors_only(function, keywords, max(width, 1))
    if not takes_tensors and not uses_torch(function):
        raise FunctionError(f"{reason}; {HINT}")
    try:
        converted = _of_torch(function, keywords, width, "written")
    except NotScriptable as error:
        raise FunctionError(f"{error}; {HINT}") from error
    return replace(converted, takes_tensors=takes_tensors)


def function_bounds(
    function: Callable[..., Any],
    keywords: dict[str, Any] | None,
    converted: ConvertedFunction,
    names: tuple[str, ...] | None,
) -> tuple[tuple[tuple[str, float], ...], ...]:
    """For each column, types in which a function that was traced for float64 gives something else: :mod:`.bounds`."""
    if converted.way != "traced" or converted.sources is not None or FLOAT64 not in converted.types:
        return ((),) * len(converted.types)
    call = functools.partial(function, **(keywords or {}))
    form = next(_forms(names, None))
    return bounds_of(call, converted.module, converted.types, list(converted.numbers), form)


def _traced(
    function: Callable[..., Any],
    keywords: dict[str, Any],
    width: int,
    names: tuple[str, ...] | None,
    given: Observed | None,
) -> ConvertedFunction:
    known = width if width >= 0 else ANY_WIDTH
    types = _types(known, names, given)
    while True:
        tracer = Tracer()
        raw = TracedArray(tracer, tracer.rows, (ROWS, known), sources=tuple(range(known)))
        rows = rows_of(raw, types, names)
        try:
            result = _result(rows, patched(function)(rows, **keywords))
            break
        except NotTraceable:
            raise
        except NeedsDates as error:
            types = tuple(DATE if i in error.positions else dtype for i, dtype in enumerate(types))
        except Exception as error:  # a function that meets no array finds many ways to fail
            raise NotTraceable(f"it cannot be followed: {type(error).__name__}: {error}") from error
    if result.sources is not None:
        sources = list(result.sources)
        result = raw[:, sources] if result.ndim == 2 else raw[:, sources[0]]
        types = (FLOAT64,) * known
    module = tracer.module(result)
    call = functools.partial(function, **keywords)
    for size in (known,) if width >= 0 else (known, 1, 2):
        _compare(call, module, types if size == known else types[:1] * size, tracer.numbers, names, given)
    columns = result.shape[1] if result.ndim == 2 and width >= 0 else -1
    is_flat = result.ndim == 1
    sources_of = result.sources if width >= 0 else None
    return ConvertedFunction(module, "traced", columns, is_flat, sources_of, types=types, numbers=tuple(tracer.numbers))


def _types(width: int, names: tuple[str, ...] | None, given: Observed | None) -> Types:
    """In what each column is traced: as it is given, floats as float64, which holds them all."""
    if given is None or len(given.types) != width:
        return (FLOAT64,) * width
    types = tuple(np.dtype(name) if name[:3] in ("int", "uin", "boo", "dat") else FLOAT64 for name in given.types)
    return types if names is not None or len(set(types)) == 1 else (FLOAT64,) * width


def _compare(
    function: Callable[[Any], Any],
    module: nn.Module,
    types: Types,
    numbers: list[float],
    names: tuple[str, ...] | None,
    given: Observed | None,
) -> None:
    """Raise NotTraceable where the module gives something else than the function."""
    refusal: NeverReturns | None = None
    for form in _forms(names, given):
        try:
            objection = objection_to(function, module, drawn_rows(types, numbers), functools.partial(form, types=types))
        except NeverReturns as error:
            refusal = refusal or error
            continue
        if objection is not None:
            raise NotTraceable(objection)
        return
    raise NotTraceable(str(refusal))


def _forms(names: tuple[str, ...] | None, given: Observed | None) -> Iterator[Callable[..., Any]]:
    """What a function may take: frames where it was fitted on them, else arrays, or sparse ones."""
    if names is None:
        yield lambda rows, types: np.stack(columns_of(rows, types), axis=1) if types else rows
        yield lambda rows, types: csr_array(np.stack(columns_of(rows, types), axis=1))
        return
    is_polars = given is not None and given.library == "polars"
    if importlib.util.find_spec("pandas") is not None and not is_polars:
        import pandas

        yield lambda rows, types: pandas.DataFrame(dict(zip(names, columns_of(rows, types), strict=True)))
    else:
        import polars

        yield lambda rows, types: polars.DataFrame(dict(zip(names, columns_of(rows, types), strict=True)))


def _result(rows: TracedArray, result: Any) -> TracedArray:
    if isinstance(result, Turned):
        raise NotTraceable("it returns rows as columns")
    try:
        lifted = rows.lift(result)
    except (TypeError, ValueError) as error:
        raise NotTraceable(f"it returns a {type(result).__name__}, and not an array") from error
    if isinstance(lifted, Constant) or lifted.ndim > 2:
        raise NotTraceable(f"it returns an array of shape {np.shape(result)}, and not a row for every row")
    converted: TracedArray = lifted
    return converted


def _of_torch(function: Callable[..., Any], keywords: dict[str, Any], width: int, way: str) -> ConvertedFunction:
    module = written(function, keywords)
    rows = next(drawn_rows((FLOAT64,) * max(width, 1), []))[:5]
    result = check_rowwise(module, torch.tensor(rows), name_of(function))
    columns = int(result.shape[1]) if result.dim() == 2 and width >= 0 else -1
    return ConvertedFunction(module, way, columns, result.dim() == 1)


def _takes_tensors_only(function: Callable[..., Any], keywords: dict[str, Any], width: int) -> bool:
    """Whether it raises on an array, and not on a tensor."""
    rows = next(drawn_rows((FLOAT64,) * width, []))[:3]
    try:
        as_array(function(rows, **keywords))
    except Exception:  # whatever it raises on what it does not take
        try:
            return isinstance(function(torch.tensor(rows), **keywords), torch.Tensor)
        except Exception:
            return False
    return False
