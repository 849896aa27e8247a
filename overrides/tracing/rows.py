"""Rows on which the trace of a function is compared with the function itself, each column of a type of its own."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from .dtypes import BOOL, DATE, FLOAT64, is_integer

HARD = (0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, 2.5, -2.5, 10.0, -37.0, 1e-9, -1e-9, 1e-300, 99.5, 1e3, -1e6)
"""Numbers at which functions change, or lose digits."""

LARGEST = 2**53
"""Largest integer of which float64 holds all that are smaller."""

_EDGES_OF_DAYS = (
    "1890-02-28 23:59:59.999999",
    "1900-03-01",
    "1969-12-31 23:59:59",
    "1970-01-01",
    "1999-12-31 12:00",
    "2000-02-29",
    "2000-03-31",
    "2023-12-31 23:59:59.999999",
    "2024-02-29 01:02:03.000004",
    "2024-06-30",
    "2024-12-30",
    "2021-01-03",
    "2100-10-01 00:00:01",
)

_YEARS = (("1930-01-01", "2040-01-01"), ("1700-01-01", "2240-01-01"))

Types = tuple[np.dtype[Any], ...]


def drawn_rows(types: Types, numbers: list[float]) -> Iterator[np.ndarray]:
    """Arrays of float64: usual rows, positive ones, parts of 1, hard ones, and with gaps.

    Parameters
    ----------
    types : tuple of numpy.dtype
        Of the columns. Integers are drawn from the whole of their type, its ends among them, moments before 1970 too.
    numbers : list of float
        Numbers that the function names: rows are drawn at these, an ulp beside them, and around.
    """
    for i, rows in enumerate(_floats(len(types), numbers)):
        yield typed(rows, types, numbers, i)


def typed(rows: np.ndarray, types: Types, numbers: list[float], block: int, bound: float = np.inf) -> np.ndarray:
    """Rows with columns of integers, truth values and moments in the place of those that are to be of such a type."""
    random = np.random.default_rng(block)
    rows = rows.copy()
    for j, dtype in enumerate(types):
        gaps = np.isnan(rows[:, j])
        if dtype == BOOL:
            rows[:, j] = random.integers(0, 2, len(rows))
        elif is_integer(dtype):
            rows[:, j] = _integers(dtype, numbers, len(rows), block, min(bound, LARGEST), random)
        elif dtype == DATE:
            rows[:, j] = np.where(gaps, np.nan, _moments(len(rows), block, random))
    return rows


def _floats(width: int, numbers: list[float]) -> Iterator[np.ndarray]:
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


def _integers(
    dtype: np.dtype[Any], numbers: list[float], size: int, block: int, bound: float, random: np.random.Generator
) -> np.ndarray:
    """Small ones, those of the whole type, its ends, and numbers that the function names with their neighbours."""
    info = np.iinfo(dtype)
    low, high = int(max(info.min, -bound)), int(min(info.max, bound))
    if block == 0:
        return random.integers(max(low, -9), min(high, 9) + 1, size).astype(np.float64)
    if block == 1:
        return random.integers(max(low, 1), min(high, 120) + 1, size).astype(np.float64)
    if block == 2:
        return random.integers(low, high, size, endpoint=True).astype(np.float64)
    named = [number + step for number in numbers if low <= number <= high for step in (-1, 0, 1)]
    ends = [low, low + 1, high, high - 1, high // 2, high // 2 + 1, low // 2, 0, 1, 2, 3, 7]
    choices = np.clip(np.round(np.array([*ends, *named], dtype=np.float64)), low, high)
    return random.permutation(np.resize(choices, size))


def _moments(size: int, block: int, random: np.random.Generator) -> np.ndarray:
    """Nanoseconds of moments that are whole microseconds."""
    if block < 2:
        first, last = (np.datetime64(day, "us").astype(np.int64) for day in _YEARS[block])
        return random.integers(first, last, size).astype(np.float64) * 1000.0
    edges = np.array(_EDGES_OF_DAYS, dtype="datetime64[us]").astype(np.int64)
    days = random.integers(-20_000, 40_000, size) * 86_400_000_000
    return np.where(random.random(size) < 0.6, random.choice(edges, size), days).astype(np.float64) * 1000.0


def columns_of(rows: np.ndarray, types: Types) -> list[np.ndarray]:
    """The columns of rows, each of its type."""
    return [column_of(rows[:, j], dtype) for j, dtype in enumerate(types)]


def column_of(values: np.ndarray, dtype: np.dtype[Any]) -> np.ndarray:
    """Numbers as a column of a type."""
    if dtype == DATE:
        gaps = np.isnan(values)
        whole = np.round(np.where(gaps, 0.0, values) / 1000.0).astype(np.int64)
        moments = whole.view("datetime64[us]").astype("datetime64[ns]")
        return np.where(gaps, np.datetime64("NaT", "ns"), moments)
    return values if dtype == FLOAT64 else values.astype(dtype)
