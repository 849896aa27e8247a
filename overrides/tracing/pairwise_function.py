"""Kernels and metrics that are functions of the user's: of all rows with each other, or of two rows at a time."""

import functools
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..core.codegen import class_from_source
from .convert import FunctionError, convert_function
from .pair_rows import TracedRow, number_of
from .pairwise_stand_ins import with_stand_ins
from .registered import name_of, registered
from .tracer import TracedArray


class OfRows(nn.Module):
    """Kernel of rows and the rows of the fit, which the function has seen: they are constants of it.

    Parameters
    ----------
    function : nn.Module
        Takes rows and returns (n_samples, n_fitted).
    """

    def __init__(self, function: nn.Module) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """Kernel of rows ``x``."""
        result: Tensor = self.function(x)
        return result


class OfPairs(nn.Module):
    """A function of two rows, of each row with each of the others, shape (n_samples, n_others).

    Parameters
    ----------
    function : nn.Module
        Takes pairs as rows, one behind the other, and returns a number for each.
    """

    def __init__(self, function: nn.Module) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """The function of rows ``x`` and ``y``."""
        n_samples, n_others, width = x.shape[0], y.shape[0], x.shape[1]
        first = x.unsqueeze(1).expand(n_samples, n_others, width)
        second = y.unsqueeze(0).expand(n_samples, n_others, width)
        pairs = torch.cat([first, second], 2).reshape(n_samples * n_others, 2 * width)
        result: Tensor = self.function(pairs)
        return result.reshape(n_samples, n_others)


class Named(nn.Module):
    """Base of modules that call the torch function that is registered for a kernel or a metric.

    Attributes
    ----------
    fitted : Tensor of shape (n_fitted, n_features)
        The rows of the fit, for a function of all rows; none for one of pairs, which is called with rows given.
    """

    fitted: Tensor

    def __reduce_ex__(self, protocol: Any = None) -> Any:
        return _named, self.made_of, self.__dict__


_SOURCE = '''
class NamedFunction(Base):
    """Calls a torch function."""

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        return function(x, {others}{keywords})
'''


def _named(function: Callable[..., Any], others: str, keywords: tuple[tuple[str, Any], ...]) -> nn.Module:
    words = "".join(f", {name}={value!r}" for name, value in keywords)
    names = {"function": function, "Tensor": Tensor, "Base": Named}
    cls = class_from_source("NamedFunction", _SOURCE.format(others=others, keywords=words), names)
    cls.made_of = (function, others, keywords)  # type: ignore[attr-defined]
    module: nn.Module = cls()
    return module


def _registered(function: Any, keywords: dict[str, Any], fitted: np.ndarray | None) -> nn.Module | None:
    """The torch function that is registered, as a module; None where there is none."""
    torch_function = registered(function)
    if torch_function is None:
        return None
    name = name_of(torch_function)
    wrong = [key for key, value in keywords.items() if not isinstance(value, (bool, int, float, str))]
    if wrong:
        raise FunctionError(f"the torch function that is registered for it, {name}, gets {wrong[0]}=, no number or str")
    others = "y" if fitted is None else "self.fitted.to(x.dtype)"
    module = _named(torch_function, others, tuple(keywords.items()))
    if fitted is not None:
        module.register_buffer("fitted", torch.tensor(fitted))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.jit.script(module)
    except Exception as error:  # TorchScript raises many kinds
        raise FunctionError(
            f"the torch function that is registered for it, {name}, does not script as a function (x, y): {error}"
        ) from error
    return module


def objection_to_function(estimator: Any, what: str, function: Any, convert: Callable[[], Any]) -> str | None:
    """Why a kernel or metric that may be a function cannot be converted, or None.

    Parameters
    ----------
    estimator : object
    what : str
        "kernel" or "metric".
    function : callable or str
    convert : callable
        Converts it, or raises FunctionError.
    """
    if not callable(function):
        return None
    try:
        convert()
    except FunctionError as error:
        return (
            f"the {what} of {type(estimator).__name__} is a Python function that cannot be traced, "
            f"{name_of(function)}: {error}"
        )
    return None


def function_of_rows(function: Callable[..., Any], rows: Any, *, turned: bool = False) -> nn.Module:
    """A function of two arrays of rows, ``function(X, rows)``, as a module ``(x, y) -> (n_samples, n_rows)``.

    Parameters
    ----------
    function : callable
    rows : array-like of shape (n_rows, n_features)
        The rows of the fit.
    turned : bool
        Whether the estimator calls ``function(rows, X).T`` instead.

    Raises
    ------
    FunctionError
        It cannot be traced, or gives other results when it is.
    """
    try:
        fitted = np.array(rows.toarray() if hasattr(rows, "toarray") else rows, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise FunctionError(f"the rows that it compares with are no numbers: {error}") from error
    if fitted.ndim != 2:
        raise FunctionError(f"the rows that it compares with have the shape {fitted.shape}: they must be a table")
    named = _registered(function, {}, fitted)
    if named is not None:
        return named
    function = with_stand_ins(function)

    def of_rows(X: Any) -> Any:
        if isinstance(X, TracedArray) or not turned:
            return function(X, fitted)
        return np.asarray(function(fitted, X)).T

    return OfRows(convert_function(of_rows, None, fitted.shape[1]).module)


def function_of_pairs(function: Callable[..., Any], keywords: dict[str, Any] | None, width: int) -> nn.Module:
    """A function of two rows that returns a number, as a module ``(x, y) -> (n_samples, n_others)``.

    Parameters
    ----------
    function : callable
    keywords : dict or None
        What it is called with besides the rows.
    width : int
        Numbers in a row.

    Raises
    ------
    FunctionError
        It cannot be traced, or gives other results when it is.
    """
    keywords = dict(keywords or {})
    named = _registered(function, keywords, None)
    if named is not None:
        return named
    function = with_stand_ins(functools.partial(function, **keywords))

    def of_pairs(X: Any) -> Any:
        if isinstance(X, TracedArray):
            return number_of(function(TracedRow(X[:, :width]), TracedRow(X[:, width:])))
        return np.array([function(pair[:width], pair[width:]) for pair in X], dtype=np.float64)

    return OfPairs(convert_function(of_pairs, None, 2 * width).module)
