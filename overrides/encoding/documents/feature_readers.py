"""Readers of dicts and of lists of features: by their names, and by hashes of those."""

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from numbers import Number
from typing import Any, ClassVar

import numpy as np

from ...errors import InputError
from .reader import Reader, hashed
from .rows import Counts


@dataclass(frozen=True)
class FeatureReader(Reader):
    """Values of named features, of dicts: DictVectorizer.

    Attributes
    ----------
    features : tuple
        Their names, a column each.
    separator : str
        Between the name of a feature and a word that is its value.
    dtype : str
        numpy's name of what values are made.
    """

    features: tuple[Any, ...]
    separator: str = "="
    dtype: str = "float64"
    kind: ClassVar[str] = "features"

    @property
    def width(self) -> int:  # type: ignore[override]
        """Number of features."""
        return len(self.features)

    @functools.cached_property
    def places(self) -> dict[Any, int]:
        """Column of each feature."""
        return {feature: place for place, feature in enumerate(self.features)}

    def count(self, documents: list[Any]) -> Counts:
        """The values of the known features of each dict; a word counts once, in a column of its own."""
        make = np.dtype(self.dtype).type
        rows: list[int] = []
        columns: list[int] = []
        values: list[Any] = []
        for row, document in enumerate(documents):
            for name, value in _items(document, row):
                for feature, number in self._named(name, value):
                    place = self.places.get(feature)
                    if place is not None:
                        rows.append(row)
                        columns.append(place)
                        values.append(make(number))
        as_arrays = (np.array(rows, dtype=np.int64), np.array(columns, dtype=np.int64), np.array(values, self.dtype))
        return Counts.summed(*as_arrays, self.width)

    def _named(self, name: Any, value: Any) -> Iterable[tuple[Any, Any]]:
        """Features, with their numbers, that one item of a dict stands for."""
        if isinstance(value, str):
            return ((f"{name}{self.separator}{value}", 1),)
        if value is None or isinstance(value, Number):
            return ((name, value),)
        if isinstance(value, Mapping) or not isinstance(value, Iterable):
            raise InputError(f"has {value!r} for {name!r}: a value is a number, a word or several words")
        words = list(value)
        if not all(isinstance(word, str) for word in words):
            raise InputError(f"has {value!r} for {name!r}: only words can be several values")
        return ((f"{name}{self.separator}{word}", 1) for word in words)

    def inverted(self, result: list[Any]) -> np.ndarray:
        """The values that are named."""
        rows = np.zeros((len(result), self.width))
        for row, features in enumerate(result):
            for feature, value in features.items():
                rows[row, self.places[feature]] = value
        return rows

    def decode(self, rows: np.ndarray) -> list[Any]:
        """A dict a row, of the features that are not 0."""
        return [{self.features[place]: row[place] for place in np.flatnonzero(row)} for row in rows]

    def draw(self, n_documents: int, random: np.random.Generator) -> list[Any]:
        """Dicts of some features each; words among them where names say so."""
        documents: list[Any] = [{}, {"nobody knows": 1.0}]
        for _ in range(max(n_documents - 2, 1)):
            features = [self.features[i] for i in random.integers(self.width, size=6)] if self.width else []
            documents.append({})
            for feature in features:
                name, separator, word = str(feature).partition(self.separator)
                documents[-1][name if separator else feature] = word if separator else float(random.integers(-3, 4))
        return documents

    def to_dict(self) -> dict[str, Any]:
        """All attributes."""
        own = {"features": list(self.features), "separator": self.separator, "dtype": self.dtype}
        return {"kind": self.kind, **own}


@dataclass(frozen=True)
class HashedFeatureReader(Reader):
    """Sums of the signed values of hashed features: FeatureHasher.

    Attributes
    ----------
    width : int
        Number of columns that features are hashed to.
    input_type : {"dict", "pair", "string"}
        Whether a document is a dict, an iterable of pairs of name and value, or one of names.
    signed : bool
        Whether a hash gives its feature a sign.
    dtype : str
        numpy's name of what values are added up in.
    """

    width: int
    input_type: str = "dict"
    signed: bool = True
    dtype: str = "float64"
    kind: ClassVar[str] = "hashed features"

    def count(self, documents: list[Any]) -> Counts:
        """The features of each document added up, each in the column of its hash."""
        if self.input_type == "string" and documents and isinstance(documents[0], str):
            raise InputError(f"has {documents[0]!r} at row 0: a row is a list of names, not one")
        numbers: dict[Any, int] = {}
        rows: list[int] = []
        found: list[int] = []
        values: list[float] = []
        for row, document in enumerate(documents):
            for name, value in self._pairs(document, row):
                feature, number = (f"{name}={value}", 1.0) if isinstance(value, str) else (name, float(value))
                if number != 0:
                    rows.append(row)
                    found.append(numbers.setdefault(feature, len(numbers)))
                    values.append(number)
        places, signs = hashed(list(numbers), self.width)
        index = np.array(found, dtype=np.int64)
        weights = np.array(values, dtype=np.float64) * (signs[index] if self.signed else 1.0)
        return Counts.summed(np.array(rows, dtype=np.int64), places[index], weights.astype(self.dtype), self.width)

    def _pairs(self, document: Any, row: int) -> Iterable[tuple[Any, Any]]:
        if self.input_type == "dict":
            return _items(document, row)
        return document if self.input_type == "pair" else ((name, 1) for name in document)

    def draw(self, n_documents: int, random: np.random.Generator) -> list[Any]:
        """Made-up features, in the form that documents have."""
        documents: list[Any] = []
        for _ in range(n_documents):
            drawn = zip(random.integers(30, size=6), random.normal(size=6), strict=True)
            pairs: list[tuple[str, Any]] = [(f"feature{i}", float(value)) for i, value in drawn]
            pairs.append(("color", "red"))
            names = [name for name, _ in pairs]
            documents.append({"dict": dict(pairs), "pair": pairs, "string": names}[self.input_type])
        return [*documents[:-1], type(documents[-1])()]

    def to_dict(self) -> dict[str, Any]:
        """All attributes."""
        own = {"width": self.width, "input_type": self.input_type, "signed": self.signed, "dtype": self.dtype}
        return {"kind": self.kind, **own}


def _items(document: Any, row: int) -> Iterable[tuple[Any, Any]]:
    if not isinstance(document, Mapping):
        raise InputError(f"has {document!r} at row {row}, which is no dict")
    return document.items()
