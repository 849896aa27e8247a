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


class OnnxGap(Enum):
    """What the ONNX route would lose of an estimator; the value is the reason that a plan prints."""

    GRADIENT = "the ONNX graph has no gradient"
    TORCHSCRIPT = "the ONNX graph does not script"
    PRECISION = "the ONNX operators keep float32 only"
    METHOD = "the ONNX graph lacks methods"
    SPEED = "the ONNX graph is slow"
    CONVERTER = "no ONNX converter exists"
    TRAINING = "the ONNX graph holds constants that do not follow training"


@dataclass(frozen=True)
class Override:
    """One registration: the estimators, the module class that replaces them, and what the ONNX route would lose.

    Attributes
    ----------
    types : tuple of type
        Estimator classes, matched exactly: a subclass may have changed a method.
    module : type
        Subclass of :class:`Module`.
    gaps : tuple of OnnxGap
        Why the ONNX route is not taken.
    """

    types: tuple[type, ...]
    module: type[Module]
    gaps: tuple[OnnxGap, ...]

    @property
    def reason(self) -> str:
        """The gaps in words."""
        return "; ".join(loss.value for loss in self.gaps)

    def unsupported_reason(self, estimator: Any) -> str | None:
        """Why this estimator in particular cannot be converted, or None."""
        return self.module.unsupported_reason(estimator)

    def prefers_onnx(self, estimator: Any) -> bool:
        """Whether the ONNX route loses nothing of this estimator in particular, and takes it."""
        return self.module.prefers_onnx(estimator)

    @property
    def may_prefer_onnx(self) -> bool:
        """Whether the ONNX route is taken for some estimators of these types."""
        return self.module.prefers_onnx is not Module.prefers_onnx

    def children(self, estimator: Any) -> dict[str, Any]:
        """Fitted estimators that this one is made of, by their path inside it."""
        return self.module.children_of(estimator)


_RECORDS: dict[type, Override] = {}

_PACKAGE = "bridge.overrides"
_FAMILIES = f"{_PACKAGE}.sklearn"


def register(*types: type, gaps: OnnxGap | tuple[OnnxGap, ...], replace: bool = False) -> Callable[[M], M]:
    """Class decorator: convert estimators of exactly these types with the decorated :class:`Module`.

    Parameters
    ----------
    *types : type
        Estimator classes.
    gaps : OnnxGap or tuple of OnnxGap
        What the ONNX route would lose; a plan prints it.
    replace : bool
        Take the place of an earlier registration instead of refusing.

    Raises
    ------
    RegistrationError
        A type is registered already, or is not a class.
    """
    found = gaps if isinstance(gaps, tuple) else (gaps,)

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
        record = Override(types, module, found)
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
    if record is None or record.unsupported_reason(estimator) is not None:
        return {}
    return record.children(estimator)


def inside(estimator: Any) -> Iterator[Any]:
    """An estimator and all those inside it, depth first."""
    yield estimator
    for child in children_of(estimator).values():
        yield from inside(child)


def float64_parts(estimator: Any) -> dict[int, Any]:
    """:meth:`Module.float64_parts` of an estimator and of all those inside it."""
    parts: dict[int, Any] = {}
    for found in inside(estimator):
        record = find(type(found))
        if record is not None and record.unsupported_reason(found) is None:
            parts.update(record.module.float64_parts(found))
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
