"""The methods that cross: one table of them, which of them an estimator has, and which a module got."""

import inspect
from dataclasses import dataclass
from typing import Any

from torch import nn


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


@dataclass(frozen=True)
class Method:
    """A method of scikit-learn that acts on rows.

    Attributes
    ----------
    name : str
        The module's name for it.
    call : str
        scikit-learn's, where it is another.
    arguments : tuple of Argument
        By which some libraries give it, where they have no method of that name.
    graph : str
        The graph of torch.export and of ONNX that holds it. One of its own means that it takes other rows than most, or
        gives so much that all others would wait for it, for runtimes compute every output, whichever are asked for.
    is_inverse : bool
        Whether it takes results of ``transform``.
    is_joint : bool
        Whether its result is about all rows with each other, shape (n_samples, n_samples, ...): no batch is cut.
    is_staged : bool
        Whether it is a generator in scikit-learn, one result per stage. Here it gives one tensor of shape
        (n_samples, n_stages, ...): rows come first in every result.
    gives_classes : bool
        Whether it returns labels of classes, codes where they are strings.
    gives_strings : bool
        Whether it returns a string per row.
    is_on_a_scale : bool
        Whether near results mean near models: not of rows put back, nor of places in a tree.
    """

    name: str
    call: str = ""
    arguments: tuple[Argument, ...] = ()
    graph: str = "model"
    is_inverse: bool = False
    is_joint: bool = False
    is_staged: bool = False
    gives_classes: bool = False
    gives_strings: bool = False
    is_on_a_scale: bool = True

    @property
    def sklearn_name(self) -> str:
        """scikit-learn's method."""
        return self.call or self.name


PREDICT_LABELS = Method("predict_labels", call="predict", gives_strings=True)
"""``predict`` in strings, which a module of an estimator with string classes has besides."""

METHODS = {
    method.name: method
    for method in (
        Method("predict", gives_classes=True),
        Method("predict_proba"),
        Method("predict_log_proba"),
        Method("predict_joint_log_proba"),
        Method("predict_std", arguments=(Argument("predict", "return_std", is_second=True),)),
        Method(
            "predict_cov",
            arguments=(Argument("predict", "return_cov", is_second=True),),
            graph="predict_cov",
            is_joint=True,
        ),
        Method(
            "predict_raw",  # what boosters sum, before any link: of XGBoost, LightGBM, CatBoost
            arguments=(
                Argument("predict", "output_margin"),
                Argument("predict", "raw_score"),
                Argument("predict", "prediction_type", "RawFormulaVal"),
            ),
        ),
        Method("decision_function"),
        Method("transform"),
        Method("inverse_transform", graph="inverse_transform", is_inverse=True, is_on_a_scale=False),
        Method("score_samples"),
        Method("kneighbors"),
        Method("apply", arguments=(Argument("predict", "pred_leaf"),), graph="apply", is_on_a_scale=False),
        Method("decision_path", graph="decision_path", is_on_a_scale=False),
        Method("staged_predict", graph="staged", is_staged=True, gives_classes=True),
        Method("staged_predict_proba", graph="staged", is_staged=True),
        Method("staged_decision_function", graph="staged", is_staged=True),
    )
}
"""Methods of scikit-learn that act on rows, by name, in the order in which artifacts list them."""


def method_of(name: str) -> Method:
    """The record of a public method; of one that a family added, a plain one."""
    return PREDICT_LABELS if name == PREDICT_LABELS.name else METHODS.get(name) or Method(name)


def offers(estimator: Any, name: str) -> bool:
    """Whether a fitted estimator has a method, as such or as an argument of another."""
    return hasattr(estimator, name) or argument_for(estimator, name) is not None


def argument_for(estimator: Any, name: str) -> Argument | None:
    """The argument that gives a method's result where the estimator has no method of that name; None without one."""
    if hasattr(estimator, name):
        return None
    for argument in method_of(name).arguments:
        if not hasattr(estimator, argument.method):
            continue
        if hasattr(estimator, "_final_estimator"):  # a pipeline hands every argument on
            return argument_for(estimator._final_estimator, name)
        if argument.name in inspect.signature(getattr(estimator, argument.method)).parameters:
            return argument
    return None


def available_methods(estimator: Any) -> tuple[str, ...]:
    """The methods among :data:`METHODS` that the fitted estimator has: :func:`offers`."""
    return tuple(name for name in METHODS if offers(estimator, name))


def public_methods(module: nn.Module) -> tuple[str, ...]:
    """Methods on rows that were composed onto a module, in their order; () for a module that is none of ours."""
    return tuple(getattr(module, "method_names", ()))


def served_methods(module: nn.Module) -> tuple[str, ...]:
    """Public methods of a module, ``predict_labels`` last where it has it."""
    extra = (PREDICT_LABELS.name,) if hasattr(module, PREDICT_LABELS.name) else ()
    return (*public_methods(module), *extra)
