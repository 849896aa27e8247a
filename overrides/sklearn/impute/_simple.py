"""SimpleImputer and MissingIndicator."""

from typing import Any

import numpy as np
import torch
from sklearn.impute import MissingIndicator as SkMissingIndicator
from sklearn.impute import SimpleImputer as SkSimpleImputer
from torch import Tensor

from ...core.installed import sklearn_at_least
from ...core.module import Module, refuse
from ...core.registry import OnnxGap, register
from ...encoding.columns import ANY, NUMBER, WORD, Column
from ...encoding.rules import (
    APART,
    CAST_LATER,
    IMPUTED,
    NAN_IS_NONE,
    NONE,
    NONE_IS_NAN,
    NONE_WAS_NAN,
    OBJECTS,
    OWN_FLOATS,
)
from ...functional.selection import take_columns


def _marker(missing: Any, objects: bool = False) -> Column:
    """What a column must tell apart so that the placeholder of missing values is found in it."""
    if isinstance(missing, str):
        return Column(WORD, (missing,), rules=frozenset({APART}))
    if missing is None:
        return Column(WORD, (None,), rules=frozenset({APART, OBJECTS}))
    return Column(ANY, rules=_rules(missing, objects))


def _rules(missing: Any, objects: bool) -> frozenset[str]:
    """How the comparison with the placeholder tells values apart: NaN is what differs from itself, pd.NA any gap."""
    if type(missing).__name__ == "NAType":
        return frozenset({NONE_IS_NAN})
    own = {APART, OBJECTS} if objects else {APART}
    return frozenset(own | {IMPUTED} if _is_nan(missing) else own)


def _number(missing: Any) -> float:
    """The placeholder among numbers; NaN for every kind of missing value."""
    return float(missing) if isinstance(missing, (int, float, np.number)) else float("nan")


class Masked(Module):
    """What is missing in each column: NaN, or the number or code that stands for it."""

    placeholder: Tensor

    second: Tensor

    def _settle_placeholder(self, missing: Any, columns: list[Column]) -> None:
        first = np.array([_placeholder(missing, column) for column in columns], dtype=np.float64)
        second = np.array([_second(missing, column) for column in columns], dtype=np.float64)
        self.has_second = not np.isposinf(second).all()
        self.marks_nan = bool(np.isnan([first, second]).any())
        self.marks_values = not bool(np.isnan(first).all()) or self.has_second
        self.add_buffer("placeholder", first)
        self.add_buffer("second", second)

    def _mask(self, x: Tensor) -> Tensor:
        if not self.marks_values:
            return torch.isnan(x)
        mask = x == self.placeholder
        gaps = torch.isnan(self.placeholder)
        if self.has_second:
            mask = mask | (x == self.second)
            gaps = gaps | torch.isnan(self.second)
        return mask | (torch.isnan(x) & gaps) if self.marks_nan else mask


def _second(missing: Any, column: Column) -> float:
    """The other gap, where the table of another library, on the way here, made one of None and NaN."""
    if missing is None and NAN_IS_NONE in column.rules:
        return np.nan
    return column.none if _is_nan(missing) and NONE_WAS_NAN in column.rules else np.inf


def _placeholder(missing: Any, column: Column) -> float:
    """What stands for missing values in a column; infinity where nothing does."""
    if _is_nan(missing) and NAN_IS_NONE in column.rules:
        return np.inf
    if isinstance(missing, str):
        # A word has a code where the column holds words; in numbers it cannot occur.
        return column.codes.get(missing, np.inf) if column.kind == WORD else np.inf
    return column.none if missing is None else _number(missing)


