"""sklearn.svm: support vector classifiers, regressors and the one-class machine, by libsvm and liblinear."""

from ._linear import LinearSVC
from ._one_class import OneClassSVM
from ._svc import SVC
from ._svr import SVR

__all__ = ["SVC", "SVR", "LinearSVC", "OneClassSVM"]
