"""sklearn.preprocessing: a file per file of scikit-learn's own package, and one for sets of labels."""

from . import _data, _encoders, _label, _label_sets

__all__ = ["_data", "_encoders", "_label", "_label_sets"]
