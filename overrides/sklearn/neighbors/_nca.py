"""NeighborhoodComponentsAnalysis: a linear map."""

from typing import Any

import torch
from sklearn.neighbors import NeighborhoodComponentsAnalysis as SkNeighborhoodComponentsAnalysis
from torch import Tensor

from ...core.module import Module
from ...core.registry import OnnxGap, register


@register(SkNeighborhoodComponentsAnalysis, gaps=OnnxGap.SPEED)
class NeighborhoodComponentsAnalysis(Module):
    """``x @ components_.T``."""

    components_: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.add_parameter("components_", estimator.components_)

    def _transform(self, x: Tensor) -> Tensor:
        return torch.mm(x, self.components_.t())
