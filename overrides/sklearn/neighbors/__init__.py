"""``sklearn.neighbors``: votes and means of neighbours, densities, outliers, graphs; one search behind all of them."""

from ._centroid import NearestCentroid
from ._density import KernelDensity
from ._graph import KNeighborsTransformer, RadiusNeighborsTransformer
from ._nca import NeighborhoodComponentsAnalysis
from ._nearest import KNeighborsClassifier, KNeighborsRegressor, NearestNeighbors
from ._outliers import LocalOutlierFactor
from ._radius import RadiusNeighborsClassifier, RadiusNeighborsRegressor

__all__ = [
    "KNeighborsClassifier",
    "KNeighborsRegressor",
    "KNeighborsTransformer",
    "KernelDensity",
    "LocalOutlierFactor",
    "NearestCentroid",
    "NearestNeighbors",
    "NeighborhoodComponentsAnalysis",
    "RadiusNeighborsClassifier",
    "RadiusNeighborsRegressor",
    "RadiusNeighborsTransformer",
]
