"""What is known of a fitted estimator: each question about it is asked once within a conversion."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeVar

from .fitted_dtype import fitted_in_float32, gives_float32
from .module import Module
from .registry import Override, find

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Facts:
    """Answers about one fitted estimator, each found when it is first asked for.

    Attributes
    ----------
    estimator : object
    override : Override, or None
        The registration of its class.
    module : type
        The class of modules that answers for it; :class:`Module` itself where there is no override.
    """

    estimator: Any
    override: Override | None
    module: type[Module]
    _answers: dict[Any, Any] = field(default_factory=dict, repr=False)

    @functools.cached_property
    def prefers_onnx(self) -> bool:
        """Whether it goes over ONNX: no override stands in for it, or one lets it go."""
        return self.override is None or self.module.prefers_onnx(self.estimator)

    @functools.cached_property
    def unsupported_reason(self) -> str | None:
        """Why its override cannot convert it, or None."""
        return self.module.unsupported_reason(self.estimator)

    @functools.cached_property
    def failing_methods(self) -> dict[str, str]:
        """Methods that only raise, and why."""
        return self.module.failing_methods(self.estimator)

    @functools.cached_property
    def nondeterministic_methods(self) -> tuple[str, ...]:
        """Those of them that do not raise in scikit-learn."""
        return self.module.nondeterministic_methods(self.estimator)

    @functools.cached_property
    def random_methods(self) -> tuple[str, ...]:
        """Methods that draw: its own, and those of the same name of the estimators inside."""
        drawing = set(self.module.random_methods(self.estimator))
        for child in self.supported_children.values():
            drawing.update(facts_of(child).random_methods)
        return tuple(name for name in self.methods if name in drawing)

    @functools.cached_property
    def methods(self) -> tuple[str, ...]:
        """Public methods with results."""
        return tuple(name for name in self.module.methods_of(self.estimator) if name not in self.failing_methods)

    @functools.cached_property
    def multi_output_methods(self) -> tuple[str, ...]:
        """Methods that return one tensor per output."""
        return self.module.multi_output_methods(self.estimator)

    @functools.cached_property
    def children(self) -> dict[str, Any]:
        """Fitted estimators that it is made of, by their path inside it."""
        return self.module.children_of(self.estimator)

    @functools.cached_property
    def supported_children(self) -> dict[str, Any]:
        """The same; none of an estimator without override, or that its override refuses."""
        return {} if self.override is None or self.unsupported_reason is not None else self.children

    @functools.cached_property
    def feature_names(self) -> list[str] | None:
        """Names of the columns that it was fitted on; None where it knows none."""
        return self.module.feature_names(self.estimator)

    @functools.cached_property
    def takes_documents(self) -> bool:
        """Whether it takes documents, one after the other, and no table: where a child does, unless it says so."""
        own = self.module.takes_documents(self.estimator)
        return any(facts_of(child).takes_documents for child in self.children.values()) if own is None else own

    def once(self, question: Any, ask: Callable[[], T]) -> T:
        """The answer to a further question, which ``ask`` finds."""
        if question not in self._answers:
            self._answers[question] = ask()
        answer: T = self._answers[question]
        return answer


_KNOWN: ContextVar[dict[tuple[int, type | None], Facts] | None] = ContextVar("known facts", default=None)


@contextmanager
def asked_once() -> Iterator[None]:
    """Within it facts are kept, by the identity of the estimator; it must not change there."""
    if _KNOWN.get() is not None:
        yield
        return
    token = _KNOWN.set({})
    try:
        yield
    finally:
        _KNOWN.reset(token)


def facts_of(estimator: Any, module: type[Module] | None = None) -> Facts:
    """Facts of an estimator, as its override gives them, or another class of modules."""
    known, key = _KNOWN.get(), (id(estimator), module)
    if known is not None and key in known:
        return known[key]
    override = find(type(estimator))
    found = Facts(estimator, override, module or (Module if override is None else override.module))
    if known is not None:
        known[key] = known[id(estimator), found.module] = found
    return found


def once(question: Callable[[Any], T]) -> Callable[[Any], T]:
    """Decorator of a question about an estimator: answered once within a conversion."""

    @functools.wraps(question)
    def asked(estimator: Any) -> T:
        return facts_of(estimator).once(question, lambda: question(estimator))

    return asked


def inside(estimator: Any) -> Iterator[Any]:
    """An estimator and all those inside it, depth first."""
    yield estimator
    for child in facts_of(estimator).supported_children.values():
        yield from inside(child)


def float64_parts(estimator: Any, rounded: bool = False) -> dict[int, Any]:
    """:meth:`Module.float64_parts`, or ``rounded_parts``, of an estimator and of all those inside it.

    Where one hands on float32, KMeans and its kind behind it were fitted on that, and would refuse float64.
    """
    members = list(inside(estimator))
    parts: dict[int, Any] = {}
    if any(gives_float32(found) for found in members):
        for found in members:
            parts.update(fitted_in_float32(found) if hasattr(found, "cluster_centers_") else {})
    for found in members:
        facts = facts_of(found)
        if facts.override is not None and facts.unsupported_reason is None:
            parts.update((facts.module.rounded_parts if rounded else facts.module.float64_parts)(found))
    return parts