@register(SkSimpleImputer, gaps=(OnnxGap.METHOD, OnnxGap.PRECISION))
class SimpleImputer(Masked):
    """SimpleImputer: missing values give way to the statistic of their column, a number or a word.

    Notes
    -----
    A column of words stays one: its codes pass, and the code of the statistic fills gaps. scikit-learn has an
    ``inverse_transform`` in any case, which raises without ``add_indicator`` and on words, and so does this. It
    takes a column that is all missing in the batch for one that was dropped; here a row's result
    does not depend on other rows.
    """

    placeholder: Tensor
    second: Tensor
    statistics_: Tensor
    none_codes: Tensor
    kept: Tensor
    indicated: Tensor
    value_places: Tensor
    gap_places: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        statistics = np.asarray(estimator.statistics_, dtype=object)
        self.n_features_in_ = len(statistics)
        self.missing = estimator.missing_values
        self.words = [value if isinstance(value, str) else None for value in statistics.tolist()]
        self.fills_none = [value is None for value in statistics.tolist()]
        # All strategies but these two cast their rows to float; words may be in any column of objects.
        self.casts = estimator.strategy not in ("most_frequent", "constant")
        self.fitted_on_objects = estimator._fit_dtype.kind == "O" and not self.casts
        dropped = np.array([_is_nan(value) for value in statistics.tolist()]) & (not estimator.keep_empty_features)
        self.add_buffer("kept", np.flatnonzero(~dropped))
        self.keeps_all = not dropped.any()
        indicated = fitted_indicator(estimator)
        self.has_indicator = indicated is not None
        self.add_buffer("indicated", np.zeros(0, dtype=np.int64) if indicated is None else indicated)
        self.n_features_out = len(self.kept) + len(self.indicated)
        self._settle_inverse()
        numbers = np.array([value if _is_number(value) else np.nan for value in statistics.tolist()], np.float64)
        with np.errstate(over="ignore"):
            self.held_in_float16 = (numbers.astype(np.float16).astype(np.float64) == numbers).tolist()
        if sklearn_at_least("1.8"):  # before, statistics filled the rows in the dtype of these
            numbers = _cast(numbers, estimator._fill_dtype)
        if any(word is not None for word in self.words) or any(self.fills_none):
            self.add_buffer("statistics_", numbers)
        else:
            self.add_parameter("statistics_", numbers)
        self.settle(self.reads())

    @classmethod
    def failing_methods(cls, estimator: Any) -> dict[str, str]:
        """``inverse_transform`` without an indicator, and on words."""
        if not estimator.add_indicator:
            return {"inverse_transform": "SimpleImputer has an inverse_transform only with add_indicator=True"}
        if any(isinstance(value, str) for value in np.asarray(estimator.statistics_, dtype=object).tolist()):
            return {"inverse_transform": "SimpleImputer has no inverse_transform of words, in scikit-learn neither"}
        return {}

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """Statistics that are neither numbers nor words, or numbers where a word stands for what is missing."""
        for value in np.asarray(estimator.statistics_, dtype=object).tolist():
            if isinstance(estimator.missing_values, str) and isinstance(value, (int, float)) and not _is_nan(value):
                return (
                    f"SimpleImputer with missing_values={estimator.missing_values!r} fills a column of numbers: one "
                    "that holds numbers and that word does not enter a tensor; read the word as NaN before"
                )
            if value is not None and not isinstance(value, (str, int, float, np.number)):
                return f"SimpleImputer fills gaps with {value!r}: only numbers and words enter a tensor"
        return None

    def sample_inputs(self, n_samples: int) -> Any:
        """Rows without a value in the columns that are dropped, for the way back.

        scikit-learn's ``inverse_transform`` knows a dropped column by its being all missing in the batch.
        """
        if self.keeps_all or not self.has_indicator or self.fitted_on_objects:
            return None
        random = np.random.default_rng(0)
        rows = np.round(random.normal(size=(n_samples, self.n_features_in_)))
        gap = float(self.missing) if isinstance(self.missing, (int, float)) else np.nan
        rows[random.random(rows.shape) < 0.2] = gap
        rows[:, np.setdiff1d(np.arange(self.n_features_in_), self.kept.cpu().numpy())] = gap
        return rows

    def reads(self) -> list[Column]:
        """The words that fill gaps and that stand for them; numbers where the statistic is one of numbers."""
        columns: list[Column] = []
        compares = not self.casts
        marker = _marker(self.missing, self.fitted_on_objects) if compares else Column(NUMBER)
        for word, is_held in zip(self.words, self.held_in_float16, strict=True):
            if word is not None:
                columns.append(Column(WORD, (word,)).joined(marker))
            elif self.fitted_on_objects:
                columns.append(marker if self.missing is not None else Column(ANY, rules=marker.rules))
            else:
                rules = _rules(self.missing, False) if compares else marker.rules
                columns.append(Column(NUMBER, rules=rules if is_held else rules | {OWN_FLOATS}))
        return columns

    def passes(self) -> list[int]:
        """The columns that stay; those of the indicator are new."""
        return [*self.kept.tolist(), *([-1] * len(self.indicated))]

    def settle(self, columns: list[Column]) -> list[Column]:
        """Look up the codes of the words that fill gaps, and of the one that stands for them."""
        self._settle_placeholder(self.missing, columns)
        with torch.no_grad():
            for i, word in enumerate(self.words):
                if word is not None:
                    self.statistics_[i] = columns[i].codes[word]
                elif self.fills_none[i]:
                    self.statistics_[i] = columns[i].none
        # None is no missing value here, and becomes NaN where the next step reads floats.
        casts = [CAST_LATER in column.rules and column.none == NONE for column in columns]
        self.casts_none = any(casts)
        self.add_buffer("none_codes", np.where(casts, NONE, np.inf))
        return [*(columns[i] for i in self.kept.tolist()), *([Column()] * len(self.indicated))]

    def _settle_inverse(self) -> None:
        """Where inverse_transform finds each column, and whether it was missing: the width of its rows if nowhere."""
        values, gaps = np.full((2, self.n_features_in_), self.n_features_out)
        values[self.kept.numpy()] = np.arange(len(self.kept))
        gaps[self.indicated.numpy()] = len(self.kept) + np.arange(len(self.indicated))
        self.add_buffer("value_places", values)
        self.add_buffer("gap_places", gaps)

    def _transform(self, x: Tensor) -> Tensor:
        mask = self._mask(x)
        filled = torch.where(mask, self.statistics_, x)
        if self.casts_none:
            filled = filled.masked_fill(filled == self.none_codes, float("nan"))
        if not self.keeps_all:
            filled = take_columns(filled, self.kept)
        if not self.has_indicator:
            return filled
        return torch.cat([filled, take_columns(mask, self.indicated).to(x.dtype)], dim=1)

    def _inverse_transform(self, x: Tensor) -> Tensor:
        # A column of zeros behind the others stands in for what was dropped, and for gaps that no one indicates.
        padded = torch.cat([x, x.new_zeros((x.shape[0], 1))], dim=1)
        values = take_columns(padded, self.value_places)
        return torch.where(take_columns(padded, self.gap_places) != 0, self.placeholder, values)


