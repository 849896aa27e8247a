"""Trees whose every split is "column above threshold", whatever it asked in its model.

A column already knows the rest: what stands for NaN there, that the number counts with its sign changed, or, of a split
that no order decides, which side the row goes to. So one layout and the same ways down serve them all.
"""

from dataclasses import dataclass

import numpy as np

from .flat import FlatTrees

_PLAIN, _INFINITE, _NAN = 0, 1, 2


@dataclass(frozen=True)
class ColumnTrees(FlatTrees):
    """Flat trees over columns: those of numbers first, described here, then those that know a side.

    Attributes
    ----------
    lowest, highest : float ndarray of shape (n_columns,)
        Bounds that a column is clamped to. They are infinite but for splits that part the missing from all others.
    negative : bool ndarray of shape (n_columns,)
        The column has the number with its sign changed: ``x >= t`` is ``-x <= -t`` in every precision, while
        ``not x <= t`` for the next lower ``t`` would hold in one only.
    n_sides : int
        Columns that know a side: 1 where the row goes right, 0 where it goes left.
    """

    lowest: np.ndarray
    highest: np.ndarray
    negative: np.ndarray
    n_sides: int

    @property
    def is_shared(self) -> bool:
        """Whether several nodes have the same children, so that nodes are in no order of levels."""
        pairs = self.child[self.child != np.arange(len(self.child))]
        return len(np.unique(pairs)) < len(pairs)


@dataclass(frozen=True)
class NumberSplits:
    """Splits of numbers, in the order given, and the columns that they look at.

    Attributes
    ----------
    column : int64 ndarray of shape (n_splits,)
    threshold : float ndarray of shape (n_splits,)
        Finite or -inf.
    columns : dict of ndarray
        ``feature``, ``missing``, ``lowest``, ``highest`` and ``negative`` of :class:`ColumnTrees`.
    """

    column: np.ndarray
    threshold: np.ndarray
    columns: dict[str, np.ndarray]


def number_splits(
    feature: np.ndarray, threshold: np.ndarray, missing_left: np.ndarray, negative: np.ndarray
) -> NumberSplits:
    """Splits that go left by ``x <= threshold``, or by ``-x <= -threshold``: all but NaN right of a threshold of NaN.

    Parameters
    ----------
    feature : int64 ndarray of shape (n_splits,)
    threshold : float ndarray of shape (n_splits,)
    missing_left, negative : bool ndarray of shape (n_splits,)
    """
    limit = np.where(negative, -threshold, threshold)
    kind = np.where(np.isnan(limit), _NAN, np.where(np.isposinf(limit), _INFINITE, _PLAIN))
    used, column = np.unique(((feature * 3 + kind) * 2 + negative) * 2 + missing_left, return_inverse=True)
    used_kind, dtype = used // 4 % 3, threshold.dtype
    return NumberSplits(
        column=column.reshape(-1),
        threshold=np.where(kind == _PLAIN, limit, 0.5).astype(dtype),
        columns={
            "feature": used // 12,
            "missing": np.where(used % 2 == 1, -np.inf, np.inf).astype(dtype),
            # All that is not missing goes left of an infinite threshold, and right of NaN.
            "lowest": np.where(used_kind == _NAN, 1.0, -np.inf).astype(dtype),
            "highest": np.where(used_kind == _INFINITE, 0.0, np.inf).astype(dtype),
            "negative": used // 2 % 2 == 1,
        },
    )
