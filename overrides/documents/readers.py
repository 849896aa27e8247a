"""Readers: each counts the terms or features of documents over columns that were settled in fit.

A reader is a value. It stands in the :class:`Column` that its documents come in, and in the manifest of an artifact.
"""

import functools
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from numbers import Number
from typing import Any, ClassVar

import numpy as np

from ..errors import InputError
from .analysis import Analysis
from .murmurhash import murmurhash3
from .rows import Counts

Plain = str | int | float | bool | None
"""What a term or the name of a feature can be in a manifest."""


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


@dataclass(frozen=True)
class VocabularyReader(Reader):
    """Counts of the terms of a vocabulary, of texts: CountVectorizer and TfidfVectorizer.

    Attributes
    ----------
    analysis : Analysis
    terms : tuple
        A column each.
    """

    analysis: Analysis
    terms: tuple[Any, ...]
    kind: ClassVar[str] = "terms"

    @property
    def width(self) -> int:  # type: ignore[override]
        """Number of terms."""
        return len(self.terms)

    @functools.cached_property
    def places(self) -> dict[Any, int]:
        """Column of each term."""
        return {term: place for place, term in enumerate(self.terms)}

    def count(self, documents: list[Any]) -> Counts:
        """How often each term is in each document."""
        place_of, analyze = self.places.get, self.analysis.analyze
        lengths: list[int] = []
        columns: list[int] = []
        values: list[int] = []
        for row, document in enumerate(documents):
            counter = Counter(map(place_of, _at_row(analyze, document, row)))
            counter.pop(None, None)  # type: ignore[call-overload]
            lengths.append(len(counter))
            columns += counter  # type: ignore[arg-type]
            values += counter.values()
        return Counts.of_lists(lengths, columns, values)

    def inverted(self, result: list[Any]) -> np.ndarray:
        """1 where a term is named."""
        rows = np.zeros((len(result), self.width))
        for row, terms in enumerate(result):
            rows[row, [self.places[term] for term in terms.tolist()]] = 1.0
        return rows

    def decode(self, rows: np.ndarray) -> list[Any]:
        """The terms that are not 0 in each row, an array each."""
        terms = np.array(self.terms)
        return [terms[np.flatnonzero(row)] for row in rows]

    def draw(self, n_documents: int, random: np.random.Generator) -> list[Any]:
        """Texts of terms that are known, and some that are not."""
        return _texts([term for term in self.terms[:1000] if isinstance(term, str)], n_documents, random)

    def to_dict(self) -> dict[str, Any]:
        """The analysis and the terms; no terms where only a function of the user's could find them."""
        terms = [] if self.analysis.needs and not all(isinstance(term, str) for term in self.terms) else self.terms
        return {"kind": self.kind, "analysis": self.analysis.to_dict(), "terms": list(terms), "width": self.width}


@dataclass(frozen=True)
class HashedTextReader(Reader):
    """Sums of signs of hashed terms, of texts: HashingVectorizer.

    Attributes
    ----------
    analysis : Analysis
    width : int
        Number of columns that terms are hashed to.
    signed : bool
        Whether a hash gives its term a sign.
    binary : bool
        Whether only the presence of terms is kept: of two that cancel out too.
    """

    analysis: Analysis
    width: int
    signed: bool = True
    binary: bool = False
    kind: ClassVar[str] = "hashed terms"

    def count(self, documents: list[Any]) -> Counts:
        """The terms of each document added up, each in the column of its hash."""
        analyze = self.analysis.analyze
        numbers: dict[Any, int] = {}
        lengths: list[int] = []
        found: list[int] = []
        values: list[int] = []
        for row, document in enumerate(documents):
            counter = Counter(_at_row(analyze, document, row))
            lengths.append(len(counter))
            found += [numbers.setdefault(term, len(numbers)) for term in counter]
            values += counter.values()
        places, signs = hashed(list(numbers), self.width)
        index = np.array(found, dtype=np.int64)
        weights = np.array(values, dtype=np.float64) * (signs[index] if self.signed else 1.0)
        counts = Counts.summed(np.repeat(np.arange(len(lengths)), lengths), places[index], weights, self.width)
        return Counts(counts.rows, counts.columns, np.ones_like(counts.values)) if self.binary else counts

    def draw(self, n_documents: int, random: np.random.Generator) -> list[Any]:
        """Texts of made-up words."""
        return _texts([f"word{i}" for i in range(50)], n_documents, random)

    def to_dict(self) -> dict[str, Any]:
        """All attributes."""
        own = {"width": self.width, "signed": self.signed, "binary": self.binary}
        return {"kind": self.kind, "analysis": self.analysis.to_dict(), **own}


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


def reader_from_dict(data: dict[str, Any]) -> Reader:
    """Inverse of ``to_dict`` of every reader."""
    kind = data["kind"]
    if kind == VocabularyReader.kind:
        # The places of terms that are no words matter only where their function is.
        terms = tuple(data["terms"]) or tuple(range(int(data["width"])))
        return VocabularyReader(Analysis.from_dict(data["analysis"]), terms)
    own = {name: value for name, value in data.items() if name not in ("kind", "analysis")}
    if kind == HashedTextReader.kind:
        return HashedTextReader(Analysis.from_dict(data["analysis"]), **own)
    if kind == FeatureReader.kind:
        return FeatureReader(**{**own, "features": tuple(own["features"])})
    if kind == HashedFeatureReader.kind:
        return HashedFeatureReader(**own)
    raise ValueError(f"a reader of documents is called {kind!r}, which this version does not know")


def _at_row(analyze: Any, document: Any, row: int) -> Iterable[Any]:
    try:
        terms: Iterable[Any] = analyze(document)
    except InputError as error:
        raise InputError(f"{error} (row {row})") from error
    except (AttributeError, TypeError, ValueError, OSError) as error:
        raise InputError(f"has a document at row {row} that is not to be analysed: {error}") from error
    return terms


def _items(document: Any, row: int) -> Iterable[tuple[Any, Any]]:
    if not isinstance(document, Mapping):
        raise InputError(f"has {document!r} at row {row}, which is no dict")
    return document.items()


def _texts(terms: list[str], n_documents: int, random: np.random.Generator) -> list[str]:
    """Texts of the terms, one of none, one of a word that is not among them, one not of ASCII."""
    texts = ["", "unheardof", "Ünknown Wörds, Ελληνικά"]
    for _ in range(max(n_documents - len(texts), 1)):
        size = int(random.integers(1, 12))
        drawn = [terms[i] for i in random.integers(len(terms), size=size)] if terms else []
        texts.append(" ".join(drawn))
    return texts[:n_documents]
