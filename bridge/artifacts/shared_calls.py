"""While a module is traced, what several of its methods compute alike is traced once."""

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from ..overrides.core.module import Module


class WrittenTo(Exception):
    """A result that several calls share was written to in place."""


@contextmanager
def shared_calls(module: nn.Module) -> Iterator[None]:
    """Let the methods of a module, and of those inside it, return for the same tensors what they returned before.

    Parameters
    ----------
    module : nn.Module
        Its methods are functions of their arguments and of the module.

    Raises
    ------
    WrittenTo
        In the end, where a result has been written to in place: others that share it would see that.

    Notes
    -----
    The same tensors are the same objects, with nothing written in between. Methods are replaced on the instances, and
    come back in the end.
    """
    calls = _Calls()
    replaced: list[tuple[nn.Module, str]] = []
    try:
        for part in module.modules():
            for name in _methods(type(part)):
                part.__dict__[name] = calls.shared(getattr(part, name))
                replaced.append((part, name))
        yield
        calls.check()
    finally:
        for part, name in replaced:
            del part.__dict__[name]


_OF_EVERY_MODULE = {*dir(nn.Module), *dir(Module)} - {"_check", "_check_inverse", "apply"}


def _methods(cls: type) -> list[str]:
    """Methods of a class that families of estimators write."""
    own = dict.fromkeys(name for base in cls.__mro__ if base not in nn.Module.__mro__ for name in vars(base))
    return [
        name for name in own if name not in _OF_EVERY_MODULE and inspect.isfunction(inspect.getattr_static(cls, name))
    ]


class _Calls:
    """Results by method and arguments; the arguments are held, so that no other tensor gets the identity of one."""

    def __init__(self) -> None:
        self.results: dict[Any, Any] = {}
        self.held: list[Any] = []
        self.versions: list[tuple[Tensor, int]] = []

    def shared(self, method: Callable[..., Any]) -> Callable[..., Any]:
        """A method whose results are kept."""

        def call(*args: Any, **kwargs: Any) -> Any:
            # Within a loop of torch a trace of its own is made.
            key = None if torch.compiler.is_dynamo_compiling() else _key((args, kwargs))
            if key is None or not _tensors(args):
                return method(*args, **kwargs)
            key = (method, key)
            if key not in self.results:
                result = method(*args, **kwargs)
                self.held.append((args, kwargs))
                self.results[key] = result
                self.versions += [(tensor, tensor._version) for tensor in _tensors(result)]
            result = self.results[key]
            return list(result) if isinstance(result, list) else result

        return call

    def check(self) -> None:
        """Raise WrittenTo if a result is no longer what the method returned."""
        if any(tensor._version != version for tensor, version in self.versions):
            raise WrittenTo


def _key(value: Any) -> Any:
    """What tells arguments from others, None where that cannot be told."""
    if isinstance(value, Tensor):
        return id(value), value._version
    if value is None or type(value) in (bool, int, float, str):
        return type(value), value
    if isinstance(value, dict):
        value = tuple(sorted(value.items()))
    if isinstance(value, (list, tuple)):
        keys = tuple(_key(item) for item in value)
        return None if None in keys else (type(value), keys)
    return None


def _tensors(value: Any) -> list[Tensor]:
    if isinstance(value, Tensor):
        return [value]
    return [tensor for item in value for tensor in _tensors(item)] if isinstance(value, (list, tuple)) else []
