"""Functions written in torch, as modules that call them as they are."""

import copy
import types
import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, fx, nn

from ..core.codegen import class_from_source
from ..tolerances import REORDERED
from .registered import name_of

_SOURCE = '''
class WrittenFunction(Base):
    """Calls a torch function with fixed keywords."""

    def forward(self, x: Tensor) -> Tensor:
        return function(x{keywords})
'''


class NotScriptable(Exception):
    """A torch function that neither scripts nor is traced by torch.fx; says why not."""


class _Written(nn.Module):
    """Base of the modules that call a function: a copy or a pickle finds the function by reference."""

    def __reduce_ex__(self, protocol: Any = None) -> Any:
        function: Any = self.function_of
        return _rebuild, function, self.__dict__


def written(function: Callable[..., Any], keywords: dict[str, Any]) -> nn.Module:
    """A module whose forward is ``function(x, **keywords)``, and which scripts.

    Raises
    ------
    NotScriptable
    """
    if isinstance(function, nn.Module):
        return _scriptable(copy.deepcopy(function).eval(), function)
    literals = tuple((name, _literal(name, value)) for name, value in keywords.items())
    module = _rebuild(function, literals)
    try:
        return _scriptable(module, function)
    except NotScriptable as error:
        try:
            traced = fx.symbolic_trace(lambda x: function(x, **keywords))
        except Exception:  # whatever a function does with what is no tensor
            raise error from None
        return _scriptable(traced, function)


def _rebuild(function: Callable[..., Any], literals: tuple[tuple[str, str], ...]) -> nn.Module:
    words = "".join(f", {name}={literal}" for name, literal in literals)
    names = {"function": function, "Tensor": Tensor, "Base": _Written}
    cls = class_from_source("WrittenFunction", _SOURCE.format(keywords=words), names)
    cls.function_of = (function, literals)  # type: ignore[attr-defined]
    module: nn.Module = cls()
    return module


def _literal(name: str, value: Any) -> str:
    plain = value.item() if hasattr(value, "item") and getattr(value, "ndim", 1) == 0 else value
    if isinstance(plain, float) and plain in (float("inf"), float("-inf")):
        return f"float('{plain}')"
    if plain is None or isinstance(plain, (bool, int, float, str)):
        return repr(plain)
    if isinstance(plain, (list, tuple)) and all(isinstance(part, (bool, int, float, str)) for part in plain):
        return repr(list(plain))
    raise NotScriptable(f"its keyword {name} is a {type(value).__name__}: numbers, words and lists of them script")


def uses_torch(function: Callable[..., Any]) -> bool:
    """Whether a function is torch's, takes a tensor by its signature, or names torch in its body."""
    if isinstance(function, nn.Module) or _home(function) == "torch":
        return True
    if not isinstance(function, types.FunctionType):
        return False
    if any(value is Tensor for value in function.__annotations__.values()):
        return True
    return any(_home(function.__globals__.get(name)) == "torch" for name in function.__code__.co_names)


def _home(value: Any) -> str:
    """The library that a module or a part of one belongs to."""
    name = value.__name__ if isinstance(value, types.ModuleType) else getattr(value, "__module__", None)
    return (name if isinstance(name, str) else "").split(".")[0]


def check_rowwise(module: nn.Module, rows: Tensor, name: str) -> Tensor:
    """The result of a module on rows; raises NotScriptable unless every row has one, its own, in every runtime."""
    try:
        with torch.no_grad():
            result = module(rows)
            alone = module(rows[1:2])
    except Exception as error:  # the user's own
        raise NotScriptable(f"{name} raises on a tensor of {rows.shape[1]} columns: {error}") from error
    if not isinstance(result, Tensor) or result.dim() not in (1, 2) or len(result) != len(rows):
        raise NotScriptable(f"{name} does not return a tensor with a row for every row")
    if not torch.allclose(alone, result[1:2], rtol=REORDERED, atol=REORDERED, equal_nan=True):
        raise NotScriptable(f"{name} mixes rows: a row's result depends on the others that come with it")
    try:
        torch.export.export(module, (rows,), dynamic_shapes=({0: torch.export.Dim("n_samples", min=0)},))
    except Exception as error:
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise NotScriptable(f"{name} cannot be exported: {reason}") from error
    return result


def _scriptable(module: nn.Module, function: Any) -> nn.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.jit.script(module)
    except Exception as error:  # TorchScript raises many kinds
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        reason = "TorchScript reads no lambdas" if name_of(function).endswith("<lambda>") else (*lines, str(error))[0]
        raise NotScriptable(f"{name_of(function)} does not script: {reason}") from error
    return module
