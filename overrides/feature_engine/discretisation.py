"""``feature_engine.discretisation``: the interval of each number, closed on the right."""

from typing import Any

import numpy as np
import torch
from feature_engine import discretisation
from torch import Tensor

from ..core.module import refuse
from ..core.registry import OnnxGap, register
from .columns import NamedColumns


@register(
    discretisation.EqualFrequencyDiscretiser,
    discretisation.EqualWidthDiscretiser,
    discretisation.GeometricWidthDiscretiser,
    gaps=(OnnxGap.CONVERTER, OnnxGap.PRECISION),
)
class Discretiser(NamedColumns):
    """The number of the interval in which a value lies; missing and infinite numbers are refused."""

    changed: Tensor
    edges: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        inner = [list(estimator.binner_dict_.get(name, ()))[1:-1] for name in estimator.feature_names_in_]
        edges = np.full((len(inner), max([1, *map(len, inner)])), np.inf)
        for i, part in enumerate(inner):
            edges[i, : len(part)] = part
        self.add_buffer("edges", edges)
        self.tile_rows = max(1, min(4096, 2**21 // edges.size))

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """Intervals as words."""
        if estimator.return_boundaries:
            return f"{type(estimator).__name__} with return_boundaries=True returns words: use the numbers"
        return None

    def _transform(self, x: Tensor) -> Tensor:
        if not torch.jit.is_scripting():
            if torch.compiler.is_compiling():
                return self._intervals(x)  # a graph cannot raise
        if bool((~torch.isfinite(x) & self.changed).any()):
            refuse(f"{self.estimator_name} got missing or infinite numbers: fill them before")
        return self._intervals(x)

    def _intervals(self, x: Tensor) -> Tensor:
        found = (x.unsqueeze(2) > self.edges).to(x.dtype).sum(dim=2)
        return torch.where(self.changed, found, x)
