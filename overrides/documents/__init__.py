"""Documents, dicts and lists of features as counts, without scikit-learn: a loaded artifact counts by the same code."""

from .analysis import Analysis
from .readers import FeatureReader, HashedFeatureReader, HashedTextReader, Reader, VocabularyReader, reader_from_dict
from .rows import DENSE_WIDTH, Counts, Rows, documents_of

__all__ = [
    "DENSE_WIDTH",
    "Analysis",
    "Counts",
    "FeatureReader",
    "HashedFeatureReader",
    "HashedTextReader",
    "Reader",
    "Rows",
    "VocabularyReader",
    "documents_of",
    "reader_from_dict",
]
