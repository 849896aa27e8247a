"""Cases of sklearn.neural_network that do not take the ONNX route."""

from sklearn.neural_network import BernoulliRBM, MLPClassifier, MLPRegressor

from . import Case


def _classifier(**options):
    return MLPClassifier((8, 5), max_iter=300, random_state=0, **options)


def _regressor(**options):
    return MLPRegressor(loss="poisson", hidden_layer_sizes=(8, 5), max_iter=300, random_state=0, **options)


def _positive_targets(estimator, data):
    estimator.fit(data.X, abs(data.y))


CASES = (
    Case("MLPClassifier-relu-binary", _classifier, "two_classes"),
    Case("MLPClassifier-tanh-multiclass", lambda: _classifier(activation="tanh"), smooth=True),
    Case("MLPClassifier-logistic-words", lambda: _classifier(activation="logistic"), "three_words", smooth=True),
    Case("MLPClassifier-identity-words", lambda: _classifier(activation="identity"), "two_words", smooth=True),
    Case("MLPClassifier-multilabel", lambda: _classifier(solver="lbfgs"), "multilabel"),
    Case("MLPClassifier-early-stopping", lambda: _classifier(early_stopping=True), "negative_classes"),
    Case("MLPClassifier-one-layer", lambda: MLPClassifier(4, solver="sgd", random_state=0), "five_classes"),
    Case("MLPRegressor-poisson", _regressor, "positive_regression", since="1.7"),
    Case(
        "MLPRegressor-poisson-tanh",
        lambda: _regressor(activation="tanh"),
        "positive_regression",
        smooth=True,
        since="1.7",
    ),
    Case("MLPRegressor-poisson-two-targets", _regressor, "two_targets", fit=_positive_targets, since="1.7"),
    Case("BernoulliRBM", lambda: BernoulliRBM(4, random_state=0), smooth=True),
)
