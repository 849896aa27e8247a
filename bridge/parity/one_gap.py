"""Rows with one gap for None, NaN, pd.NA and NaT: what scikit-learn is asked where a module takes them for one."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..overrides.encoding.columns import Columns
from ..overrides.encoding.rules import NAN_IS_NONE


def with_one_gap(rows: Any, columns: Columns) -> Any:
    """Rows in which every gap that is none of a dtype of numbers or dates is None where the fit saw that, else NaN.

    Parameters
    ----------
    rows : data frame of any library, dict or list of records, array of objects; others stay as they are
    columns : Columns

    Returns
    -------
    DataFrame of pandas or ndarray
    """
    gaps = [None if NAN_IS_NONE in column.rules else np.nan for column in columns.columns]
    if isinstance(rows, np.ndarray):
        return _array(rows, gaps) if rows.dtype == object else rows
    try:
        import pandas
    except ImportError:
        return rows
    frame = rows
    if isinstance(rows, Mapping) or (isinstance(rows, (list, tuple)) and rows and isinstance(rows[0], Mapping)):
        frame = pandas.DataFrame(rows)
    elif not isinstance(rows, pandas.DataFrame):
        import narwhals

        found = narwhals.from_native(rows, pass_through=True, eager_only=True)
        if not isinstance(found, narwhals.DataFrame):
            return rows
        frame = found.to_pandas()
    changed = {}
    for i, name in enumerate(frame.columns):
        series = frame[name]
        if series.dtype.kind != "O" or hasattr(series, "cat"):
            continue
        place = i if columns.names is None else columns.names.index(name) if name in columns.names else -1
        objects = _array(np.asarray(series.astype(object))[:, None], [gaps[place] if place >= 0 else np.nan])
        changed[name] = pandas.Series(objects[:, 0], dtype=object, index=series.index)
    return frame.assign(**changed) if changed else frame


def _array(values: np.ndarray, gaps: list[Any]) -> np.ndarray:
    import pandas

    result = values.copy()
    for i, gap in enumerate(gaps):
        result[pandas.isna(values[:, i]), i] = gap
    return result
