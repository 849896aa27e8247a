"""feature-engine: selectors, imputers of numbers and caps of outliers, by the names of their columns."""

from . import columns

__all__ = ["columns"]
