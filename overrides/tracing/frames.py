"""Traced rows as a pandas frame: columns by name, and what people do with them."""

import re
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from .dispatch import NotTraceable
from .dtypes import OBJECT
from .handlers.indexing import picked, take
from .moments import Parts, as_moments, compute, is_moment
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


_COLUMN_BY_COLUMN = (
    "round",
    "astype",
    "clip",
    "fillna",
    "isna",
    "isnull",
    "notna",
    "notnull",
    "where",
    "mask",
    "replace",
)


class _Pandas(TracedArray):
    """What frames and their columns share."""

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, out: Any = None, **options: Any) -> Any:
        frame = next((part for part in inputs if isinstance(part, TracedFrame) and part.is_mixed), None)
        if frame is not None and method == "__call__":
            self.check_inputs(inputs)
            parts = [ufunc(*(_column(part, i) for part in inputs), **options) for i in range(len(frame.names))]
            result = TracedFrame.of(parts, frame.names)
        elif method == "__call__" and any(is_moment(part) for part in inputs):
            result = self.dressed(compute(ufunc, inputs))
        else:
            result = super().__array_ufunc__(ufunc, method, *inputs, out=out, **options)
            columns = [part.sources for part in inputs if isinstance(part, TracedSeries) and part.sources]
            if ufunc is np.subtract and len(columns) == 2:
                result.difference_of = (*columns[0], *columns[1])
            return result
        if out is not None:
            out[0].become(result)
        return result if out is None else out[0]

    @staticmethod
    def stands_for() -> type:
        """The class that the function would see."""
        pandas = sys.modules.get("pandas")
        frame: type = np.ndarray if pandas is None else pandas.DataFrame
        return frame

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
        """As pandas', of numbers by numbers: one by one, lists, or a dict."""
        if not np.isscalar(to_replace) or not np.isscalar(value):
            pairs = to_replace if isinstance(to_replace, dict) else _pairs(to_replace, value)
            return self.like(_looked_up(self.plain(), pairs, self.plain()))
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

    @staticmethod
    def stands_for() -> type:
        """The class that the function would see."""
        pandas = sys.modules.get("pandas")
        series: type = np.ndarray if pandas is None else pandas.Series
        return series

    def like(self, array: Any) -> Any:
        """An array of a number per row as a column of the same name."""
        return TracedSeries(array, self.name) if array.ndim == 1 else array

    @property
    def dt(self) -> Parts:
        """Parts of moments."""
        return Parts(self, self.like)

    def squeeze(self, axis: Any = None) -> "TracedSeries":
        """As pandas'."""
        return self

    def rename(self, index: Any = None, **others: Any) -> "TracedSeries":
        """As pandas'."""
        return TracedSeries(self, index)

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

    def map(self, arg: Any, na_action: Any = None) -> Any:
        """As pandas', of a dict of numbers to numbers, or one of numpy's functions."""
        if not isinstance(arg, dict):
            return self.apply(arg)
        return self.like(_looked_up(self.plain(), arg, np.nan))

    def between(self, left: Any, right: Any) -> Any:
        """As pandas'."""
        return (self >= left) & (self <= right)

    def isin(self, values: Any) -> Any:
        """As pandas'."""
        return self.like(np.isin(self.plain(), values))


