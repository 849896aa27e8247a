"""The plan of a conversion: which route every step takes and why. The only file that chooses."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from .errors import ModelError, NotFittedError
from .onnx_import.supports import supports
from .overrides.core.classes import has_string_classes, output_strings
from .overrides.core.facts import asked_once, facts_of
from .overrides.core.methods import PREDICT_LABELS, available_methods
from .overrides.core.registry import find
from .versions import warn_if_untested
from .written_by import explaining_missing_attributes


class Route(StrEnum):
    """How a step crosses: by a hand-written module, over ONNX, or not at all."""

    OVERRIDE = "override"
    ONNX = "onnx"
    REFUSED = "refused"


@dataclass(frozen=True)
class Step:
    """One estimator of a plan.

    Attributes
    ----------
    path : str
        Where it stands inside the model, as in ``state_dict`` keys: ``steps.svc``; empty for the model itself.
    estimator : str
        Full name of its class.
    route : Route
    reason : str
        Why this route.
    methods : tuple of str
        Public methods of its module.
    children : tuple of Step
    advice : str
        What to do about a refusal; empty otherwise.
    limit : str
        What scikit-learn itself leaves open in the results, and how far the module may differ; empty otherwise.
    """

    path: str
    estimator: str
    route: Route
    reason: str
    methods: tuple[str, ...]
    children: tuple["Step", ...] = ()
    advice: str = ""
    limit: str = ""

    @property
    def name(self) -> str:
        """Class name of the estimator."""
        return self.estimator.rpartition(".")[2]

    def walk(self) -> Iterator["Step"]:
        """The step and all below it, depth first."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True)
