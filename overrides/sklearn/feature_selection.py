"""``sklearn.feature_selection``: every selector keeps some of the columns; RFE and RFECV predict on those."""

import warnings
from typing import Any

import numpy as np
import torch
from sklearn.feature_selection import (
    RFE,
    RFECV,
    GenericUnivariateSelect,
    SelectFdr,
    SelectFpr,
    SelectFromModel,
    SelectFwe,
    SelectKBest,
    SelectPercentile,
    SequentialFeatureSelector,
    VarianceThreshold,
)
from sklearn.utils import get_tags
from torch import Tensor, nn

from ..core.facts import facts_of
from ..core.module import WHOLE, Module
from ..core.registry import OnnxGap, register
from ..encoding.columns import Column
from ..functional.csr import select_columns
from ..functional.graph import in_graph
from ..functional.selection import take_columns


def _warn_of_nothing() -> None:
    """scikit-learn's warning; not in TorchScript, nor in a graph."""
    if not torch.jit.is_scripting():
        if not in_graph():
            _warn()


def _warn() -> None:
    text = "No features were selected: either the data is too noisy or the selection test too strict."
    warnings.warn(text, UserWarning, stacklevel=2)


@register(
    GenericUnivariateSelect,
    SelectFdr,
    SelectFpr,
    SelectFromModel,
    SelectFwe,
    SelectKBest,
    SelectPercentile,
    SequentialFeatureSelector,
    VarianceThreshold,
    gaps=(OnnxGap.METHOD, OnnxGap.CONVERTER),
)
class Selector(Module):
    """The columns that were selected, and zeros for the others on the way back.

    Attributes
    ----------
    support : Tensor of int64, shape (n_selected,)
        The selected columns.

    Notes
    -----
    A selector that selected nothing gives rows of no columns, and warns of it as scikit-learn's does, but for graphs
    and TorchScript.
    """

    support: Tensor
    places: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        mask = np.asarray(estimator.get_support())
        self.n_features_in_ = len(mask)
        self.n_features_out = int(mask.sum())
        self.add_buffer("support", np.flatnonzero(mask))
        # Behind the selected columns stands one of zeros.
        self.add_buffer("places", np.where(mask, np.cumsum(mask) - 1, self.n_features_out))
        self.takes_csr = self.keeps_csr = True
        self.tile_rows = WHOLE
        # A gap in a column that is left out must not meet a weight of 0.
        self.is_affine = not get_tags(estimator).input_tags.allow_nan

    @classmethod
    def failing_methods(cls, estimator: Any) -> dict[str, str]:
        """``inverse_transform`` of rows without columns."""
        if not hasattr(estimator, "inverse_transform") or np.asarray(estimator.get_support()).any():
            return {}
        return {
            "inverse_transform": f"{type(estimator).__name__} selected no features: of rows without columns there is "
            "no way back, in scikit-learn neither"
        }

    def passes(self) -> list[int]:
        """The selected columns."""
        return [int(i) for i in self.support]

    def settle(self, columns: list[Column]) -> list[Column]:
        """Those of the selected columns."""
        return [columns[i] for i in self.passes()]

    @torch.jit.export
    def fold_weight(self, weight: Tensor) -> Tensor:
        """0 for the columns that are left out."""
        return self._inverse_transform(weight)

    @torch.jit.export
    def fold_bias(self, weight: Tensor) -> Tensor:
        """Nothing."""
        return weight.new_zeros(weight.shape[0])

    def _transform(self, x: Tensor) -> Tensor:
        if self.n_features_out == 0:
            _warn_of_nothing()
        if x.layout != torch.strided:
            places = self.places.masked_fill(self.places == self.n_features_out, -1)
            return select_columns(x, places, self.n_features_out)
        return take_columns(x, self.support)

    def _inverse_transform(self, x: Tensor) -> Tensor:
        return take_columns(torch.cat([x, x.new_zeros((x.shape[0], 1))], dim=1), self.places)


@register(RFE, RFECV, gaps=(OnnxGap.METHOD, OnnxGap.CONVERTER))
class RecursiveElimination(Selector):
    """RFE and RFECV: a selector, and the estimator on what it selects, at ``estimator_``."""

    support: Tensor
    places: Tensor

    def __init__(self, estimator: Any, children: dict[str, nn.Module]) -> None:
        super().__init__(estimator)
        child: Any = children["estimator_"]
        self.tile_rows = min(self.tile_rows, child.tile_rows)
        self.estimator_ = child
        classes = getattr(estimator, "classes_", None)
        if classes is not None and not isinstance(classes, list) and hasattr(estimator, "predict"):
            self.set_classes(classes)

    @staticmethod
    def children_of(estimator: Any) -> dict[str, Any]:
        """The estimator fitted to the selected columns."""
        return {"estimator_": estimator.estimator_}

    @staticmethod
    def multi_output_methods(estimator: Any) -> tuple[str, ...]:
        """Those of the estimator."""
        return facts_of(estimator.estimator_).multi_output_methods

    # TorchScript infers what these return, a tensor or a list of them, from the estimator.

    def _predict(self, x: Tensor):  # type: ignore[no-untyped-def]
        return self.estimator_.predict(self._transform(x))

    def _predict_proba(self, x: Tensor):  # type: ignore[no-untyped-def]
        return self.estimator_.predict_proba(self._transform(x))

    def _predict_log_proba(self, x: Tensor):  # type: ignore[no-untyped-def]
        return self.estimator_.predict_log_proba(self._transform(x))

    def _decision_function(self, x: Tensor):  # type: ignore[no-untyped-def]
        return self.estimator_.decision_function(self._transform(x))
