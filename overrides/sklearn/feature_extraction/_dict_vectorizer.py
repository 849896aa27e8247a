"""``sklearn.feature_extraction._dict_vectorizer``: DictVectorizer."""

from typing import Any

import numpy as np
from sklearn.feature_extraction import DictVectorizer
from torch import Tensor

from ...core.registry import OnnxGap, register
from ...encoding.documents import FeatureReader
from ._documents import DocumentModule


@register(DictVectorizer, gaps=(OnnxGap.METHOD, OnnxGap.CONVERTER))
class DictVectorizerModule(DocumentModule):
    """DictVectorizer: the values of named features; a word that is a value has a column of its own.

    Notes
    -----
    ``encode`` makes the rows, of dicts; ``transform`` returns them as they are, and so does ``inverse_transform``, of
    which ``decode`` makes the dicts that scikit-learn returns.
    """

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """Numbers that are not real; names of features that no artifact can hold."""
        try:
            dtype = np.dtype(estimator.dtype)
        except TypeError:
            return f"DictVectorizer has dtype={estimator.dtype!r}, which is no dtype of numpy's"
        if dtype.kind not in "biuf":
            return f"DictVectorizer has dtype={estimator.dtype!r}: a tensor holds real numbers"
        odd = next((name for name in estimator.feature_names_ if not _is_plain(name)), None)
        if odd is not None:
            return f"DictVectorizer has a feature of the name {odd!r}: names must be words or numbers"
        return None

    def __init__(self, estimator: Any) -> None:
        names = [name.item() if isinstance(name, np.generic) else name for name in estimator.feature_names_]
        super().__init__(
            estimator, FeatureReader(tuple(names), str(estimator.separator), np.dtype(estimator.dtype).name)
        )

    def _transform(self, x: Tensor) -> Tensor:
        return self._counts(x)

    def _inverse_transform(self, x: Tensor) -> Tensor:
        return x


def _is_plain(name: Any) -> bool:
    return name is None or isinstance(name, (str, bool, int, float, np.bool_, np.integer, np.floating))
