"""Rows of narrower floats as float64: scikit-learn computes in the dtype of its rows, a module in its own."""

from typing import Any

import numpy as np

_NARROW = (np.float16, np.float32)


def as_float64(rows: Any) -> Any:
    """The same values as float64: what scikit-learn gives for them is what the module is held to.

    Parameters
    ----------
    rows : ndarray, sparse matrix, data frame of pandas or polars, or anything else
        Of arrays and sparse matrices the numbers, of frames the columns of float16 and float32.

    Returns
    -------
    object of the same type
        ``rows`` itself where it holds no such numbers.
    """
    if hasattr(rows, "dtype") and hasattr(rows, "astype"):
        return rows.astype(np.float64) if rows.dtype in _NARROW else rows
    if hasattr(rows, "dtypes") and hasattr(rows, "astype"):
        narrow = [name for name, dtype in rows.dtypes.items() if dtype in _NARROW]
        return rows.astype(dict.fromkeys(narrow, np.float64)) if narrow else rows
    if type(rows).__module__.startswith("polars"):
        import polars

        return rows.cast({polars.Float32: polars.Float64})
    return rows
