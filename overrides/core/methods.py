"""The methods that cross: which ones scikit-learn's estimators have, and which a module got."""

import inspect
from dataclasses import dataclass
from typing import Any

from torch import nn

METHODS = (
    "predict",
    "predict_proba",
    "predict_log_proba",
    "predict_joint_log_proba",
    "predict_std",
    "predict_cov",
    "predict_raw",
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


@dataclass(frozen=True)
class Argument:
    """An argument by which another method gives the result of a method that an estimator has not by name.

    Attributes
    ----------
    method : str
        The method that takes it.
    name : str
    value : object
        What to pass.
    is_second : bool
        Whether the result is the second of a pair then.
    """

    method: str
    name: str
    value: Any = True
    is_second: bool = False


ARGUMENTS = {
    "predict_std": (Argument("predict", "return_std", is_second=True),),
    "predict_cov": (Argument("predict", "return_cov", is_second=True),),
    # What boosters sum, before any link: of XGBoost, LightGBM, CatBoost.
    "predict_raw": (
        Argument("predict", "output_margin"),
        Argument("predict", "raw_score"),
        Argument("predict", "prediction_type", "RawFormulaVal"),
    ),
    "apply": (Argument("predict", "pred_leaf"),),
}
"""Methods that some libraries have as an argument of another, and the names that the argument has there."""

JOINT = ("predict_cov",)
"""Those of them whose result is about all rows with each other, shape (n_samples, n_samples, ...): no batch is cut."""


def offers(estimator: Any, method: str) -> bool:
    """Whether a fitted estimator has a method, as such or, by :data:`ARGUMENTS`, as an argument of another."""
    return hasattr(estimator, method) or argument_for(estimator, method) is not None


def argument_for(estimator: Any, method: str) -> Argument | None:
    """The argument that gives a method's result where the estimator has no method of that name; None without one."""
    if hasattr(estimator, method):
        return None
    for argument in ARGUMENTS.get(method, ()):
        if not hasattr(estimator, argument.method):
            continue
        if hasattr(estimator, "_final_estimator"):  # a pipeline hands every argument on
            return argument_for(estimator._final_estimator, method)
        if argument.name in inspect.signature(getattr(estimator, argument.method)).parameters:
            return argument
    return None


def available_methods(estimator: Any) -> tuple[str, ...]:
    """The methods among :data:`METHODS` that the fitted estimator has: :func:`offers`."""
    return tuple(name for name in METHODS if offers(estimator, name))


def public_methods(module: nn.Module) -> tuple[str, ...]:
    """Methods on rows that were composed onto a module, in their order; () for a module that is none of ours."""
    return tuple(getattr(module, "method_names", ()))
