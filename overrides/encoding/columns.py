"""What the columns of a module's rows hold, and which words of each must be told apart.

A word enters the tensor as its code in the column's vocabulary, an unknown one as -1, a missing value as NaN. Every
module says what it reads in each of its columns (:meth:`Module.reads`); a composite joins what its children read; the
outermost module settles one vocabulary per column and hands it down (:meth:`Module.settle`), so that each module below
builds its own look-up from the codes of the column.
"""

import functools
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..errors import InputError
from ..functional.csr import rows_between, tile_of_csr
from .documents import Reader, reader_from_dict

NUMBER, WORD, DATE, ANY, UNUSED = "number", "word", "date", "any", "unused"
"""Kinds of columns: ``any`` is read for its gaps at most, ``unused`` not at all; a ``date`` is its nanoseconds."""

DOCUMENT = "document"
"""Kind of a column of texts, dicts or lists of features that is read for what can be counted in it only."""


@dataclass(frozen=True)
class Column:
    """One column of the rows that a module takes.

    Attributes
    ----------
    kind : str
        "number", "word", "date", "any", "unused" or "document".
    words : tuple of str or None
        The vocabulary: a word is encoded as its position. None is in it where a step tells None from other missing
        values; else None is one of them.
    strict : bool
        Whether a step refuses words that are not in the vocabulary.
    values : tuple of float or str
        Numbers or words that a step learned as categories; examples are drawn from them.
    readers : tuple of Reader
        What counts the terms of documents. In the tensor a column stands for a code or number, unless its kind is
        "document", and behind it for a block of counts per reader.
    """

    kind: str = NUMBER
    words: tuple[str | None, ...] = ()
    strict: bool = False
    values: tuple[Any, ...] = ()
    readers: tuple[Reader, ...] = ()

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
        return Column(kind, words, strict, values, tuple(dict.fromkeys((*self.readers, *other.readers))))

    @functools.cached_property
    def codes(self) -> dict[Any, float]:
        """Code of each word, and NaN for None where that is no word of the vocabulary."""
        return {None: float("nan"), **{word: float(code) for code, word in enumerate(self.words)}}


