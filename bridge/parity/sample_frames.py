"""Frames drawn from what a model knows of its columns, to verify it on where no data are given."""

import importlib.util
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..overrides.encoding.columns import DATE, HASH, UNUSED, WORD, Column, Columns
from ..overrides.encoding.documents import DENSE_WIDTH
from ..overrides.encoding.rules import APART, CAST, KNOWS_NONE
from ..overrides.encoding.tables import INFREQUENT

MOST_WORDS = 1000
"""Words of a vocabulary that examples are drawn from."""

FEW_ROWS = 8
"""Rows of examples where each is wide, and made dense to be compared."""


def drawn_frames(columns: Columns, center: np.ndarray, spread: np.ndarray, n_rows: int) -> Iterator[Any]:
    """Frames, or arrays where the fit knew no names: first with gaps, None and unknown values, then without some.

    Parameters
    ----------
    columns : Columns
    center, spread : ndarray of shape (n_features,)
        Of the numbers of each column.
    n_rows : int
        Of documents that stand for many columns, :data:`FEW_ROWS` at most.
    """
    if columns.has_documents and columns.starts[-1] > 16 * DENSE_WIDTH:
        n_rows = min(n_rows, FEW_ROWS)
    if columns.is_flat:
        yield _documents(columns.columns[0], n_rows, np.random.default_rng(0))
        return
    # Numbers learned as objects are found among objects only; boosters take categories as such only.
    for kind in (None, "object", "category"):
        for gaps, unknown in ((True, True), (True, False), (False, True), (False, False)):
            for nones in (True, False):
                random = np.random.default_rng(0)
                parts = [
                    _draw(column, center[i], spread[i], n_rows, gaps, unknown, random)
                    for i, column in enumerate(columns.columns)
                ]
                if kind == "object":
                    parts = [part.astype(object) if part.dtype.kind == "f" else part for part in parts]
                drawn = [
                    _with_none(part, column, unknown) if nones else part
                    for part, column in zip(parts, columns.columns, strict=True)
                ]
                if not nones or any(new is not old for new, old in zip(drawn, parts, strict=True)):
                    yield _framed(drawn, columns, kind == "category")


def _with_none(part: np.ndarray, column: Column, unknown: bool) -> np.ndarray:
    """A column of objects with None in it, where a step tells it from NaN and may take it; others as they are."""
    knows = None in column.words or KNOWS_NONE in column.rules
    if part.dtype != object or APART not in column.rules or CAST in column.rules:
        return part
    if not knows and (column.strict or not unknown):
        return part
    result = part.copy()
    result[1::7] = None
    return result


def _draw(
    column: Column, center: float, spread: float, n_rows: int, gaps: bool, unknown: bool, random: np.random.Generator
) -> np.ndarray:
    if column.kind == UNUSED:
        return np.zeros(n_rows)
    if column.readers:
        drawn = np.empty(n_rows, dtype=object)
        drawn[:] = _documents(column, n_rows, random)
        return drawn
    if column.kind == HASH:
        words = ["", "a", "B", "cc", "ä", "0", "1", "2", "x" * 40, "y" * 80]
        return random.choice(np.array(words, dtype=object), n_rows)
    known = [
        value for value in (column.values or column.words)[:MOST_WORDS] if value is not None and value != INFREQUENT
    ]
    if column.kind == WORD:
        choices: list[Any] = known or ([None] if None in column.words else ["word"])
        if unknown and not column.strict:
            choices = [*choices, "a word that nobody knows"]
        drawn = np.empty(len(choices), dtype=object)
        drawn[:] = choices
        result = drawn[random.integers(len(choices), size=n_rows)]
    elif known:
        result = np.array(known, dtype=np.float64)[random.integers(len(known), size=n_rows)]
        if unknown and not column.strict and column.kind != DATE:
            result[::5] += 0.5
    elif column.kind == DATE:
        result = random.integers(-1_000_000_000, 2_500_000_000, size=n_rows) * 1e9
    else:
        result = center + spread * random.uniform(-1.5, 1.5, size=n_rows)
    if column.dtype and column.kind != DATE:
        return as_held(result, column)
    if column.kind == DATE:
        return result.astype(np.int64).view("datetime64[ns]")
    if gaps:
        result[random.integers(n_rows, size=n_rows // 8)] = np.nan
    return result


def as_held(values: np.ndarray, column: Column) -> np.ndarray:
    """Numbers as the type holds them in which a function of the model was traced; others as they are."""
    if not column.dtype or column.kind == DATE:
        return values
    dtype = np.dtype(column.dtype)
    if dtype.kind == "b":
        return values > 0
    info = np.iinfo(dtype)
    return np.round(np.clip(values, float(info.min), float(min(info.max, 2**53)))).astype(dtype)


def _documents(column: Column, n_rows: int, random: np.random.Generator) -> list[Any]:
    """Documents such as the readers of a column know, some of each."""
    drawn = [reader.draw(n_rows, random) for reader in column.readers]
    return [drawn[i % len(drawn)][i] for i in range(n_rows)]


def named(rows: np.ndarray, columns: Columns) -> Any:
    """Rows of numbers as a frame with the names of the columns."""
    return _framed(list(rows.T), columns)


def _framed(parts: list[np.ndarray], columns: Columns, categorical: bool = False) -> Any:
    if columns.names is None:
        if not columns.has_words and all(part.dtype.kind in "biuf" for part in parts):
            return np.stack(parts, axis=1)
        table = np.empty((len(parts[0]), len(parts)), dtype=object)
        for i, part in enumerate(parts):
            table[:, i] = part
        return table
    data = dict(zip(columns.names, parts, strict=True))
    if importlib.util.find_spec("pandas") is not None:
        import pandas

        # Of objects with None pandas makes a column of strings, whose gap is NaN, unless it is told to let them be.
        frame = pandas.DataFrame(
            {
                name: pandas.Series(part, dtype=object) if part.dtype == object and None in part.tolist() else part
                for name, part in data.items()
            }
        )
        if categorical:
            for name, column in zip(data, columns.columns, strict=True):
                if column.values:
                    found = frame[name].astype("category").cat
                    known = found.categories.to_numpy()
                    whole = known.dtype.kind == "f" and (known == np.trunc(known)).all()
                    # XGBoost tells 1.0 from 1.
                    frame[name] = found.rename_categories(known.astype(np.int64) if whole else known)
        return frame
    import polars

    return polars.DataFrame({name: part.tolist() for name, part in data.items()}, strict=False)
