"""ColumnTransformer and TransformedTargetRegressor."""

import numpy as np
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor, make_column_selector, make_column_transformer
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    RobustScaler,
    StandardScaler,
    TargetEncoder,
)
from sklearn.svm import SVC, LinearSVC

from . import Case


def _numbers() -> Pipeline:
    return make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())


def _words(**options: object) -> Pipeline:
    return make_pipeline(
        SimpleImputer(strategy="constant", fill_value="none"), OneHotEncoder(handle_unknown="ignore", **options)
    )


def _titanic(**options: object) -> ColumnTransformer:
    """Numbers, words, a categorical, and a column that both branches read."""
    return ColumnTransformer(
        [
            ("numbers", _numbers(), ["age", "fare", "sibsp"]),
            ("words", _words(), make_column_selector("sex|embarked|title")),
            ("deck", OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=4), ["deck"]),
            (
                "order",
                OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2),
                ["embarked", "pclass"],
            ),
        ],
        **options,
    )


LIMITS = {"a_min": -1.5, "a_max": 2.0}


def _to_scale(y: np.ndarray) -> np.ndarray:
    return np.column_stack([np.arcsinh(y[:, 0]), (y[:, 1] - 1) / 3])


def _every_kind(**options: object) -> ColumnTransformer:
    """A branch for each kind of column, named by dtype, by name and by position."""
    return ColumnTransformer(
        [
            ("numbers", _numbers(), make_column_selector("visits|spent|empty", dtype_include="number")),
            ("flags", SimpleImputer(strategy="most_frequent"), ["member"]),
            (
                "grade",
                OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2),
                ["grade"],
            ),
            ("city", OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["city", "grade"]),
            ("day", OneHotEncoder(handle_unknown="ignore", sparse_output=False), make_column_selector("day")),
            ("scaled", StandardScaler(), slice("alone", "alone")),
        ],
        **options,
    )


