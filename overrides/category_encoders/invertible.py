"""Encoders of category_encoders with a way back: each finds the code of a category, and then the category itself."""

from typing import Any

import category_encoders as ce
import numpy as np
import torch
from torch import Tensor

from ..core.module import refuse
from ..core.registry import OnnxGap, register
from ..encoding.columns import WORD, Column
from ..functional.lookup import exact_index_by_column
from .encoders import CategoryEncoder


@register(
    ce.BaseNEncoder,
    ce.BinaryEncoder,
    ce.OneHotEncoder,
    ce.OrdinalEncoder,
    gaps=(OnnxGap.CONVERTER, OnnxGap.PRECISION),
)
class InvertibleEncoder(CategoryEncoder):
    """OrdinalEncoder, OneHotEncoder and BaseNEncoder: the code of a category, its ones or its digits, and back.

    ``inverse_transform`` returns what the columns hold, numbers or codes of words; NaN where no category is meant.

    Attributes
    ----------
    digit_places, digit_weights : Tensor of shape (n_features_in_, n_digits)
        Columns of the result that belong to a column of the rows, and what each adds to its code.
    codes, decoded : Tensor of shape (n_codes,)
        Per column the known codes, ascending, and the categories behind them.
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
    slot_refused: Tensor
    encodings_: Tensor
    value_starts: Tensor
    sources: Tensor
    is_passed: Tensor
    digit_places: Tensor
    digit_weights: Tensor
    codes: Tensor
    code_starts: Tensor
    code_stops: Tensor
    decoded: Tensor
    holds_passed: Tensor
    lacks_gaps: Tensor

    def __init__(self, estimator: Any) -> None:
        names = list(estimator.feature_names_in_)
        super().__init__(estimator)
        tables = self.code_tables
        self.is_one_hot = isinstance(estimator, ce.OneHotEncoder)
        self.n_features_out = len(self.source_list)
        out = [str(name) for name in estimator.get_feature_names_out()]
        digits = [_digits_of(estimator, name, out) for name in names]
        longest = max([1, *(len(places) for places, _ in digits)])
        shape = (len(names), longest)
        places, weights = np.full(shape, self.n_features_out), np.zeros(shape)
        for i, (found, worth) in enumerate(digits):
            places[i, : len(found)], weights[i, : len(found)] = found, worth
        self.n_digits = longest
        self.add_buffer("digit_places", places)
        self.add_buffer("digit_weights", weights)
        stops = np.cumsum([len(codes) for codes, _ in tables])
        self.add_buffer("codes", np.concatenate([*(np.sort(codes) for codes, _ in tables), np.empty(0)]))
        self.add_buffer("code_stops", stops)
        self.add_buffer("code_starts", np.concatenate([[0], stops[:-1]]))
        self.longest_code = max(len(codes) for codes, _ in tables)
        self.add_buffer("holds_passed", ~np.array(self.encoded))
        whole = [
            np.dtype(dtype).kind in "biu" if self.passed_numbers[i] and isinstance(dtype, np.dtype) else False
            for i, dtype in enumerate(estimator.feature_dtypes_in_)
        ]
        self.add_buffer("lacks_gaps", np.array(whole) & np.array(self.encoded))

    def _prepare(self, estimator: Any) -> None:
        self.code_tables = [_codes_of(estimator, name) for name in estimator.feature_names_in_]

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """Functions for unknown words, codes that stand for two categories, and names that are taken for digits."""
        name = type(estimator).__name__
        if callable(estimator.handle_unknown):
            return f"{name} with handle_unknown={estimator.handle_unknown!r} calls a function on every unknown value"
        reason = CategoryEncoder.unsupported_reason(estimator)
        if reason is not None:
            return reason
        for column in estimator.cols:
            codes, _ = _codes_of(estimator, column)
            if len(np.unique(codes)) < len(codes):
                return f"{name} maps two categories of column {column!r} to one code: there is no way back"
            if isinstance(estimator, ce.BaseNEncoder):
                taken = [str(out) for out in estimator.get_feature_names_out() if _is_digit(str(out), str(column))]
                if len(taken) != len(_entry(estimator.mapping, column).columns) and not estimator.invariant_cols:
                    return f"{name} takes columns {taken} for the digits of column {column!r}: give them other names"
        return None

    @classmethod
    def failing_methods(cls, estimator: Any) -> dict[str, str]:
        """``inverse_transform`` where drop_invariant dropped columns."""
        if not len(estimator.invariant_cols):
            return {}
        return {
            "inverse_transform": f"{type(estimator).__name__} dropped columns of its result (drop_invariant=True): "
            "there is no way back, in category_encoders neither"
        }

    def _fold(self, columns: list[Column], slots: list[np.ndarray]) -> None:
        super()._fold(columns, slots)
        decoded = []
        for column, (codes, categories) in zip(columns, self.code_tables, strict=True):
            values = [_held(category, column) for category in categories]
            decoded += [values[k] for k in np.argsort(codes)]
        self.add_buffer("decoded", np.array([*decoded, np.nan]))

    def _inverse_transform(self, x: Tensor) -> Tensor:
        wide = torch.cat([x, x.new_zeros((x.shape[0], 1))], dim=1)
        digits = wide.index_select(1, self.digit_places.flatten())
        digits = digits.reshape(x.shape[0], self.n_features_in_, self.n_digits)
        if self.is_one_hot:
            code = ((digits == 1).to(x.dtype) * self.digit_weights).amax(dim=2)
        else:
            code = (digits * self.digit_weights).sum(dim=2)
        place = exact_index_by_column(self.codes, self.code_starts, self.code_stops, self.longest_code, code)
        nowhere = torch.full_like(place, self.decoded.shape[0] - 1)
        place = torch.where(place >= 0, place + self.code_starts, nowhere)
        found = self.decoded.index_select(0, place.flatten()).reshape(code.shape)
        found = torch.where(self.holds_passed, digits[:, :, 0], found)
        self._refuse_gaps(found)
        return found

    def _refuse_gaps(self, found: Tensor) -> None:
        if not torch.jit.is_scripting():
            if torch.compiler.is_compiling():
                return  # a graph cannot raise
        if bool((torch.isnan(found) & self.lacks_gaps).any()):
            refuse(
                f"{self.estimator_name}.inverse_transform got rows of no known category in a column that was fitted on "
                "whole numbers, which hold no gap"
            )


def _entry(mapping: list[dict[str, Any]], name: Any) -> Any:
    return next(entry["mapping"] for entry in mapping if entry["col"] == name)


def _codes_of(estimator: Any, name: Any) -> tuple[np.ndarray, list[Any]]:
    """Codes of a column's categories as the way back finds them, and the categories; none of one that is handed on."""
    if name not in estimator.cols:
        return np.empty(0), []
    inner = estimator if isinstance(estimator, ce.OrdinalEncoder) else estimator.ordinal_encoder
    mapping = _entry(inner.mapping, name)
    codes = mapping.to_numpy(dtype=np.float64)
    return codes, mapping.index.tolist()


