"""What is traced of columns of moments and of spans of time: their parts, and what they are compared with."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from ..functional import dates
from .dispatch import NotTraceable
from .dtypes import BOOL, DATE, FLOAT64, SPAN
from .tracer import TracedArray

_DAY = 86_400_000_000

PARTS: dict[str, Callable[..., Any]] = {
    "year": dates.year,
    "month": dates.month,
    "day": dates.day,
    "quarter": dates.quarter,
    "dayofweek": dates.day_of_week,
    "day_of_week": dates.day_of_week,
    "weekday": dates.day_of_week,
    "dayofyear": dates.day_of_year,
    "day_of_year": dates.day_of_year,
    "days_in_month": dates.days_in_month,
    "daysinmonth": dates.days_in_month,
    "hour": dates.hour,
    "minute": dates.minute,
    "second": dates.second,
    "microsecond": dates.microsecond,
}
"""Parts of moments that are numbers."""

TRUTHS: dict[str, Callable[..., Any]] = {
    "is_leap_year": dates.is_leap_year,
    "is_month_start": dates.is_month_start,
    "is_month_end": dates.is_month_end,
    "is_quarter_start": dates.is_quarter_start,
    "is_quarter_end": dates.is_quarter_end,
    "is_year_start": dates.is_year_start,
    "is_year_end": dates.is_year_end,
}

_SPANS: dict[str, Callable[..., Any]] = {"days": dates.days_of, "seconds": dates.seconds_of}

_UNITS = {"D": _DAY, "h": 3_600_000_000, "H": 3_600_000_000, "min": 60_000_000, "T": 60_000_000, "s": 1_000_000}

_COMPARISONS: dict[Any, Callable[..., Any]] = {
    np.less: torch.lt,
    np.less_equal: torch.le,
    np.greater: torch.gt,
    np.greater_equal: torch.ge,
    np.equal: torch.eq,
    np.not_equal: torch.ne,
}


class NeedsDates(Exception):
    """The function takes columns for moments, of which nobody has said so; holds their positions."""

    def __init__(self, positions: tuple[int, ...]) -> None:
        super().__init__(positions)
        self.positions = positions


def as_moments(column: TracedArray) -> TracedArray:
    """A column that holds moments; raises NeedsDates where that was not known."""
    if column.dtype in (DATE, SPAN):
        return column
    places = column.sources or column.difference_of
    if not places:
        raise NotTraceable("it takes for moments what is no column of the rows")
    raise NeedsDates(places)


class Parts:
    """``series.dt``; ``dressed`` makes a series of an array again."""

    def __init__(self, column: TracedArray, dressed: Callable[[TracedArray], Any]) -> None:
        self.column, self.dressed = as_moments(column), dressed

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        column = self.column
        if column.dtype == SPAN:
            if name == "total_seconds":
                return lambda: self.dressed(column.as_numbers() / 1e6)
            if name in _SPANS:
                return self.dressed(column.make(_SPANS[name], column))
        elif name in PARTS:
            return self.dressed(column.make(PARTS[name], column))
        elif name in TRUTHS:
            return self.dressed(column.make(TRUTHS[name], column, dtype=BOOL))
        elif name == "normalize":
            return lambda: self.dressed(column.make(dates.start_of_day, column, dtype=DATE))
        elif name == "floor":
            return self._floor
        elif name == "isocalendar":
            return lambda: _Calendar(column, self.dressed)
        raise NotTraceable(f"it uses .dt.{name}, which is not traced")

    def _floor(self, freq: str) -> Any:
        unit = str(freq).lstrip("0123456789")
        if unit not in _UNITS:
            raise NotTraceable(f"it takes moments down to {freq!r}: days, hours, minutes and seconds are traced")
        size = _UNITS[unit] * int(str(freq)[: -len(unit)] or 1)
        return self.dressed(self.column.make(dates.floored, self.column, size, dtype=DATE))


class _Calendar:
    """``series.dt.isocalendar()``."""

    def __init__(self, column: TracedArray, dressed: Callable[[TracedArray], Any]) -> None:
        self._column, self._dressed = column, dressed

    def _part(self, target: Callable[..., Any]) -> Any:
        return self._dressed(self._column.make(target, self._column))

    @property
    def year(self) -> Any:
        """Year of the ISO calendar."""
        return self._part(dates.iso_year)

    @property
    def week(self) -> Any:
        """Its week."""
        return self._part(dates.iso_week)

    @property
    def day(self) -> Any:
        """Its day, 1 is Monday."""
        return self._part(dates.day_of_week) + 1


def is_moment(value: Any) -> bool:
    """Whether something is a moment or a span of time of numpy's, pandas' or Python's, or a traced column of those."""
    if isinstance(value, TracedArray):
        return value.dtype in (DATE, SPAN)
    if isinstance(value, str) or value is None:
        return False
    try:
        return (
            np.asarray(value, dtype=None if hasattr(value, "dtype") else object).dtype.kind in "mM"
            or hasattr(value, "total_seconds")
            or hasattr(value, "toordinal")
        )
    except (TypeError, ValueError):
        return False


