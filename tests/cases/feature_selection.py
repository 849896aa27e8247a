"""Cases of sklearn.feature_selection."""

from sklearn.feature_selection import (
    RFE,
    RFECV,
    GenericUnivariateSelect,
    SelectFdr,
    SelectFpr,
    SelectFromModel,
    SelectFwe,
    SelectKBest,
    SelectPercentile,
    SequentialFeatureSelector,
    VarianceThreshold,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from . import Case

CASES = (
    Case("SelectFromModel-nothing", lambda: SelectFromModel(LogisticRegression(), threshold=1e9), "three_classes"),
    Case("SelectKBest-nothing", lambda: SelectKBest(k=0), "regression"),
    Case(id="VarianceThreshold-some", make=lambda: VarianceThreshold(1.0), smooth=True),
    Case(id="SelectKBest-two", make=lambda: SelectKBest(k=2)),
    Case(id="SelectPercentile-half", make=lambda: SelectPercentile(percentile=50)),
    Case(id="SelectFpr-default", make=lambda: SelectFpr()),
    Case(id="SelectFdr-default", make=lambda: SelectFdr()),
    Case(id="SelectFwe-default", make=lambda: SelectFwe()),
    Case(id="GenericUnivariateSelect-k-best", make=lambda: GenericUnivariateSelect(mode="k_best", param=1)),
    Case(id="SelectFromModel-tree", make=lambda: SelectFromModel(DecisionTreeClassifier(random_state=0))),
    Case(
        id="SequentialFeatureSelector-three",
        make=lambda: SequentialFeatureSelector(LogisticRegression(), n_features_to_select=3, cv=2),
    ),
    Case(
        id="RFE-svc-words",
        make=lambda: RFE(SVC(kernel="linear"), n_features_to_select=3),
        data="three_words",
    ),
    Case(
        id="RFE-pipeline",
        make=lambda: make_pipeline(StandardScaler(), SelectKBest(k=4), RFE(LogisticRegression())),
        data="two_words",
        smooth=True,
    ),
    Case(
        id="RFE-lists",
        make=lambda: RFE(DecisionTreeClassifier(max_depth=3, random_state=0)),
        data="multilabel",
    ),
    Case(id="RFECV-ridge", make=lambda: RFECV(Ridge(), cv=2), data="regression", smooth=True),
)
