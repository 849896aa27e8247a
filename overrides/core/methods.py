"""The methods that cross: which ones scikit-learn's estimators have, and which a module got."""

import inspect
from typing import Any

from torch import nn

METHODS = (
    "predict",
    "predict_proba",
    "predict_log_proba",
    "predict_joint_log_proba",
    "predict_std",
    "predict_cov",
    "decision_function",
    "transform",
    "inverse_transform",
    "score_samples",
    "kneighbors",
    "apply",
    "decision_path",
    "staged_predict",
    "staged_predict_proba",
    "staged_decision_function",
)
"""Methods of scikit-learn that act on rows, in the order in which artifacts list them.

Those that are generators there, one result per stage, give one tensor of shape (n_samples, n_stages, ...): rows come
first in every result.
"""

ARGUMENTS = {"predict_std": ("predict", "return_std"), "predict_cov": ("predict", "return_cov")}
"""Those of them that scikit-learn has as an argument of another: it returns the result as the second of two then."""

JOINT = ("predict_cov",)
"""Those of them whose result is about all rows with each other, shape (n_samples, n_samples, ...): no batch is cut."""


def offers(estimator: Any, method: str) -> bool:
    """Whether a fitted estimator has a method, as such or, by :data:`ARGUMENTS`, as an argument of another."""
    if hasattr(estimator, method):
        return True
    name, argument = ARGUMENTS.get(method, ("", ""))
    if not hasattr(estimator, name):
        return False
    if hasattr(estimator, "_final_estimator"):  # a pipeline hands every argument on
        return offers(estimator._final_estimator, method)
    return argument in inspect.signature(getattr(estimator, name)).parameters


def available_methods(estimator: Any) -> tuple[str, ...]:
    """The methods among :data:`METHODS` that the fitted estimator has: :func:`offers`."""
    return tuple(name for name in METHODS if offers(estimator, name))


def public_methods(module: nn.Module) -> tuple[str, ...]:
    """Methods on rows that were composed onto a module, in their order; () for a module that is none of ours."""
    return tuple(getattr(module, "method_names", ()))
