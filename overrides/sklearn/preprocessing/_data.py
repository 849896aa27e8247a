"""Scalers and their kin: sklearn.preprocessing._data, in its order of operations.

Where scikit-learn divides, so do these: multiplied by the reciprocal it is another number, and flips leaves of a tree
behind it. Compressed rows it does multiply, and so do these.

Scalers have ``repeat_float32()``: from then on they compute as scikit-learn's do on float32 rows, to the last bit.
"""

from typing import Any

import torch
from sklearn.preprocessing import (
    Binarizer,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    PowerTransformer,
    RobustScaler,
    StandardScaler,
)
from torch import Tensor

from ...core.module import Module
from ...core.registry import OnnxGap, register
from ...functional.csr import scaled_columns
from ...functional.special.arithmetic import to_float32
from ...functional.special.power import boxcox, inv_boxcox, inverse_yeojohnson, yeojohnson


class _Standardizer(Module):
    """``(x - center) / scale``, either of them optional; NaN stays NaN."""

    in_own_floats = True

    __constants__ = ("has_center", "has_scale", "in_float32")

    is_affine = True
    scale_: Tensor

    def __init__(self, estimator: Any, center: str, has_center: bool, has_scale: bool) -> None:
        super().__init__(estimator)
        self.n_features_out = self.n_features_in_
        self.has_center = has_center
        self.has_scale = has_scale
        self.in_float32 = False
        self.takes_csr = self.keeps_csr = not has_center
        if has_center:
            self.add_parameter(center, getattr(estimator, center))
        if has_scale:
            self.add_parameter("scale_", estimator.scale_)

    def _center(self) -> Tensor:
        raise NotImplementedError

    def _rounded_center(self) -> Tensor:
        """The center as scikit-learn subtracts it from float32 rows."""
        return self._center()

    def _rounded_scale(self) -> Tensor:
        """The scale as scikit-learn divides float32 rows by it."""
        return self.scale_

    def repeat_float32(self) -> None:
        """Round as scikit-learn does on float32 rows."""
        self.in_float32 = True

    @torch.jit.export
    def fold_weight(self, weight: Tensor) -> Tensor:
        """Over the scale."""
        if self.has_scale:
            return weight / self.scale_
        else:
            return weight

    @torch.jit.export
    def fold_bias(self, weight: Tensor) -> Tensor:
        """That of the center."""
        if self.has_center:
            return -(self.fold_weight(weight) @ self._center())
        else:
            return weight.new_zeros(weight.shape[0])

    def _transform(self, x: Tensor) -> Tensor:
        if x.layout != torch.strided:
            if self.has_scale:
                return scaled_columns(x, 1.0 / self.scale_)
            else:
                return x
        if self.in_float32:
            return self._transform_float32(x)
        if self.has_center:
            x = x - self._center()
        if self.has_scale:
            x = x / self.scale_
        return x

    def _transform_float32(self, x: Tensor) -> Tensor:
        if self.has_center:
            x = to_float32(x - self._rounded_center())
        if self.has_scale:
            x = to_float32(x / self._rounded_scale())
        return x

    def _inverse_transform(self, x: Tensor) -> Tensor:
        if self.has_scale:
            x = x * self.scale_
        if self.has_center:
            x = x + self._center()
        return x


@register(StandardScaler, gaps=OnnxGap.METHOD)
class StandardScalerModule(_Standardizer):
    """StandardScaler: ``(x - mean_) / scale_``."""

    mean_: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator, "mean_", bool(estimator.with_mean), bool(estimator.with_std))

    def _center(self) -> Tensor:
        return self.mean_

    # Alone of the scalers it casts what it has fitted to the dtype of the rows.

    def _rounded_center(self) -> Tensor:
        return to_float32(self.mean_)

    def _rounded_scale(self) -> Tensor:
        return to_float32(self.scale_)


@register(RobustScaler, gaps=OnnxGap.METHOD)
class RobustScalerModule(_Standardizer):
    """RobustScaler: ``(x - center_) / scale_``."""

    center_: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator, "center_", bool(estimator.with_centering), bool(estimator.with_scaling))

    def _center(self) -> Tensor:
        return self.center_


@register(MinMaxScaler, gaps=OnnxGap.METHOD)
class MinMaxScalerModule(Module):
    """MinMaxScaler: ``x * scale_ + min_``, clipped to the range if asked; NaN stays NaN."""

    in_own_floats = True

    min_: Tensor
    scale_: Tensor
    low: Tensor
    high: Tensor

    __constants__ = ("clip", "in_float32")

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.n_features_out = self.n_features_in_
        self.clip = bool(estimator.clip)
        self.in_float32 = False
        self.add_parameter("scale_", estimator.scale_)
        self.add_parameter("min_", estimator.min_)
        low, high = estimator.feature_range
        self.add_buffer("low", float(low))
        self.add_buffer("high", float(high))
        self.is_affine = not self.clip

    def repeat_float32(self) -> None:
        """Round as scikit-learn does on float32 rows."""
        self.in_float32 = True

    @torch.jit.export
    def fold_weight(self, weight: Tensor) -> Tensor:
        """Times the scale."""
        return weight * self.scale_

    @torch.jit.export
    def fold_bias(self, weight: Tensor) -> Tensor:
        """That of the minima."""
        return weight @ self.min_

    def _transform(self, x: Tensor) -> Tensor:
        if self.in_float32:
            x = to_float32(to_float32(x * self.scale_) + self.min_)
        else:
            x = x * self.scale_ + self.min_
        if self.clip:
            x = torch.clamp(x, self.low, self.high)
        return to_float32(x) if self.in_float32 else x

    def _inverse_transform(self, x: Tensor) -> Tensor:
        return (x - self.min_) / self.scale_