class TracedFrame(_Pandas):
    """Traced rows with names of columns."""

    def __init__(self, array: Any, names: tuple[Any, ...], parts: tuple[TracedSeries, ...] | None = None) -> None:
        super().__init__(array.tracer, array.node, array.shape, array.dtype, array.sources)
        self.names, self.parts = names, parts

    @classmethod
    def of(cls, columns: Any, names: Any) -> "TracedFrame":
        """A frame of columns, each a traced array of a number per row."""
        parts = tuple(TracedSeries(_plain(column), name) for column, name in zip(columns, names, strict=True))
        if len({part.dtype for part in parts}) == 1 and parts[0].dtype.kind in "biuf":
            return cls(np.column_stack([part.plain() for part in parts]), tuple(names))
        sources = [part.sources for part in parts]
        known = None if None in sources else tuple(source for own in sources for source in own or ())
        first = parts[0]
        array = TracedArray(first.tracer, first.node, (ROWS, len(parts)), OBJECT, known)
        return cls(array, tuple(names), parts)

    @property
    def is_mixed(self) -> bool:
        """Whether its columns are of several types, or hold no numbers."""
        return self.parts is not None

    def plain(self) -> TracedArray:
        """The array of all columns, of the type that holds each."""
        if self.parts is None:
            return super().plain()
        array: Any = np.column_stack([part.plain() for part in self.parts])
        return array

    def cast(self, dtype: np.dtype[Any]) -> TracedArray:
        """In another type."""
        return super().cast(dtype) if self.parts is None else self.plain().cast(dtype)

    def __getattribute__(self, name: str) -> Any:
        if name in _COLUMN_BY_COLUMN and self.__dict__.get("parts") is not None:
            return lambda *args, **options: TracedFrame.of(
                [
                    getattr(part, name)(
                        *(_column(arg, i) for arg in args), **{key: _column(arg, i) for key, arg in options.items()}
                    )
                    for i, part in enumerate(self.__dict__["parts"])
                ],
                self.names,
            )
        return super().__getattribute__(name)

    def like(self, array: Any) -> Any:
        """An array of as many columns as a frame of the same names."""
        if isinstance(array, TracedFrame):
            return array
        if array.ndim == 1:
            return TracedSeries(array)
        return TracedFrame(array, self.names) if array.shape[1:] == (len(self.names),) else array

    def copy(self, deep: bool = True) -> "TracedFrame":
        """A copy."""
        return TracedFrame(self, self.names, self.parts)

    def squeeze(self, axis: Any = None) -> Any:
        """As pandas': a frame of one column as that column."""
        if len(self.names) > 1 or axis in (0, "index"):
            return self
        return self.picked(0)

    @property
    def columns(self) -> Any:
        """The names, as pandas gives them."""
        pandas = sys.modules.get("pandas")
        return list(self.names) if pandas is None else pandas.Index(list(self.names))

    @columns.setter
    def columns(self, names: Any) -> None:
        if len(names) != len(self.names):
            raise NotTraceable(f"it gives {len(names)} names to {len(self.names)} columns")
        self.names = tuple(names)

    def set_axis(self, labels: Any, axis: Any = 0, **others: Any) -> "TracedFrame":
        """As pandas', of columns."""
        if axis not in (1, "columns"):
            raise NotTraceable("it names the rows")
        return self.renamed(tuple(labels))

    def add_prefix(self, prefix: str, axis: Any = None) -> "TracedFrame":
        """As pandas'."""
        return self.renamed(tuple(f"{prefix}{name}" for name in self.names))

    def add_suffix(self, suffix: str, axis: Any = None) -> "TracedFrame":
        """As pandas'."""
        return self.renamed(tuple(f"{name}{suffix}" for name in self.names))

    def renamed(self, names: tuple[Any, ...]) -> "TracedFrame":
        """Under other names."""
        if len(names) != len(self.names):
            raise NotTraceable(f"it gives {len(names)} names to {len(self.names)} columns")
        return TracedFrame(self, names, self.parts)

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
        if isinstance(names, (list, tuple, np.ndarray)) or type(names).__name__ == "Index":
            return [self._position(name) for name in names]
        return self._position(names)

    def picked(self, part: Any) -> Any:
        """Columns at positions: one as a series, several as a frame."""
        names = np.array(self.names, dtype=object)[part]
        if self.parts is not None:
            places = np.arange(len(self.parts))[part]
            if places.ndim == 0:
                return TracedSeries(self.parts[places], names)
            return TracedFrame.of([self.parts[i] for i in places], names)
        chosen = picked(self.plain(), (slice(None), part))
        return TracedSeries(chosen, names) if chosen.ndim == 1 else TracedFrame(chosen, tuple(names))

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, (TracedArray, tuple, slice)):
            raise NotTraceable("it picks rows of a frame, or uses it as an array: use .to_numpy() or .iloc")
        return self.picked(self._positions(key))

    def __setitem__(self, key: Any, value: Any) -> None:
        changed = self.assign(**{key: value}) if isinstance(key, str) else self._assigned(key, value)
        self.node, self.shape, self.names = changed.node, changed.shape, changed.names
        self.dtype, self.sources, self.parts = changed.dtype, changed.sources, changed.parts

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
            place = frame.names.index(name) if name in frame.names else len(frame.names)
            names = (*frame.names[:place], name, *frame.names[place + 1 :])
            column = frame.lift(np.full(ROWS, made)) if np.isscalar(made) else frame.lift(_plain(made))
            column = column if column.ndim == 1 else column[:, 0]
            if frame.parts is not None or column.dtype != frame.dtype:
                parts = [frame.picked(i) for i in range(len(frame.names))]
                frame = TracedFrame.of([*parts[:place], column, *parts[place + 1 :]], names)
                continue
            array, column = frame.plain(), picked(column, (slice(None), None))
            before = take(array, list(range(place)), 1)
            after = take(array, list(range(place + 1, len(frame.names))), 1)
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
        return self.renamed(tuple(new(name) for name in self.names))

    def apply(self, func: Callable[..., Any], axis: Any = 0, **kwargs: Any) -> Any:
        """As pandas', column by column."""
        if axis not in (0, "index"):
            raise NotTraceable("it goes through the rows one by one (apply with axis=1)")
        if isinstance(func, np.ufunc):
            return func(self, **kwargs)
        return TracedFrame.of([func(self.picked(i), **kwargs) for i in range(len(self.names))], self.names)


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


