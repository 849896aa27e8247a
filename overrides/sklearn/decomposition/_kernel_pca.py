"""KernelPCA: kernels of the rows and the fitted ones, in scikit-learn's order of operations."""

import math
from typing import Any

import numpy as np
from sklearn.decomposition import KernelPCA
from torch import Tensor, nn

from ...core.module import Module
from ...core.pairwise_kernel import PairwiseKernel
from ...core.registry import OnnxGap, register
from ...errors import CorruptEstimatorError
from ...tracing.pairwise_function import function_of_pairs, objection_to_function


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

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """A kernel that is a function which cannot be traced."""
        rows = [estimator.X_fit_, *([estimator.X_transformed_fit_] if estimator.fit_inverse_transform else [])]
        return objection_to_function(
            estimator, "kernel", estimator.kernel, lambda: [_function(estimator, part.shape[1]) for part in rows]
        )

    @classmethod
    def failing_methods(cls, estimator: Any) -> dict[str, str]:
        """``inverse_transform`` where it was not fitted."""
        if estimator.fit_inverse_transform:
            return {}
        return {"inverse_transform": "KernelPCA has an inverse_transform only with fit_inverse_transform=True"}

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
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
        roots = np.sqrt(np.where(values > 0, values, np.inf))
        self.kernel = _kernel(estimator, self.X_fit_, vectors / roots)
        self.tile_rows = self.kernel.tile_rows
        if estimator.fit_inverse_transform:
            self.n_features_out = len(values)
            self.add_parameter("X_transformed_fit_", estimator.X_transformed_fit_)
            self.add_parameter("dual_coef_", estimator.dual_coef_)
            self.inverse_kernel = _kernel(estimator, self.X_transformed_fit_, np.asarray(estimator.dual_coef_))

    def _transform(self, x: Tensor) -> Tensor:
        x = self.kernel(x, self.X_fit_)
        means = x.sum(dim=1, keepdim=True) / self.K_fit_rows_.shape[0]
        x = x - self.K_fit_rows_ - means + self.K_fit_all_
        # An eigenvalue of 0 makes a component of 0; masked before the root, whose gradient there is infinite.
        roots = self.eigenvalues_.masked_fill(self.eigenvalues_ == 0, math.inf).sqrt()
        return x @ (self.eigenvectors_ / roots)

    def _inverse_transform(self, x: Tensor) -> Tensor:
        return self.inverse_kernel(x, self.X_transformed_fit_) @ self.dual_coef_


def _kernel(estimator: Any, rows: Tensor, weights: np.ndarray) -> PairwiseKernel:
    """Kernel with fitted rows, which get weights of shape (n_rows, n_results)."""
    return PairwiseKernel(
        _function(estimator, rows.shape[1]) if callable(estimator.kernel) else estimator.kernel,
        rows,
        gamma=float(estimator.gamma_),
        coef0=float(estimator.coef0),
        degree=float(estimator.degree),
        weight=float(np.abs(weights).sum(axis=0).max(initial=0.0)),
    )


def _function(estimator: Any, width: int) -> nn.Module:
    return function_of_pairs(estimator.kernel, estimator.kernel_params, width)
