"""``sklearn.feature_extraction._hash``: FeatureHasher."""

from typing import Any

import numpy as np
from sklearn.feature_extraction import FeatureHasher
from torch import Tensor

from ...core.registry import OnnxGap, register
from ...encoding.documents import HashedFeatureReader
from ._documents import DocumentModule
from .text import objection_to_dtype


@register(FeatureHasher, gaps=(OnnxGap.METHOD, OnnxGap.CONVERTER))
class FeatureHasherModule(DocumentModule):
    """FeatureHasher: the values of features, signed, in the columns of the hashes of their names.

    Notes
    -----
    ``encode`` hashes and adds up, of dicts, of pairs or of names; ``transform`` returns the rows as they are.
    """

    @staticmethod
    def needs_no_fit(estimator: Any) -> bool:
        """Always: before scikit-learn 1.7 it did not say so itself."""
        return True

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """Numbers that are not real."""
        return objection_to_dtype(estimator)

    def __init__(self, estimator: Any) -> None:
        reader = HashedFeatureReader(
            int(estimator.n_features),
            str(estimator.input_type),
            bool(estimator.alternate_sign),
            np.dtype(estimator.dtype).name,
        )
        super().__init__(estimator, reader)

    def _transform(self, x: Tensor) -> Tensor:
        return self._counts(x)
