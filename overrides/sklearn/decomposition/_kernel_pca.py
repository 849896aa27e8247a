"""KernelPCA: kernels of the rows and the fitted ones, in scikit-learn's order of operations."""

import math
from typing import Any, Final

import numpy as np
import torch
from sklearn.decomposition import KernelPCA
from torch import Tensor

from ...core.module import Module
from ...core.registry import OnnxGap, register
from ...errors import CorruptEstimatorError
from ...functional.pairwise.kernels import (
    cosine_similarity,
    is_exporting,
    linear_kernel,
    polynomial_kernel,
    rbf_error,
    rbf_frame,
    rbf_kernel,
    rbf_kernel_of_differences,
    sigmoid_kernel,
)


@register(KernelPCA, gaps=(OnnxGap.METHOD, OnnxGap.PRECISION))
class KernelPCAModule(Module):
    """KernelPCA: the centred kernel of the rows and ``X_fit_`` on the scaled eigenvectors.

    Notes
    -----
    ``inverse_transform``, where it was fitted, is the kernel of the rows and ``X_transformed_fit_`` times
    ``dual_coef_``. The precomputed kernel takes rows of a kernel matrix, as in scikit-learn.
    """

    rounds_as_fitted = True
    X_fit_: Tensor
    X_transformed_fit_: Tensor
    dual_coef_: Tensor
    eigenvectors_: Tensor
    eigenvalues_: Tensor
    K_fit_rows_: Tensor
    K_fit_all_: Tensor
    gamma: Tensor
    coef0: Tensor
    degree: Tensor
    tiny: Tensor
    center: Tensor
    inverse_center: Tensor
    kernel: Final[str]
    whole_degree: Final[int]
    reach: Final[float]
    inverse_reach: Final[float]
    by_differences: Final[bool]
    inverse_by_differences: Final[bool]

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """A kernel that is a function."""
        if callable(estimator.kernel):
            return f"the kernel of KernelPCA is a Python function, kernel={estimator.kernel!r}, which no graph can hold"
        return None

    @classmethod
    def failing_methods(cls, estimator: Any) -> dict[str, str]:
        """``inverse_transform`` where it was not fitted."""
        if estimator.fit_inverse_transform:
            return {}
        return {"inverse_transform": "KernelPCA has an inverse_transform only with fit_inverse_transform=True"}

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.kernel = estimator.kernel
        self.add_buffer("gamma", float(estimator.gamma_))
        self.add_buffer("coef0", float(estimator.coef0))
        self.add_buffer("degree", float(estimator.degree))
        self.whole_degree = int(estimator.degree) if float(estimator.degree).is_integer() else -1
        self.add_buffer("tiny", 10 * np.finfo(np.float64).eps)
        vectors, values = np.asarray(estimator.eigenvectors_), np.asarray(estimator.eigenvalues_)
        self.add_parameter("eigenvectors_", vectors)
        self.add_parameter("eigenvalues_", values)
        self.add_parameter("K_fit_rows_", estimator._centerer.K_fit_rows_)
        self.add_parameter("K_fit_all_", estimator._centerer.K_fit_all_)
        rows = estimator.X_fit_
        self.add_parameter("X_fit_", rows.toarray() if hasattr(rows, "toarray") else rows)
        n_rows = len(self.X_fit_)
        if vectors.shape != (n_rows, len(values)) or self.K_fit_rows_.shape != (n_rows,):
            raise CorruptEstimatorError(
                f"KernelPCA has {n_rows} rows, eigenvectors of shape {vectors.shape} and {len(values)} eigenvalues: "
                "it is damaged"
            )
        self.tile_rows = max(32, 2**19 // max(1, n_rows))
        roots = np.sqrt(np.where(values > 0, values, np.inf))
        center, self.reach, self.by_differences = self._frame(self.X_fit_, vectors / roots)
        self.register_buffer("center", center)
        reach, by_differences = 1.0, False
        if estimator.fit_inverse_transform:
            self.n_features_out = len(values)
            dual = np.asarray(estimator.dual_coef_)
            self.add_parameter("X_transformed_fit_", estimator.X_transformed_fit_)
            self.add_parameter("dual_coef_", dual)
            center, reach, by_differences = self._frame(self.X_transformed_fit_, dual)
            self.register_buffer("inverse_center", center)
        self.inverse_reach, self.inverse_by_differences = reach, by_differences

    def _frame(self, rows: Tensor, weights: np.ndarray) -> tuple[Tensor, float, bool]:
        """Centre and reach of :func:`rbf_kernel` for fitted rows; whether its error, weighed, asks for differences."""
        rows, gamma = rows.detach(), float(self.gamma)
        center, reach = rbf_frame(rows, gamma)
        error = rbf_error(rows, center, gamma) * float(np.abs(weights).sum(axis=0).max(initial=0.0))
        return center, reach, self.kernel == "rbf" and not error < 1e-8

    def _kernel(self, x: Tensor, y: Tensor, center: Tensor, reach: float, by_differences: bool) -> Tensor:
        if self.kernel == "linear":
            return linear_kernel(x, y)
        elif self.kernel == "poly":
            if self.whole_degree >= 0:
                return polynomial_kernel(x, y, self.gamma, self.coef0, self.whole_degree)
            return torch.pow(polynomial_kernel(x, y, self.gamma, self.coef0, 1), self.degree)
        elif self.kernel == "sigmoid":
            return sigmoid_kernel(x, y, self.gamma, self.coef0)
        elif self.kernel == "cosine":
            return cosine_similarity(x, y, self.tiny)
        elif by_differences or (not is_exporting() and x.shape[0] == 1):
            return rbf_kernel_of_differences(x, y, self.gamma)
        return rbf_kernel(x, y, self.gamma, center, reach)

    def _transform(self, x: Tensor) -> Tensor:
        if self.kernel != "precomputed":
            x = self._kernel(x, self.X_fit_, self.center, self.reach, self.by_differences)
        means = x.sum(dim=1, keepdim=True) / self.K_fit_rows_.shape[0]
        x = x - self.K_fit_rows_ - means + self.K_fit_all_
        # An eigenvalue of 0 makes a component of 0; masked before the root, whose gradient there is infinite.
        roots = self.eigenvalues_.masked_fill(self.eigenvalues_ == 0, math.inf).sqrt()
        return x @ (self.eigenvectors_ / roots)

    def _inverse_transform(self, x: Tensor) -> Tensor:
        y = self.X_transformed_fit_
        return (
            self._kernel(x, y, self.inverse_center, self.inverse_reach, self.inverse_by_differences) @ self.dual_coef_
        )
