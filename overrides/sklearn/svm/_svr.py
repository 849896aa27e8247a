"""SVR and NuSVR."""

import sklearn.svm
from torch import Tensor

from ...core.registry import OnnxGap, register
from ._libsvm import LibSVM


@register(sklearn.svm.SVR, sklearn.svm.NuSVR, gaps=OnnxGap.PRECISION)
class SVR(LibSVM):
    """Weighed sum of the kernel over the support vectors."""

    def _predict(self, x: Tensor) -> Tensor:
        return self._weighed(x)
