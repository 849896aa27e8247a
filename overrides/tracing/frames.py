"""Traced rows as a pandas frame: columns by name, and what people do with them."""

import re
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from .dispatch import NotTraceable
from .handlers.indexing import picked, take
from .tracer import ROWS, TracedArray

_OPERATORS: dict[str, Callable[..., Any]] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "truediv": np.divide,
    "floordiv": np.floor_divide,
    "mod": np.remainder,
    "pow": np.power,
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
    "eq": np.equal,
    "ne": np.not_equal,
}

_ALONG_COLUMNS: dict[str, Callable[..., Any]] = {
    "sum": np.nansum,
    "mean": np.nanmean,
    "max": np.nanmax,
    "min": np.nanmin,
    "any": np.any,
    "all": np.all,
}
"""Pandas leaves missing values out where numpy does not."""


class _Pandas(TracedArray):
    """What frames and their columns share."""

    def like(self, array: Any) -> Any:
        """An array as a frame, or a column of one, of the same names."""
        raise NotImplementedError

    def plain(self) -> TracedArray:
        """The array itself."""
        return TracedArray(self.tracer, self.node, self.shape, self.dtype, self.sources)

    def check_inputs(self, inputs: tuple[Any, ...]) -> None:
        kinds = {type(part) for part in inputs if isinstance(part, _Pandas)}
        if len(kinds) > 1:
            raise NotTraceable("it computes with a frame and a column, which pandas aligns by labels: use axis=0")
        if len({part.names for part in inputs if isinstance(part, TracedFrame)}) > 1:
            raise NotTraceable("it computes with two frames of different columns, which pandas aligns by name")

    def dressed(self, result: Any) -> Any:
        return tuple(self.like(part) for part in result) if isinstance(result, tuple) else self.like(result)

    @property
    def values(self) -> TracedArray:
        """As an array."""
        return self.plain()

    def __getattr__(self, name: str) -> Any:
        if name in _OPERATORS:
            return lambda other, axis=None, level=None, fill_value=None: self._operated(name, other, axis)
        if name == "to_numpy":
            return lambda dtype=None, copy=False, na_value=None: (
                self.plain() if dtype is None else self.plain().astype(dtype)
            )
        return super().__getattr__(name)

    def to_numpy(self, dtype: Any = None, copy: bool = False, na_value: Any = None) -> TracedArray:
        """As an array."""
        array: Any = self.plain()
        return array if dtype is None else array.astype(dtype)

    def _operated(self, name: str, other: Any, axis: Any) -> Any:
        if isinstance(other, TracedSeries) and isinstance(self, TracedFrame):
            if axis not in (0, "index", "rows"):
                raise NotTraceable(f"it calls .{name} of a frame and a column without axis=0")
            other = picked(other.plain(), (slice(None), None))
        return _OPERATORS[name](self, other)

    def copy(self, deep: bool = True) -> Any:
        """A copy."""
        return self.like(self.plain())

    def abs(self) -> Any:
        """As pandas'."""
        return np.abs(self)

    def round(self, decimals: int = 0) -> Any:
        """As pandas'."""
        return self.like(np.round(self.plain(), decimals))

    def astype(self, dtype: Any, **others: Any) -> Any:
        """As pandas'."""
        return self.like(self.plain().astype(dtype))

    def clip(self, lower: Any = None, upper: Any = None, **others: Any) -> Any:
        """As pandas'."""
        return self.like(np.clip(self.plain(), lower, upper))

    def fillna(self, value: Any) -> Any:
        """As pandas', of a number."""
        if isinstance(value, dict):
            raise NotTraceable("it fills each column with another number: use np.where")
        return self.like(np.where(np.isnan(self.plain()), value, self.plain()))

    def isna(self) -> Any:
        """As pandas'."""
        return np.isnan(self)

    isnull = isna

    def notna(self) -> Any:
        """As pandas'."""
        return ~np.isnan(self)

    notnull = notna

    def where(self, cond: Any, other: Any = np.nan) -> Any:
        """As pandas'."""
        return self.like(self._where(cond, other))

    def _where(self, cond: Any, other: Any) -> Any:
        result: Any = np.where(_plain(cond), self.plain(), _plain(other))
        return result

    def mask(self, cond: Any, other: Any = np.nan) -> Any:
        """As pandas'."""
        return self.like(self._where(~cond, other))

    def replace(self, to_replace: Any, value: Any = None) -> Any:
        """As pandas', of a number by a number."""
        if not np.isscalar(to_replace) or not np.isscalar(value):
            raise NotTraceable("it replaces more than one number by another")
        is_it = np.isnan(self.plain()) if to_replace != to_replace else self.plain() == to_replace
        return self.like(np.where(is_it, value, self.plain()))

    def pipe(self, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """As pandas'."""
        return func(self, *args, **kwargs)


class TracedSeries(_Pandas):
    """A column of a traced frame."""

    def __init__(self, array: Any, name: Any = None) -> None:
        super().__init__(array.tracer, array.node, array.shape, array.dtype, array.sources)
        self.name = name

    def like(self, array: Any) -> Any:
        """An array of a number per row as a column of the same name."""
        return TracedSeries(array, self.name) if array.ndim == 1 else array

    def to_frame(self, name: Any = None) -> "TracedFrame":
        """A frame of this column."""
        column = picked(self.plain(), (slice(None), None))
        column.sources = self.sources
        return TracedFrame(column, (self.name if name is None else name,))

    def apply(self, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """As pandas', of one of numpy's functions."""
        if not isinstance(func, np.ufunc):
            raise NotTraceable("it applies a function to values one by one")
        return func(self, *args, **kwargs)

    map = apply

    def between(self, left: Any, right: Any) -> Any:
        """As pandas'."""
        return (self >= left) & (self <= right)

    def isin(self, values: Any) -> Any:
        """As pandas'."""
        return self.like(np.isin(self.plain(), values))


class TracedFrame(_Pandas):
    """Traced rows with names of columns."""

    def __init__(self, array: Any, names: tuple[Any, ...]) -> None:
        super().__init__(array.tracer, array.node, array.shape, array.dtype, array.sources)
        self.names = names

    def like(self, array: Any) -> Any:
        """An array of as many columns as a frame of the same names."""
        if array.ndim == 1:
            return TracedSeries(array)
        return TracedFrame(array, self.names) if array.shape[1:] == (len(self.names),) else array

    @property
    def columns(self) -> list[Any]:
        """The names."""
        return list(self.names)

    @property
    def iloc(self) -> "_Places":
        """Columns by position."""
        return _Places(self, lambda part: part)

    @property
    def loc(self) -> "_Places":
        """Columns by name."""
        return _Places(self, self._positions)

    def _position(self, name: Any) -> int:
        if name not in self.names:
            raise NotTraceable(f"it asks for the column {name!r}, which is not among {', '.join(map(str, self.names))}")
        return self.names.index(name)

    def _positions(self, names: Any) -> Any:
        if isinstance(names, slice):
            if names != slice(None):
                raise NotTraceable("it picks a range of columns by name")
            return names
        if isinstance(names, (list, tuple, np.ndarray)):
            return [self._position(name) for name in names]
        return self._position(names)

    def picked(self, part: Any) -> Any:
        """Columns at positions: one as a series, several as a frame."""
        chosen = picked(self.plain(), (slice(None), part))
        names = np.array(self.names, dtype=object)[part]
        return TracedSeries(chosen, names) if chosen.ndim == 1 else TracedFrame(chosen, tuple(names))

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, (TracedArray, tuple, slice)):
            raise NotTraceable("it picks rows of a frame, or uses it as an array: use .to_numpy() or .iloc")
        return self.picked(self._positions(key))

    def __setitem__(self, key: Any, value: Any) -> None:
        changed = self.assign(**{key: value}) if isinstance(key, str) else self._assigned(key, value)
        self.node, self.shape, self.names = changed.node, changed.shape, changed.names
        self.dtype, self.sources = changed.dtype, changed.sources

    def _assigned(self, keys: Any, value: Any) -> "TracedFrame":
        frame = self
        for i, key in enumerate(keys):
            frame = frame.assign(**{key: value if np.isscalar(value) else _plain(value)[:, i]})
        return frame

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_") and name in self.__dict__.get("names", ()):
            return self[name]
        if name in _ALONG_COLUMNS:
            return lambda axis=0, **options: self._along(name, axis)
        return super().__getattr__(name)

    def _along(self, name: str, axis: Any) -> TracedSeries:
        array = self.plain()
        return TracedSeries(_ALONG_COLUMNS[name](array, axis={"columns": 1, "index": 0}.get(axis, axis)))

    def assign(self, **columns: Any) -> "TracedFrame":
        """As pandas'."""
        frame = self
        for name, value in columns.items():
            made = value(frame) if callable(value) and not isinstance(value, TracedArray) else value
            array = frame.plain()
            column = array.lift(np.full(ROWS, made) if np.isscalar(made) else _plain(made))
            column = picked(column, (slice(None), None)) if column.ndim == 1 else column
            place = frame.names.index(name) if name in frame.names else len(frame.names)
            before = take(array, list(range(place)), 1)
            after = take(array, list(range(place + 1, len(frame.names))), 1)
            names = (*frame.names[:place], name, *frame.names[place + 1 :])
            frame = TracedFrame(np.concatenate([before, column, after], axis=1), names)
        return frame

    def drop(self, labels: Any = None, axis: Any = 0, columns: Any = None, **others: Any) -> Any:
        """As pandas', of columns."""
        gone = columns if columns is not None else labels
        if columns is None and axis not in (1, "columns"):
            raise NotTraceable("it drops rows")
        gone = [gone] if isinstance(gone, str) else list(gone)
        places = {self._position(name) for name in gone}
        return self.picked([i for i in range(len(self.names)) if i not in places])

    def filter(self, items: Any = None, like: str | None = None, regex: str | None = None, axis: Any = None) -> Any:
        """As pandas', of columns."""
        if items is not None:
            return self[[name for name in items if name in self.names]]
        if like is not None:
            return self[[name for name in self.names if like in str(name)]]
        return self[[name for name in self.names if re.search(str(regex), str(name))]]

    def rename(self, columns: Any = None, **others: Any) -> "TracedFrame":
        """As pandas', of columns."""
        new = columns if callable(columns) else lambda name: columns.get(name, name)
        return TracedFrame(self.plain(), tuple(new(name) for name in self.names))

    def apply(self, func: Callable[..., Any], axis: Any = 0, **kwargs: Any) -> Any:
        """As pandas', column by column."""
        if axis not in (0, "index"):
            raise NotTraceable("it goes through the rows one by one (apply with axis=1)")
        if isinstance(func, np.ufunc):
            return func(self, **kwargs)
        parts = [_plain(func(self[name], **kwargs)) for name in self.names]
        return TracedFrame(np.column_stack(parts), self.names)


class _Places:
    """``frame.iloc`` and ``frame.loc``."""

    def __init__(self, frame: TracedFrame, position: Callable[[Any], Any]) -> None:
        self.frame, self.position = frame, position

    def _part(self, key: Any) -> Any:
        if not isinstance(key, tuple) or len(key) != 2 or not isinstance(key[0], slice) or key[0] != slice(None):
            raise NotTraceable("it picks rows of a frame")
        return self.position(key[1])

    def __getitem__(self, key: Any) -> Any:
        return self.frame.picked(self._part(key))

    def __setitem__(self, key: Any, value: Any) -> None:
        part = self._part(key)
        names = np.array(self.frame.names, dtype=object)[part]
        self.frame[names if isinstance(names, str) else list(names)] = value


def _plain(value: Any) -> Any:
    return value.plain() if isinstance(value, _Pandas) else value


def make_frame(data: Any, index: Any = None, columns: Any = None, **others: Any) -> Any:
    """``pandas.DataFrame`` of traced arrays; of anything else, pandas' own."""
    if isinstance(data, TracedFrame):
        return data.copy() if columns is None else data[list(columns)]
    if isinstance(data, TracedArray):
        names = range(data.shape[1]) if columns is None else columns
        return TracedFrame(data, tuple(names))
    if isinstance(data, dict) and any(isinstance(value, TracedArray) for value in data.values()):
        return TracedFrame(np.column_stack([_plain(value) for value in data.values()]), tuple(data))
    return sys.modules["pandas"].DataFrame(data, index=index, columns=columns, **others)


def put_together(objs: Any, axis: Any = 0, **others: Any) -> Any:
    """``pandas.concat`` of traced frames and columns; of anything else, pandas' own."""
    parts = list(objs)
    if not any(isinstance(part, TracedArray) for part in parts):
        return sys.modules["pandas"].concat(parts, axis=axis, **others)
    if axis not in (1, "columns"):
        raise NotTraceable("it puts rows below rows")
    frames = [part.to_frame() if isinstance(part, TracedSeries) else part for part in parts]
    names = tuple(name for frame in frames for name in frame.names)
    return TracedFrame(np.concatenate([frame.plain() for frame in frames], axis=1), names)
