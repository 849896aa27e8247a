"""Pipeline and FeatureUnion."""

import numpy as np
from sklearn.compose import ColumnTransformer, make_column_transformer
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.feature_selection import SelectKBest, chi2, f_regression
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, SGDClassifier, SGDOneClassSVM
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import (
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    OrdinalEncoder,
    RobustScaler,
    StandardScaler,
)
from sklearn.svm import SVC, LinearSVC
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
    Case(
        id="Pipeline-look-up-logistic",
        make=lambda: make_pipeline(
            ColumnTransformer(
                [
                    ("age", StandardScaler(), ["age"]),
                    (
                        "words",
                        make_pipeline(
                            SimpleImputer(strategy="most_frequent"),
                            OneHotEncoder(drop="first", handle_unknown="ignore"),
                        ),
                        ["country", "workclass"],
                    ),
                    (
                        "constant",
                        OneHotEncoder(
                            categories=[["school"], [f"country {i}" for i in range(100)]],
                            drop="first",
                            handle_unknown="ignore",
                        ),
                        ["education", "country"],
                    ),
                ],
                transformer_weights={"words": 0.7},
            ),
            LogisticRegression(),
        ),
        data="adult",
    ),
    Case(
        id="Pipeline-look-up-two-classes",
        make=lambda: make_pipeline(
            make_column_transformer(
                (OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=2), ["country"]),
                (OneHotEncoder(handle_unknown="ignore"), ["country", "workclass", "education"]),
            ),
            SGDClassifier(loss="log_loss", random_state=0),
        ),
        data="adult",
        fit=lambda estimator, data: estimator.fit(data.X, data.y > 0),
    ),
    Case(
        id="Pipeline-look-up-ridge",
        make=lambda: make_pipeline(
            make_column_transformer((OrdinalEncoder(), ["country"]), ("passthrough", ["age"])),
            FeatureUnion(
                [("hot", OneHotEncoder(handle_unknown="ignore")), ("rows", StandardScaler())],
                transformer_weights={"rows": 0.1},
            ),
            Ridge(),
        ),
        data="adult",
        fit=lambda estimator, data: estimator.fit(data.X, np.stack([data.y, -data.y], axis=1)),
        rows=lambda estimator, data: data.X[::2],
    ),
    Case(
        id="Pipeline-look-up-svd",
        make=lambda: make_pipeline(
            make_column_transformer((OneHotEncoder(handle_unknown="ignore"), ["country", "gain"])), TruncatedSVD(3)
        ),
        data="adult",
    ),
    Case(
        id="Pipeline-look-up-through-scalers",
        make=lambda: make_pipeline(
            make_column_transformer(
                (OneHotEncoder(handle_unknown="ignore"), ["country", "workclass"]),
                ("passthrough", ["age", "gain"]),
            ),
            StandardScaler(with_mean=False),
            RobustScaler(with_centering=False),
            MaxAbsScaler(),
            LogisticRegression(),
        ),
        data="adult",
    ),
    Case(
        id="Pipeline-look-up-through-centers",
        make=lambda: make_pipeline(
            make_column_transformer(
                (
                    make_pipeline(
                        OneHotEncoder(handle_unknown="ignore", sparse_output=False),
                        SelectKBest(f_regression, k=40),
                        StandardScaler(),
                    ),
                    ["country"],
                ),
                ("passthrough", ["age"]),
                sparse_threshold=0,
            ),
            MinMaxScaler((-1, 3)),
            RobustScaler(quantile_range=(0, 100)),
            Ridge(),
        ),
        data="adult",
    ),
    Case(
        id="Pipeline-look-up-selected",
        make=lambda: make_pipeline(
            make_column_transformer(
                (OneHotEncoder(handle_unknown="ignore"), ["country", "workclass"]), ("passthrough", ["age", "gain"])
            ),
            MaxAbsScaler(),
            SelectKBest(chi2, k=30),
            LinearSVC(random_state=0),
        ),
        data="adult",
    ),
    Case(
        id="Pipeline-look-up-one-class",
        make=lambda: make_pipeline(
            make_column_transformer((OneHotEncoder(handle_unknown="ignore"), ["country"])),
            SGDOneClassSVM(random_state=0),
        ),
        data="adult",
    ),
)