@dataclass(frozen=True)
class Columns:
    """The columns of the rows that the outermost module takes.

    Attributes
    ----------
    names : tuple of str, or None
        As fitted; None where the fit was on rows without names.
    columns : tuple of Column
    is_flat : bool
        Whether the data are documents themselves, one after the other, and not a table that has some in a column.
    """

    names: tuple[str, ...] | None
    columns: tuple[Column, ...]
    is_flat: bool = False

    def __len__(self) -> int:
        return len(self.columns)

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kind of each column."""
        return tuple(column.kind for column in self.columns)

    @property
    def vocabularies(self) -> tuple[tuple[str | None, ...], ...]:
        """Words of each column, none where it has no words."""
        return tuple(column.words for column in self.columns)

    @property
    def has_words(self) -> bool:
        """Whether a column holds words."""
        return WORD in self.kinds

    @property
    def has_documents(self) -> bool:
        """Whether a column holds documents."""
        return any(column.readers for column in self.columns)

    @property
    def starts(self) -> list[int]:
        """First column of the tensor of each column, and behind them the width of the tensor."""
        return starts_of(self.columns)

    @property
    def is_plain(self) -> bool:
        """Whether every column holds numbers."""
        return set(self.kinds) <= {NUMBER}

    def label(self, index: int) -> str:
        """How a message names a column."""
        return f"column {self.names[index]!r}" if self.names is not None else f"column {index}"

    def decode(self, rows: Any) -> Any:
        """Rows as the modules take them, in words again.

        Parameters
        ----------
        rows : array-like of shape (n_samples, n_features)

        Returns
        -------
        ndarray of object, shape (n_samples, n_features)
            A code becomes its word, the code of an unknown word None; numbers stay, dates become datetime64[ns]. Of
            documents, the terms or features that were counted in them; a list of those, where there is no table.
        """
        if isinstance(rows, Tensor) and rows.layout != torch.strided:
            size = tile_of_csr(rows, len(rows))
            parts = [self.decode(rows_between(rows, start, size)) for start in range(0, max(len(rows), 1), size)]
            return [row for part in parts for row in part] if self.is_flat else np.concatenate(parts)
        values = np.asarray(rows, dtype=np.float64)
        if self.is_flat:
            return self.columns[0].readers[0].decode(values)
        result = np.empty((len(values), len(self)), dtype=object)
        for i, (column, start) in enumerate(zip(self.columns, self.starts, strict=False)):
            if column.kind == DOCUMENT:
                reader = column.readers[0]
                for row, terms in enumerate(reader.decode(values[:, start : start + reader.width])):
                    result[row, i] = terms
                continue
            part = values[:, start]
            if column.kind == WORD:
                table = np.array([*column.words, None, np.nan], dtype=object)
                codes = np.where(np.isnan(part), len(column.words) + 1, part).astype(np.int64)
                result[:, i] = table[np.where((codes < 0) | (codes > len(table) - 1), len(column.words), codes)]
            elif column.kind == DATE:
                dates = np.where(np.isnan(part), np.iinfo(np.int64).min, part).astype(np.int64)
                result[:, i] = list(dates.view("datetime64[ns]"))
            else:
                result[:, i] = part
        return result

    def to_list(self) -> list[dict[str, Any]]:
        """As plain dicts, a column each, for the manifest."""
        names: Sequence[str | None] = self.names if self.names is not None else [None] * len(self)
        items: list[dict[str, Any]] = [
            {"name": name, "kind": column.kind, "words": list(column.words), "strict": column.strict}
            for name, column in zip(names, self.columns, strict=True)
        ]
        for item, column in zip(items, self.columns, strict=True):
            if column.readers:
                item["readers"] = [reader.to_dict() for reader in column.readers]
                item["flat"] = self.is_flat
        return items

    @classmethod
    def from_list(cls, data: Iterable[dict[str, Any]]) -> "Columns":
        """Inverse of :meth:`to_list`."""
        items = list(data)
        columns = tuple(
            Column(
                str(item["kind"]),
                tuple(item["words"]),
                bool(item["strict"]),
                readers=tuple(reader_from_dict(reader) for reader in item.get("readers", ())),
            )
            for item in items
        )
        names = tuple(item["name"] for item in items)
        known = None if not names or any(name is None for name in names) else names
        return cls(known, columns, any(item.get("flat", False) for item in items))


def starts_of(columns: Iterable[Column]) -> list[int]:
    """First column of the tensor of each column, and behind them the width of the tensor."""
    return list(itertools.accumulate((column.width for column in columns), initial=0))


def _beside_documents(kind: str) -> str:
    if kind in (NUMBER, DATE):
        raise InputError(f"one step reads a column as {DOCUMENT}s, another as {kind}s: it cannot be both")
    return DOCUMENT if kind == UNUSED else kind


def join(first: Sequence[Column], second: Sequence[Column]) -> list[Column]:
    """Two readings of the same columns, joined column by column; an empty one reads nothing."""
    if not first or not second:
        return list(first or second)
    return [a.joined(b) for a, b in zip(first, second, strict=True)]


def read_through(own: Sequence[Column], passes: Sequence[int], later: Sequence[Column]) -> list[Column]:
    """What a step reads, together with what the step after it reads in the columns that are passed on to it.

    Parameters
    ----------
    own : sequence of Column
        Of the step's input.
    passes : sequence of int
        Input column behind each output column, -1 for none: :meth:`Module.passes`.
    later : sequence of Column
        Of the step's output.
    """
    columns = list(own)
    for source, column in zip(passes, later, strict=False):
        if column.readers and (source < 0 or columns[source].kind != ANY):
            raise InputError("a step counts terms in documents that an earlier step has changed: no tensor holds those")
        if source >= 0:
            columns[source] = columns[source].joined(column)
    return columns


def attach(module: Any, estimator: Any) -> None:
    """Settle the columns of an outermost module, and attach them as ``module.columns``.

    Parameters
    ----------
    module : Module
        One that takes something else than columns of a frame, labels for instance, stays as it is.
    estimator : object
        The fitted estimator; knows the names of its columns, where they have any.

    Notes
    -----
    TorchScript encodes columns of words, and no documents: with those there is no ``encode_columns``.
    """
    from ..core.compose import with_string_columns
    from ..core.registry import feature_names, takes_documents

    reads = module.reads()
    if not reads:
        return
    names = feature_names(estimator)
    known = None if names is None or len(names) != len(reads) else tuple(names)
    module.columns_out = tuple(module.settle(reads))
    module.columns = Columns(known, tuple(reads), takes_documents(estimator))
    if module.columns.has_words and not module.columns.has_documents:
        with_string_columns(module)
