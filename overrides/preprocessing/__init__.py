"""sklearn.preprocessing: a file per file of scikit-learn's own package."""

from . import _data

__all__ = ["_data"]
