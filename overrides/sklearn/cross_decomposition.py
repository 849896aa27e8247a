"""sklearn.cross_decomposition: partial least squares. ``transform`` and ``inverse_transform`` take X alone."""

from typing import Any, Final

import torch
from sklearn.cross_decomposition import CCA, PLSSVD, PLSCanonical, PLSRegression
from torch import Tensor

from ..core.module import Module
from ..core.registry import OnnxGap, register


@register(PLSRegression, PLSCanonical, CCA, gaps=OnnxGap.METHOD)
class PartialLeastSquares(Module):
    """PLSRegression, PLSCanonical, CCA: linear regression, the scores of X, and X from its scores.

    Notes
    -----
    Follows ``_PLS`` (sklearn/cross_decomposition/_pls.py). ``coef_`` includes the deviations of X, so ``predict`` does
    not divide by them. A target that was given as 1-D comes back as 1-D.
    """

    in_own_floats = True

    coef_: Tensor
    intercept_: Tensor
    x_rotations_: Tensor
    x_loadings_: Tensor
    _x_mean: Tensor
    _x_std: Tensor
    one_target: Final[bool]

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.one_target = bool(estimator._predict_1d)
        for name in ("coef_", "intercept_", "x_rotations_", "x_loadings_", "_x_mean", "_x_std"):
            self.add_parameter(name, getattr(estimator, name))
        self.n_features_out = self.x_loadings_.shape[1]

    def _predict(self, x: Tensor) -> Tensor:
        result = torch.mm(x - self._x_mean, self.coef_.t()) + self.intercept_
        return result.squeeze(1) if self.one_target else result

    def _transform(self, x: Tensor) -> Tensor:
        return torch.mm((x - self._x_mean) / self._x_std, self.x_rotations_)

    def _inverse_transform(self, x: Tensor) -> Tensor:
        return torch.mm(x, self.x_loadings_.t()) * self._x_std + self._x_mean


@register(PLSSVD, gaps=OnnxGap.CONVERTER)
class PLSSVDModule(Module):
    """PLSSVD: the standardized rows on the left singular vectors of the cross-covariance.

    Notes
    -----
    Follows ``PLSSVD`` (sklearn/cross_decomposition/_pls.py).
    """

    x_weights_: Tensor
    _x_mean: Tensor
    _x_std: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        for name in ("x_weights_", "_x_mean", "_x_std"):
            self.add_parameter(name, getattr(estimator, name))

    def _transform(self, x: Tensor) -> Tensor:
        return torch.mm((x - self._x_mean) / self._x_std, self.x_weights_)
