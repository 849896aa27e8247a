"""``sklearn.kernel_ridge``: KernelRidge."""

from typing import Any

import numpy as np
import torch
from sklearn.kernel_ridge import KernelRidge as SkKernelRidge
from torch import Tensor, nn

from ..core.module import Module
from ..core.pairwise_kernel import PairwiseKernel
from ..core.registry import OnnxGap, register
from ..errors import CorruptEstimatorError
from ..tracing.pairwise_function import function_of_pairs, objection_to_function


@register(SkKernelRidge, gaps=OnnxGap.CONVERTER)
class KernelRidge(Module):
    """The kernel of the rows and ``X_fit_``, times ``dual_coef_``; of a precomputed one, its rows times that."""

    X_fit_: Tensor
    dual_coef_: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        # Of a kernel that was precomputed, X_fit_ is the kernel matrix itself, which the kernel leaves alone.
        rows, dual = estimator.X_fit_, np.asarray(estimator.dual_coef_, dtype=np.float64)
        self.add_parameter("X_fit_", rows.toarray() if hasattr(rows, "toarray") else rows)
        self.is_flat = dual.ndim == 1
        self.add_parameter("dual_coef_", dual)
        if len(dual) != len(self.X_fit_):
            raise CorruptEstimatorError(f"KernelRidge has {len(self.X_fit_)} rows and {len(dual)} coefficients")
        gamma = estimator.gamma
        if gamma is None:
            gamma = 1.0 if estimator.kernel == "chi2" else 1.0 / self.X_fit_.shape[1]
        self.kernel = PairwiseKernel(
            _function(estimator) if callable(estimator.kernel) else estimator.kernel,
            self.X_fit_,
            gamma=float(gamma),
            coef0=float(estimator.coef0),
            degree=float(estimator.degree),
            weight=float(np.abs(dual).sum(0).max(initial=0.0)),
        )
        self.tile_rows = self.kernel.tile_rows

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """A kernel that is a function which cannot be traced."""
        return objection_to_function(estimator, "kernel", estimator.kernel, lambda: _function(estimator))

    def _predict(self, x: Tensor) -> Tensor:
        kernel = self.kernel(x, self.X_fit_)
        return torch.mv(kernel, self.dual_coef_) if self.is_flat else torch.mm(kernel, self.dual_coef_)


def _function(estimator: Any) -> nn.Module:
    return function_of_pairs(estimator.kernel, estimator.kernel_params, estimator.X_fit_.shape[1])
