"""sklearn.feature_extraction: a file per file of scikit-learn's own package."""

from . import _dict_vectorizer, _hash, image, text

__all__ = ["_dict_vectorizer", "_hash", "image", "text"]
