"""Functions of the user's as modules: traced from numpy, written in torch, or registered."""

from .convert import ConvertedFunction, FunctionError, convert_function
from .registered import name_of, register_function

__all__ = ["ConvertedFunction", "FunctionError", "convert_function", "name_of", "register_function"]
