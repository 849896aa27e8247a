"""What an estimator that was fitted on float32 keeps in that dtype, and which hand it on."""

import copy
from typing import Any

import numpy as np
from scipy.sparse import issparse


def fitted_in_float32(estimator: Any) -> dict[int, Any]:
    """float64 copies of what a fitted estimator holds in float32, by the id of what they copy: for ``copy.deepcopy``.

    Parameters
    ----------
    estimator : object
        An estimator, with all that is scikit-learn's inside it.
    """
    copies: dict[int, Any] = {}
    for value in vars(estimator).values():
        if isinstance(value, (np.ndarray, np.float32)) or issparse(value):
            if value.dtype == np.float32:
                copies[id(value)] = value.astype(np.float64)
        elif type(value).__module__.startswith("sklearn.") and hasattr(value, "__dict__"):
            copies.update(fitted_in_float32(value))
    return copies


def gives_float32(estimator: Any) -> bool:
    """Whether an encoder or vectorizer was asked for results in float32, by its parameter ``dtype``."""
    dtype = getattr(estimator, "dtype", None)
    try:
        return dtype is not None and np.dtype(dtype) == np.float32
    except TypeError:
        return False


def giving_float64(estimator: Any) -> Any:
    """A copy whose ``transform`` gives the same float32 numbers as float64: what follows computes in that."""
    found = copy.copy(estimator)
    found.transform = lambda X: estimator.transform(X).astype(np.float64)
    return found
