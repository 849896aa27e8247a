"""All of numpy's functions and methods of arrays that are recorded: importing this fills the table."""

from . import _along_columns, _element_by_element, _shapes
from ._table import METHODS, record_function

__all__ = ["METHODS", "_along_columns", "_element_by_element", "_shapes", "record_function"]
