"""``sklearn.impute``: gaps filled by statistics, by neighbours and by estimators; and where the gaps are."""

from ._iterative import IterativeImputer
from ._knn import KNNImputer
from ._simple import MissingIndicator, SimpleImputer

__all__ = ["IterativeImputer", "KNNImputer", "MissingIndicator", "SimpleImputer"]
