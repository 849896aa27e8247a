"""What encoders share: the way from a column's number or code to the position among the categories learned there."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ...core.module import Module, refuse
from ...encoding.columns import ANY, DATE, NUMBER, WORD, Column
from ...encoding.rules import (
    APART,
    BESIDE_WORDS,
    KNOWS_NONE,
    NAN_IS_NONE,
    NANOSECONDS,
    NO_NUMBERS,
    NONE,
    NONE_IS_NAN,
    NONE_WAS_NAN,
    OBJECTS,
    TYPED,
)
from ...functional.lookup import exact_index_by_column


def column_of(categories: Any, strict: bool) -> Column:
    """What an encoder reads in a column, from the categories that it learned there.

    Parameters
    ----------
    categories : ndarray of shape (n_categories,)
    strict : bool
        Whether it refuses others.
    """
    values = categories.tolist()
    present = [value for value in values if not is_missing(value)]
    rules = {TYPED, APART}
    if categories.dtype.kind == "M":
        if np.datetime_data(categories.dtype)[0] == "ns":
            rules.add(NANOSECONDS)
        moments = categories.astype("datetime64[ns]")
        numbers = moments[~np.isnat(moments)].astype(np.int64).astype(np.float64)
        return Column(DATE, (), strict, tuple(numbers.tolist()), rules=frozenset(rules))
    if categories.dtype.kind in "OU":
        rules |= {OBJECTS, NO_NUMBERS}
    knows_none = any(value is None for value in values)
    if any(isinstance(value, str) for value in present) or (knows_none and not present):
        words = [*present, *([None] if knows_none else [])]
        return Column(WORD, tuple(words), strict, tuple(words), rules=frozenset(rules))
    if knows_none:
        rules.add(KNOWS_NONE)
    if not present:
        return Column(ANY, (), strict, rules=frozenset(rules))
    floats = [float(value) for value in present]
    return Column(NUMBER, (), strict, (*floats, *([None] if knows_none else [])), rules=frozenset(rules))


def is_missing(value: Any) -> bool:
    """Whether a category is a missing value: None, NaN, NaT, pd.NA."""
    return value is None or type(value).__name__ in ("NAType", "NaTType") or (value != value) is True or _is_nat(value)


def _is_nat(value: Any) -> bool:
    return isinstance(value, (np.datetime64, np.floating)) and bool(value != value)


def objection_to(categories: Sequence[Any], name: str) -> str | None:
    """Why categories cannot enter a tensor, or None."""
    for i, part in enumerate(categories):
        if part.dtype.kind not in "OUbiufM":
            return f"{name} learned categories of {part.dtype} in column {i}: numbers, words and dates enter a tensor"
        present = [value for value in part.tolist() if not is_missing(value)]
        n_words = sum(isinstance(value, str) for value in present)
        if part.dtype.kind != "M" and n_words < len(present):
            try:
                numbers = np.array([value for value in present if not isinstance(value, str)], dtype=np.float64)
            except (TypeError, ValueError):
                return f"{name} learned categories in column {i} that are neither numbers nor words: {present[:3]}"
            if n_words:
                return f"{name} learned both words and numbers as categories of column {i}: a column holds either"
            if np.abs(numbers).max() >= 2**53:
                return f"{name} learned numbers of 2**53 or more in column {i}, which float64 does not tell apart"
    return None


class CategoryModule(Module):
    """Columns of categories, each looked up at once: every column has a run of slots in flat tables.

    The slots of a column are: unknown, one per number learned or per word of the settled vocabulary, missing. A
    subclass folds what it does with each category into tables over the slots, in :meth:`_fold`.

    Attributes
    ----------
    slot_categories : Tensor of int64, shape (n_slots,)
        Position of each slot among the learned categories, -1 for none.
    """

    slot_categories: Tensor
    slot_offsets: Tensor
    slot_counts: Tensor
    numbers: Tensor
    number_starts: Tensor
    number_stops: Tensor
    holds_numbers: Tensor
    labels: list[str]
    vocabulary: list[str]

    def __init__(self, estimator: Any, strict: bool) -> None:
        super().__init__(estimator)
        self.categories = [np.asarray(part) for part in estimator.categories_]
        self.n_features_in_ = len(self.categories)
        self.strict = strict
        self.none_code = NONE  # TorchScript reads no globals
        names = getattr(estimator, "feature_names_in_", range(self.n_features_in_))
        self.labels = [repr(name) if isinstance(name, str) else str(name) for name in names]

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """Categories that are neither numbers, words nor dates, or that a float does not tell apart."""
        return objection_to(estimator.categories_, type(estimator).__name__)

    def reads(self) -> list[Column]:
        """The categories of each column."""
        columns = [column_of(part, self.strict) for part in self.categories]
        if len(columns) == 1 or WORD not in {column.kind for column in columns}:
            return columns
        return [replace(column, rules=column.rules | {BESIDE_WORDS}) for column in columns]

    def settle(self, columns: list[Column]) -> list[Column]:
        """Build the look-up from what the columns hold to the categories learned here."""
        tables = [_slot_table(part, column) for part, column in zip(self.categories, columns, strict=True)]
        slots = [categories for categories, _ in tables]
        self.add_buffer("slot_categories", np.concatenate(slots))
        self.add_buffer("slot_offsets", np.cumsum([0, *(len(part) for part in slots[:-1])]))
        self.add_buffer("slot_counts", np.array([len(part) - 2 for part in slots]))
        self.add_buffer("numbers", np.concatenate([*(numbers for _, numbers in tables), np.empty(0)]))
        ends = np.cumsum([len(numbers) for _, numbers in tables])
        self.add_buffer("number_stops", ends)
        self.add_buffer("number_starts", np.concatenate([[0], ends[:-1]]))
        is_number = np.array([column.kind in (NUMBER, DATE) for column in columns])
        self.add_buffer("holds_numbers", is_number)
        self.has_numbers, self.has_words = bool(is_number.any()), not bool(is_number.all())
        self.longest = max(len(numbers) for _, numbers in tables)
        # What a message calls the codes: the words are needed for nothing else.
        self.vocabulary = [str(word) for column in columns for word in ("", *column.words)] if self.strict else [""]
        self.word_starts = np.cumsum([0, *(len(column.words) + 1 for column in columns[:-1])]).tolist()
        self._fold(columns, slots)
        return self._columns_out(columns)

    def _fold(self, columns: list[Column], slots: list[np.ndarray]) -> None:
        """Register the tables over slots; called again when the columns are settled anew."""
        raise NotImplementedError

    def _columns_out(self, columns: list[Column]) -> list[Column]:
        return []

    def _slots(self, x: Tensor) -> Tensor:
        """Slot of every value, flat: int64 of shape (n_samples * n_features,)."""
        missing = torch.isnan(x)
        if self.has_numbers:
            position = exact_index_by_column(self.numbers, self.number_starts, self.number_stops, self.longest, x)
            if self.has_words:
                position = torch.where(self.holds_numbers, position, self._codes(x))
        else:
            position = self._codes(x)
        position = torch.where(missing, self.slot_counts, position)
        slots = (position + 1 + self.slot_offsets).flatten()
        if self.strict:
            self._refuse_unknown(x, slots)
        return slots

    def _codes(self, x: Tensor) -> Tensor:
        """Codes of words as they are where they are in the vocabulary, else -1."""
        known = (x >= 0) & (x < self.slot_counts)
        return torch.where(known, x, torch.full_like(x, -1.0)).to(torch.int64)

    def _refuse_unknown(self, x: Tensor, slots: Tensor) -> None:
        if not torch.jit.is_scripting():
            if torch.compiler.is_compiling():
                return  # a graph cannot raise
        known = self.slot_categories.index_select(0, slots) >= 0
        if not bool(known.all()):
            first = int(known.to(torch.int64).argmin())
            row, column = first // self.n_features_in_, first % self.n_features_in_
            value = self._value(x, row, column)
            refuse(
                f"{self.estimator_name} got {value} in column {self.labels[column]} at row {row}, "
                "which was not there in fit"
            )

    def _value(self, x: Tensor, row: int, column: int) -> str:
        value = float(x[row, column])
        if value != value:
            return "a missing value"
        if bool(self.holds_numbers[column]):
            return "None" if value == self.none_code else str(value)
        if value < 0 or value >= float(self.slot_counts[column]):
            return "an unknown word"
        return "'" + self.vocabulary[self.word_starts[column] + 1 + int(value)] + "'"


def _slot_table(categories: np.ndarray, column: Column) -> tuple[np.ndarray, np.ndarray]:
    """Category behind each slot of a column, and its numbers in ascending order."""
    values = categories.tolist() if categories.dtype.kind != "M" else list(categories.astype("datetime64[ns]"))
    none = next((i for i, value in enumerate(values) if value is None), -1)
    nan = next((i for i, value in enumerate(values) if value is not None and is_missing(value)), -1)
    rules = column.rules
    if NAN_IS_NONE in rules:
        nan = none
    if NONE_WAS_NAN in rules or NONE_IS_NAN in rules:
        none = nan
    if column.kind in (NUMBER, DATE):
        moments = categories.dtype.kind == "M"
        if moments:
            nan = -1  # NaT is not equal to itself, and scikit-learn does not find it among its categories
        present = {
            i: float(value.astype(np.int64)) if moments else float(value)
            for i, value in enumerate(values)
            if not is_missing(value)
        }
        if none >= 0 and column.none == NONE:
            present[none] = NONE
        numbers = np.array(list(present.values()))
        order = np.argsort(numbers, kind="stable")
        found = np.array(list(present), dtype=np.int64)[order]
        return np.concatenate([[-1], found, [nan]]).astype(np.int64), numbers[order].astype(np.float64)
    where = {value: i for i, value in enumerate(values) if isinstance(value, str)}
    known = [none if word is None else where.get(word, -1) for word in column.words]
    return np.array([-1, *known, nan], dtype=np.int64), np.empty(0)


def column_values(categories: np.ndarray, column: Column) -> np.ndarray:
    """Each category as the column holds it, number or code: the way back."""
    slots, numbers = _slot_table(categories, column)
    values = np.full(len(categories), np.nan)
    for place, category in enumerate(slots[1:-1]):
        if category >= 0:
            values[category] = numbers[place] if column.kind in (NUMBER, DATE) else place
    return values
