"""Sequences of tensors: SequenceConstruct, SequenceAt, SequenceLength, ConcatFromSequence. A sequence is a list."""

from typing import Any

import torch
from torch import Tensor, nn

from ..errors import UnsupportedOperatorError
from .nodes import attributes, constant, require, result
from .variadic import variadic


class SequenceConstruct(nn.Module):
    """The inputs as a list."""

    def combine(self, parts: list[Tensor]) -> list[Tensor]:
        """The list."""
        return parts


class SequenceAt(nn.Module):
    """An element by a constant position.

    Parameters
    ----------
    position : int
        Counted from the end if negative.
    """

    def __init__(self, position: int) -> None:
        super().__init__()
        self.position = position

    def forward(self, sequence: list[Tensor]) -> Tensor:
        """The element."""
        return sequence[self.position]


class SequenceLength(nn.Module):
    """The number of elements, int64 without a dimension."""

    def forward(self, sequence: list[Tensor]) -> Tensor:
        """The number."""
        return torch.tensor(len(sequence))


class ConcatFromSequence(nn.Module):
    """The elements side by side.

    Parameters
    ----------
    axis : int
    new_axis : bool
        Stack along a new axis instead.
    """

    def __init__(self, axis: int, new_axis: bool) -> None:
        super().__init__()
        self.axis = axis
        self.new_axis = new_axis

    def forward(self, sequence: list[Tensor]) -> Tensor:
        """One tensor."""
        if self.new_axis:
            return torch.stack(sequence, dim=self.axis)
        return torch.cat(sequence, dim=self.axis)


def _convert_construct(node: Any, graph: Any) -> Any:
    return result(node, variadic(SequenceConstruct, len(node.input_values), "list[Tensor]")())


def _convert_at(node: Any, graph: Any) -> Any:
    sequence, position = node.input_values
    value = constant(position, graph)
    if value is None:
        raise UnsupportedOperatorError("SequenceAt: the position must be a constant, a list has no tensor as index")
    return result(node, SequenceAt(int(value.ravel()[0])), inputs=[sequence])


def _convert_length(node: Any, graph: Any) -> Any:
    return result(node, SequenceLength())


def _convert_concat(node: Any, graph: Any) -> Any:
    values = attributes(node)
    require("ConcatFromSequence", "axis" in values, "the axis is missing")
    return result(node, ConcatFromSequence(int(values["axis"]), bool(values.get("new_axis", 0))))


CONVERTERS = {
    ("", "SequenceConstruct", 11): _convert_construct,
    ("", "SequenceAt", 11): _convert_at,
    ("", "SequenceLength", 11): _convert_length,
    ("", "ConcatFromSequence", 11): _convert_concat,
}
