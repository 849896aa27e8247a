"""One column of the rows that a module takes: its kind, the words that it holds, and who reads what in it."""

import functools
from dataclasses import dataclass, replace
from typing import Any

from ..errors import InputError
from .documents import Reader
from .rules import APART, CAST, CAST_LATER, KNOWS_NONE, NAN_IS_NONE, NONE, NONE_IS_NAN, TYPED

NUMBER, WORD, DATE, ANY, UNUSED = "number", "word", "date", "any", "unused"
"""Kinds of columns: ``any`` is read for its gaps at most, ``unused`` not at all; a ``date`` is its nanoseconds."""

HASH = "hash"
"""Kind of a column of words that is read by their hash: a signed number of 32 bits stands for any word there."""

DOCUMENT = "document"
"""Kind of a column of texts, dicts or lists of features that is read for what can be counted in it only."""


@dataclass(frozen=True)
class Column:
    """One column of the rows that a module takes.

    Attributes
    ----------
    kind : str
        "number", "word", "hash", "date", "any", "unused" or "document".
    words : tuple of str or None
        The vocabulary: a word is encoded as its position. None is in it where a step has learned it, or fills it in.
    strict : bool
        Whether a step refuses words that are not in the vocabulary.
    values : tuple of float or str
        Numbers or words that a step learned as categories; examples are drawn from them.
    readers : tuple of Reader
        What counts the terms of documents. In the tensor a column stands for a code or number, unless its kind is
        "document", and behind it for a block of counts per reader.
    rules : frozenset of str
        How the steps that read it tell its values apart: :mod:`.rules`.
    dtype : str
        Type in which a function of the user's was traced; empty where it is float64. What it does not hold is refused.
    bounds : tuple of (str, float)
        Types in which such a function gives something else than in float64, and the size up to which it does not.
    """

    kind: str = NUMBER
    words: tuple[str | None, ...] = ()
    strict: bool = False
    values: tuple[Any, ...] = ()
    readers: tuple[Reader, ...] = ()
    rules: frozenset[str] = frozenset()
    dtype: str = ""
    bounds: tuple[tuple[str, float], ...] = ()

    @property
    def n_plain(self) -> int:
        """Columns of the tensor before those of the readers: one, or none."""
        return 0 if self.kind == DOCUMENT else 1

    @property
    def width(self) -> int:
        """Columns of the tensor."""
        return self.n_plain + sum(reader.width for reader in self.readers)

    @property
    def plain(self) -> "Column":
        """The column as those see it who read no documents."""
        return replace(self, readers=()) if self.readers and self.n_plain else self

    def start_of(self, reader: Reader) -> int:
        """Column of the tensor, counted from the first of this one, at which a reader's block begins."""
        place = self.readers.index(reader)
        return self.n_plain + sum(before.width for before in self.readers[:place])

    def joined(self, other: "Column") -> "Column":
        """The column as two readers of it need it.

        Raises
        ------
        InputError
            One reads numbers where the other reads words.
        """
        kind = self.kind
        if DOCUMENT in (kind, other.kind) and kind != other.kind:
            kind = _beside_documents(other.kind if kind == DOCUMENT else kind)
        elif kind in (ANY, UNUSED) and (other.kind != UNUSED or kind == UNUSED):
            kind = other.kind
        elif other.kind not in (ANY, UNUSED, kind):
            raise InputError(f"one step reads a column as {self.kind}, another as {other.kind}: no tensor holds both")
        words = tuple(dict.fromkeys((*self.words, *other.words)))
        strict = self.strict or other.strict
        values = tuple(dict.fromkeys((*self.values, *other.values)))
        if strict and self.values and other.values:
            values = tuple(value for value in self.values if value in set(other.values))
        readers = tuple(dict.fromkeys((*self.readers, *other.readers)))
        rules = self.told_apart | other.told_apart
        return Column(kind, words, strict, values, readers, rules, *self._joined_dtypes(other))

    def _joined_dtypes(self, other: "Column") -> tuple[str, tuple[tuple[str, float], ...]]:
        if self.dtype and other.dtype and self.dtype != other.dtype:
            raise InputError(f"one step reads a column as {self.dtype}, another as {other.dtype}: no tensor holds both")
        bounds: dict[str, float] = {}
        for name, bound in (*self.bounds, *other.bounds):
            bounds[name] = min(bound, bounds.get(name, bound))
        return self.dtype or other.dtype, tuple(sorted(bounds.items()))

    @property
    def told_apart(self) -> frozenset[str]:
        """The rules, and that the values are cast where they are numbers for a step that compares none."""
        is_cast = self.kind == NUMBER and not self.rules & {TYPED, APART, CAST_LATER}
        return self.rules | {CAST} if is_cast else self.rules

    @property
    def none(self) -> float:
        """Code of None: that of a word, where it is one; of an unknown value, where a step tells it from NaN."""
        if None in self.words:
            return float(self.words.index(None))
        if NONE_IS_NAN in self.rules or self.kind in (DATE, UNUSED):
            return float("nan")
        if self.kind == WORD:
            return -1.0
        return NONE if APART in self.rules else float("nan")

    @functools.cached_property
    def codes(self) -> dict[Any, float]:
        """Code of each word, and of None."""
        return {None: self.none, **{word: float(code) for code, word in enumerate(self.words)}}

    def with_one_gap(self) -> "Column":
        """The column with None and NaN as one missing value: None where a step has learned that, else NaN."""
        words = tuple(word for word in self.words if word is not None)
        values = tuple(value for value in self.values if value is not None)
        knows_none = None in self.words or KNOWS_NONE in self.rules
        rules = (self.rules - {APART, KNOWS_NONE}) | {NONE_IS_NAN, *({NAN_IS_NONE} if knows_none else ())}
        return replace(self, words=words, values=values, rules=rules)


def _beside_documents(kind: str) -> str:
    if kind in (NUMBER, DATE):
        raise InputError(f"one step reads a column as {DOCUMENT}s, another as {kind}s: it cannot be both")
    return DOCUMENT if kind == UNUSED else kind
