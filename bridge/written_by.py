"""Models out of files of other versions of scikit-learn: who wrote them, and what they lack."""

import inspect
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import metadata
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from .errors import VersionMismatchError

T = TypeVar("T")

_WRITERS: WeakKeyDictionary[Any, str] = WeakKeyDictionary()

PACKAGES = {"sklearn": "scikit-learn", "imblearn": "imbalanced-learn"}
"""Names of distributions that differ from those of their root package."""


def remembering_writer(read: Callable[[], T]) -> T:
    """What ``read`` unpickles; the version of scikit-learn that wrote it is remembered where it is another one.

    scikit-learn warns for every estimator of the model; one of these warnings is passed on, and all others.
    """
    from sklearn.exceptions import InconsistentVersionWarning

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = read()
    seen = False
    for item in caught:
        if isinstance(item.message, InconsistentVersionWarning):
            if seen:
                continue
            seen = True
            _remember(model, str(item.message.original_sklearn_version))
        warnings.warn_explicit(item.message, item.category, item.filename, item.lineno)
    return model


def _remember(model: Any, version: str) -> None:
    try:
        _WRITERS[model] = version
    except TypeError:  # a file may hold anything: what cannot be remembered is refused as no estimator
        return


@contextmanager
def explaining_missing_attributes(model: Any) -> Iterator[None]:
    """Within it, an attribute that a fitted estimator of the model lacks raises VersionMismatchError."""
    try:
        yield
    except AttributeError as error:
        explained = explain(error, model)
        if explained is None:
            raise
        raise explained from error


def explain(error: AttributeError, model: Any) -> VersionMismatchError | None:
    """The error that says which fitted attribute is missing; None where it is a matter of anything else.

    That of something inside an estimator, as of a tree, counts where the model is known to be of another version.
    """
    owner, name = error.obj, error.name
    if name is not None and _is_given_by_fit(owner, name):
        return VersionMismatchError(mismatch(model, owner, f"has no attribute {name!r}"))
    if writer_of(model) is None:
        return None
    return VersionMismatchError(mismatch(model, model, f"lacks something inside ({error})"))


def _is_given_by_fit(owner: Any, name: str) -> bool:
    """Whether an attribute is one that fitting or construction sets: no method, which an estimator may well lack."""
    if isinstance(owner, type) or not (hasattr(owner, "get_params") and hasattr(owner, "fit")):
        return False
    if hasattr(type(owner), name):
        return False
    return name.startswith("_") or name.endswith("_") or name in inspect.signature(type(owner)).parameters


def mismatch(model: Any, estimator: Any, fault: str) -> str:
    """What is said of an estimator inside a model that another version of its library wrote."""
    root = type(estimator).__module__.partition(".")[0]
    package = PACKAGES.get(root, root)
    path = _path_of(estimator, model)
    where = f" (step {path!r})" if path else ""
    writer = writer_of(model)
    by = f"{package} {writer}" if writer and root == "sklearn" else f"another version of {package}"
    try:
        installed = f"{package} {metadata.version(package)}"
    except metadata.PackageNotFoundError:
        installed = f"the installed {package}"
    return (
        f"{type(estimator).__name__}{where} {fault}, which {installed} gives every fitted one: the model was written "
        f"by {by}, or was changed by hand. Fit it again with {installed}, or convert it where {by} is installed"
    )


def writer_of(model: Any) -> str | None:
    """Version of scikit-learn that wrote the file of the model, where reading it has shown that it was another one."""
    try:
        return _WRITERS.get(model)
    except TypeError:
        return None


def _path_of(estimator: Any, model: Any) -> str:
    """Where an estimator stands inside a model, as plans name it; empty for the model itself, or where it is hidden."""
    from .overrides.core.facts import facts_of

    waiting = [("", model)]
    while waiting:
        path, found = waiting.pop()
        if found is estimator:
            return path
        try:
            children = dict(facts_of(found).supported_children)
        except Exception:  # what an estimator that lacks attributes answers is what is being explained
            children = {}
        waiting += [(f"{path}.{key}" if path else key, child) for key, child in children.items()]
    return ""
