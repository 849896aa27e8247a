"""``sklearn.preprocessing._function_transformer``: FunctionTransformer."""

from typing import Any

import torch
from sklearn.preprocessing import FunctionTransformer
from torch import Tensor, nn

from ...core.facts import once
from ...core.module import WHOLE, Module, check_rows
from ...core.registry import OnnxGap, register
from ...encoding.columns import ANY, DATE, UNUSED, Column, starts_of
from ...encoding.dtypes import MOMENTS
from ...functional.csr import column_range, rows_between, side_by_side
from ...tracing import (
    ConvertedFunction,
    FunctionError,
    Observed,
    convert_function,
    function_bounds,
    name_of,
    observed,
)


@register(FunctionTransformer, gaps=(OnnxGap.CONVERTER, OnnxGap.METHOD))
class FunctionTransformerModule(Module):
    """FunctionTransformer: a function of rows, and its inverse; without one the rows pass.

    Notes
    -----
    - A function computes in the types of the sample that was given: integers wrap around where their type ends, as
      numpy's do. Without a sample that is float64, and ``encode`` refuses types in which the function gives other
      results. Narrower floats are taken as the float64 numbers that they are.
    - A function is one of numpy's or scipy's, one made of their calls, which are traced as tensor operations and
      compared with the function on drawn rows, one that is written in torch, or one for which
      :func:`bridge.register_function` has named a torch function. ``kw_args`` and ``inv_kw_args`` are part of it.
    - One that was fitted on a data frame takes frames, with the names of their columns, where ``validate`` is off.
    - One that only picks columns passes words and documents on to the steps behind it.
    - Results are numbers: truth values are 0 and 1.
    """

    blocks: list[tuple[int, int]]

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        forward, backward = _converted(estimator)
        self.func: nn.Module = nn.Identity() if forward is None else forward.module
        self.inverse_func: nn.Module = nn.Identity() if backward is None else backward.module
        self.takes_tensors = forward is not None and forward.takes_tensors
        self.sources = tuple(range(max(self.n_features_in_, 0))) if forward is None else forward.sources
        self.n_features_out = self.n_features_in_ if forward is None else forward.width
        self.is_flat = forward is not None and forward.is_flat
        self.own_columns: Any = _own_columns(estimator, forward)
        self.has_documents = False
        self.blocks = [] if self.sources is None else [(i, i + 1) for i in self.sources]
        self.takes_csr = self.keeps_csr = self.sources is not None
        if self.sources is not None:
            self.tile_rows = WHOLE

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """Functions that cannot be traced, or whose trace gives something else."""
        try:
            _converted(estimator)
        except FunctionError as error:
            return f"FunctionTransformer: {error}"
        return None

    @classmethod
    def precision_note(cls, estimator: Any) -> str:
        """In which types the function was traced."""
        found = observed(estimator)
        types = sorted({name for name in found.types if name[:3] in ("int", "uin", "boo")}) if found else []
        if not types:
            return ""
        return f"the function is traced for columns of {', '.join(types)}, as the sample has them"

    def sample_inputs(self, n_samples: int) -> Any:
        """Tensors for a function that takes no arrays."""
        if not self.takes_tensors:
            return None
        generator = torch.Generator().manual_seed(0)
        return torch.randn((n_samples, max(self.n_features_in_, 1)), generator=generator, dtype=torch.float64) + 0.5

    def reads(self) -> list[Column]:
        """Numbers; nothing where columns are only picked."""
        if self.sources is None:
            return list(self.own_columns) or super().reads()
        return [Column(ANY if i in self.sources else UNUSED) for i in range(max(self.n_features_in_, 0))]

    def passes(self) -> list[int]:
        """The columns that are only picked."""
        return [] if self.sources is None else list(self.sources)

    def settle(self, columns: list[Column]) -> list[Column]:
        """The picked columns as they come; those with documents in them are as wide as what is counted there."""
        if self.sources is None:
            return []
        starts = starts_of(columns)
        self.has_documents = any(column.readers for column in columns)
        if self.has_documents:
            self.n_features_in_ = starts[-1]
            self.blocks = [(starts[i], starts[i + 1]) for i in self.sources]
        return [columns[i] for i in self.sources]

    def example_rows(self, method: str, n_samples: int) -> Tensor:
        """Rows for ``transform``; for ``inverse_transform`` numbers, where the function gives one a row."""
        rows = super().example_rows(method, n_samples)
        return rows[:, 0] if self.is_flat and method == "inverse_transform" else rows

    def _check_inverse(self, x: Tensor) -> Tensor:
        if self.is_flat and isinstance(x, Tensor):
            if x.dim() == 1:
                return x.to(self.anchor)
        return check_rows(x, self.n_features_out, self.estimator_name + ".inverse_transform", self.anchor)

    def _transform(self, x: Tensor) -> Tensor:
        if self.has_documents or x.layout != torch.strided:
            return self._picked(x)
        result: Tensor = self.func(x)
        return result

    def _picked(self, x: Tensor) -> Tensor:
        """The picked columns, of documents the blocks that stand for them."""
        parts: list[Tensor] = []
        for first, last in self.blocks:
            parts.append(column_range(x, first, last))
        if len(parts) == 0:
            return rows_between(x, 0, x.shape[0])[:, :0]
        rows = side_by_side(parts)
        return rows_between(rows, 0, x.shape[0]).squeeze(1) if self.is_flat and not self.has_documents else rows

    def _inverse_transform(self, x: Tensor) -> Tensor:
        result: Tensor = self.inverse_func(x)
        return result


@once
def _converted(estimator: Any) -> tuple[ConvertedFunction | None, ConvertedFunction | None]:
    """The function and its inverse; None for one that there is not."""
    width = int(getattr(estimator, "n_features_in_", -1))
    forward = _function(estimator, "func", "kw_args", width, _names(estimator), observed(estimator))
    back = width if forward is None else forward.width
    return forward, _function(estimator, "inverse_func", "inv_kw_args", back, None)


def _function(
    estimator: Any, option: str, keywords: str, width: int, names: tuple[str, ...] | None, given: Observed | None = None
) -> ConvertedFunction | None:
    """A function of a FunctionTransformer, or None where there is not.

    Raises
    ------
    FunctionError
        Names the option and the function.
    """
    function = getattr(estimator, option)
    if function is None:
        return None
    try:
        return convert_function(function, getattr(estimator, keywords), width, names, given)
    except FunctionError as error:
        raise FunctionError(f"{option}={name_of(function)} is Python that a graph cannot hold: {error}") from error


def _names(estimator: Any) -> tuple[str, ...] | None:
    """Names of the columns of the frames that the function takes; None where it takes arrays."""
    names = getattr(estimator, "feature_names_in_", None)
    return None if names is None or estimator.validate else tuple(str(name) for name in names)


def _own_columns(estimator: Any, forward: ConvertedFunction | None) -> tuple[Column, ...]:
    """What a traced function reads in each column: none where it only picks some, or where that is not known."""
    if forward is None or not forward.types or forward.sources is not None or forward.width < 0:
        return ()
    bounds = function_bounds(estimator.func, estimator.kw_args, forward, _names(estimator))
    return tuple(_column(str(dtype), own) for dtype, own in zip(forward.types, bounds, strict=True))


def _column(dtype: str, bounds: tuple[tuple[str, float], ...]) -> Column:
    if dtype == "datetime64[ns]":
        return Column(DATE, dtype=MOMENTS)
    return Column(bounds=bounds) if dtype == "float64" else Column(dtype=dtype)
