"""Pipeline and FeatureUnion."""

from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, Normalizer, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from . import Case

CASES = (
    Case(
        id="Pipeline-scaled-logistic-words",
        make=lambda: make_pipeline(StandardScaler(), LogisticRegression()),
        data="three_words",
        smooth=True,
    ),
    Case(id="Pipeline-regressor", make=lambda: make_pipeline(MinMaxScaler(), LinearRegression()), data="regression"),
    Case(
        id="Pipeline-transformers",
        make=lambda: make_pipeline(StandardScaler(), MinMaxScaler(), MaxAbsScaler()),
        smooth=True,
    ),
    Case(
        id="Pipeline-passed-through",
        make=lambda: Pipeline(
            [("first", "passthrough"), ("scale", StandardScaler()), ("none", None), ("last", "passthrough")]
        ),
    ),
    Case(
        id="Pipeline-nested",
        make=lambda: make_pipeline(
            make_pipeline(StandardScaler(), Normalizer()), make_pipeline(MinMaxScaler(), DecisionTreeClassifier())
        ),
    ),
    Case(
        id="Pipeline-score-samples",
        make=lambda: make_pipeline(StandardScaler(), PCA(3, random_state=0)),
        smooth=True,
    ),
    Case(
        id="Pipeline-projected-svc-words",
        make=lambda: make_pipeline(StandardScaler(), PCA(3, random_state=0), SVC()),
        data="three_words",
        smooth=True,
    ),
    Case(
        id="Pipeline-multilabel-network",
        make=lambda: make_pipeline(StandardScaler(), MLPClassifier((5,), max_iter=30, random_state=0)),
        data="multilabel",
    ),
    Case(
        id="Pipeline-list-of-outputs",
        make=lambda: make_pipeline(MinMaxScaler(), DecisionTreeClassifier(max_depth=4, random_state=0)),
        data="multilabel",
    ),
    Case(
        id="Pipeline-names-that-torch-refuses",
        make=lambda: Pipeline(
            [
                ("a.b", StandardScaler()),
                ("a b", MinMaxScaler()),
                ("forward", MaxAbsScaler()),
                ("keys", StandardScaler()),
                ("1st", StandardScaler()),
                ("lambda", StandardScaler()),
                ("čmelák", StandardScaler()),
                ("pop", LogisticRegression()),
            ]
        ),
        data="two_words",
    ),
    Case(
        id="FeatureUnion-weights",
        make=lambda: FeatureUnion(
            [
                ("rows", "passthrough"),
                ("gone", "drop"),
                ("scaled", StandardScaler()),
                ("type", MinMaxScaler()),
            ],
            transformer_weights={"rows": 0.3, "scaled": -2.5},
        ),
        smooth=True,
    ),
    Case(
        id="Pipeline-union-of-pipelines",
        make=lambda: make_pipeline(
            FeatureUnion([("a", make_pipeline(StandardScaler(), Normalizer())), ("b", MinMaxScaler())]),
            LogisticRegression(),
        ),
        data="two_classes",
    ),
)
