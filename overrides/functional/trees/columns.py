"""Splits of numbers as codes of the column that they look at."""

import numpy as np

_PLAIN, _INFINITE, _NAN = 0, 1, 2


def split_codes(
    feature: np.ndarray, threshold: np.ndarray, missing_left: np.ndarray, negative: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Codes of the columns that splits look at, and their thresholds there, finite or -inf.

    Splits go left by ``x <= threshold``, or by ``-x <= -threshold``; all but NaN go right of a threshold of NaN.

    Parameters
    ----------
    feature : int ndarray of shape (n_splits,)
    threshold : float ndarray of shape (n_splits,)
    missing_left : bool ndarray of shape (n_splits,)
    negative : bool ndarray of shape (n_splits,), optional

    Returns
    -------
    code : int64 ndarray of shape (n_splits,)
        Below 12 times the number of features.
    threshold : float ndarray of shape (n_splits,)
    """
    limit = np.array(threshold) if negative is None else np.where(negative, -threshold, threshold)
    code = feature.astype(np.int64)
    code *= 3
    unusual = ~(limit < np.inf)
    code[unusual] += np.where(np.isnan(limit[unusual]), _NAN, _INFINITE)
    limit[unusual] = 0.5
    code *= 2
    if negative is not None:
        code += negative
    code *= 2
    code += missing_left
    return code, limit


def columns_of(code: np.ndarray, dtype: np.dtype) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """What is different among the columns of splits, and the column of each split.

    Parameters
    ----------
    code : int ndarray of shape (n_splits,)
        As :func:`split_codes` gives them; -1 - k for a column of directions, k, which come behind those of numbers.
    dtype : numpy dtype
        Of the thresholds.

    Returns
    -------
    columns : dict of ndarray
        ``feature``, ``missing``, ``lowest``, ``highest`` and ``negative`` of :class:`~.layout.TreeLayout`.
    column : int ndarray of shape (n_splits,)
    """
    numbers = code if code.min(initial=0) >= 0 else code[code >= 0]
    used, column = _distinct(numbers)
    if len(numbers) < len(code):
        own, column = column, len(used) - 1 - code
        column[code >= 0] = own
    kind = used // 4 % 3
    columns = {
        "feature": used // 12,
        "missing": np.where(used % 2 == 1, -np.inf, np.inf).astype(dtype),
        # All that is not missing goes left of an infinite threshold, and right of NaN.
        "lowest": np.where(kind == _NAN, 1.0, -np.inf).astype(dtype),
        "highest": np.where(kind == _INFINITE, 0.0, np.inf).astype(dtype),
        "negative": used // 2 % 2 == 1,
    }
    return columns, column


def _distinct(code: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distinct codes, ascending, and the place of each among them; in little time and memory, for there may be many."""
    if code.max(initial=0) >= max(len(code), 1 << 16):
        used, place = np.unique(code, return_inverse=True)
        return used.astype(np.int64), place.reshape(-1)
    used = np.flatnonzero(np.bincount(code, minlength=1))
    place = np.zeros(int(used.max(initial=0)) + 1, dtype=code.dtype)
    place[used] = np.arange(len(used))
    return used, place[code]


def floor_to_float32(threshold: np.ndarray) -> np.ndarray:
    """The largest float32 not above each threshold, which is finite unless the threshold is not, or is below all.

    Parameters
    ----------
    threshold : ndarray of float64

    Returns
    -------
    ndarray of float32
    """
    threshold = np.asarray(threshold)
    if threshold.dtype == np.float32:
        return threshold
    with np.errstate(over="ignore"):
        near = threshold.astype(np.float32)
        return np.where(near > threshold, np.nextafter(near, np.float32(-np.inf)), near)
