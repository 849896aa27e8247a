"""sklearn.preprocessing: a file per file of scikit-learn's own package, and one for sets of labels."""

from . import (
    _data,
    _discretization,
    _encoders,
    _function_transformer,
    _label,
    _label_sets,
    _polynomial,
    _quantile,
    _spline,
)

__all__ = [
    "_data",
    "_discretization",
    "_encoders",
    "_function_transformer",
    "_label",
    "_label_sets",
    "_polynomial",
    "_quantile",
    "_spline",
]
