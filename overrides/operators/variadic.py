"""Modules of operators that take any number of inputs: TorchScript wants each of them named."""

import functools
from typing import Any

import torch
from torch import Tensor, nn

from ..core.codegen import class_from_source

_FORWARD = '''
class {name}Of{n_inputs}:
    def forward(self, {typed}) -> {returns}:
        """``combine`` of the inputs as a list."""
        return self.combine([{names}])
'''


@functools.cache
def variadic(cls: Any, n_inputs: int, returns: str) -> Any:
    """Subclass of ``cls`` whose ``forward`` takes ``n_inputs`` tensors and calls ``combine`` with their list.

    Parameters
    ----------
    cls : type of nn.Module
        Has ``combine(parts: list[Tensor])``.
    n_inputs : int
    returns : str
        Annotation of the result.

    Returns
    -------
    type
        The same class for the same arguments; its instances can be pickled.
    """
    names = [f"x{i}" for i in range(n_inputs)]
    source = _FORWARD.format(
        name=cls.__name__,
        n_inputs=n_inputs,
        typed=", ".join(f"{name}: Tensor" for name in names),
        names=", ".join(names),
        returns=returns,
    )
    mixin = class_from_source(f"{cls.__name__}Of{n_inputs}", source, {"torch": torch, "Tensor": Tensor})

    def reduce(self: nn.Module, protocol: Any = None) -> tuple[Any, ...]:
        return _rebuild, (cls, n_inputs, returns), self.__dict__

    return type(cls.__name__, (mixin, cls), {"__reduce_ex__": reduce, "__doc__": cls.__doc__, "__module__": __name__})


def _rebuild(cls: Any, n_inputs: int, returns: str) -> nn.Module:
    made = variadic(cls, n_inputs, returns)
    module: nn.Module = made.__new__(made)
    return module