def compute(ufunc: Any, inputs: tuple[Any, ...]) -> TracedArray:
    """Differences, sums and comparisons of moments and spans of time, in microseconds."""
    for value in inputs:
        if isinstance(value, TracedArray) and value.dtype == FLOAT64 and (value.sources or value.difference_of):
            as_moments(value)
    first = next(value for value in inputs if isinstance(value, TracedArray))
    if len(inputs) == 1:
        if ufunc is np.isnan or ufunc is np.isnat:
            return first.make(torch.isnan, first, dtype=BOOL)
        raise NotTraceable(f"it calls np.{ufunc.__name__} of moments, which is not traced")
    kinds, numbers = zip(*(_microseconds(value) for value in inputs), strict=True)
    x, y = (first.lift(number) for number in numbers)
    if ufunc in _COMPARISONS and kinds[0] == kinds[1]:
        return first.make(_COMPARISONS[ufunc], x, y, dtype=BOOL)
    if ufunc is np.subtract and kinds == (DATE, DATE):
        return first.make(torch.sub, x, y, dtype=SPAN)
    if ufunc is np.subtract and kinds in ((DATE, SPAN), (SPAN, SPAN)):
        return first.make(torch.sub, x, y, dtype=kinds[0])
    if ufunc is np.add and SPAN in kinds and None not in kinds:
        return first.make(torch.add, x, y, dtype=DATE if DATE in kinds else SPAN)
    if ufunc is np.divide and kinds == (SPAN, SPAN):
        return first.make(torch.div, x, y)
    if ufunc is np.floor_divide and kinds == (SPAN, SPAN):
        return np.floor_divide(first.lift(x), y) if not isinstance(x, TracedArray) else np.floor_divide(x, numbers[1])
    raise NotTraceable(f"it calls np.{ufunc.__name__} of moments, which is not traced")


def _microseconds(value: Any) -> tuple[Any, Any]:
    """Kind of an operand, and its microseconds: a traced column, or a number."""
    if isinstance(value, TracedArray):
        return (value.dtype, value.as_numbers()) if value.dtype in (DATE, SPAN) else (None, value)
    if isinstance(value, str):
        value = np.datetime64(value)
    if getattr(value, "tzinfo", None) is not None:
        raise NotTraceable("it computes with a moment of a time zone, which is not traced")
    if hasattr(value, "to_numpy"):
        value = value.to_numpy()
    if hasattr(value, "total_seconds"):
        value = np.timedelta64(value)
    elif hasattr(value, "toordinal"):
        value = np.datetime64(value)
    array = np.asarray(value)
    if array.ndim or array.dtype.kind not in "mM":
        return None, value
    exact = array.astype(f"{array.dtype.kind}8[us]")
    return (DATE if array.dtype.kind == "M" else SPAN), float(exact.astype(np.int64))
