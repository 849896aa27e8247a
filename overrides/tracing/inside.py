"""The types in which the functions inside a model compute, found by running it on the sample."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

from ..core.facts import facts_of
from .observe import observing


def observing_functions(model: Any, sample: Any) -> AbstractContextManager[None]:
    """Within it, the functions inside a model are traced for what they are given where it gets the sample."""
    from sklearn.preprocessing import FunctionTransformer

    found = list(_inside(model)) if sample is not None else []
    others = [part for part in found if not any(type(inner) is FunctionTransformer for inner in _inside(part))]
    return observing(model, [part for part in found if type(part) is FunctionTransformer], others, sample)


def _inside(estimator: Any) -> Iterator[Any]:
    """An estimator and all those inside it; asks no function whether it can be traced, which is not known yet."""
    yield estimator
    facts = facts_of(estimator)
    try:
        children = {} if facts.override is None else facts.children
    except (AttributeError, TypeError, ValueError, LookupError):  # of an estimator that the plan will refuse
        return
    for child in children.values():
        yield from _inside(child)
