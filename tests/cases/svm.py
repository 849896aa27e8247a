"""Cases of sklearn.svm."""

import numpy as np
import scipy.sparse
from sklearn.metrics.pairwise import cosine_similarity, laplacian_kernel, rbf_kernel
from sklearn.svm import SVC, SVR, LinearSVC, NuSVC, NuSVR, OneClassSVM

from . import Case


def _fit_sparse(estimator, data):
    return estimator.fit(scipy.sparse.csr_matrix(data.X), data.y)


def _fit_unlabelled(estimator, data):
    return estimator.fit(data.X)


def _fit_sparsified(estimator, data):
    return estimator.fit(data.X, data.y).sparsify()


def _fit_far(estimator, data):
    return estimator.fit(data.X + 1e4 * data.y[:, None], data.y)


def _far_rows(estimator, data):
    return data.unseen + 1e4 * (np.arange(len(data.unseen)) % 3)[:, None]


def _fit_binary(estimator, data):
    return estimator.fit(data.X, data.y == "bee")


def _fit_first(estimator, data):
    return estimator.fit(data.X, data.y[:, 0])


def _mixed(X, Y):
    """A kernel of one's own, of scikit-learn's and of numpy's."""
    return 0.7 * rbf_kernel(X, Y, gamma=0.1) + 0.3 * np.tanh(0.05 * (X @ Y.T))


CASES = (
    Case("SVC-function", lambda: SVC(kernel=_mixed), "three_words", smooth=True),
    Case("SVC-function-binary", lambda: SVC(kernel=lambda X, Y: (X @ Y.T + 1.0) ** 2), "two_words"),
    Case("SVR-function", lambda: SVR(kernel=laplacian_kernel), "positive_regression", smooth=True),
    Case("OneClassSVM-function", lambda: OneClassSVM(kernel=cosine_similarity), "three_classes", fit=_fit_unlabelled),
    Case("SVC-rbf-binary", lambda: SVC(), "two_classes", smooth=True),
    Case("SVC-rbf-words", lambda: SVC(), "three_words", smooth=True),
    Case("SVC-rbf-ovo", lambda: SVC(decision_function_shape="ovo", gamma="auto"), "five_classes", smooth=True),
    Case("SVC-rbf-break-ties", lambda: SVC(break_ties=True, gamma=0.3), "five_classes", smooth=True),
    Case("SVC-rbf-weights", lambda: SVC(class_weight="balanced", C=3.0), "negative_classes"),
    Case("SVC-rbf-sparse", lambda: SVC(), "three_words", fit=_fit_sparse),
    Case("SVC-rbf-far-apart", lambda: SVC(gamma=0.5), "three_classes", fit=_fit_far, rows=_far_rows),
    Case("SVC-linear-binary", lambda: SVC(kernel="linear"), "two_words", smooth=True),
    Case("SVC-linear", lambda: SVC(kernel="linear"), "five_classes", smooth=True),
    Case("SVC-poly", lambda: SVC(kernel="poly", degree=2, coef0=0.5), "three_classes", smooth=True),
    Case("SVC-poly-binary", lambda: SVC(kernel="poly", gamma=0.1), "two_classes", smooth=True),
    Case("SVC-sigmoid", lambda: SVC(kernel="sigmoid", coef0=-0.3, gamma=0.05), "negative_classes", smooth=True),
    Case("SVC-probability-binary", lambda: SVC(probability=True, random_state=0), "two_words", smooth=True),
    Case("SVC-probability", lambda: SVC(probability=True, random_state=0), "five_classes", smooth=True),
    Case(
        "SVC-probability-linear",
        lambda: SVC(kernel="linear", probability=True, random_state=0, decision_function_shape="ovo"),
        "negative_classes",
        smooth=True,
    ),
    Case("SVC-probability-sparse", lambda: SVC(probability=True, random_state=0), "two_classes", fit=_fit_sparse),
    Case("NuSVC-rbf", lambda: NuSVC(nu=0.3), "three_classes", smooth=True),
    Case("NuSVC-binary", lambda: NuSVC(nu=0.2, kernel="poly", coef0=1.0), "two_words"),
    Case("NuSVC-probability", lambda: NuSVC(nu=0.2, probability=True, random_state=0), "three_words", smooth=True),
    Case("NuSVC-sparse", lambda: NuSVC(nu=0.3, kernel="linear"), "three_classes", fit=_fit_sparse),
    Case("SVR-rbf", lambda: SVR(gamma=0.05), "regression", smooth=True),
    Case("SVR-linear", lambda: SVR(kernel="linear"), "positive_regression", smooth=True),
    Case("SVR-poly", lambda: SVR(kernel="poly", degree=2), "positive_regression", smooth=True),
    Case("SVR-sigmoid", lambda: SVR(kernel="sigmoid"), "positive_regression", smooth=True),
    Case("SVR-sparse", lambda: SVR(), "positive_regression", fit=_fit_sparse),
    Case("SVR-no-support", lambda: SVR(epsilon=1e6), "regression"),
    Case("NuSVR-rbf", lambda: NuSVR(gamma="auto", C=5.0), "positive_regression", smooth=True),
    Case("OneClassSVM-rbf", lambda: OneClassSVM(nu=0.2), "three_classes", smooth=True, fit=_fit_unlabelled),
    Case("OneClassSVM-linear", lambda: OneClassSVM(nu=0.3, kernel="linear"), "positive", fit=_fit_unlabelled),
    Case(
        "SVC-precomputed",
        lambda: SVC(kernel="precomputed", probability=True, random_state=0),
        "kernel_of_words",
        smooth=True,
    ),
    Case("SVC-precomputed-binary", lambda: SVC(kernel="precomputed"), "kernel_of_words", fit=_fit_binary, smooth=True),
    Case("NuSVC-precomputed", lambda: NuSVC(nu=0.3, kernel="precomputed"), "kernel_of_words"),
    Case("SVR-precomputed", lambda: SVR(kernel="precomputed"), "kernel_of_targets", fit=_fit_first, smooth=True),
    Case("NuSVR-precomputed", lambda: NuSVR(kernel="precomputed"), "kernel_of_targets", fit=_fit_first),
    Case("OneClassSVM-precomputed", lambda: OneClassSVM(kernel="precomputed"), "kernel_of_words", fit=_fit_unlabelled),
    Case("LinearSVC-binary", lambda: LinearSVC(), "two_words", smooth=True),
    Case("LinearSVC", lambda: LinearSVC(class_weight="balanced", fit_intercept=False), "five_classes", smooth=True),
    Case("LinearSVC-crammer-singer", lambda: LinearSVC(multi_class="crammer_singer"), "negative_classes", smooth=True),
    Case("LinearSVC-sparsified", lambda: LinearSVC(penalty="l1"), "three_words", fit=_fit_sparsified),
)
