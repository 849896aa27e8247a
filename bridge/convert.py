"""A plan walked leaf-first into one module. Decides nothing: the plan has."""

from typing import Any

from torch import nn

from .errors import BridgeError, OnnxRouteError, UnsupportedError
from .onnx_import import convert_via_onnx
from .overrides.core.attach import attach
from .overrides.core.compose import build
from .overrides.core.facts import asked_once, facts_of
from .overrides.core.module import Module
from .plans import Plan, Route, Step
from .written_by import explaining_missing_attributes


def convert(model: Any, decided: Plan, none_is_nan: bool = False) -> Module:
    """The module of a fitted estimator, in eval mode, built as its plan says; None and NaN one gap, if so asked.

    Raises
    ------
    UnsupportedError
        The plan refuses a step, or the estimator is no longer what was planned for.
    VersionMismatchError
        An estimator lacks an attribute that the installed version of its library gives.
    """
    check_plan(decided)
    with asked_once(), explaining_missing_attributes(model):
        module = _build(model, decided.root, {})
        attach(module, model, none_is_nan)
    module.plan = decided
    return module


def check_plan(decided: Plan) -> None:
    """Raise UnsupportedError if the plan refuses a step."""
    if not decided.refused:
        return
    lines = [
        f"{step.name}{f' at {step.path!r}' if step.path else ''}: {step.reason}. What to do: {step.advice}"
        for step in decided.refused
    ]
    raise UnsupportedError("cannot convert " + "\n".join(lines))


def _build(estimator: Any, step: Step, built: dict[int, Module]) -> Module:
    """Module of one step; an estimator that stands at two places is built once."""
    if id(estimator) in built:
        return built[id(estimator)]
    if step.route is Route.ONNX:
        module = _convert_via_onnx(estimator, step)
    else:
        facts = facts_of(estimator)
        if facts.override is None:
            raise UnsupportedError(f"the override of {step.estimator} is no longer registered: plan again")
        children: dict[str, nn.Module] = {}
        prefix = f"{step.path}." if step.path else ""
        for (key, child), child_step in zip(facts.children.items(), step.children, strict=True):
            if child_step.path != prefix + key:
                raise UnsupportedError(f"the estimator at {child_step.path!r} has changed since the plan was made")
            children[key] = _build(child, child_step, built)
        module = build(facts.module, estimator, children)
    module.route = step.route.value
    built[id(estimator)] = module
    return module


def _convert_via_onnx(estimator: Any, step: Step) -> Module:
    try:
        return convert_via_onnx(estimator)
    except OnnxRouteError as error:
        if not step.path:
            raise
        raise OnnxRouteError(f"step {step.path!r}: {error}") from error
    except BridgeError:
        raise
    except Exception as error:
        where = step.path or "the model"
        raise OnnxRouteError(f"{step.name} ({where}): the ONNX route failed: {error}") from error
