"""Which module stands in for which estimator: records made by a decorator, found by exact type.

Nothing is imported before an estimator of its library comes. Then, by the root package of the estimator's class: the
family of scikit-learn in ``overrides/sklearn/``, the folder of another library in ``overrides/``, and what installed
packages offer as entry points of the group :data:`GROUP`, named after that root package.
"""

import importlib
import importlib.util
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from importlib.metadata import EntryPoint, entry_points
from typing import TypeVar

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

    @property
    def may_prefer_onnx(self) -> bool:
        """Whether the ONNX route is taken for some estimators of these types."""
        return self.module.prefers_onnx is not Module.prefers_onnx


_RECORDS: dict[type, Override] = {}

GROUP = "bridge.overrides"
"""Group of the entry points by which a package registers its modules: name = root package of the estimators' classes,
value = the module whose import registers them."""

_PACKAGE = "bridge.overrides"
_FAMILIES = f"{_PACKAGE}.sklearn"
_ROOMS = {"core", "encoding", "forests", "functional", "operators", "sklearn", "tracing"}
"""Folders of :mod:`bridge.overrides` that are not named after a library."""

_OPENED: set[str] = set()
"""Families and root packages whose modules were looked for already."""


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
    """The override registered for exactly this estimator class, or None; imports only the family it needs.

    Raises
    ------
    RegistrationError
        An installed package offers modules for estimators of this library, and cannot be imported.
    """
    if cls not in _RECORDS:
        root, _, rest = cls.__module__.partition(".")
        if root not in _ROOMS:
            _open(root)
        elif root == "sklearn" and rest:
            _open(f"sklearn.{rest.partition('.')[0]}")
        _open_entry_points(root)
    return _RECORDS.get(cls)


def all_overrides() -> tuple[Override, ...]:
    """Every registration, each once, with all families, all installed libraries and all entry points imported."""
    for family in families():
        _open(f"sklearn.{family}")
    for library in libraries():
        if importlib.util.find_spec(library) is not None:
            _open(library)
    for name in sorted({entry.name for entry in entry_points(group=GROUP)}):
        _open_entry_points(name)
    return tuple({id(record): record for record in _RECORDS.values()}.values())


def families() -> Iterator[str]:
    """Names of the scikit-learn modules that have a file or package here."""
    for info in pkgutil.iter_modules(importlib.import_module(_FAMILIES).__path__):
        yield info.name


def libraries() -> Iterator[str]:
    """Root packages of the libraries beside scikit-learn that have a folder here, installed or not."""
    for info in pkgutil.iter_modules(importlib.import_module(_PACKAGE).__path__):
        if info.ispkg and info.name not in _ROOMS:
            yield info.name


def _open(family: str) -> None:
    """Import the modules of a family of scikit-learn or of another library, if there are any."""
    if family not in _OPENED:
        name = f"{_PACKAGE}.{family}"
        if importlib.util.find_spec(name) is not None:
            importlib.import_module(name)
        _OPENED.add(family)


def _open_entry_points(root: str) -> None:
    """Import what installed packages offer for the estimators of a root package."""
    key = f"entry points of {root}"
    if key not in _OPENED:
        _OPENED.add(key)  # first, for what is imported registers, which looks here again
        for entry in entry_points(group=GROUP, name=root):
            _load(entry, key)


def _load(entry: EntryPoint, key: str) -> None:
    try:
        entry.load()
    except Exception as error:  # whatever the import of someone else's module raises
        _OPENED.discard(key)
        package = entry.dist.name if entry.dist is not None else entry.value
        raise RegistrationError(
            f"{package} offers modules for estimators of {entry.name} (entry point {entry.value!r} of the group "
            f"{GROUP!r}), and they cannot be imported: {type(error).__name__}: {error}. Mend or remove that package"
        ) from error