def _column(value: Any, i: int) -> Any:
    """What an operand of a frame is to one of its columns."""
    if isinstance(value, TracedFrame):
        return value.picked(i)
    if isinstance(value, dict) and all(isinstance(part, dict) for part in value.values()) and value:
        raise NotTraceable("it takes other numbers for each column: do it column by column")
    return value[:, i] if isinstance(value, TracedArray) and value.ndim == 2 else value


def _pairs(old: Any, new: Any) -> dict[Any, Any]:
    keys = [old] if np.isscalar(old) else list(old)
    return dict(zip(keys, [new] * len(keys) if np.isscalar(new) else list(new), strict=True))


def _looked_up(array: TracedArray, table: dict[Any, Any], default: Any) -> Any:
    """What a table of numbers says of each number, and something else of the others."""
    result = default
    for key, value in reversed(list(table.items())):
        if isinstance(key, str) or isinstance(value, str) or value is None:
            raise NotTraceable("it looks up words: OneHotEncoder and OrdinalEncoder do, in a ColumnTransformer")
        is_it = np.isnan(array) if key != key else array == key
        result = np.where(is_it, value, result)
    return result


def make_frame(data: Any, index: Any = None, columns: Any = None, **others: Any) -> Any:
    """``pandas.DataFrame`` of traced arrays; of anything else, pandas' own."""
    if isinstance(data, TracedFrame):
        return data.copy() if columns is None else data[list(columns)]
    if isinstance(data, TracedArray):
        names = range(data.shape[1]) if columns is None else columns
        return TracedFrame(data, tuple(names))
    if isinstance(data, dict) and any(isinstance(value, TracedArray) for value in data.values()):
        first = next(value for value in data.values() if isinstance(value, TracedArray))
        parts = [first.lift(np.full(ROWS, part) if np.isscalar(part) else _plain(part)) for part in data.values()]
        return TracedFrame.of(parts, tuple(data))
    return sys.modules["pandas"].DataFrame(data, index=index, columns=columns, **others)


def put_together(objs: Any, axis: Any = 0, **others: Any) -> Any:
    """``pandas.concat`` of traced frames and columns; of anything else, pandas' own."""
    parts = list(objs)
    if not any(isinstance(part, TracedArray) for part in parts):
        return sys.modules["pandas"].concat(parts, axis=axis, **others)
    if axis not in (1, "columns"):
        raise NotTraceable("it puts rows below rows")
    frames = [part.to_frame() if isinstance(part, TracedSeries) else part for part in parts]
    parts = [frame.picked(i) for frame in frames for i in range(len(frame.names))]
    return TracedFrame.of(parts, [name for frame in frames for name in frame.names])


def make_series(data: Any = None, index: Any = None, dtype: Any = None, name: Any = None, **others: Any) -> Any:
    """``pandas.Series`` of a traced array; of anything else, pandas' own."""
    if isinstance(data, TracedArray):
        made = TracedSeries(data, name)
        return made if dtype is None else made.astype(dtype)
    return sys.modules["pandas"].Series(data, index=index, dtype=dtype, name=name, **others)


def to_moments(arg: Any, *args: Any, **options: Any) -> Any:
    """``pandas.to_datetime`` of a traced column of moments; of anything else, pandas' own."""
    if not isinstance(arg, TracedArray):
        return sys.modules["pandas"].to_datetime(arg, *args, **options)
    if isinstance(arg, TracedFrame) or options.keys() - {"errors", "utc"} or args or options.get("utc"):
        raise NotTraceable("it makes moments of numbers or of words: give it a column of datetime64")
    return TracedSeries(as_moments(arg), getattr(arg, "name", None))
