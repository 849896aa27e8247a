"""feature-engine: selectors, imputers of numbers, caps of outliers and intervals, by the names of their columns."""

from . import columns, discretisation

__all__ = ["columns", "discretisation"]
