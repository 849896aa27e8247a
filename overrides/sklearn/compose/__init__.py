"""sklearn.compose: a file per file of scikit-learn's own package."""

from . import _column_transformer, _target

__all__ = ["_column_transformer", "_target"]
