"""LpNormalization: vectors along an axis divided by their norm."""

from typing import Any

import torch
from torch import Tensor, nn

from .nodes import attributes, require, result


class LpNormalization(nn.Module):
    """``x / norm``, 0 where the norm is 0.

    Parameters
    ----------
    axis : int
    p : {1, 2}
    """

    def __init__(self, axis: int, p: int) -> None:
        super().__init__()
        self.axis = axis
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        """Result in the input's type."""
        powers = torch.abs(x) if self.p == 1 else x * x
        size = torch.sum(powers, dim=self.axis, keepdim=True)
        # The root is taken behind the replacement: its slope at 0 is infinite.
        size = torch.where(size == 0, torch.ones_like(size), size)
        return x / (size if self.p == 1 else torch.sqrt(size))


def _convert(node: Any, graph: Any) -> Any:
    values = attributes(node)
    p = int(values.get("p", 2))
    require("LpNormalization", p in (1, 2), f"p is {p}, neither 1 nor 2")
    return result(node, LpNormalization(int(values.get("axis", -1)), p))


CONVERTERS = {("", "LpNormalization", 1): _convert}
