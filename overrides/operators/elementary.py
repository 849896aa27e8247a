"""Plain operators of ONNX that onnx2torch has no converter for."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import UnsupportedOperatorError
from .nodes import attributes, constant, result


class Unary(nn.Module):
    """A function of one tensor.

    Parameters
    ----------
    name : {"Acosh", "Asinh", "Atanh", "Cosh", "Det", "Sinh", "Size"}
        The operator.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def forward(self, x: Tensor) -> Tensor:
        """Result in the input's type; of Size int64 without a dimension."""
        if self.name == "Acosh":
            return torch.acosh(x)
        elif self.name == "Asinh":
            return torch.asinh(x)
        elif self.name == "Atanh":
            return torch.atanh(x)
        elif self.name == "Cosh":
            return torch.cosh(x)
        elif self.name == "Sinh":
            return torch.sinh(x)
        elif self.name == "Det":
            return torch.linalg.det(x)
        return torch.scalar_tensor(x.numel(), dtype=torch.int64, device=x.device)


class CastLike(nn.Module):
    """The first input in the type of the second."""

    def forward(self, x: Tensor, like: Tensor) -> Tensor:
        """Result in the type of ``like``."""
        return x.to(like.dtype)


class Trilu(nn.Module):
    """One triangle of matrices.

    Parameters
    ----------
    upper : bool
    diagonal : int
    """

    def __init__(self, upper: bool, diagonal: int) -> None:
        super().__init__()
        self.upper = upper
        self.diagonal = diagonal

    def forward(self, x: Tensor) -> Tensor:
        """Result in the input's type."""
        return torch.triu(x, self.diagonal) if self.upper else torch.tril(x, self.diagonal)


class OneHot(nn.Module):
    """A new axis that has the second value at the index and the first elsewhere; no index, the first everywhere.

    Parameters
    ----------
    axis : int
    depth : int
        Indices from ``-depth`` on count from the end.
    """

    def __init__(self, axis: int, depth: int) -> None:
        super().__init__()
        self.axis = axis
        self.depth = depth

    def forward(self, indices: Tensor, values: Tensor) -> Tensor:
        """Result in the type of the values."""
        index = indices.to(torch.int64).unsqueeze(self.axis)
        index = torch.where(index < 0, index + self.depth, index)
        shape = [1] * index.dim()
        shape[self.axis] = self.depth
        every = torch.arange(self.depth, device=index.device).view(shape)
        return torch.where(index == every, values[1], values[0])


class ScatterElements(nn.Module):
    """Elements replaced at indices along an axis.

    Parameters
    ----------
    axis : int
    """

    def __init__(self, axis: int) -> None:
        super().__init__()
        self.axis = axis

    def forward(self, x: Tensor, indices: Tensor, updates: Tensor) -> Tensor:
        """Result in the input's type."""
        indices = indices.to(torch.int64)
        indices = torch.where(indices < 0, indices + x.shape[self.axis], indices)
        return torch.scatter(x, self.axis, indices, updates)


class Select(nn.Module):
    """Slices along an axis by constant position (Compress).

    Parameters
    ----------
    axis : int or None
        None takes the elements of the whole tensor in a row.
    positions : Tensor of int64
    """

    positions: Tensor

    def __init__(self, axis: int | None, positions: Tensor) -> None:
        super().__init__()
        self.axis = axis
        self.register_buffer("positions", positions)

    def forward(self, x: Tensor) -> Tensor:
        """Result in the input's type."""
        if self.axis is None:
            return x.reshape(-1).index_select(0, self.positions)
        return x.index_select(self.axis, self.positions)


class Hardmax(nn.Module):
    """1 at the first of the highest elements along an axis and 0 elsewhere.

    Parameters
    ----------
    axis : int
    """

    def __init__(self, axis: int) -> None:
        super().__init__()
        self.axis = axis

    def forward(self, x: Tensor) -> Tensor:
        """Result in the input's type."""
        best = torch.argmax(x, dim=self.axis, keepdim=True)
        return torch.zeros_like(x).scatter(self.axis, best, torch.ones_like(x))


class ThresholdedRelu(nn.Module):
    """The input where it is above ``alpha`` and 0 elsewhere.

    Parameters
    ----------
    alpha : float
    """

    alpha: Tensor

    def __init__(self, alpha: float) -> None:
        super().__init__()
        self.register_buffer("alpha", torch.tensor(alpha, dtype=torch.float64))

    def forward(self, x: Tensor) -> Tensor:
        """Result in the input's type."""
        return torch.where(x > self.alpha, x, torch.zeros_like(x))


def _unary(name: str) -> Callable[[Any, Any], Any]:
    def convert(node: Any, graph: Any) -> Any:
        return result(node, Unary(name))

    return convert


def _convert_cast_like(node: Any, graph: Any) -> Any:
    return result(node, CastLike())


def _convert_trilu(node: Any, graph: Any) -> Any:
    names = [name for name in node.input_values if name]
    diagonal = _integer("Trilu", names[1], graph) if len(names) > 1 else 0
    return result(node, Trilu(bool(attributes(node).get("upper", 1)), diagonal), inputs=names[:1])


def _convert_one_hot(node: Any, graph: Any) -> Any:
    indices, depth, values = node.input_values
    module = OneHot(int(attributes(node).get("axis", -1)), _integer("OneHot", depth, graph))
    return result(node, module, inputs=[indices, values])


def _convert_scatter_elements(node: Any, graph: Any) -> Any:
    values = attributes(node)
    if values.get("reduction", "none") != "none":
        raise UnsupportedOperatorError(f"ScatterElements: the reduction {values['reduction']!r}")
    return result(node, ScatterElements(int(values.get("axis", 0))))


def _convert_compress(node: Any, graph: Any) -> Any:
    x, condition = node.input_values
    mask = constant(condition, graph)
    if mask is None:
        raise UnsupportedOperatorError("Compress: the condition must be a constant, or the shape depends on values")
    axis = attributes(node).get("axis")
    return result(node, Select(axis, torch.tensor(mask.ravel()).nonzero().reshape(-1)), inputs=[x])


def _convert_hardmax(node: Any, graph: Any) -> Any:
    return result(node, Hardmax(int(attributes(node).get("axis", -1))))


def _convert_thresholded_relu(node: Any, graph: Any) -> Any:
    return result(node, ThresholdedRelu(float(attributes(node).get("alpha", 1.0))))


def _integer(operator: str, name: str, graph: Any) -> int:
    value = constant(name, graph)
    if value is None:
        raise UnsupportedOperatorError(f"{operator}: the input {name!r} must be a constant")
    return int(value.ravel()[0])


CONVERTERS = {
    **{("", name, 9): _unary(name) for name in ("Acosh", "Asinh", "Atanh", "Cosh", "Sinh")},
    ("", "Det", 11): _unary("Det"),
    ("", "Size", 13): _unary("Size"),
    ("", "CastLike", 15): _convert_cast_like,
    ("", "Trilu", 14): _convert_trilu,
    ("", "OneHot", 11): _convert_one_hot,
    ("", "ScatterElements", 11): _convert_scatter_elements,
    ("", "ScatterElements", 13): _convert_scatter_elements,
    ("", "Compress", 11): _convert_compress,
    ("", "Hardmax", 13): _convert_hardmax,
    ("", "ThresholdedRelu", 10): _convert_thresholded_relu,
}
