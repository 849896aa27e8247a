"""Encoders of categories: sklearn.preprocessing._encoders and _target_encoder."""

from typing import Any

import numpy as np
import torch
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, TargetEncoder
from torch import Tensor

from ...core.module import refuse
from ...core.registry import OnnxGap, register
from ...encoding.columns import WORD, Column
from ...encoding.tables import INFREQUENT
from ...functional.selection import take_columns
from ._categories import CategoryModule, column_values

WIDE = 64
"""Columns from which on a linear step looks up its weights; below, a product of matrices is as fast."""


def _infrequent(estimator: Any, i: int) -> Any:
    """scikit-learn's table from category to the position after grouping the infrequent ones, or None."""
    return estimator._default_to_infrequent_mappings[i] if estimator._infrequent_enabled else None


class _Encoder(CategoryModule):
    """OneHotEncoder and OrdinalEncoder: categories with infrequent ones among them, and the way back."""

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator, estimator.handle_unknown == "error")
        self.groups = [_infrequent(estimator, i) for i in range(self.n_features_in_)]

    def reads(self) -> list[Column]:
        """The categories, and the word that stands for the infrequent ones."""
        columns = super().reads()
        for i, group in enumerate(self.groups):
            if group is not None and columns[i].kind == WORD:
                columns[i] = columns[i].joined(Column(WORD, (INFREQUENT,)))
        return columns

    def _infrequent_value(self, column: Column) -> float:
        """What the way back gives for an infrequent category."""
        return column.codes[INFREQUENT] if column.kind == WORD else np.inf

    def _unknown_value(self, column: Column) -> float:
        """What the way back gives for None, which stands for a category that nobody knows."""
        return column.none


