"""What readers are: they count the terms or features of documents over columns that were settled in fit.

A reader is a value. It stands in the :class:`Column` that its documents come in, and in the manifest of an artifact.
"""

from typing import Any, ClassVar

import numpy as np

from ...errors import InputError
from .murmurhash import murmurhash3
from .rows import Counts


class Reader:
    """Base of readers: documents in, counts out.

    Attributes
    ----------
    kind : str
        What a manifest calls it.
    width : int
        Number of columns.
    """

    kind: ClassVar[str]
    width: int

    def count(self, documents: list[Any]) -> Counts:
        """The elements of the matrix of shape (n_documents, width)."""
        raise NotImplementedError

    def inverted(self, result: list[Any]) -> np.ndarray:
        """What scikit-learn's ``inverse_transform`` returns, as rows of shape (n_documents, width)."""
        raise NotImplementedError

    def decode(self, rows: np.ndarray) -> list[Any]:
        """Rows of shape (n_documents, width) as scikit-learn's ``inverse_transform`` returns them."""
        raise InputError("hashes cannot be turned back: no term can be told from its column")

    def draw(self, n_documents: int, random: np.random.Generator) -> list[Any]:
        """Documents to verify on, with what the reader does not know and with nothing among them."""
        raise NotImplementedError

    def to_dict(self) -> dict[str, Any]:
        """As plain values, for the manifest."""
        raise NotImplementedError


def hashed(names: list[Any], width: int) -> tuple[np.ndarray, np.ndarray]:
    """Column and sign of each name, as sklearn/feature_extraction/_hashing_fast.pyx takes them from its hash.

    Raises
    ------
    InputError
        A name is no word.
    """
    keys = []
    for name in names:
        if not isinstance(name, (str, bytes)):
            raise InputError(f"has {name!r} of type {type(name).__name__} as the name of a feature: it must be a str")
        keys.append(name.encode() if isinstance(name, str) else name)
    hashes = murmurhash3(keys).astype(np.int64)
    return np.abs(hashes) % width, np.where(hashes >= 0, 1.0, -1.0)
