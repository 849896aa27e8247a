"""Forests: bagged and extremely randomised trees, missing values, several outputs, words."""

from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor, RandomForestClassifier, RandomForestRegressor

from . import Case
from .tree import fit_two_labels_of_words, fit_with_gaps, rows_with_gaps

CASES = (
    Case(
        id="RandomForestClassifier-words",
        make=lambda: RandomForestClassifier(n_estimators=12, class_weight="balanced_subsample", random_state=0),
        data="three_words",
    ),
    Case(
        id="RandomForestClassifier-missing",
        make=lambda: RandomForestClassifier(n_estimators=9, max_depth=5, random_state=0),
        data="two_classes",
        fit=fit_with_gaps,
        rows=rows_with_gaps,
    ),
    Case(
        id="RandomForestClassifier-multilabel",
        make=lambda: RandomForestClassifier(n_estimators=7, max_depth=5, random_state=0),
        data="multilabel",
    ),
    Case(
        id="RandomForestRegressor",
        make=lambda: RandomForestRegressor(n_estimators=15, max_samples=0.7, random_state=0),
        data="regression",
    ),
    Case(
        id="RandomForestRegressor-two-targets",
        make=lambda: RandomForestRegressor(n_estimators=6, max_depth=4, random_state=0),
        data="two_targets",
    ),
    Case(
        id="ExtraTreesClassifier-two-outputs-words",
        make=lambda: ExtraTreesClassifier(n_estimators=8, max_depth=5, random_state=0),
        data="three_words",
        fit=fit_two_labels_of_words,
    ),
    Case(
        id="ExtraTreesRegressor",
        make=lambda: ExtraTreesRegressor(n_estimators=10, max_leaf_nodes=30, random_state=0),
        data="regression",
    ),
)
