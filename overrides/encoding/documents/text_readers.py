"""Readers of texts: over a vocabulary, and over hashes."""

import functools
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from ...errors import InputError
from .analysis import Analysis
from .reader import Reader, hashed
from .rows import Counts


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
            counter.pop(None, None)
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

    def filled(self, text: str) -> "VocabularyReader":
        """The reader with a text in the place of gaps."""
        return replace(self, analysis=replace(self.analysis, fill=text))

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

    def filled(self, text: str) -> "HashedTextReader":
        """The reader with a text in the place of gaps."""
        return replace(self, analysis=replace(self.analysis, fill=text))

    def draw(self, n_documents: int, random: np.random.Generator) -> list[Any]:
        """Texts of made-up words."""
        return _texts([f"word{i}" for i in range(50)], n_documents, random)

    def to_dict(self) -> dict[str, Any]:
        """All attributes."""
        own = {"width": self.width, "signed": self.signed, "binary": self.binary}
        return {"kind": self.kind, "analysis": self.analysis.to_dict(), **own}


def _at_row(analyze: Any, document: Any, row: int) -> Iterable[Any]:
    try:
        terms: Iterable[Any] = analyze(document)
    except InputError as error:
        raise InputError(f"{error} (row {row})") from error
    except (AttributeError, TypeError, ValueError, OSError) as error:
        raise InputError(f"has a document at row {row} that is not to be analysed: {error}") from error
    return terms


def _texts(terms: list[str], n_documents: int, random: np.random.Generator) -> list[str]:
    """Texts of the terms, one of none, one of a word that is not among them, one not of ASCII."""
    texts = ["", "unheardof", "Ünknown Wörds, Ελληνικά"]
    for _ in range(max(n_documents - len(texts), 1)):
        size = int(random.integers(1, 12))
        drawn = [terms[i] for i in random.integers(len(terms), size=size)] if terms else []
        texts.append(" ".join(drawn))
    return texts[:n_documents]
