"""The public methods of a module, composed onto its class at conversion time.

A family writes the arithmetic in private methods, ``_predict``, ``_transform`` and so on, which take rows that are
checked already. :func:`compose` adds the public method of each that the fitted estimator has, and no other, so that
``hasattr`` answers alike for estimator, module and TorchScript. A method that always raises is one that raises.

A public method calls the private one at one place: TorchScript writes a module out where it is called, and two calls at
every level of modules inside modules would make that exponential. Tiles are worked on one after the other: threads of
``torch.jit.fork`` abort a process that ends soon after, and are missing in the children of a process that used them.
"""

import functools
from dataclasses import replace
from typing import Any, Optional

import torch
from torch import Tensor, nn

from ..encoding.columns import WORD, Column
from ..encoding.string_columns import StringColumns
from ..functional.csr import rows_between
from ..functional.tiles import room_for
from .codegen import class_from_source
from .methods import JOINT
from .module import Module, has_string_classes, refuse
from .output_tables import result_rules

_ROWWISE = '''
class {class_name}:
    @torch.jit.export
    def {name}(self, x: Tensor) -> Tensor:
        """scikit-learn's ``{name}`` on rows ``x``, worked on in tiles."""
        x = self.{check}(x)
        size = self._tile(x)
        if not torch.jit.is_scripting():
            if size == 0:
                return self.{private}(x)
        parts: list[Tensor] = []
        in_place = False
        for start in range(0, max(x.shape[0], 1), size if size > 0 else max(x.shape[0], 1)):
            part = self.{private}(x if size == 0 else rows_between(x, start, size))
            if start == 0:
                parts.append(room_for(part, x.shape[0], size))
                in_place = parts[0].shape[0] != part.shape[0]
            if in_place:
                parts[0][start : start + size] = part
            elif start > 0:
                parts.append(part)
        return parts[0] if len(parts) == 1 else torch.cat(parts)
'''

_ROWWISE_LISTS = '''
class {class_name}:
    @torch.jit.export
    def {name}(self, x: Tensor) -> list[Tensor]:
        """scikit-learn's ``{name}`` on rows ``x``, one tensor per output, worked on in tiles."""
        x = self.{check}(x)
        size = self._tile(x)
        if not torch.jit.is_scripting():
            if size == 0:
                return self.{private}(x)
        tiles: list[list[Tensor]] = []
        for start in range(0, max(x.shape[0], 1), size if size > 0 else max(x.shape[0], 1)):
            tiles.append(self.{private}(x if size == 0 else rows_between(x, start, size)))
        if len(tiles) == 1:
            return tiles[0]
        return [torch.cat([tile[i] for tile in tiles]) for i in range(len(tiles[0]))]
'''

_JOINT = '''
class {class_name}:
    @torch.jit.export
    def {name}(self, x: Tensor) -> Tensor:
        """scikit-learn's ``{name}`` of rows ``x`` with each other."""
        x = self.{check}(x)
        return self.{private}(rows_between(x, 0, max(x.shape[0], 1)))
'''

_RAISING = '''
class {class_name}:
    @torch.jit.export
    def {name}(self, x: Tensor) -> Tensor:
        """Raises: scikit-learn has ``{name}``, but no result of it that a module could give."""
        refuse(self.raising["{name}"])
        return x
'''

_LABELS = '''
class {class_name}:
    @torch.jit.export
    def predict_labels(self, x: Tensor) -> list[str]:
        """The words of ``predict``, a string per row."""
        codes: list[int] = self.predict(x).tolist()
        return [self.class_names[code] for code in codes]
'''

_COLUMNS = '''
class {class_name}:
    @torch.jit.export
    def encode_columns(self, numbers: Tensor, words: list[list[Optional[str]]]) -> Tensor:
        """Columns of numbers and columns of words as the tensor that the methods take.

        Parameters
        ----------
        numbers : Tensor of shape (n_samples, n_number_columns)
            The columns that are no words, in their order; missing values are NaN.
        words : list of list of str or None
            The columns of words, in their order, a list of n_samples words each; None is a missing value.
        """
        return self.string_columns(numbers, words).to(self.anchor)
'''

_FORWARD = '''
class {class_name}:
    def forward(self, x: Tensor):
        """``{name}``."""
        return self.{name}(x)
'''