@register(SkMissingIndicator, gaps=(OnnxGap.CONVERTER, OnnxGap.PRECISION))
class MissingIndicator(Masked):
    """MissingIndicator: whether each value is missing, of the columns that had missing values in the fit or of all.

    Notes
    -----
    With ``error_on_new``, a gap in a column that had none in the fit is an InputError; a graph of torch.export or ONNX
    cannot raise.
    """

    placeholder: Tensor
    second: Tensor
    features_: Tensor
    others: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.missing = estimator.missing_values
        self.n_features_in_ = int(estimator._n_features)
        self.add_buffer("features_", np.asarray(estimator.features_, dtype=np.int64))
        others = np.setdiff1d(np.arange(self.n_features_in_), estimator.features_)
        self.refuses_new = bool(estimator.error_on_new and estimator.features == "missing-only" and len(others))
        self.add_buffer("others", others)
        self.settle(self.reads())

    def reads(self) -> list[Column]:
        """Gaps, and the word that stands for them where it is one."""
        is_word = isinstance(self.missing, str)
        column = _marker(self.missing) if is_word else Column(ANY, rules=_rules(self.missing, self.missing is None))
        return [column] * self.n_features_in_

    def settle(self, columns: list[Column]) -> list[Column]:
        """Look up the code of the word that stands for missing values."""
        self._settle_placeholder(self.missing, columns)
        return []

    def _transform(self, x: Tensor) -> Tensor:
        mask = self._mask(x)
        if self.refuses_new:
            self._check_others(mask)
        return take_columns(mask, self.features_)

    def _check_others(self, mask: Tensor) -> None:
        if not torch.jit.is_scripting():
            if torch.compiler.is_compiling():
                return
        new = mask.any(dim=0).index_select(0, self.others)
        if bool(new.any()):
            column = int(self.others[int(new.to(torch.int64).argmax())])
            refuse(f"{self.estimator_name} got missing values in column {column}, which had none in fit")


def _cast(numbers: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Numbers as an array of another dtype would hold them."""
    if dtype.kind == "f":
        return numbers.astype(dtype).astype(np.float64)
    return np.trunc(numbers) if dtype.kind in "iu" else numbers


def _is_number(value: Any) -> bool:
    return value is not None and not isinstance(value, str)


def _is_nan(value: Any) -> bool:
    return isinstance(value, (float, np.floating)) and bool(np.isnan(value))


def fitted_indicator(estimator: Any) -> np.ndarray | None:
    """The features whose gaps an imputer indicates behind its columns; None where it indicates none."""
    if not estimator.add_indicator:
        return None
    return np.asarray(estimator.indicator_.features_, dtype=np.int64)
