"""Functions of the user's as modules: traced from numpy, written in torch, or registered."""

from .convert import ConvertedFunction, FunctionError, convert_function, function_bounds
from .observe import Observed, observed, observing
from .registered import name_of, register_function

__all__ = [
    "ConvertedFunction",
    "FunctionError",
    "Observed",
    "convert_function",
    "function_bounds",
    "name_of",
    "observed",
    "observing",
    "register_function",
]
