"""All of numpy's functions and methods of arrays that are recorded: importing this fills the table."""

from ..dispatch import METHODS, trace_function
from . import along_columns as _along_columns
from . import element_by_element as _element_by_element
from . import shapes as _shapes

__all__ = ["METHODS", "_along_columns", "_element_by_element", "_shapes", "trace_function"]
