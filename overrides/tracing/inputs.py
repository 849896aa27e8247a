"""The rows that a function is traced with: an array, or a frame with a type for each column."""

from typing import Any

from ..functional import dates
from .dtypes import DATE, FLOAT64
from .frames import TracedFrame, TracedSeries
from .rows import Types
from .tracer import TracedArray


def rows_of(raw: TracedArray, types: Types, names: tuple[str, ...] | None) -> Any:
    """Rows of float64 as what the function takes."""
    if names is None:
        rows = raw.cast(types[0]) if types else raw
        rows.sources = raw.sources
        return rows
    if set(types) == {FLOAT64}:
        return TracedFrame(raw, names)
    return TracedFrame.of([_column(raw, i, dtype) for i, dtype in enumerate(types)], names)


def _column(raw: TracedArray, i: int, dtype: Any) -> TracedSeries:
    chosen = raw[:, i]
    column = chosen.make(dates.microseconds, chosen, dtype=DATE) if dtype == DATE else chosen.cast(dtype)
    column.sources = chosen.sources
    return TracedSeries(column)
