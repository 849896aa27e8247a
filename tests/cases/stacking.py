"""StackingClassifier, StackingRegressor, VotingClassifier and VotingRegressor."""

from sklearn.ensemble import StackingClassifier, StackingRegressor, VotingClassifier, VotingRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression, Perceptron, SGDClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from . import Case


def _classifiers(third="drop"):
    return [
        ("logistic", LogisticRegression()),
        ("scaled", make_pipeline(StandardScaler(), SGDClassifier(random_state=0))),
        ("third", third),
    ]


def _regressors():
    return [("linear", LinearRegression()), ("tree", DecisionTreeRegressor(max_depth=3, random_state=0))]


def _tree():
    return DecisionTreeClassifier(max_depth=3, random_state=0)


def _prefit(stack, data):
    """Fit the estimators on half of the rows, the stack on all."""
    for _, estimator in stack.estimators:
        estimator.fit(data.X[::2], data.y[::2])
    stack.fit(data.X, data.y)


CASES = (
    Case(
        id="StackingClassifier-words",
        make=lambda: StackingClassifier(_classifiers(), cv=3),
        data="three_words",
        smooth=True,
    ),
    Case(
        id="StackingClassifier-two-classes-passthrough",
        make=lambda: StackingClassifier(_classifiers(_tree()), passthrough=True, cv=3),
        data="two_words",
    ),
    Case(
        id="StackingClassifier-decisions",
        make=lambda: StackingClassifier(_classifiers(), Perceptron(), stack_method="decision_function", cv=3),
        data="negative_classes",
    ),
    Case(
        id="StackingClassifier-predictions",
        make=lambda: StackingClassifier(_classifiers(_tree()), _tree(), stack_method="predict", cv=3),
        data="three_words",
    ),
    Case(
        id="StackingClassifier-prefit",
        make=lambda: StackingClassifier(_classifiers()[:2], cv="prefit"),
        data="three_classes",
        fit=_prefit,
    ),
    Case(
        id="StackingClassifier-multilabel",
        make=lambda: StackingClassifier(
            [("tree", _tree()), ("network", MLPClassifier((5,), max_iter=30, random_state=0))], _tree(), cv=3
        ),
        data="multilabel",
    ),
    Case(
        id="StackingRegressor-passthrough",
        make=lambda: StackingRegressor(_regressors(), LinearRegression(), passthrough=True, cv=3),
        data="regression",
    ),
    Case(
        id="StackingRegressor-smooth",
        make=lambda: StackingRegressor([("linear", LinearRegression()), ("none", "drop")], LinearRegression(), cv=3),
        data="regression",
        smooth=True,
    ),
    Case(
        id="VotingClassifier-hard-weights-words",
        make=lambda: VotingClassifier(_classifiers(_tree()), weights=[0.1, 0.2, 0.3]),
        data="three_words",
    ),
    Case(
        id="VotingClassifier-hard",
        make=lambda: VotingClassifier(_classifiers()),
        data="negative_classes",
    ),
    Case(
        id="VotingClassifier-soft-weights",
        make=lambda: VotingClassifier(
            [("logistic", LogisticRegression()), ("gone", "drop"), ("tree", _tree())],
            voting="soft",
            weights=[2, 5, 0.7],
        ),
        data="five_classes",
    ),
    Case(
        id="VotingClassifier-soft-not-flat",
        make=lambda: VotingClassifier(
            [("logistic", LogisticRegression()), ("scaled", make_pipeline(StandardScaler(), LogisticRegression()))],
            voting="soft",
            flatten_transform=False,
        ),
        data="two_words",
    ),
    Case(
        id="VotingRegressor",
        make=lambda: VotingRegressor(_regressors(), weights=[1, 0.3]),
        data="regression",
    ),
    Case(
        id="VotingRegressor-smooth",
        make=lambda: VotingRegressor([("linear", LinearRegression()), ("gone", "drop")]),
        data="regression",
        smooth=True,
    ),
)
