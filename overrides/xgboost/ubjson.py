"""Universal Binary JSON as XGBoost writes it: objects, and arrays of one type as numpy arrays, read in place."""

import struct
from typing import Any

import numpy as np

from ..errors import CorruptEstimatorError

_NUMBERS = {"i": ">i1", "U": ">u1", "I": ">i2", "l": ">i4", "L": ">i8", "d": ">f4", "D": ">f8"}
_CONSTANTS = {"T": True, "F": False, "Z": None}
_DEEPEST = 64


def read_ubjson(data: bytes | bytearray) -> Any:
    """The value that a document holds.

    Parameters
    ----------
    data : bytes

    Returns
    -------
    dict, list, ndarray, str, int, float, bool or None
        Typed arrays of numbers are numpy arrays of their type, in the byte order of this machine.

    Raises
    ------
    CorruptEstimatorError
        It is cut, or holds something that is not UBJSON.
    """
    reader = _Reader(bytes(data))
    try:
        return reader.value(reader.marker(), 0)
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise CorruptEstimatorError(
            f"the dump of an XGBoost model is damaged at byte {reader.place}: {error}"
        ) from error


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.place = 0

    def marker(self) -> str:
        """The next byte as a character; no-operations are skipped."""
        while True:
            found = chr(self.data[self.place])
            self.place += 1
            if found != "N":
                return found

    def take(self, size: int) -> bytes:
        if size < 0 or size > len(self.data) - self.place:
            raise CorruptEstimatorError(
                f"the dump of an XGBoost model is cut: {size} bytes are wanted at byte {self.place} of {len(self.data)}"
            )
        part = self.data[self.place : self.place + size]
        self.place += size
        return part

    def number(self, marker: str) -> Any:
        if marker not in _NUMBERS:
            raise CorruptEstimatorError(f"the dump of an XGBoost model has the unknown type {marker!r}")
        kind = np.dtype(_NUMBERS[marker])
        return np.frombuffer(self.take(kind.itemsize), dtype=kind)[0].item()

    def length(self) -> int:
        marker = self.marker()
        found = self.number(marker)
        if not isinstance(found, int) or found < 0 or found > len(self.data):
            raise CorruptEstimatorError(f"the dump of an XGBoost model has something of length {found}")
        return found

    def text(self) -> str:
        return self.take(self.length()).decode("utf-8")

    def value(self, marker: str, depth: int) -> Any:
        if depth > _DEEPEST:
            raise CorruptEstimatorError("the dump of an XGBoost model is nested deeper than any that XGBoost writes")
        if marker == "{":
            return self.object(depth)
        if marker == "[":
            return self.array(depth)
        if marker == "S":
            return self.text()
        if marker == "C":
            return self.take(1).decode("latin-1")
        return _CONSTANTS[marker] if marker in _CONSTANTS else self.number(marker)

    def object(self, depth: int) -> dict[str, Any]:
        count = self.count()
        found: dict[str, Any] = {}
        while count is None or len(found) < count:
            if self.data[self.place] == ord("}") and count is None:
                self.place += 1
                break
            key = self.text()
            found[key] = self.value(self.marker(), depth + 1)
        return found

    def array(self, depth: int) -> Any:
        kind = ""
        if self.data[self.place] == ord("$"):
            self.place += 1
            kind = self.marker()
        count = self.count()
        if kind in _NUMBERS and count is not None:
            dtype = np.dtype(_NUMBERS[kind])
            return np.frombuffer(self.take(count * dtype.itemsize), dtype=dtype).astype(dtype.newbyteorder("="))
        items: list[Any] = []
        while count is None or len(items) < count:
            marker = kind or self.marker()
            if marker == "]" and count is None:
                break
            items.append(self.value(marker, depth + 1))
        return items

    def count(self) -> int | None:
        """Number of elements that an object or array announces, or None."""
        if self.data[self.place] != ord("#"):
            return None
        self.place += 1
        return self.length()
