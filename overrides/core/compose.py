"""The public methods of a module, composed onto its class at conversion time.

A family writes the arithmetic in private methods, ``_predict``, ``_transform`` and so on, which take rows that are
checked already. :func:`compose` adds the public method of each that the fitted estimator has, and no other, so that
``hasattr`` answers alike for estimator, module and TorchScript. A method that always raises is one that raises.
"""

import functools
from dataclasses import replace
from typing import Any, NamedTuple

from torch import nn

from ..encoding.columns import WORD, Column
from ..encoding.string_columns import StringColumns
from .classes import has_string_classes, output_strings
from .facts import facts_of
from .methods import PREDICT_LABELS
from .module import Module
from .output_tables import result_rules
from .templates import COLUMNS, FORWARD, LABELS, LABELS_PER_OUTPUT, RAISING, mixin, template_of


class Composition(NamedTuple):
    """A class of modules with exactly the public methods named.

    Attributes
    ----------
    cls : type
        Has a private method for each public one, named by :func:`private_name`.
    methods : tuple of str
        Public methods; each checks its rows, cuts them into tiles and calls the private one.
    lists : tuple of str
        Those of them that return one tensor per output.
    words : bool
        Add ``predict_labels``, which returns the words of string classes.
    columns : bool
        Add ``encode_columns``, which takes columns of words; the module has ``string_columns`` then.
    raising : tuple of str
        Further public methods, which raise what the module's ``raising`` says.
    """

    cls: type[Module]
    methods: tuple[str, ...]
    lists: tuple[str, ...] = ()
    words: bool = False
    columns: bool = False
    raising: tuple[str, ...] = ()


def compose(*parts: Any, **named: Any) -> type[Module]:
    """Subclass made as a :class:`Composition` of these arguments says; the same class for the same arguments."""
    return _compose(Composition(*parts, **named))


@functools.cache
def _compose(made: Composition) -> type[Module]:
    cls, methods = made.cls, made.methods
    mixins = [mixin(template_of(name, made.lists), name) for name in methods]
    mixins += [mixin(RAISING, name) for name in made.raising]
    if made.words:
        template = LABELS_PER_OUTPUT if PREDICT_LABELS.name in made.lists else LABELS
        mixins.append(mixin(template, PREDICT_LABELS.name))
    if made.columns:
        mixins.append(mixin(COLUMNS, "encode_columns"))
    main = next((name for name in ("predict", "transform", *methods) if name in methods), None)
    if main is not None:
        mixins.append(mixin(FORWARD, main))

    def reduce(self: Module, protocol: Any = None) -> tuple[Any, ...]:
        return _rebuild, tuple(made), self.__dict__

    def settle(self: Module, columns: list[Column]) -> list[Column]:
        result = cls.settle(self, columns)
        if not self.result_rules:
            return result
        return [replace(c, rules=c.rules | self.result_rules) if c.kind == WORD else c for c in result]

    settle.__doc__ = cls.settle.__doc__
    body = {
        "settle": settle,
        "method_names": methods,
        "list_names": made.lists,
        "composed_of": made,
        "__reduce_ex__": reduce,
        "__module__": cls.__module__,
        "__doc__": cls.__doc__,
    }
    return type(cls.__name__, (*mixins, cls), body)


def _rebuild(*parts: Any) -> Module:
    composed = compose(*parts)
    return composed.__new__(composed)


def build(cls: type[Module], estimator: Any, children: dict[str, nn.Module] | None = None) -> Module:
    """One converted module: ``cls`` composed with the methods that the fitted estimator has, and constructed.

    Parameters
    ----------
    cls : type
        Subclass of :class:`Module`.
    estimator : object
        Fitted estimator.
    children : dict of str to nn.Module, optional
        Modules of ``cls.children_of(estimator)``, for a composite.
    """
    facts = facts_of(estimator, cls)
    methods, raising = facts.methods, facts.failing_methods
    # A composite says what its last step returns, methods that itself it does not have among them.
    lists = tuple(name for name in facts.multi_output_methods if name in methods)
    strings = output_strings(estimator) if "predict" in methods else []
    words = "predict" in methods and (bool(strings) or has_string_classes(estimator))
    lists += (PREDICT_LABELS.name,) if strings else ()
    composed: Any = compose(cls, methods, lists, words, raising=tuple(raising))
    is_composite = cls.children_of is not Module.children_of
    module: Module = composed(estimator, children or {}) if is_composite else composed(estimator)
    module.batch_dependent = any(getattr(part, "batch_dependent", False) for part in module.modules())
    module.result_rules = result_rules(estimator)
    if strings and not hasattr(module, "output_class_names"):
        # A child may know one word more than its classes, that of outliers.
        own = [names for part in module.modules() if (names := getattr(part, "output_class_names", None))]
        known = next((names for names in reversed(own) if len(names) == len(strings)), strings)
        begins = all(more[: len(part)] == part for more, part in zip(known, strings, strict=True))
        setattr(module, "output_class_names", known if begins else strings)  # noqa: B010  else mypy takes it for a module
    module.raising, module.nondeterministic_names = raising, list(facts.nondeterministic_methods)
    module.random_names = list(facts.random_methods)
    if words and "predict" in module.random_names:
        module.random_names.append(PREDICT_LABELS.name)
    return module.eval()


def with_string_columns(module: Any) -> None:
    """Add ``encode_columns`` to a composed module whose columns are settled, and the tables that it looks into."""
    module.string_columns = StringColumns(module.columns, module.estimator_name)
    module.__class__ = compose(*type(module).composed_of._replace(columns=True))
