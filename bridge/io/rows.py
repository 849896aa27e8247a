"""Rows read from CSV and parquet files, with the columns that a model was fitted on."""

import csv
import os
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import DataError
from .extras import need

if TYPE_CHECKING:
    import pandas as pd

PARQUET = (".parquet", ".pq")


def read_rows(
    path: str | os.PathLike[str],
    feature_names: Sequence[str] | None = None,
    n_features: int = -1,
    label: str | None = None,
    words: Collection[str] = (),
) -> Any:
    """Rows of a file as a model takes them.

    Parameters
    ----------
    path : path
        A CSV file, or a parquet file by its suffix.
    feature_names : sequence of str, optional
        ``feature_names_in_`` of the model: its columns are found by name, others are left out.
    n_features : int
        ``n_features_in_`` of a model without names: the file must have as many columns; -1 takes any.
    label : str, optional
        Column to leave out.
    words : collection of str
        Columns that the model was fitted on as words: in a CSV file they are text, whatever they look like. 00123 is no
        number then.

    Returns
    -------
    DataFrame of shape (n_samples, n_features), or ndarray of that shape where the model has no names

    Raises
    ------
    DataError
        The file cannot be read, has no rows, or not the columns of the model.
    MissingPackageError
        pandas, or pyarrow for parquet, is not installed.
    """
    file = Path(path)
    frame = read_frame(file, words)
    if label is not None:
        if label not in frame.columns:
            raise DataError(f"{file} has no column {label!r} to leave out, only {_listed(frame.columns)}")
        frame = frame.drop(columns=label)
    if feature_names is not None:
        missing = [name for name in feature_names if name not in frame.columns]
        if missing:
            raise DataError(
                f"{file} lacks {_listed(missing)} of the {len(feature_names)} columns that the model was fitted on; "
                f"it has {_listed(frame.columns)}"
            )
        return frame[list(feature_names)]
    if n_features >= 0 and frame.shape[1] != n_features:
        raise DataError(
            f"{file} has {frame.shape[1]} columns ({_listed(frame.columns)}), the model was fitted on {n_features}: "
            "name a column that is no feature with --label"
        )
    return frame.to_numpy()


def read_frame(path: str | os.PathLike[str], words: Collection[str] = ()) -> "pd.DataFrame":
    """A CSV or parquet file as a data frame with at least one row.

    A CSV file whose first line is all numbers has no header, unless it counts the columns: 0, 1, 2, ...; a first column
    without a name is the index that pandas wrote, and left out.

    Parameters
    ----------
    path : path
    words : collection of str
        Columns of a CSV file that are text, whatever they look like.

    Returns
    -------
    DataFrame
    """
    file = check_file(path)
    frame = _read_parquet(file) if file.suffix.lower() in PARQUET else _read_csv(file, words)
    if frame.empty:
        raise DataError(f"{file} has no rows")
    return frame


def check_file(path: str | os.PathLike[str]) -> Path:
    """The path of a file of rows, or a DataError: without reading it, and without the packages that read it."""
    file = Path(path)
    if file.is_dir():
        raise DataError(f"{file} is a folder: pass a CSV or parquet file")
    if not file.is_file():
        raise DataError(f"{file} does not exist: pass a CSV or parquet file")
    if file.stat().st_size == 0:
        raise DataError(f"{file} is empty")
    return file


def _read_csv(file: Path, words: Collection[str]) -> "pd.DataFrame":
    pandas = need("pandas", "to read CSV files")
    try:
        header = 0 if _has_header(file) else None
        # Before 3.1 the default may be off by one ulp; since then the argument is deprecated.
        exact = {"float_precision": "round_trip"} if _version(pandas) < (3, 1) else {}
        as_text = dict.fromkeys(words, str) if header == 0 else None
        frame = pandas.read_csv(file, header=header, dtype=as_text, **exact)
    except (ValueError, csv.Error) as error:  # pandas' own errors and those of decoding are ValueErrors
        raise DataError(f"{file} cannot be read as CSV: {error}") from error
    if header == 0 and str(frame.columns[0]) == "Unnamed: 0" and frame.shape[1] > 1:
        frame = frame.iloc[:, 1:]
    frame.columns = [str(name) for name in frame.columns]
    return frame


def _version(module: Any) -> tuple[int, ...]:
    return tuple(int(part) for part in module.__version__.split(".")[:2])


def _has_header(file: Path) -> bool:
    with file.open(newline="", encoding="utf-8-sig") as lines:
        first = next(csv.reader(lines), [])
    try:
        numbers = [float(word) for word in first]
    except ValueError:
        return True
    return numbers == list(range(len(numbers)))


def _read_parquet(file: Path) -> "pd.DataFrame":
    pandas = need("pandas", "to read parquet files")
    need("pyarrow", "to read parquet files")
    try:
        frame = pandas.read_parquet(file)
    except ValueError as error:  # pyarrow's errors are ValueErrors
        raise DataError(f"{file} cannot be read as parquet: {error}") from error
    frame.columns = [str(name) for name in frame.columns]
    return frame


def _listed(names: Sequence[Any]) -> str:
    """The first few names, and how many more."""
    shown = [repr(str(name)) for name in list(names)[:6]]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
