"""OneVsRestClassifier, OneVsOneClassifier and OutputCodeClassifier."""

import numpy as np
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier, OutputCodeClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier

from . import Case


def _tree():
    return DecisionTreeClassifier(max_depth=3, random_state=0)


def _one_label_always_on(column):
    def fit(estimator, data):
        y = np.array(data.y)
        y[:, column] = 1
        estimator.fit(data.X, y)

    return fit


def _one_class(estimator, data):
    estimator.fit(data.X, np.full(len(data.X), 7))


def _partial(estimator, data):
    for rows in np.array_split(np.arange(len(data.X)), 2):
        estimator.partial_fit(data.X[rows], data.y[rows], classes=np.unique(data.y))


CASES = (
    Case("OneVsOneClassifier-precomputed", lambda: OneVsOneClassifier(SVC(kernel="precomputed")), "kernel_of_words"),
    Case(
        "OneVsRestClassifier-words",
        lambda: OneVsRestClassifier(make_pipeline(StandardScaler(), LogisticRegression())),
        "three_words",
        smooth=True,
    ),
    Case("OneVsRestClassifier-two-words", lambda: OneVsRestClassifier(LogisticRegression()), "two_words", smooth=True),
    Case("OneVsRestClassifier-ties", lambda: OneVsRestClassifier(_tree()), "five_classes"),
    Case("OneVsRestClassifier-multilabel", lambda: OneVsRestClassifier(GaussianNB()), "multilabel"),
    Case("OneVsRestClassifier-regressors", lambda: OneVsRestClassifier(Ridge()), "multilabel"),
    Case("OneVsRestClassifier-two-regressors", lambda: OneVsRestClassifier(Ridge()), "two_classes"),
    Case(
        "OneVsRestClassifier-constant",
        lambda: OneVsRestClassifier(LogisticRegression()),
        "multilabel",
        fit=_one_label_always_on(2),
    ),
    Case(
        "OneVsRestClassifier-first-constant",
        lambda: OneVsRestClassifier(LinearSVC()),
        "multilabel",
        fit=_one_label_always_on(0),
    ),
    Case("OneVsRestClassifier-one-class", lambda: OneVsRestClassifier(SVC()), fit=_one_class),
    Case(
        "OneVsRestClassifier-partial",
        lambda: OneVsRestClassifier(SGDClassifier(loss="log_loss", random_state=0)),
        "negative_classes",
        fit=_partial,
    ),
    Case(
        "OneVsRestClassifier-frame",
        lambda: OneVsRestClassifier(
            make_pipeline(
                make_column_transformer(
                    (OneHotEncoder(handle_unknown="ignore"), ["country", "workclass"]), (StandardScaler(), ["age"])
                ),
                LogisticRegression(),
            )
        ),
        "adult",
    ),
    Case("OneVsOneClassifier-words", lambda: OneVsOneClassifier(LinearSVC()), "three_words", smooth=True),
    Case("OneVsOneClassifier-ties", lambda: OneVsOneClassifier(_tree()), "five_classes"),
    Case("OneVsOneClassifier-two-classes", lambda: OneVsOneClassifier(SVC()), "two_words"),
    Case("OneVsOneClassifier-two-trees", lambda: OneVsOneClassifier(_tree()), "two_classes"),
    Case("OneVsOneClassifier-regressors", lambda: OneVsOneClassifier(Ridge()), "negative_classes"),
    Case(
        "OutputCodeClassifier-words",
        lambda: OutputCodeClassifier(LinearSVC(), code_size=2, random_state=0),
        "three_words",
    ),
    Case(
        # Four of the five code words are equal, and one column of them is constant.
        "OutputCodeClassifier-short-codes",
        lambda: OutputCodeClassifier(_tree(), code_size=0.5, random_state=1),
        "five_classes",
    ),
)
