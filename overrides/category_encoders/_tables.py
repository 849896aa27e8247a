"""What a fitted encoder makes of every category, asked from the encoder itself: a table per column of its result."""

import copy
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..sklearn.preprocessing._categories import is_missing


@dataclass(frozen=True)
class EncoderTables:
    """What an encoder gives for each category of each column.

    Attributes
    ----------
    sources : ndarray of int64, shape (n_columns_out,)
        Column of the rows behind each column of the result.
    is_passed : ndarray of bool, shape (n_columns_out,)
        Whether that column is handed on as it is.
    values : list of ndarray of float64, shape (1 + n_categories,)
        Per column of the result: what an unknown category gives, and each known one; empty where it is handed on.
    refused : list of ndarray of bool, shape (1 + n_categories,)
        Per column of the rows: whether the encoder raises at an unknown category, and at each known one.
    """

    sources: np.ndarray
    is_passed: np.ndarray
    values: list[np.ndarray]
    refused: list[np.ndarray]


def known_categories(estimator: Any) -> list[np.ndarray]:
    """The categories of each column, missing ones behind them; none of a column that is handed on."""
    return [
        _categories_of(estimator, name, dtype) if name in estimator.cols else np.empty(0)
        for name, dtype in zip(estimator.feature_names_in_, estimator.feature_dtypes_in_, strict=True)
    ]


def _categories_of(estimator: Any, name: Any, dtype: Any) -> np.ndarray:
    import pandas as pd

    found = [*_learned(estimator, name), *getattr(estimator, "min_group_lumping_", {}).get(name, {})]
    present = list(dict.fromkeys(value for value in found if not is_missing(value)))
    if pd.api.types.is_numeric_dtype(dtype):
        # Words among them are names of groups of numbers (min_group_size).
        return np.array([*(value for value in present if not isinstance(value, str)), np.nan], dtype=np.float64)
    result = np.empty(len(present) + 2, dtype=object)
    result[:] = [*present, None, np.nan]
    return result


def _learned(estimator: Any, name: Any) -> list[Any]:
    """Index of the encoder's own table of a column, or of that of the ordinal encoder inside it."""
    inner = getattr(estimator, "ordinal_encoder", None)
    mapping = (estimator if inner is None else inner).mapping
    if isinstance(mapping, dict):
        return mapping[name].index.tolist()
    return next(entry["mapping"].index.tolist() for entry in mapping if entry["col"] == name)


def ask_tables(estimator: Any, categories: list[np.ndarray]) -> EncoderTables:
    """Ask an encoder for an unknown category and for each known one, column by column, the others held.

    Raises
    ------
    ValueError
        A column of the result depends on several columns of the rows.
    """
    names = list(estimator.feature_names_in_)
    asked = [_with_unknown(part) if names[i] in estimator.cols else np.zeros(1) for i, part in enumerate(categories)]
    rows = [(i, k) for i, part in enumerate(asked) if names[i] in estimator.cols for k in range(len(part))]
    results, refused = _ask_rows(estimator, names, asked, rows)
    out = results.columns.tolist()
    if len(set(out)) < len(out):
        raise ValueError(f"its result has two columns of one name: {sorted(map(str, out))}")
    is_passed = np.array([name in names and name not in estimator.cols for name in out], dtype=bool)
    table = np.array([[np.nan] * len(out)] * len(rows), dtype=np.float64).reshape(len(rows), len(out))
    generated = np.flatnonzero(~is_passed)
    table[:, generated] = results.iloc[:, generated].to_numpy(dtype=np.float64)
    sources = np.array([names.index(name) if passed else -1 for name, passed in zip(out, is_passed, strict=True)])
    columns = np.array([i for i, _ in rows], dtype=np.int64)
    for j in generated:
        sources[j] = _source_of(table[:, j], columns, ~refused, str(out[j]))
    values = [
        np.empty(0) if passed else table[columns == source, j]
        for j, (source, passed) in enumerate(zip(sources, is_passed, strict=True))
    ]
    return EncoderTables(
        sources.astype(np.int64), is_passed, values, [refused[columns == i] for i in range(len(names))]
    )


def _with_unknown(categories: np.ndarray) -> np.ndarray:
    """An unknown category, and the known ones."""
    present = [value for value in categories.tolist() if not is_missing(value)]
    unknown: Any = "an unknown category"
    if present and not any(isinstance(value, str) for value in present):
        unknown = float(max(map(float, present))) + 1.5
    while unknown in present:
        unknown += "'"
    result = np.empty(len(categories) + 1, dtype=object)
    result[:] = [unknown, *categories.tolist()]
    return result.astype(np.float64) if categories.dtype.kind == "f" else result


def _ask_rows(
    estimator: Any, names: list[Any], asked: list[np.ndarray], rows: list[tuple[int, int]]
) -> tuple[Any, np.ndarray]:
    """Results of rows that differ from the first known categories in one column, and which of them are refused."""
    import pandas as pd

    encoder = copy.copy(estimator)
    encoder._sklearn_output_config = {"transform": "default"}

    def transform(part: list[tuple[int, int]]) -> Any:
        columns = {}
        for i, name in enumerate(names):
            held = 1 if len(asked[i]) > 1 else 0
            columns[name] = asked[i][[k if i == column else held for column, k in part]]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return encoder.transform(pd.DataFrame(columns), override_return_df=True)

    refused = np.zeros(len(rows), dtype=bool)
    try:
        return transform(rows), refused
    except ValueError:  # unknown or missing categories are refused: which, is asked one by one
        for place, row in enumerate(rows):
            try:
                transform([row])
            except ValueError:
                refused[place] = True
    results = transform([row for row, raised in zip(rows, refused, strict=True) if not raised])
    found = pd.DataFrame(np.nan, index=range(len(rows)), columns=results.columns)
    for name in results.columns:
        found[name] = found[name].astype(object)
        found.loc[~refused, name] = results[name].to_numpy()
    return found, refused


def _source_of(values: np.ndarray, columns: np.ndarray, answered: np.ndarray, name: str) -> int:
    """Column of the rows with which a column of the result changes; the first one, if it is constant."""
    changing = [
        int(column) for column in np.unique(columns) if not _is_constant(values[answered & (columns == column)])
    ]
    if len(changing) > 1:
        raise ValueError(f"column {name!r} of its result depends on several columns of the rows")
    return changing[0] if changing else int(columns[0])


def _is_constant(values: np.ndarray) -> bool:
    return np.array_equal(values, np.broadcast_to(values[:1], values.shape), equal_nan=True)