@register(OneHotEncoder, gaps=(OnnxGap.METHOD, OnnxGap.PRECISION))
class OneHotEncoderModule(_Encoder):
    """OneHotEncoder: a column per category, or per group of infrequent ones; dense, also with ``sparse_output``.

    Notes
    -----
    ``inverse_transform`` returns what the columns hold: numbers, or codes of words (``decode`` gives the words). An
    unknown category, None in scikit-learn, is NaN, unless None is a word of the column; an infrequent one is the code
    of "infrequent_sklearn", infinity in a column of numbers.
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
    slot_places: Tensor
    slot_values: Tensor
    kept: Tensor
    inverse_values: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        dropped = estimator._drop_idx_after_grouping
        self.drops = [None if dropped is None else dropped[i] for i in range(self.n_features_in_)]
        self.ignores = [
            estimator.handle_unknown == "ignore"
            or (estimator.handle_unknown in ("infrequent_if_exist", "warn") and group is None)
            for group in self.groups
        ]
        self.widths = [int(width) for width in estimator._n_features_outs]
        self.starts = [0, *np.cumsum(self.widths[:-1]).tolist()]
        self.n_features_out = sum(self.widths)
        self.tile_rows = max(1, min(4096, 2**21 // max(self.n_features_out, 1)))
        self.is_lookup = self.n_features_out >= WIDE
        self.fused_linear_rows = max(1, 2**21 // max(self.n_features_in_, 1))
        # A row of zeros stands for what is unknown or dropped; elsewhere for nothing.
        self.refuses_zeros = [
            not ignores and drop is None for ignores, drop in zip(self.ignores, self.drops, strict=True)
        ]
        self.add_buffer("kept", np.flatnonzero(self.widths))
        self.keeps_all = all(self.widths)
        self.settle(self.reads())

    def _fold(self, columns: list[Column], slots: list[np.ndarray]) -> None:
        places, values, inverse = [], [], []
        for i, (column, categories) in enumerate(zip(columns, slots, strict=True)):
            group, drop = self.groups[i], self.drops[i]
            n_groups = self.widths[i] + (drop is not None)
            to_group = np.arange(len(self.categories[i])) if group is None else group
            found = np.where(categories >= 0, to_group[categories], -1)
            if group is not None and not self.ignores[i] and not self.strict:
                found = np.where(categories >= 0, found, n_groups - 1)
            to_place = np.delete(np.arange(n_groups), drop) if drop is not None else np.arange(n_groups)
            place = np.full(n_groups + 1, -1)
            place[to_place] = np.arange(self.widths[i])
            found = place[found]
            places.append(self.starts[i] + np.maximum(found, 0))
            values.append((found >= 0).astype(np.float64))
            inverse.append(self._way_back(i, column, to_place))
        self.add_buffer("slot_places", np.concatenate(places))
        self.add_buffer("slot_values", np.concatenate(values))
        self.add_buffer("inverse_values", np.concatenate(inverse))

    def _way_back(self, i: int, column: Column, kept: np.ndarray) -> np.ndarray:
        """Values of a column's output columns, and behind them the value that a row of zeros stands for."""
        own = column_values(self.categories[i], column)
        grouped = own
        if self.groups[i] is not None:
            frequent = self.groups[i] < self.groups[i].max()
            grouped = np.append(own[frequent], self._infrequent_value(column))
        zero: Any = self._unknown_value(column)
        if self.drops[i] is not None:
            zero = (own if self.ignores[i] or self.widths[i] == 0 else grouped)[self.drops[i]]
        return np.append(grouped[kept], zero)

    def _ones(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Place of the one of every column in a row, and that one, or 0 where there is none."""
        slots = self._slots(x)
        shape = (x.shape[0], self.n_features_in_)
        places = self.slot_places.index_select(0, slots).reshape(shape)
        values = self.slot_values.index_select(0, slots).reshape(shape)
        if not self.keeps_all:
            places, values = take_columns(places, self.kept), take_columns(values, self.kept)
        return places, values

    def _transform(self, x: Tensor) -> Tensor:
        result = x.new_zeros((x.shape[0], self.n_features_out))
        places, values = self._ones(x)
        if self.n_features_out == 0:
            return result
        return result.scatter(1, places, values)

    def fused_linear(self, x: Tensor, weight: Tensor) -> Tensor:
        """The sum of the weights that the ones of a row stand before: a look-up in the place of a wide matrix."""
        places, values = self._ones(self._check(x))
        if self.n_features_out == 0:
            return x.new_zeros((x.shape[0], weight.shape[0]))
        found = weight.index_select(1, places.flatten()) * values.flatten()
        return found.reshape(weight.shape[0], x.shape[0], values.shape[1]).sum(dim=2).t()

    def _inverse_transform(self, x: Tensor) -> Tensor:
        columns: list[Tensor] = []
        for i, width in enumerate(self.widths):
            start = self.starts[i]
            if width == 0:
                columns.append(self.inverse_values[start + i].expand(x.shape[0]))
                continue
            part = x[:, start : start + width]
            zero = part.sum(dim=1) == 0
            if self.refuses_zeros[i]:
                self._check_not_zero(zero)
            index = torch.where(zero, torch.full_like(zero, width, dtype=torch.int64), part.argmax(dim=1))
            columns.append(self.inverse_values.index_select(0, index + (start + i)))
        return torch.stack(columns, dim=1)

    def _check_not_zero(self, zero: Tensor) -> None:
        if not torch.jit.is_scripting():
            if torch.compiler.is_compiling():
                return
        if bool(zero.any()):
            refuse(
                f"{self.estimator_name}.inverse_transform got zeros only for a column at row "
                f"{int(zero.to(torch.int64).argmax())}: with handle_unknown='error' and drop=None no category is meant"
            )


@register(OrdinalEncoder, gaps=(OnnxGap.METHOD, OnnxGap.PRECISION))
class OrdinalEncoderModule(_Encoder):
    """OrdinalEncoder: the position of each category.

    Notes
    -----
    ``inverse_transform`` returns what the columns hold, as that of OneHotEncoder does. It raises where a column has
    both missing values and infrequent categories, as scikit-learn's own does.
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
    slot_values: Tensor
    inverse_values: Tensor
    inverse_starts: Tensor
    inverse_counts: Tensor
    missing_codes: Tensor
    unknown_code: Tensor
    unknown_values: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.n_features_out = self.n_features_in_
        self.dtype_name = np.dtype(estimator.dtype).name
        self.missing_value = float(estimator.encoded_missing_value)
        self.unknown = None if estimator.unknown_value is None else float(estimator.unknown_value)
        self.gaps = [estimator._missing_indices.get(i) for i in range(self.n_features_in_)]
        self.settle(self.reads())

    @classmethod
    def failing_methods(cls, estimator: Any) -> dict[str, str]:
        """``inverse_transform`` where a column has missing values and infrequent categories."""
        groups = [_infrequent(estimator, i) for i in range(len(estimator.categories_))]
        columns = [i for i in estimator._missing_indices if groups[i] is not None]
        if not columns:
            return {}
        return {
            "inverse_transform": f"OrdinalEncoder has no inverse_transform where a column, here {columns[0]}, has both "
            "missing values and infrequent categories, in scikit-learn neither"
        }

    def _fold(self, columns: list[Column], slots: list[np.ndarray]) -> None:
        values, inverse, counts = [], [], []
        for i, (column, categories) in enumerate(zip(columns, slots, strict=True)):
            n_categories, gap, group = len(self.categories[i]), self.gaps[i], self.groups[i]
            to_code = np.arange(n_categories + 1, dtype=np.float64)
            if group is not None:
                to_code[: len(group)] = group
            own = column_values(self.categories[i], column)
            frequent = own if group is None else own[: len(group)][group < group.max()]
            back = [*frequent]
            if group is not None:
                back.append(self._infrequent_value(column))
            if gap is not None:
                to_code[gap] = self.missing_value
            to_code[n_categories] = 0.0 if self.unknown is None else self.unknown
            values.append(to_code[categories])
            inverse.append(np.array(back))
            counts.append(len(back))
        dtype = np.dtype(self.dtype_name)
        self.add_buffer("slot_values", np.concatenate(values).astype(dtype).astype(np.float64))
        self.add_buffer("inverse_values", np.concatenate(inverse))
        self.add_buffer("inverse_starts", np.cumsum([0, *counts[:-1]]))
        self.add_buffer("inverse_counts", np.array(counts))
        has_gap = np.array([gap is not None for gap in self.gaps])
        # The encoded missing value of the columns that have one; infinity is the code of none.
        self.add_buffer("missing_codes", np.where(has_gap, self.missing_value, np.inf))
        self.add_buffer("unknown_code", np.array(np.inf if self.unknown is None else self.unknown))
        self.add_buffer("unknown_values", np.array([self._unknown_value(column) for column in columns]))

    def _transform(self, x: Tensor) -> Tensor:
        return self.slot_values.index_select(0, self._slots(x)).reshape(x.shape[0], self.n_features_in_)

    def _inverse_transform(self, x: Tensor) -> Tensor:
        missing = _equal(x, self.missing_codes)
        unknown = _equal(x, self.unknown_code) & ~missing
        code = torch.where(missing | unknown | torch.isnan(x), torch.zeros_like(x), x).to(torch.int64)
        inside = (code >= 0) & (code < self.inverse_counts) & ~torch.isnan(x)
        code = torch.where(inside, code, torch.zeros_like(code)) + self.inverse_starts
        values = self.inverse_values.index_select(0, code.flatten()).reshape(x.shape[0], self.n_features_in_)
        values = torch.where(inside, values, torch.full_like(values, float("nan")))
        values = torch.where(missing, torch.full_like(values, float("nan")), values)
        return torch.where(unknown, self.unknown_values, values)


def _equal(x: Tensor, value: Tensor) -> Tensor:
    """Equality to which NaN is equal to NaN."""
    return (x == value) | (torch.isnan(x) & torch.isnan(value))


@register(TargetEncoder, gaps=(OnnxGap.METHOD, OnnxGap.PRECISION))
class TargetEncoderModule(CategoryModule):
    """TargetEncoder: the shrunk mean of the target in each category; an unknown one has the mean of all."""

    slot_categories: Tensor
    slot_offsets: Tensor
    slot_counts: Tensor
    numbers: Tensor
    number_starts: Tensor
    number_stops: Tensor
    holds_numbers: Tensor
    labels: list[str]
    vocabulary: list[str]
    slot_rows: Tensor
    encodings_: Tensor
    target_mean_: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator, False)
        self.n_targets = len(estimator.classes_) if estimator.target_type_ == "multiclass" else 1
        width = self.n_targets
        features = [
            np.stack(estimator.encodings_[i * width : (i + 1) * width], axis=1) for i in range(self.n_features_in_)
        ]
        self.add_parameter("encodings_", np.concatenate(features))
        self.add_parameter("target_mean_", np.reshape(estimator.target_mean_, -1))
        self.settle(self.reads())

    def _fold(self, columns: list[Column], slots: list[np.ndarray]) -> None:
        starts = np.cumsum([0, *(len(part) for part in self.categories[:-1])])
        rows = [np.where(part >= 0, part + start, -1) for part, start in zip(slots, starts, strict=True)]
        self.add_buffer("slot_rows", np.concatenate(rows))

    def _transform(self, x: Tensor) -> Tensor:
        rows = self.slot_rows.index_select(0, self._slots(x))
        means = self.encodings_.index_select(0, rows.clamp(min=0))
        means = torch.where((rows >= 0).unsqueeze(1), means, self.target_mean_)
        return means.reshape(x.shape[0], self.n_features_in_ * self.n_targets)
