"""XGBoost estimators with results in float64, to see what scikit-learn's float32 arithmetic after them leaves open.

And with results off by their last digit of float32, to see what that does to all behind them: an exponential may be
rounded in another way.
"""

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

LAST_DIGIT = 2.0**-23
"""A unit in the last place of a float32 number, as a part of it, at most."""


def in_float64(estimator: Any, rounds_link: bool) -> Any:
    """A stand-in for an estimator, with float64 results.

    Parameters
    ----------
    estimator : xgboost.XGBModel
    rounds_link : bool
        Whether predictions are to be off by their last digit of float32: those that are an exponential of margins.
    """
    cls = type(estimator)
    twin = copy.copy(estimator)
    twin.__class__ = type(cls.__name__, (_InFloat64, cls), {"rounds_link": rounds_link, "__module__": cls.__module__})
    return twin


class _InFloat64:
    """Results of the methods behind it in float64, moved by their last digit where an exponential leaves that open."""

    rounds_link: bool

    def predict(self, X: Any, *, output_margin: bool = False, **options: Any) -> Any:
        found = np.asarray(super().predict(X, output_margin=output_margin, **options))  # type: ignore[misc]
        if found.dtype != np.float32:
            return found
        found = found.astype(np.float64)
        return found if output_margin or not self.rounds_link else found * (1 + LAST_DIGIT)

    def predict_proba(self, X: Any, **options: Any) -> Any:
        found = np.asarray(super().predict_proba(X, **options)).astype(np.float64)  # type: ignore[misc]
        if not self.rounds_link:
            return found
        if found.shape[1] == 2:
            # The first of two is 1 minus the second: its last digit is that of numbers near 1.
            return found + np.array([-LAST_DIGIT, LAST_DIGIT]) * np.maximum(found, 0.5)
        return found * (1 + 2 * LAST_DIGIT)


class BoosterInFloat64:
    """What a raw booster gives on rows, as :func:`in_float64` has it."""

    def __init__(self, call: Callable[[str, Any], Any], rounds_link: bool) -> None:
        self.call, self.rounds_link = call, rounds_link

    def predict(self, rows: Any) -> Any:
        """Predictions behind the link."""
        return np.asarray(self.call("predict", rows), dtype=np.float64) * (1 + 2 * LAST_DIGIT * self.rounds_link)

    def predict_raw(self, rows: Any) -> Any:
        """Margins."""
        return np.asarray(self.call("predict_raw", rows), dtype=np.float64)

    def apply(self, rows: Any) -> Any:
        """Leaves."""
        return self.call("apply", rows)
