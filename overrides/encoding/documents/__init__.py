"""Documents, dicts and lists of features as counts, without scikit-learn: a loaded artifact counts by the same code."""

from typing import Any

from .analysis import Analysis
from .feature_readers import FeatureReader, HashedFeatureReader
from .reader import Reader
from .rows import DENSE_WIDTH, Counts, Rows, documents_of
from .text_readers import HashedTextReader, VocabularyReader

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


def reader_from_dict(data: dict[str, Any]) -> Reader:
    """Inverse of ``to_dict`` of every reader."""
    kind = data["kind"]
    if kind == VocabularyReader.kind:
        # The places of terms that are no words matter only where their function is.
        terms = tuple(data["terms"]) or tuple(range(int(data["width"])))
        return VocabularyReader(Analysis.from_dict(data["analysis"]), terms)
    own = {name: value for name, value in data.items() if name not in ("kind", "analysis")}
    if kind == HashedTextReader.kind:
        return HashedTextReader(Analysis.from_dict(data["analysis"]), **own)
    if kind == FeatureReader.kind:
        return FeatureReader(**{**own, "features": tuple(own["features"])})
    if kind == HashedFeatureReader.kind:
        return HashedFeatureReader(**own)
    raise ValueError(f"a reader of documents is called {kind!r}, which this version does not know")
