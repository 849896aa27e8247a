"""Fitted models read from files: skops, whose types are looked at first, boosters' own, pickles of a trusted source."""

import os
import zipfile
from pathlib import Path
from typing import Any

from ..errors import DataError
from ..written_by import remembering_writer
from .extras import need

SKOPS = (".skops",)
PICKLES = (".pkl", ".pickle", ".joblib")
BOOSTERS = {".ubj": "xgboost", ".json": "xgboost", ".txt": "lightgbm", ".cbm": "catboost"}
"""Suffixes of the files in which a library writes its own models, and the library: data that runs no code."""


def read_model(path: str | os.PathLike[str], trust: bool = False) -> Any:
    """A fitted scikit-learn estimator, or the booster of another library, from a file.

    Parameters
    ----------
    path : path
        A ``.skops`` file; a native file of XGBoost (``.ubj``, ``.json``), LightGBM (``.txt``) or CatBoost (``.cbm``),
        which gives the library's raw booster; with ``trust`` also ``.pkl``, ``.pickle`` or ``.joblib``.
    trust : bool
        The source is trusted: a pickle may run its code, a skops file may construct types that skops does not know.

    Raises
    ------
    DataError
        No such file, of no known kind, empty or damaged; or it has to be trusted and is not.
    ModelError
        What is in it is not an estimator.
    MissingPackageError
        skops is not installed, or the library of a native file.
    """
    file = Path(path)
    if file.is_dir():
        raise DataError(f"{file} is a folder: pass the file of a model ({', '.join(SKOPS + PICKLES)})")
    if not file.is_file():
        raise DataError(f"{file} does not exist: pass the file of a fitted model")
    suffix = file.suffix.lower()
    if suffix not in (*SKOPS, *PICKLES, *BOOSTERS):
        raise DataError(
            f"{file} is not a file of a known kind: write the model with skops.io.dump(model, 'model.skops'); "
            f"{', '.join(BOOSTERS)} of boosters are read too, and {', '.join(PICKLES)} from sources that you trust"
        )
    if file.stat().st_size == 0:
        raise DataError(f"{file} is empty: write the model again")
    if suffix in BOOSTERS:
        return _read_booster(file, suffix)
    model = _read_skops(file, trust) if suffix in SKOPS else _read_pickle(file, trust)
    from ..plans import check_estimator  # with it come torch and scikit-learn, which no message about a file needs

    check_estimator(model)
    return model


def _read_skops(file: Path, trust: bool) -> Any:
    skops = need("skops.io", "to read skops files")
    if not zipfile.is_zipfile(file):
        raise DataError(f"{file} is not a skops file, or was cut: write it with skops.io.dump(model, {file.name!r})")
    try:
        unknown = list(skops.get_untrusted_types(file=file))
    except Exception as error:  # damaged in any of the ways that a zip of JSON and arrays can be
        raise _damaged(file, "skops", error) from error
    if unknown and not trust:
        raise DataError(
            f"{file} holds types that skops does not trust by itself: {', '.join(sorted(unknown))}. "
            "If you know them and where the file comes from, pass --trust (trust=True)"
        )
    try:
        return remembering_writer(lambda: skops.load(file, trusted=unknown))
    except Exception as error:
        raise _damaged(file, "skops", error) from error


def _read_pickle(file: Path, trust: bool) -> Any:
    if not trust:
        raise DataError(
            f"{file} is a pickle, which can run any code when it is read: pass --trust (trust=True) if you know where "
            "it comes from, or write the model with skops.io.dump"
        )
    joblib = need("joblib", "to read pickles")
    try:
        return remembering_writer(lambda: joblib.load(file))
    except Exception as error:  # unpickling runs what the file says and raises whatever that raises
        raise _damaged(file, "pickle", error) from error


def _read_booster(file: Path, suffix: str) -> Any:
    """The raw booster of a native file, by its library's own loader."""
    library = BOOSTERS[suffix]
    package = need(library, f"to read {suffix} files")
    try:
        if library == "xgboost":
            return package.Booster(model_file=str(file))
        if library == "lightgbm":
            return package.Booster(model_file=str(file))
        return package.CatBoost().load_model(str(file), format="cbm")
    except Exception as error:  # each library has errors of its own for a file that it cannot read
        raise _damaged(file, library, error) from error


def _damaged(file: Path, kind: str, error: Exception) -> DataError:
    return DataError(
        f"{file} cannot be read as a {kind} file ({type(error).__name__}: {error}): it is damaged, or was written "
        "with versions or modules that are not installed here"
    )
