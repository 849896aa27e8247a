"""Functions for which the user has named a torch function."""

from collections.abc import Callable
from typing import Any, TypeVar

from ..errors import RegistrationError

F = TypeVar("F", bound=Callable[..., Any])

_REGISTERED: dict[Any, Callable[..., Any]] = {}


def register_function(
    function: Callable[..., Any], torch_function: Callable[..., Any] | None = None, *, replace: bool = False
) -> Any:
    """Name the torch function that does what a function of a FunctionTransformer does.

    Parameters
    ----------
    function : callable
        What stands in a model as ``func`` or ``inverse_func``, of FunctionTransformer or TransformedTargetRegressor.
        It is recognised by identity, so a model read from a file finds it where it is importable.
    torch_function : callable, optional
        Takes a float tensor of shape (n_samples, n_features), and the keywords that the model passes, and returns one
        of n_samples rows. It must script, or be traceable by ``torch.fx``. Left out, ``register_function`` is a
        decorator of it.
    replace : bool
        Take the place of an earlier registration instead of refusing.

    Returns
    -------
    callable
        ``torch_function``, or the decorator.

    Raises
    ------
    RegistrationError
        Something is not callable, or ``function`` has a torch function already.

    Examples
    --------
    >>> import numpy as np, torch, bridge
    >>> from sklearn.preprocessing import FunctionTransformer
    >>> def order_of_magnitude(X):
    ...     return np.frompyfunc(lambda value: len(str(int(value))), 1, 1)(X).astype(float)
    >>> @bridge.register_function(order_of_magnitude)
    ... def in_torch(x: torch.Tensor) -> torch.Tensor:
    ...     return torch.floor(torch.log10(torch.clamp(torch.trunc(x.abs()), min=1.0))) + 1.0 + (x <= -1.0).to(x.dtype)
    >>> X = np.array([[3.0, 12.5], [-450.0, 0.1]])
    >>> bridge.to_torch(FunctionTransformer(order_of_magnitude).fit(X), X)(torch.as_tensor(X))
    tensor([[1., 2.],
            [4., 1.]], dtype=torch.float64)
    """
    if not callable(function):
        raise RegistrationError(f"register_function() takes a function, got {type(function).__name__}")

    def note(torch_function: F) -> F:
        if not callable(torch_function):
            raise RegistrationError(f"register_function() takes a torch function, got {type(torch_function).__name__}")
        try:
            known = _REGISTERED.get(function)
        except TypeError as error:
            raise RegistrationError(f"{function!r} cannot be recognised again: it is not hashable") from error
        if known is not None and not replace:
            raise RegistrationError(
                f"{name_of(function)} has a torch function already, {name_of(known)}: pass replace=True to let "
                f"{name_of(torch_function)} take its place"
            )
        _REGISTERED[function] = torch_function
        return torch_function

    return note if torch_function is None else note(torch_function)


def registered(function: Any) -> Callable[..., Any] | None:
    """The torch function registered for a function, or None."""
    try:
        return _REGISTERED.get(function)
    except TypeError:  # a callable object need not be hashable
        return None


def name_of(function: Any) -> str:
    """How a message names a function."""
    return getattr(function, "__qualname__", None) or getattr(function, "__name__", None) or repr(function)
