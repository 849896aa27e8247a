"""``sklearn.isotonic``: IsotonicRegression, and the interpolation that calibration shares with it."""

from typing import Any

import numpy as np
import torch
from sklearn.isotonic import IsotonicRegression as SkIsotonicRegression
from torch import Tensor

from ..core.module import Module
from ..core.registry import OnnxGap, register
from ..errors import CorruptEstimatorError
from ..functional.interpolation import interp, interp1d


@register(SkIsotonicRegression, gaps=OnnxGap.CONVERTER)
class IsotonicRegression(Module):
    """Linear interpolation between the fitted thresholds.

    Notes
    -----
    Takes rows of one feature and gives shape (n_samples,). Beyond the outermost thresholds ``out_of_bounds="clip"``
    gives their values, and ``"nan"`` gives NaN. So does ``"raise"``, for which scikit-learn raises ValueError: a graph
    cannot raise on values.

    A model fitted on float32 is worked out in float32, as scikit-learn does, whatever the dtype of the module.
    """

    X_thresholds_: Tensor
    y_thresholds_: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        knots, values = np.asarray(estimator.X_thresholds_), np.asarray(estimator.y_thresholds_)
        if knots.ndim != 1 or knots.shape != values.shape or not len(knots) or not (np.diff(knots) > 0).all():
            raise CorruptEstimatorError(
                f"IsotonicRegression: X_thresholds_ of shape {knots.shape} must ascend and y_thresholds_ of shape "
                f"{values.shape} must have a value for each"
            )
        self.n_features_in_ = 1
        self.is_single = knots.dtype == np.float32
        self.is_clipped = estimator.out_of_bounds == "clip"
        self.is_constant = len(knots) == 1
        self.may_leave = estimator.out_of_bounds != "raise"
        self.add_parameter("X_thresholds_", knots)
        self.add_parameter("y_thresholds_", values)

    def sample_inputs(self, n_samples: int) -> Any:
        """Rows between the thresholds, and beyond them where scikit-learn takes such."""
        low, high = self.X_thresholds_[0].item(), self.X_thresholds_[-1].item()
        margin = 0.1 * (high - low) if self.may_leave else 0.0
        return np.linspace(low - margin, high + margin, n_samples).reshape(-1, 1)

    def interpolate(self, x: Tensor) -> Tensor:
        """Fitted value of each ``x``, both of shape (n_samples,)."""
        if self.is_constant:
            return torch.where(torch.isnan(x), x, self.y_thresholds_)
        if self.is_single:
            return self._interpolate_single(x)
        value = interp(x, self.X_thresholds_, self.y_thresholds_)
        if self.is_clipped:
            return value
        outside = (x < self.X_thresholds_[0]) | (x > self.X_thresholds_[-1])
        return value.masked_fill(outside, float("nan"))

    def _interpolate_single(self, x: Tensor) -> Tensor:
        knots, values = self.X_thresholds_.to(torch.float32), self.y_thresholds_.to(torch.float32)
        single = x.to(torch.float32)
        inside = torch.clamp(single, knots[0], knots[-1])
        value = interp1d(inside, knots, values).to(x.dtype)
        if self.is_clipped:
            return value
        return value.masked_fill(single != inside, float("nan"))

    def _predict(self, x: Tensor) -> Tensor:
        return self.interpolate(x[:, 0])

    def _transform(self, x: Tensor) -> Tensor:
        return self.interpolate(x[:, 0])