CASES = (
    Case(
        id="ColumnTransformer-every-kind",
        make=lambda: make_pipeline(_every_kind(transformer_weights={"day": 0.3}), LogisticRegression(max_iter=500)),
        data="every_kind",
    ),
    Case(
        id="ColumnTransformer-every-kind-decision",
        make=lambda: make_pipeline(
            _every_kind(remainder="passthrough", sparse_threshold=0), StandardScaler(), LinearSVC(random_state=0)
        ),
        data="every_kind",
    ),
    Case(
        id="ColumnTransformer-polars-inside",
        make=lambda: make_pipeline(
            ColumnTransformer(
                [
                    ("hours", SimpleImputer(), ["hours"]),
                    ("work", OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["workclass"]),
                ],
                remainder="drop",
                verbose_feature_names_out=False,
            ).set_output(transform="polars"),
            ColumnTransformer([("hours", StandardScaler(), ["hours"])], remainder="passthrough").set_output(
                transform="polars"
            ),
            LogisticRegression(),
        ),
        data="adult",
    ),
    Case(
        id="ColumnTransformer-titanic-logistic",
        make=lambda: make_pipeline(_titanic(), LogisticRegression(max_iter=500)),
        data="titanic",
    ),
    Case(
        id="ColumnTransformer-titanic-forest",
        make=lambda: make_pipeline(_titanic(), RandomForestClassifier(12, random_state=0)),
        data="titanic",
    ),
    Case(
        id="ColumnTransformer-titanic-voting",
        make=lambda: VotingClassifier(
            [
                ("svc", make_pipeline(_titanic(), SVC(probability=True, random_state=0))),
                (
                    "logistic",
                    make_pipeline(
                        make_column_transformer((_words(min_frequency=5), ["deck", "embarked"])), LogisticRegression()
                    ),
                ),
            ],
            voting="soft",
        ),
        data="titanic",
    ),
    Case(
        id="ColumnTransformer-adult",
        make=lambda: make_pipeline(
            ColumnTransformer(
                [
                    ("age", RobustScaler(), ["age", "gain"]),
                    ("hours", SimpleImputer(), ["hours"]),
                    ("education", OrdinalEncoder(categories=[["school", "college", "master"]]), ["education"]),
                    ("country", TargetEncoder(random_state=0), ["country", "workclass"]),
                    ("work", _words(), ["workclass", "education"]),
                ]
            ),
            LogisticRegression(max_iter=2000),
        ),
        data="adult",
    ),
    Case(
        id="ColumnTransformer-weights-passthrough",
        make=lambda: ColumnTransformer(
            [
                ("scaled", StandardScaler(), [-1, 2]),
                ("kept", "passthrough", slice(0, 2)),
                ("gone", "drop", [3]),
                ("none", StandardScaler(), []),
                ("mask", MinMaxScaler(), [False, True, False, False, True, False]),
                ("forward", RobustScaler(), lambda rows: [0, 4]),
            ],
            transformer_weights={"scaled": 2.5, "kept": 0.1},
            remainder=StandardScaler(),
        ),
        smooth=True,
    ),
    Case(
        id="ColumnTransformer-remainder-passthrough",
        make=lambda: ColumnTransformer(
            [("words", OneHotEncoder(), ["sex"])], remainder="passthrough", verbose_feature_names_out=False
        ),
        data="titanic",
        fit=lambda estimator, data: estimator.fit(data.X[["fare", "sex", "alone", "sibsp"]]),
    ),
    Case(
        id="ColumnTransformer-words-passed-through",
        make=lambda: make_pipeline(
            ColumnTransformer(
                [
                    ("fill", SimpleImputer(strategy="most_frequent"), ["embarked", "deck"]),
                    ("same", "passthrough", ["sex"]),
                ],
                sparse_threshold=0,
            ),
            ColumnTransformer(
                [("hot", OneHotEncoder(handle_unknown="ignore"), [0, 2])],
                remainder=OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
            ),
        ),
        data="titanic",
    ),
    Case(
        id="ColumnTransformer-frames-inside",
        make=lambda: make_pipeline(
            ColumnTransformer(
                [
                    ("fill", SimpleImputer(strategy="most_frequent"), ["embarked", "deck"]),
                    ("age", SimpleImputer(), ["age"]),
                ],
                verbose_feature_names_out=False,
            ),
            ColumnTransformer(
                [
                    ("hot", OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["deck"]),
                    ("union", FeatureUnion([("scaled", StandardScaler()), ("rows", "passthrough")]), ["age"]),
                ]
            ),
        ).set_output(transform="pandas"),
        data="titanic",
    ),
    Case(
        id="TransformedTargetRegressor-log-exp",
        make=lambda: TransformedTargetRegressor(LinearRegression(), func=np.log, inverse_func=np.exp),
        data="positive_regression",
        smooth=True,
    ),
    Case(
        id="TransformedTargetRegressor-scaler-in-a-pipeline",
        make=lambda: make_pipeline(
            StandardScaler(),
            TransformedTargetRegressor(
                MLPRegressor(hidden_layer_sizes=(5,), activation="tanh", max_iter=50, random_state=0),
                transformer=StandardScaler(),
            ),
        ),
        data="regression",
        smooth=True,
    ),
    Case(
        id="TransformedTargetRegressor-two-targets",
        make=lambda: TransformedTargetRegressor(Ridge(), transformer=MinMaxScaler()),
        data="two_targets",
    ),
    Case(
        id="TransformedTargetRegressor-column",
        make=lambda: TransformedTargetRegressor(Ridge(), transformer=make_pipeline(StandardScaler(), MinMaxScaler())),
        data="one_column",
    ),
    Case(
        id="TransformedTargetRegressor-function-transformer",
        make=lambda: TransformedTargetRegressor(Ridge(), transformer=FunctionTransformer(np.arcsinh, np.sinh)),
        data="regression",
    ),
    Case(id="TransformedTargetRegressor-nothing", make=lambda: TransformedTargetRegressor(), data="regression"),
    Case(
        id="TransformedTargetRegressor-cube-root",
        make=lambda: TransformedTargetRegressor(
            Ridge(), func=lambda y: y**3, inverse_func=np.cbrt, check_inverse=False
        ),
        data="regression",
    ),
    Case(
        id="TransformedTargetRegressor-functions-of-two-targets",
        make=lambda: TransformedTargetRegressor(
            Ridge(), func=_to_scale, inverse_func=lambda y: np.column_stack([np.sinh(y[:, 0]), y[:, 1] * 3 + 1])
        ),
        data="two_targets",
    ),
    Case(
        id="TransformedTargetRegressor-keywords",
        make=lambda: make_pipeline(
            StandardScaler(),
            TransformedTargetRegressor(
                Ridge(),
                transformer=FunctionTransformer(np.clip, np.clip, kw_args=LIMITS, inv_kw_args=LIMITS, validate=True),
            ),
        ),
        data="one_column",
    ),
)
