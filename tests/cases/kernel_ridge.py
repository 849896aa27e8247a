"""Cases of sklearn.kernel_ridge."""

import numpy as np
from sklearn.kernel_ridge import KernelRidge

from . import Case


def _matern(a, b, length=1.0):
    """The kernel of the smoothness 3/2, of two rows."""
    distance = np.sqrt(3.0) * np.linalg.norm(a - b) / length
    return (1.0 + distance) * np.exp(-distance)


CASES = (
    Case(
        id="KernelRidge-function",
        make=lambda: KernelRidge(kernel=_matern, kernel_params={"length": 2.5}),
        data="positive_regression",
        smooth=True,
    ),
    Case(
        id="KernelRidge-rbf",
        make=lambda: KernelRidge(kernel="rbf", gamma=0.1),
        data="positive_regression",
        smooth=True,
    ),
    Case(id="KernelRidge-linear", make=KernelRidge, data="two_targets", smooth=True),
    Case(
        id="KernelRidge-polynomial",
        make=lambda: KernelRidge(kernel="polynomial", degree=2.5, coef0=40.0, gamma=0.1),
        data="positive_regression",
        rows=lambda estimator, data: data.unseen[:-8],
    ),
    *(
        Case(id=f"KernelRidge-{kernel}", make=lambda kernel=kernel: KernelRidge(kernel=kernel), data=data)
        for kernel, data in (
            ("poly", "one_feature"),
            ("sigmoid", "two_targets"),
            ("laplacian", "positive_regression"),
            ("cosine", "positive_regression"),
            ("additive_chi2", "positive"),
        )
    ),
    Case(
        id="KernelRidge-precomputed",
        make=lambda: KernelRidge(kernel="precomputed"),
        data="kernel_of_targets",
        smooth=True,
    ),
    Case(id="KernelRidge-chi2", make=lambda: KernelRidge(kernel="chi2", gamma=0.5), data="positive"),
)