@register(MaxAbsScaler, gaps=OnnxGap.METHOD)
class MaxAbsScalerModule(Module):
    """MaxAbsScaler: ``x / scale_``, clipped to -1 and 1 if asked; NaN stays NaN."""

    in_own_floats = True

    scale_: Tensor

    __constants__ = ("clip", "in_float32")

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.n_features_out = self.n_features_in_
        self.clip = bool(getattr(estimator, "clip", False))  # scikit-learn 1.8 brought it
        self.in_float32 = False
        self.add_parameter("scale_", estimator.scale_)
        self.is_affine = self.takes_csr = self.keeps_csr = not self.clip

    def repeat_float32(self) -> None:
        """Round as scikit-learn does on float32 rows."""
        self.in_float32 = True

    @torch.jit.export
    def fold_weight(self, weight: Tensor) -> Tensor:
        """Over the scale."""
        return weight / self.scale_

    @torch.jit.export
    def fold_bias(self, weight: Tensor) -> Tensor:
        """Nothing."""
        return weight.new_zeros(weight.shape[0])

    def _transform(self, x: Tensor) -> Tensor:
        if x.layout != torch.strided:
            return scaled_columns(x, 1.0 / self.scale_)
        x = to_float32(x / self.scale_) if self.in_float32 else x / self.scale_
        if self.clip:
            x = torch.clamp(x, -1.0, 1.0)
        return x

    def _inverse_transform(self, x: Tensor) -> Tensor:
        return x * self.scale_


@register(Normalizer, gaps=(OnnxGap.PRECISION, OnnxGap.CONVERTER))
class NormalizerModule(Module):
    """Normalizer: rows over their norm; a row with a norm below ten times the machine epsilon is left as it is."""

    in_own_floats = True

    __constants__ = ("norm",)

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.norm = str(estimator.norm)

    def _transform(self, x: Tensor) -> Tensor:
        return x / self._norms(x).unsqueeze(1)

    def _norms(self, x: Tensor) -> Tensor:
        tiny = 2.220446049250313e-15  # 5 * 2**-51: a float32 too, so no exporter rounds it
        if self.norm == "l2":
            squares = (x * x).sum(dim=1)
            # Masked before the root, whose gradient at zero is infinite.
            return torch.where(squares.sqrt() < tiny, 1.0, squares).sqrt()
        if self.norm == "l1":
            norms = x.abs().sum(dim=1)
        else:
            norms = x.abs().amax(dim=1)
        return torch.where(norms < tiny, 1.0, norms)


@register(Binarizer, gaps=OnnxGap.PRECISION)
class BinarizerModule(Module):
    """Binarizer: 1 above the threshold, 0 elsewhere."""

    threshold: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.add_buffer("threshold", float(estimator.threshold))

    def _transform(self, x: Tensor) -> Tensor:
        return (x > self.threshold).to(x.dtype)


@register(PowerTransformer, gaps=OnnxGap.METHOD)
class PowerTransformerModule(Module):
    """PowerTransformer: a power of each feature, then standardized; NaN stays NaN.

    Notes
    -----
    ``mean_`` and ``scale_`` are those of the scaler inside. Box-Cox is for numbers above 0: at others, where
    scikit-learn raises, it gives NaN or infinity.
    """

    in_own_floats = True

    rounds_as_fitted = True
    lambdas_: Tensor
    mean_: Tensor
    scale_: Tensor

    __constants__ = ("is_boxcox", "standardize")

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.n_features_out = self.n_features_in_
        self.is_boxcox = estimator.method == "box-cox"
        self.standardize = bool(estimator.standardize)
        self.add_parameter("lambdas_", estimator.lambdas_)
        if self.standardize:
            self.add_parameter("mean_", estimator._scaler.mean_)
            self.add_parameter("scale_", estimator._scaler.scale_)

    def _transform(self, x: Tensor) -> Tensor:
        if self.is_boxcox:
            x = boxcox(x, self.lambdas_)
        else:
            x = yeojohnson(x, self.lambdas_)
        if self.standardize:
            x = (x - self.mean_) / self.scale_
        return x

    def _inverse_transform(self, x: Tensor) -> Tensor:
        if self.standardize:
            x = x * self.scale_ + self.mean_
        if self.is_boxcox:
            return inv_boxcox(x, self.lambdas_)
        return inverse_yeojohnson(x, self.lambdas_)