@functools.cache
def _mixin(template: str, name: str) -> type:
    class_name = "".join(word.capitalize() for word in name.split("_")) + "Method"
    check = "_check_inverse" if name == "inverse_transform" else "_check"
    source = template.format(class_name=class_name, name=name, private=private_name(name), check=check)
    helpers = {"rows_between": rows_between, "room_for": room_for, "refuse": refuse}
    return class_from_source(class_name, source, {"torch": torch, "Tensor": Tensor, "Optional": Optional, **helpers})


def _template(name: str, lists: tuple[str, ...]) -> str:
    if name in JOINT:
        return _JOINT
    if name in lists:
        return _ROWWISE_LISTS
    return _ROWWISE


def private_name(method: str) -> str:
    """Name of the private method behind a public one: ``_predict``, but ``_apply_rows``, for torch has ``_apply``."""
    name = f"_{method}"
    return f"{name}_rows" if hasattr(nn.Module, name) else name


def compose(
    cls: type[Module],
    methods: tuple[str, ...],
    lists: tuple[str, ...] = (),
    words: bool = False,
    columns: bool = False,
    raising: tuple[str, ...] = (),
) -> type[Module]:
    """Subclass of ``cls`` with exactly the public methods named.

    Parameters
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

    Returns
    -------
    type
        The same class for the same arguments.
    """
    key = (cls, methods, lists, words, columns, raising)
    if key not in _COMPOSED:
        _COMPOSED[key] = _compose(*key)
    return _COMPOSED[key]


_Key = tuple[type[Module], tuple[str, ...], tuple[str, ...], bool, bool, tuple[str, ...]]
_COMPOSED: dict[_Key, type[Module]] = {}


def _compose(
    cls: type[Module],
    methods: tuple[str, ...],
    lists: tuple[str, ...],
    words: bool,
    columns: bool,
    raising: tuple[str, ...],
) -> type[Module]:
    mixins = [_mixin(_template(name, lists), name) for name in methods]
    mixins += [_mixin(_RAISING, name) for name in raising]
    if words:
        mixins.append(_mixin(_LABELS, "predict_labels"))
    if columns:
        mixins.append(_mixin(_COLUMNS, "encode_columns"))
    main = next((name for name in ("predict", "transform", *methods) if name in methods), None)
    if main is not None:
        mixins.append(_mixin(_FORWARD, main))

    key = (cls, methods, lists, words, columns, raising)

    def reduce(self: Module, protocol: Any = None) -> tuple[Any, ...]:
        return _rebuild, key, self.__dict__

    def settle(self: Module, columns: list[Column]) -> list[Column]:
        result = cls.settle(self, columns)
        if not self.result_rules:
            return result
        return [replace(c, rules=c.rules | self.result_rules) if c.kind == WORD else c for c in result]

    settle.__doc__ = cls.settle.__doc__
    body = {
        "settle": settle,
        "method_names": methods,
        "list_names": lists,
        "composed_of": key,
        "__reduce_ex__": reduce,
        "__module__": cls.__module__,
        "__doc__": cls.__doc__,
    }
    return type(cls.__name__, (*mixins, cls), body)


def _rebuild(
    cls: type[Module],
    methods: tuple[str, ...],
    lists: tuple[str, ...],
    words: bool,
    columns: bool = False,
    raising: tuple[str, ...] = (),
) -> Module:
    composed = compose(cls, methods, lists, words, columns, raising)
    return composed.__new__(composed)


def with_string_columns(module: Any) -> None:
    """Add ``encode_columns`` to a composed module whose columns are settled, and the tables that it looks into."""
    module.string_columns = StringColumns(module.columns, module.estimator_name)
    cls, methods, lists, words, _, raising = type(module).composed_of
    module.__class__ = compose(cls, methods, lists, words, True, raising)


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
    methods, raising = cls.methods_of(estimator), cls.failing_methods(estimator)
    # A composite says what its last step returns, methods that itself it does not have among them.
    lists = tuple(name for name in cls.multi_output_methods(estimator) if name in methods)
    words = "predict" in methods and has_string_classes(estimator)
    composed: Any = compose(cls, methods, lists, words, raising=tuple(raising))
    is_composite = cls.children_of is not Module.children_of
    module: Module = composed(estimator, children or {}) if is_composite else composed(estimator)
    module.batch_dependent = any(getattr(part, "batch_dependent", False) for part in module.modules())
    module.result_rules = result_rules(estimator)
    module.raising, module.nondeterministic_names = raising, list(cls.nondeterministic_methods(estimator))
    return module.eval()
