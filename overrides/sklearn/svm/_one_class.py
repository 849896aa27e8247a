"""OneClassSVM."""

from typing import Any

import sklearn.svm
import torch
from torch import Tensor

from ...core.registry import OnnxGap, register
from ._libsvm import LibSVM


@register(sklearn.svm.OneClassSVM, gaps=(OnnxGap.PRECISION, OnnxGap.METHOD))
class OneClassSVM(LibSVM):
    """Inliers, 1, have a decision value above 0; outliers, -1, have not."""

    offset_: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.add_parameter("offset_", estimator.offset_)

    def _decision_function(self, x: Tensor) -> Tensor:
        return self._weighed(x)

    def _score_samples(self, x: Tensor) -> Tensor:
        return self._weighed(x) + self.offset_

    def _predict(self, x: Tensor) -> Tensor:
        return (self._weighed(x) > 0).to(torch.int64) * 2 - 1
