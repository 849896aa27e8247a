"""``feature_engine``: transformers whose state is a number per named column; the other columns are handed on."""

from typing import Any

import numpy as np
import torch
from feature_engine import imputation, outliers, selection
from torch import Tensor

from ..core.module import Module, refuse
from ..core.registry import OnnxGap, register
from ..encoding.columns import ANY, UNUSED, Column
from ..sklearn.feature_selection import Selector


@register(
    selection.DropConstantFeatures,
    selection.DropCorrelatedFeatures,
    selection.DropDuplicateFeatures,
    selection.DropFeatures,
    gaps=(OnnxGap.METHOD, OnnxGap.CONVERTER),
)
class NamedSelector(Selector):
    """The columns that are not in ``features_to_drop_``."""

    support: Tensor
    places: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.is_affine = False  # a gap in a column that is left out must not meet a weight of 0

    def reads(self) -> list[Column]:
        """Whatever the columns hold that are handed on."""
        kept = set(self.passes())
        return [Column(ANY if i in kept else UNUSED) for i in range(self.n_features_in_)]


class NamedColumns(Module):
    """Columns of numbers that are changed, by name, and others that are handed on."""

    changed: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.n_features_in_ = len(estimator.feature_names_in_)
        names = list(estimator.feature_names_in_)
        self.changed_list = [name in estimator.variables_ for name in names]
        self.labels = [str(name) for name in names]
        self.add_buffer("changed", np.array(self.changed_list))

    def reads(self) -> list[Column]:
        """Numbers in the columns that are changed."""
        return [Column() if changed else Column(ANY) for changed in self.changed_list]

    def passes(self) -> list[int]:
        """The columns that are handed on."""
        return [-1 if changed else i for i, changed in enumerate(self.changed_list)]

    def settle(self, columns: list[Column]) -> list[Column]:
        """Those that are handed on as they come."""
        return [Column() if changed else column for column, changed in zip(columns, self.changed_list, strict=True)]

    def _by_column(self, estimator: Any, values: dict[Any, Any], missing: float) -> np.ndarray:
        """A value per column, and another for columns without one."""
        return np.array([float(values.get(name, missing)) for name in estimator.feature_names_in_])


@register(
    imputation.ArbitraryNumberImputer,
    imputation.EndTailImputer,
    imputation.MeanMedianImputer,
    gaps=(OnnxGap.CONVERTER, OnnxGap.PRECISION),
)
class NumberImputer(NamedColumns):
    """A number per column in the place of gaps."""

    changed: Tensor
    imputer_dict_: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.add_parameter("imputer_dict_", self._by_column(estimator, estimator.imputer_dict_, 0.0))

    def _transform(self, x: Tensor) -> Tensor:
        return torch.where(torch.isnan(x) & self.changed, self.imputer_dict_, x)


@register(outliers.ArbitraryOutlierCapper, outliers.Winsorizer, gaps=(OnnxGap.CONVERTER, OnnxGap.PRECISION))
class OutlierCapper(NamedColumns):
    """Numbers between a lower and an upper cap per column."""

    changed: Tensor
    lower: Tensor
    upper: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.refuses_gaps = estimator.missing_values == "raise"
        self.add_buffer("lower", self._by_column(estimator, estimator.left_tail_caps_, -np.inf))
        self.add_buffer("upper", self._by_column(estimator, estimator.right_tail_caps_, np.inf))

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """Columns that say where a cap was met."""
        if getattr(estimator, "add_indicators", False):
            return f"{type(estimator).__name__} with add_indicators=True: only the capped columns are converted"
        return None

    def _transform(self, x: Tensor) -> Tensor:
        if self.refuses_gaps:
            self._refuse_gaps(x)
        capped = torch.where(x > self.upper, self.upper, x)
        return torch.where(capped < self.lower, self.lower, capped)

    def _refuse_gaps(self, x: Tensor) -> None:
        if not torch.jit.is_scripting():
            if torch.compiler.is_compiling():
                return  # a graph cannot raise
        if bool((~torch.isfinite(x) & self.changed).any()):
            refuse(
                f"{self.estimator_name} got missing or infinite numbers: fill them before, or fit with "
                "missing_values='ignore'"
            )
