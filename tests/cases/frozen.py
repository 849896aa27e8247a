"""FrozenEstimator."""

from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from . import Case


def _freeze(frozen, data):
    """Fit what is inside: the frozen estimator itself never fits."""
    frozen.estimator.fit(data.X, data.y)


CASES = (
    Case(
        id="FrozenEstimator-classifier-words",
        make=lambda: FrozenEstimator(LogisticRegression()),
        data="three_words",
        smooth=True,
        fit=_freeze,
    ),
    Case(
        id="FrozenEstimator-regressor", make=lambda: FrozenEstimator(LinearRegression()), data="regression", fit=_freeze
    ),
    Case(
        id="FrozenEstimator-transformer-in-a-pipeline",
        make=lambda: make_pipeline(FrozenEstimator(StandardScaler()), LogisticRegression()),
        data="two_classes",
        fit=lambda pipeline, data: (pipeline[0].estimator.fit(data.X), pipeline.fit(data.X, data.y)),
    ),
    Case(
        id="FrozenEstimator-tree-of-outputs",
        make=lambda: FrozenEstimator(DecisionTreeClassifier(max_depth=4, random_state=0)),
        data="multilabel",
        fit=_freeze,
    ),
)