def _is_digit(out: str, name: str) -> bool:
    number = out.removeprefix(f"{name}_")
    return number != out and number[:1].isdigit()


def _digits_of(estimator: Any, name: Any, out: list[str]) -> tuple[list[int], np.ndarray]:
    """Columns of the result behind a column of the rows, and the weight of each in its code."""
    if name not in estimator.cols or isinstance(estimator, ce.OrdinalEncoder):
        return [out.index(str(name))], np.ones(1)
    mapping = _entry(estimator.mapping, name)
    present = {column: out.index(str(column)) for column in mapping.columns if str(column) in out}
    places = list(present.values())
    if isinstance(estimator, ce.OneHotEncoder):
        positive = mapping.index[mapping.index > 0]
        weight = dict(zip(mapping.columns, positive, strict=False))
        return places, np.array([float(weight.get(column, 0)) for column in present])
    if estimator.base == 1:
        return places, np.array([float(str(column).rsplit("_", 1)[-1]) for column in present])
    return places, float(estimator.base) ** np.arange(len(places))[::-1]


def _held(category: Any, column: Column) -> float:
    """A category as the column holds it."""
    if isinstance(category, str):
        return column.codes.get(category, -1.0) if column.kind == WORD else np.nan
    return float(category) if category is not None else np.nan
