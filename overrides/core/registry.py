"""Which module stands in for which estimator: records made by a decorator, found by exact type."""

import importlib
import importlib.util
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar

from ..errors import RegistrationError
from .module import Module

M = TypeVar("M", bound=type[Module])


class Loss(Enum):
    """What the ONNX road would lose of an estimator; the value is the reason that a plan prints."""

    GRADIENT = "the ONNX graph has no gradient"
    TORCHSCRIPT = "the ONNX graph does not script"
    PRECISION = "the ONNX operators keep float32 only"
    METHOD = "the ONNX graph lacks methods"
    SPEED = "the ONNX graph is slow"
    CONVERTER = "no ONNX converter exists"
    TRAINING = "the ONNX graph holds constants that do not follow training"


@dataclass(frozen=True)
class Override:
    """One registration: the estimators, the module class that replaces them, and what the road would lose.

    Attributes
    ----------
    types : tuple of type
        Estimator classes, matched exactly: a subclass may have changed a method.
    module : type
        Subclass of :class:`Module`.
    loses : tuple of Loss
        Why the road is not taken.
    """

    types: tuple[type, ...]
    module: type[Module]
    loses: tuple[Loss, ...]

    @property
    def reason(self) -> str:
        """The losses in words."""
        return "; ".join(loss.value for loss in self.loses)

    def declines(self, estimator: Any) -> str | None:
        """Why this estimator in particular cannot be converted, or None."""
        return self.module.declines(estimator)

    def stands_aside(self, estimator: Any) -> bool:
        """Whether the ONNX road loses nothing of this estimator in particular, and takes it."""
        return self.module.stands_aside(estimator)

    @property
    def may_stand_aside(self) -> bool:
        """Whether the ONNX road is taken for some estimators of these types."""
        return self.module.stands_aside is not Module.stands_aside

    def children(self, estimator: Any) -> dict[str, Any]:
        """Fitted estimators that this one is made of, by their path inside it."""
        return self.module.children_of(estimator)


_RECORDS: dict[type, Override] = {}

_PACKAGE = "bridge.overrides"
_FAMILIES = f"{_PACKAGE}.sklearn"


def register(*types: type, loses: Loss | tuple[Loss, ...], replace: bool = False) -> Callable[[M], M]:
    """Class decorator: convert estimators of exactly these types with the decorated :class:`Module`.

    Parameters
    ----------
    *types : type
        Estimator classes.
    loses : Loss or tuple of Loss
        What the ONNX road would lose; a plan prints it.
    replace : bool
        Take the place of an earlier registration instead of refusing.

    Raises
    ------
    RegistrationError
        A type is registered already, or is not a class.
    """
    losses = loses if isinstance(loses, tuple) else (loses,)

    def decorate(module: M) -> M:
        for cls in types:
            if not isinstance(cls, type):
                raise RegistrationError(f"register() takes estimator classes, got {cls!r}")
            if not module.__module__.startswith(f"{_PACKAGE}."):
                find(cls)  # imports our own registration first: a user's comes second, whoever was imported first
            if cls in _RECORDS and not replace:
                raise RegistrationError(
                    f"{cls.__name__} is already converted by {_RECORDS[cls].module.__name__}; "
                    f"pass replace=True to let {module.__name__} take its place"
                )
        record = Override(types, module, losses)
        _RECORDS.update(dict.fromkeys(types, record))
        return module

    return decorate


def find(cls: type) -> Override | None:
    """The override registered for exactly this estimator class, or None; imports only the family it needs."""
    if cls not in _RECORDS:
        words = cls.__module__.split(".")
        if words[0] == "sklearn" and len(words) > 1:
            _import_family(words[1])
    return _RECORDS.get(cls)


def children_of(estimator: Any) -> dict[str, Any]:
    """Fitted estimators that one is made of, by their path inside it; none of one that has no override, or declines."""
    record = find(type(estimator))
    if record is None or record.declines(estimator) is not None:
        return {}
    return record.children(estimator)


def inside(estimator: Any) -> Iterator[Any]:
    """An estimator and all those inside it, depth first."""
    yield estimator
    for child in children_of(estimator).values():
        yield from inside(child)


def exact_parts(estimator: Any) -> dict[int, Any]:
    """:meth:`Module.exact_parts` of an estimator and of all those inside it."""
    parts: dict[int, Any] = {}
    for found in inside(estimator):
        record = find(type(found))
        if record is not None and record.declines(found) is None:
            parts.update(record.module.exact_parts(found))
    return parts


def takes_documents(estimator: Any) -> bool:
    """Whether a fitted estimator takes documents, one after the other, and no table."""
    record = find(type(estimator))
    return record is not None and record.module.takes_documents(estimator)


def all_overrides() -> tuple[Override, ...]:
    """Every registration, each once, with all families imported."""
    for family in families():
        _import_family(family)
    return tuple({id(record): record for record in _RECORDS.values()}.values())


def families() -> Iterator[str]:
    """Names of the scikit-learn modules that have a file or package here."""
    for info in pkgutil.iter_modules(importlib.import_module(_FAMILIES).__path__):
        yield info.name


def _import_family(family: str) -> None:
    name = f"{_FAMILIES}.{family}"
    if importlib.util.find_spec(name) is not None:
        importlib.import_module(name)
