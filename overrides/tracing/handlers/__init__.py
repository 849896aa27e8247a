"""Handlers by kind: importing this fills the tables of :mod:`..dispatch`, and is the only place that does."""

from . import along_columns, element_by_element, indexing, shapes, ufuncs

__all__ = ["along_columns", "element_by_element", "indexing", "shapes", "ufuncs"]
