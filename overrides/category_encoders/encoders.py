"""Every encoder of category_encoders that maps the categories of a column to numbers, by itself."""

import contextlib
import importlib.util
from dataclasses import replace
from typing import Any

import category_encoders as ce
import numpy as np
import torch
from torch import Tensor

from ..core.module import refuse
from ..core.registry import OnnxGap, register
from ..encoding.columns import ANY, Column
from ..encoding.rules import NO_NUMBERS
from ..functional.selection import take_columns
from ..sklearn.preprocessing._categories import CategoryModule, column_of, objection_to
from ._tables import ask_tables, known_categories

_ADVICE = "use one of its encoders that maps the categories of one column"


# category_encoders does not require statsmodels, by which this one fits.
_WITH_STATSMODELS = () if importlib.util.find_spec("statsmodels") is None else (ce.GLMMEncoder,)


class _WithCategories:
    """The names under which scikit-learn's encoders keep what was learned."""

    def __init__(self, estimator: Any, categories: list[np.ndarray]) -> None:
        self.categories_ = categories
        self.feature_names_in_ = estimator.feature_names_in_


@register(
    ce.BackwardDifferenceEncoder,
    ce.CatBoostEncoder,
    ce.CountEncoder,
    ce.CountTargetEncoder,
    *_WITH_STATSMODELS,
    ce.HelmertEncoder,
    ce.JamesSteinEncoder,
    ce.LeaveOneOutEncoder,
    ce.MEstimateEncoder,
    ce.PolynomialEncoder,
    ce.QuantileEncoder,
    ce.SumEncoder,
    ce.TargetEncoder,
    ce.WOEEncoder,
    gaps=(OnnxGap.CONVERTER, OnnxGap.PRECISION),
)
class CategoryEncoder(CategoryModule):
    """An encoder of category_encoders: ``transform`` of rows without a target, by the table that it gave when asked.

    Other columns are handed on.

    Attributes
    ----------
    encodings_ : Parameter of shape (n_values,)
        Per column of the result: what an unknown category is mapped to, and each known one.
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

    def __init__(self, estimator: Any) -> None:
        categories = known_categories(estimator)
        tables = ask_tables(estimator, categories)
        refused = tables.refused
        super().__init__(_WithCategories(estimator, categories), any(part.any() for part in refused))
        self.estimator_name = type(estimator).__name__
        self.refused = refused
        self.encoded = [name in estimator.cols for name in estimator.feature_names_in_]
        self.passed_numbers = [_is_numeric(dtype) for dtype in estimator.feature_dtypes_in_]
        self.source_list = tables.sources.tolist()
        self.passed_list = tables.is_passed.tolist()
        self.passes_some = any(self.passed_list)
        self.add_parameter("encodings_", np.concatenate([[0.0], *tables.values]))
        lengths = [len(part) for part in tables.values]
        starts = np.cumsum([1, *lengths[:-1]])[: len(lengths)]
        self.add_buffer("value_starts", np.where(tables.is_passed, 0, starts))
        self.add_buffer("sources", tables.sources)
        self.add_buffer("is_passed", tables.is_passed)
        self._prepare(estimator)
        self.settle(self.reads())

    def _prepare(self, estimator: Any) -> None:
        """Take what a subclass folds when the columns are settled."""

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """Columns encoded together, functions for unknown words, and categories that do not enter a tensor."""
        name = type(estimator).__name__
        if getattr(estimator, "composite_cols", None):
            return f"{name} with composite_cols encodes several columns together: {_ADVICE}"
        if getattr(estimator, "hierarchy", None) is not None:
            return f"{name} with hierarchy encodes a column by others: {_ADVICE}"
        return objection_to(known_categories(estimator), name)

    @staticmethod
    def feature_names(estimator: Any) -> list[str] | None:
        """Names of the columns; None where the encoder numbered them itself."""
        names = list(estimator.feature_names_in_)
        return names if all(isinstance(name, str) for name in names) else None

    def reads(self) -> list[Column]:
        """The categories of each encoded column; the others are handed on."""
        columns = []
        for i, part in enumerate(self.categories):
            if not self.encoded[i]:
                columns.append(Column() if self.passed_numbers[i] else Column(ANY))
                continue
            column = column_of(part, bool(self.refused[i][0]))
            columns.append(replace(column, rules=column.rules - {NO_NUMBERS}))
        return columns

    def passes(self) -> list[int]:
        """The column behind each one that is handed on."""
        return [source if passed else -1 for source, passed in zip(self.source_list, self.passed_list, strict=True)]

    def _columns_out(self, columns: list[Column]) -> list[Column]:
        return [columns[source] if source >= 0 else Column() for source in self.passes()]

    def _fold(self, columns: list[Column], slots: list[np.ndarray]) -> None:
        refused = [
            part[found + 1] if len(part) else np.zeros(len(found), dtype=bool)
            for part, found in zip(self.refused, slots, strict=True)
        ]
        self.add_buffer("slot_refused", np.concatenate(refused))

    def _refuse_unknown(self, x: Tensor, slots: Tensor) -> None:
        if not torch.jit.is_scripting():
            if torch.compiler.is_compiling():
                return  # a graph cannot raise
        refused = self.slot_refused.index_select(0, slots)
        if bool(refused.any()):
            first = int(refused.to(torch.int64).argmax())
            row, column = first // self.n_features_in_, first % self.n_features_in_
            value = self._value(x, row, column)
            refuse(
                f"{self.estimator_name} got {value} in column {self.labels[column]} at row {row}, which it was fitted "
                "to refuse (handle_unknown, handle_missing)"
            )

    def _transform(self, x: Tensor) -> Tensor:
        found = self.slot_categories.index_select(0, self._slots(x)) + 1
        found = found.reshape(x.shape[0], self.n_features_in_)
        places = take_columns(found, self.sources) + self.value_starts
        result = self.encodings_.index_select(0, places.flatten()).reshape(x.shape[0], self.sources.shape[0])
        if not self.passes_some:
            return result
        return torch.where(self.is_passed, take_columns(x, self.sources), result)


def _is_numeric(dtype: Any) -> bool:
    with contextlib.suppress(TypeError):
        return np.dtype(dtype).kind in "biuf"
    return bool(getattr(dtype, "_is_numeric", False))
