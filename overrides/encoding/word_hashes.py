"""Words and whole numbers as their hashes: what CatBoost tells categories by."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..errors import InputError
from ..functional.city_hash import low_hash


def word_hashes(values: Any) -> np.ndarray:
    """Signed hashes of 32 bits of the words, whole numbers or bools of a column.

    Parameters
    ----------
    values : series of a frame, or array-like, of shape (n_samples,)

    Returns
    -------
    float64 ndarray of shape (n_samples,)

    Raises
    ------
    InputError
        A value is missing, or is a number with a fraction part: CatBoost refuses those.
    """
    if hasattr(values, "to_native"):
        values = np.array(values.to_list(), dtype=object)
    elif hasattr(values, "iloc"):
        values = values.to_numpy(dtype=object)
    return np.array(_hashes(values if isinstance(values, list) else np.asarray(values).tolist()), dtype=np.float64)


def _hashes(values: Iterable[Any]) -> list[int]:
    """Hash of each value; each distinct one is hashed once."""
    known: dict[tuple[type, Any], int] = {}
    found = []
    for value in values:
        key = (type(value), value)
        if key not in known:
            known[key] = low_hash(_word(value))
        found.append(known[key])
    return found


def _word(value: Any) -> str:
    """The word that stands for a value."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, (bool, np.bool_)):
        return "1" if value else "0"
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    raise InputError(f"has {value!r} as a category: categories are words and whole numbers, give it a word")
