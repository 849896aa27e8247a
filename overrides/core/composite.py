"""What composites share: children in order under the names of their steps, and what the first of them answers."""

import functools
import keyword
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import torch
from sklearn.preprocessing import FunctionTransformer
from torch import Tensor, nn

from ..encoding.columns import Column, join, starts_of
from .compose import compose
from .module import WHOLE, Module


class Children(nn.ModuleList):
    """Modules in order under names of their own.

    Parameters
    ----------
    modules : dict of str to nn.Module
        Keys are legal names, as :func:`legal_names` makes them.

    Notes
    -----
    TorchScript unrolls loops over a ModuleList, so that every child keeps its own methods, and it knows slices and
    ``[-1]`` of one; of a ModuleDict it knows neither.
    """

    def __init__(self, modules: dict[str, nn.Module]) -> None:
        super().__init__()
        for name, module in modules.items():
            self.add_module(name, module)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._modules.values())

    def __getitem__(self, index: Any) -> Any:
        """A child, or a plain list of children: a ModuleList made anew at every call would cost more than the step."""
        return list(self._modules.values())[index]


def numbered(modules: Iterable[nn.Module]) -> Children:
    """Children under their positions, as an ``nn.ModuleList`` numbers them."""
    return Children({str(i): module for i, module in enumerate(modules)})


def legal_names(names: Iterable[str]) -> list[str]:
    """Names of steps as attributes of a module that torch takes, in state dicts and in TorchScript.

    Rules
    -----
    1. Everything but ASCII letters, digits and ``_`` becomes ``_``.
    2. A name that begins with a digit, or is empty, gets a ``_`` in front.
    3. A word of Python, or an attribute that torch's modules have already (``forward``, ``pop``, ``type``, ``code``),
       gets a ``_`` behind.
    4. So does a name that an earlier step has after these rules, until it differs.

    Parameters
    ----------
    names : iterable of str

    Returns
    -------
    list of str
        Equal to ``names`` where those are plain words already.
    """
    legal: list[str] = []
    for name in names:
        word = re.sub(r"[^0-9A-Za-z_]", "_", str(name))
        if not word or word[0].isdigit():
            word = "_" + word
        while keyword.iskeyword(word) or hasattr(_TAKEN, word) or hasattr(_SCRIPTED, word) or word in legal:
            word += "_"
        legal.append(word)
    return legal


_TAKEN = nn.ModuleList()
_SCRIPTED = torch.jit.RecursiveScriptModule


def fused_linear_of(parts: list[Any]) -> tuple[bool, int]:
    """``is_lookup`` and ``fused_linear_rows`` of transformers side by side."""
    rows = [part.fused_linear_rows if part.is_lookup else part.tile_rows for part in parts]
    return any(part.is_lookup for part in parts), min([4096, *rows])


def returns_its_rows(transformer: Any) -> bool:
    """Whether it is "passthrough", or the FunctionTransformer without functions that fitting puts in its place."""
    if type(transformer) is FunctionTransformer:
        return transformer.func is None and transformer.inverse_func is None
    return isinstance(transformer, str) and transformer == "passthrough"


class Identity(Module):
    """Rows as they are: a step that is passed through. Constructed with any estimator that knows the width, or none."""

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.tile_rows = WHOLE

    def reads(self) -> list[Column]:
        """Nothing of its own."""
        return [Column("any")] * max(self.n_features_in_, 0)

    def passes(self) -> list[int]:
        """Every column."""
        return list(range(self.n_features_in_))

    def settle(self, columns: list[Column]) -> list[Column]:
        """The columns as they come."""
        return columns

    def _transform(self, x: Tensor) -> Tensor:
        return x

    def _inverse_transform(self, x: Tensor) -> Tensor:
        return x


def identity(estimator: Any) -> Module:
    """An :class:`Identity` as wide as ``estimator.n_features_in_``."""
    module = compose(Identity, ("transform", "inverse_transform"))(estimator)
    module.n_features_out = module.n_features_in_
    return module.eval()


class Composite(Module):
    """Base of modules whose rows go to a child as they are: that child knows what rows, frames or words it takes.

    Notes
    -----
    A subclass names the child in :meth:`entry`, and in its ``_check``, which TorchScript compiles.
    """

    def entry(self) -> Module:
        """The child that the rows go to first."""
        raise NotImplementedError

    def adopt_classes(self, estimator: Any) -> None:
        """Register ``classes_`` where the estimator predicts one set of them."""
        classes = getattr(estimator, "classes_", None)
        if classes is not None and not isinstance(classes, list) and hasattr(estimator, "predict"):
            self.set_classes(classes)

    def example_rows(self, method: str, n_samples: int) -> Tensor:
        """Rows of the form that a public method takes: the first child's."""
        return self.entry().example_rows(method, n_samples)

    def sample_inputs(self, n_samples: int) -> Any:
        """Inputs to verify on: the first child's."""
        return self.entry().sample_inputs(n_samples)

    def readers(self) -> list[Module]:
        """The children that the rows go to as they are."""
        return [self.entry()]

    def reads(self) -> list[Column]:
        """All that the children read."""
        return functools.reduce(join, [reader.reads() for reader in self.readers()])

    def widen(self, columns: list[Column]) -> None:
        """Take the width of rows in which a document stands for a block of columns."""
        if any(column.readers for column in columns):
            self.n_features_in_ = starts_of(columns)[-1]

    def settle(self, columns: list[Column]) -> list[Column]:
        """Hand the columns down to the children; they leave as the first of them lets them."""
        self.widen(columns)
        first, *_ = [reader.settle(columns) for reader in self.readers()]
        return first

    def encode(self, data: Any) -> Tensor:
        """Rows from outside as the tensor that the first child takes."""
        return super().encode(data) if self.columns is not None else self.entry().encode(data)


class SideBySide(Composite):
    """Base of composites whose children, ``estimators_``, all take the same rows."""

    if TYPE_CHECKING:  # TorchScript reads annotations, and has no type for a list of modules
        estimators_: Children

    def entry(self) -> Module:
        """The first estimator: all take the same rows."""
        child: Module = self.estimators_[0]
        return child

    def readers(self) -> list[Module]:
        """All of them."""
        return list(self.estimators_)

    def _check(self, x: Tensor) -> Tensor:
        checked: Tensor = self.estimators_[0]._check(x)
        return checked
