"""What no converter can honour: read by the tests and by the support table."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Refusal:
    """An option that is refused, or a whole class.

    Attributes
    ----------
    estimator : str
        Class name.
    option : str or None
        The option; None where every instance is refused.
    reason : str
        Words of the refusal that a plan gives.
    """

    estimator: str
    option: str | None
    reason: str


REFUSALS = (
    Refusal(
        "AffinityPropagation",
        "affinity='precomputed'",
        "has no cluster_centers_, and scikit-learn's own predict raises",
    ),
    Refusal("DummyClassifier", "strategy='stratified' or 'uniform'", "draws its answers at random at every call"),
    Refusal("FeatureAgglomeration", "pooling_func that is none of numpy's", "is a Python function"),
    Refusal("KNeighborsClassifier", "metric='precomputed'", "takes a matrix of distances, which is computed outside"),
    Refusal("KNeighborsRegressor", "metric='precomputed'", "takes a matrix of distances, which is computed outside"),
    Refusal("SVC", "kernel='precomputed'", "it takes rows of a kernel matrix that is computed outside the model"),
    Refusal("SVR", "kernel='precomputed'", "it takes rows of a kernel matrix that is computed outside the model"),
)
