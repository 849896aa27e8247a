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


_FUNCTION = "is a Python function"
_LAST_DIGIT = "computes in float32, for gradient boosting hands it float32 rows"

REFUSALS = (
    Refusal(
        "AffinityPropagation",
        "affinity='precomputed'",
        "has no cluster_centers_, and scikit-learn's own predict raises",
    ),
    Refusal("DummyClassifier", "strategy='stratified' on sparse targets", "was fitted on sparse targets"),
    Refusal("FeatureAgglomeration", "pooling_func that is none of numpy's", _FUNCTION),
    Refusal("GradientBoostingClassifier", "init of a tree behind a rounding step, no scaler", _LAST_DIGIT),
    Refusal("GradientBoostingRegressor", "init of a tree behind a rounding step, no scaler", _LAST_DIGIT),
    Refusal("IterativeImputer", "sample_posterior=True", "its transform draws imputations at random"),
    Refusal("KNNImputer", "callable metric or weights", "by a Python function"),
    Refusal("KNeighborsClassifier", "callable metric that cannot be traced", _FUNCTION),
    Refusal("KNeighborsClassifier", "callable weights", "by a Python function"),
    Refusal("KNeighborsClassifier", "metric='precomputed' on a sparse graph", "was fitted on a sparse graph"),
    Refusal("KNeighborsRegressor", "callable metric that cannot be traced", _FUNCTION),
    Refusal("KNeighborsRegressor", "callable weights", "by a Python function"),
    Refusal("KNeighborsRegressor", "metric='precomputed' on a sparse graph", "was fitted on a sparse graph"),
    Refusal("KernelPCA", "callable kernel that cannot be traced", _FUNCTION),
    Refusal("KernelRidge", "callable kernel that cannot be traced", _FUNCTION),
    Refusal("LabelPropagation", "callable kernel that cannot be traced", _FUNCTION),
    Refusal("LabelSpreading", "callable kernel that cannot be traced", _FUNCTION),
    Refusal("NMF", "shuffle=True without a seed", "draws another order of components in every transform"),
    Refusal("Nystroem", "callable kernel that cannot be traced", _FUNCTION),
    Refusal("PatchExtractor", "max_patches", "it draws patches at random at every call"),
    Refusal("SVC", "callable kernel that cannot be traced", _FUNCTION),
    Refusal("SVR", "callable kernel that cannot be traced", _FUNCTION),
)
