"""Which constants of a graph are learned: those that equal a fitted attribute of the estimator."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True)
class Match:
    """A constant found among the fitted attributes.

    Attributes
    ----------
    name : str
        Path of the attribute, as in ``estimator_.coef_``; an item of a list is ``coefs_0``.
    value : Tensor
        The attribute as it is, float64.
    transposed : bool
        Whether the constant is its transpose; otherwise it has the same numbers in the same order.
    """

    name: str
    value: Tensor
    transposed: bool


def learned_arrays(estimator: Any) -> dict[str, np.ndarray]:
    """Fitted floating attributes of an estimator and of those inside it, by path, intercepts and coefficients first."""
    arrays = dict(_walk(estimator, ""))
    return dict(sorted(arrays.items(), key=lambda item: _rank(item[0])))


def _rank(path: str) -> int:
    name = path.rpartition(".")[2]
    order = ("coef", "intercept", "offset", "cluster_centers_", "components_", "mean_")
    return next((i for i, start in enumerate(order) if name.startswith(start)), len(order))


def _walk(estimator: Any, prefix: str) -> Iterator[tuple[str, np.ndarray]]:
    for name, value in vars(estimator).items():
        if not name.endswith("_") or name == "classes_" or not name.isidentifier():
            continue
        array = _array(value)
        if array is not None:
            yield prefix + name, array
        elif isinstance(value, (list, tuple)):
            items = [_array(item) if isinstance(item, np.ndarray) else None for item in value]
            yield from ((f"{prefix}{name}{i}", item) for i, item in enumerate(items) if item is not None)
        elif hasattr(value, "get_params") and hasattr(value, "fit") and not isinstance(value, type):
            yield from _walk(value, f"{prefix}{name}.")


def _array(value: Any) -> np.ndarray | None:
    if hasattr(value, "toarray"):
        value = value.toarray()
    if isinstance(value, (float, np.floating)):
        value = np.asarray(value)
    is_floating = isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.size
    return np.asarray(value, dtype=np.float64) if is_floating else None


def match(value: Tensor, arrays: dict[str, np.ndarray]) -> Match | None:
    """The attribute that a constant equals, up to shape or transposition; None if there is none.

    Notes
    -----
    A single number says little: it is only taken for an intercept or an offset.
    """
    if not value.is_floating_point():
        return None
    numbers = value.detach().numpy()
    single = value.numel() == 1
    candidates = [
        (name, array)
        for name, array in arrays.items()
        if array.size == value.numel() and (not single or name.rpartition(".")[2].startswith(("intercept", "offset")))
    ]
    for name, array in candidates:
        if array.shape == numbers.shape and np.array_equal(array, numbers):
            return Match(name, torch.tensor(array), False)
    for name, array in candidates:
        if array.ndim == 2 and array.T.shape == numbers.shape and np.array_equal(array.T, numbers):
            return Match(name, torch.tensor(array), 1 not in array.shape)
    for name, array in candidates:
        if np.array_equal(array.ravel(), numbers.ravel()):
            return Match(name, torch.tensor(array), False)
    return None
