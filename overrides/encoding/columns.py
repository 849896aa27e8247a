"""What the columns of a module's rows hold, and which words of each must be told apart.

A word enters the tensor as its code in the column's vocabulary, an unknown one as -1, a missing value as NaN. Every
module says what it reads in each of its columns (:meth:`Module.reads`); a composite joins what its children read; the
outermost module settles one vocabulary per column and hands it down (:meth:`Module.settle`), so that each module below
builds its own look-up from the codes of the column.
"""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..errors import InputError
from ..functional.csr import rows_between, tile_of_csr
from .column import ANY, DATE, DOCUMENT, HASH, NUMBER, UNUSED, WORD, Column
from .documents import reader_from_dict
from .rules import APART, NONE, NONE_IS_NAN, behind

__all__ = [
    "ANY",
    "DATE",
    "DOCUMENT",
    "HASH",
    "NUMBER",
    "UNUSED",
    "WORD",
    "Column",
    "Columns",
    "join",
    "read_through",
    "starts_of",
]


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
        return WORD in self.kinds or HASH in self.kinds

    @property
    def named_words(self) -> tuple[str, ...]:
        """Names of the columns of words, where the fit knew names."""
        return tuple(name for name, kind in zip(self.names or (), self.kinds, strict=False) if kind in (WORD, HASH))

    @property
    def has_one_gap(self) -> bool:
        """Whether None and NaN are one gap, as the user wants it."""
        return all(NONE_IS_NAN in column.rules for column in self.columns)

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
                part = np.where(np.isinf(part), np.nan, part)
                dates = np.where(np.isnan(part), np.iinfo(np.int64).min, part).astype(np.int64)
                result[:, i] = list(dates.view("datetime64[ns]"))
            else:
                result[:, i] = part
                if APART in column.rules:
                    result[part == NONE, i] = None
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
            if column.rules:
                item["rules"] = sorted(column.rules)
            if column.dtype or column.bounds:
                item["dtype"], item["bounds"] = column.dtype, dict(column.bounds)
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
                rules=frozenset(map(str, item.get("rules", ()))),
                dtype=str(item.get("dtype", "")),
                bounds=tuple(sorted((str(name), float(bound)) for name, bound in item.get("bounds", {}).items())),
            )
            for item in items
        )
        names = tuple(item["name"] for item in items)
        known = None if not names or any(name is None for name in names) else names
        return cls(known, columns, any(item.get("flat", False) for item in items))


def starts_of(columns: Iterable[Column]) -> list[int]:
    """First column of the tensor of each column, and behind them the width of the tensor."""
    return list(itertools.accumulate((column.width for column in columns), initial=0))


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
            own_rules = columns[source].rules
            columns[source] = columns[source].joined(replace(column, rules=behind(column.told_apart, own_rules)))
    return columns
