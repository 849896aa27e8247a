"""``sklearn.gaussian_process._gpr``: GaussianProcessRegressor."""

from typing import Any

import numpy as np
import torch
from scipy.linalg import solve_triangular
from sklearn.gaussian_process import GaussianProcessRegressor
from torch import Tensor

from ...core.module import Module
from ...core.registry import OnnxGap, register
from .kernels import kernel_module, objection_to, square_root


@register(GaussianProcessRegressor, gaps=(OnnxGap.METHOD, OnnxGap.PRECISION))
class Regressor(Module):
    """GaussianProcessRegressor: mean, standard deviation and covariance of the process, given the training rows.

    Notes
    -----
    - Follows ``GaussianProcessRegressor.predict`` (sklearn/gaussian_process/_gpr.py). ``predict_std(x)`` and
      ``predict_cov(x)`` are what it returns with ``return_std`` and ``return_cov``. The covariance is that of all rows
      with each other: a batch of it is never cut.
    - Where the variance is next to nothing beside the kernel, at a training row without noise, it is the difference of
      two nearly equal numbers, in scikit-learn too: the deviation is good to the root of the rounding there.
    """

    X_train_: Tensor
    alpha_: Tensor
    inverse_of_l: Tensor
    y_mean: Tensor
    y_std: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.kernel_ = kernel_module(estimator.kernel_)
        rows = np.asarray(estimator.X_train_, dtype=np.float64)
        self.n_features_in_ = rows.shape[1]
        self.add_parameter("X_train_", rows)
        alpha = np.asarray(estimator.alpha_)
        self.is_flat = alpha.ndim == 1 or alpha.shape[1] == 1
        self.add_parameter("alpha_", alpha.reshape(len(rows), -1))
        self.add_buffer("inverse_of_l", solve_triangular(estimator.L_, np.eye(len(rows)), lower=True))
        n_targets = self.alpha_.shape[1]
        self.add_buffer("y_mean", np.broadcast_to(np.float64(estimator._y_train_mean).reshape(-1), n_targets))
        self.add_buffer("y_std", np.broadcast_to(np.float64(estimator._y_train_std).reshape(-1), n_targets))
        self.tile_rows = max(1, min(self.tile_rows, 2**19 // len(rows)))

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """A process without data, and kernels that are none of scikit-learn's."""
        if not hasattr(estimator, "X_train_"):
            return "GaussianProcessRegressor is not fitted: of the prior alone there is nothing to predict; call fit"
        objection = objection_to(estimator.kernel_)
        return None if objection is None else f"GaussianProcessRegressor: {objection}"

    def _squeezed(self, columns: Tensor) -> Tensor:
        """One column per target, or none of a single target."""
        return columns.squeeze(-1) if self.is_flat else columns

    def _predict(self, x: Tensor) -> Tensor:
        mean = self.kernel_(x, self.X_train_) @ self.alpha_
        return self._squeezed(mean * self.y_std + self.y_mean)

    def _explained(self, x: Tensor) -> Tensor:
        """``L^-1 K(X_train, X)``, transposed: its products are what the training rows say about the covariance."""
        return self.kernel_(x, self.X_train_) @ self.inverse_of_l.t()

    def _predict_std(self, x: Tensor) -> Tensor:
        explained = self._explained(x)
        variance = self.kernel_.diag(x) - (explained * explained).sum(dim=1)
        variance = torch.where(variance < 0.0, torch.zeros_like(variance), variance)
        return self._squeezed(square_root(variance.unsqueeze(1) * (self.y_std * self.y_std)))

    def _predict_cov(self, x: Tensor) -> Tensor:
        explained = self._explained(x)
        covariance = self.kernel_.itself(x) - explained @ explained.t()
        return self._squeezed(covariance.unsqueeze(2) * (self.y_std * self.y_std))