class Plan:
    """What :func:`plan` decided: a tree of :class:`Step`. Printable, comparable, JSON."""

    root: Step

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps, depth first."""
        return tuple(self.root.walk())

    @property
    def refused(self) -> tuple[Step, ...]:
        """Steps that cannot cross."""
        return tuple(step for step in self.steps if step.route is Route.REFUSED)

    def to_dict(self) -> dict[str, Any]:
        """As plain dicts, lists and strings."""
        return _step_to_dict(self.root)

    def to_json(self) -> str:
        """As JSON text."""
        return json.dumps(self.to_dict(), indent=2)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Plan":
        """Inverse of :meth:`to_dict`."""
        return cls(_step_from_dict(data))

    def __str__(self) -> str:
        return "\n".join(_lines(self.root, 0))


def _lines(step: Step, depth: int) -> Iterator[str]:
    """An indented tree, a line per step and more for what is to be said of it; refusals say what to do."""
    indent = "  " * depth
    where = f"{step.path.rpartition('.')[2]}: " if step.path else ""
    yield f"{indent}{where}{step.name} [{step.route.value}] {step.reason}"
    if step.methods and step.route is not Route.REFUSED:
        yield f"{indent}  methods: {', '.join(step.methods)}"
    if step.limit:
        yield f"{indent}  limit: {step.limit}"
    if step.advice:
        yield f"{indent}  what to do: {step.advice}"
    for child in step.children:
        yield from _lines(child, depth + 1)


def _step_to_dict(step: Step) -> dict[str, Any]:
    children = [_step_to_dict(child) for child in step.children]
    return {**asdict(step), "route": step.route.value, "methods": list(step.methods), "children": children}


def _step_from_dict(data: dict[str, Any]) -> Step:
    children = tuple(_step_from_dict(child) for child in data["children"])
    return Step(**{**data, "route": Route(data["route"]), "methods": tuple(data["methods"]), "children": children})


def plan(model: Any) -> Plan:
    """Decide for every step of a fitted estimator how it goes to PyTorch, without converting anything.

    Parameters
    ----------
    model : estimator
        A fitted scikit-learn estimator.

    Returns
    -------
    Plan
        Steps that cannot be converted are in it, as refused, with the reason and what to do.

    Raises
    ------
    ModelError
        ``model`` is no estimator, or a class instead of an instance.
    NotFittedError
        It, or an estimator inside it, is not fitted.
    VersionMismatchError
        One of them was written by another version of its library, and lacks an attribute.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> import bridge
    >>> print(bridge.plan(SVC().fit(*load_iris(return_X_y=True))).root.route.value)
    override
    """
    check_estimator(model)
    warn_if_untested()
    with asked_once(), explaining_missing_attributes(model):
        return Plan(_step(model, ""))


def _step(estimator: Any, path: str) -> Step:
    check_fitted(estimator, path)
    name = f"{type(estimator).__module__}.{type(estimator).__qualname__}"
    facts = facts_of(estimator)
    if facts.override is None or facts.prefers_onnx:
        return _onnx_step(estimator, path, name)
    if facts.unsupported_reason is not None:
        return _refused(estimator, path, name, facts.unsupported_reason)
    children = tuple(_step(child, f"{path}.{key}" if path else key) for key, child in facts.children.items())
    is_refused_below = any(step.route is Route.REFUSED for child in children for step in child.walk())
    if not (facts.methods or facts.failing_methods or is_refused_below):
        return _refused(estimator, path, name, f"{type(estimator).__name__} has no method that acts on rows")
    said = (facts.module.precision_note(estimator), _draws(facts.random_methods), _left_out(estimator))
    limit = "; ".join(filter(None, said))
    methods = _served(estimator, facts.methods)
    return Step(path, name, Route.OVERRIDE, facts.override.reason, methods, children, limit=limit)


def _draws(methods: tuple[str, ...]) -> str:
    """What is said of methods that draw."""
    if not methods:
        return ""
    return f"{', '.join(methods)} draw from torch's generator: equal to scikit-learn's in distribution, not in value"


def _left_out(estimator: Any) -> str:
    """What is said of methods that draw rows or functions, and return as many as they are asked for."""
    names = [name for name in ("sample", "sample_y") if hasattr(estimator, name)]
    return (
        f"{', '.join(names)} is left out: it takes a number of samples to draw, where modules take rows"
        if names
        else ""
    )


def _onnx_step(estimator: Any, path: str, name: str) -> Step:
    methods = available_methods(estimator)
    if not methods:
        return _refused(estimator, path, name, f"{type(estimator).__name__} has no method that acts on rows")
    objection = supports(estimator, methods)
    if objection is not None:
        return _refused(estimator, path, name, objection)
    return Step(path, name, Route.ONNX, "skl2onnx exports every method in float64", _served(estimator, methods))


def _served(estimator: Any, methods: tuple[str, ...]) -> tuple[str, ...]:
    """The methods, and that which gives strings instead of codes."""
    has_strings = "predict" in methods and (has_string_classes(estimator) or bool(output_strings(estimator)))
    return (*methods, PREDICT_LABELS.name) if has_strings else methods


def _refused(estimator: Any, path: str, name: str, reason: str) -> Step:
    base = next((cls for cls in type(estimator).__mro__[1:] if find(cls) is not None), None)
    advice = "register a module of your own with bridge.register"
    if base is not None:
        advice = (
            f"it is a subclass of {base.__name__} and may have changed a method: if it has not, pass the fitted "
            f"attributes to a {base.__name__}; else {advice}"
        )
    elif find(type(estimator)) is not None:
        advice = f"change that option and fit again, or {advice} (replace=True)"
    return Step(path, name, Route.REFUSED, reason, available_methods(estimator), (), advice)


def check_estimator(model: Any) -> None:
    """Raise ModelError unless ``model`` is an estimator, or of a class that a module is registered for."""
    if isinstance(model, type):
        raise ModelError(f"got the class {model.__name__}, expected a fitted instance: {model.__name__}().fit(X, y)")
    if not (hasattr(model, "fit") and hasattr(model, "get_params")) and find(type(model)) is None:
        raise ModelError(
            f"got {type(model).__module__}.{type(model).__qualname__}, expected a fitted scikit-learn estimator "
            "(an object with fit and get_params)"
        )


def check_fitted(estimator: Any, path: str) -> None:
    """Raise NotFittedError, naming the step, unless ``estimator`` is fitted or needs no fitting."""
    from sklearn import exceptions
    from sklearn.utils.validation import check_is_fitted

    if not hasattr(estimator, "fit") and find(type(estimator)) is not None:
        return  # a booster, or the like, comes from training
    try:
        check_is_fitted(estimator)
    except exceptions.NotFittedError as error:
        override = find(type(estimator))
        if override is not None and override.module.needs_no_fit(estimator):
            return
        where = f" (step {path!r})" if path else ""
        raise NotFittedError(f"{type(estimator).__name__}{where} is not fitted: call fit before converting") from error
    except TypeError as error:
        raise ModelError(f"{type(estimator).__name__} at {path!r} is not a scikit-learn estimator: {error}") from error
