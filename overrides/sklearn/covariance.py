"""sklearn.covariance: the envelope of a robust normal density."""

from typing import Any

import numpy as np
import torch
from sklearn.covariance import EllipticEnvelope
from torch import Tensor

from ..core.module import Module
from ..core.registry import OnnxGap, register


@register(EllipticEnvelope, gaps=OnnxGap.CONVERTER)
class EllipticEnvelopeModule(Module):
    """EllipticEnvelope: minus the squared Mahalanobis distance, its excess over ``offset_``, and the sign of that.

    Notes
    -----
    Follows ``EllipticEnvelope`` (sklearn/covariance/_elliptic_envelope.py). Where ``store_precision`` is off,
    ``precision_`` is what ``get_precision`` computes. A fitted row that lies on the threshold, as one does where
    ``contamination * (n_samples - 1)`` is whole, is on the side that rounding puts it.
    """

    location_: Tensor
    precision_: Tensor
    offset_: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.add_parameter("location_", estimator.location_)
        self.add_parameter("precision_", estimator.get_precision())
        self.add_parameter("offset_", np.float64(estimator.offset_))

    def _score_samples(self, x: Tensor) -> Tensor:
        x = x - self.location_
        squares = (torch.mm(x, self.precision_) * x).sum(dim=1)
        # scikit-learn squares a root: no number where rounding has left a precision that is not positive.
        return torch.where(squares < 0.0, torch.full_like(squares, torch.nan), -squares)

    def _decision_function(self, x: Tensor) -> Tensor:
        return self._score_samples(x) - self.offset_

    def _predict(self, x: Tensor) -> Tensor:
        return (self._decision_function(x) >= 0.0).long() * 2 - 1
