"""Source text of torch expressions for the plain operators that may stand in the body of a loop.

A body is run once per element: it becomes one method of straight code, which scripts, rather than a module per node.
Nothing of a model file enters the text but numbers that went through ``int``.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

_UNARY = {
    "Abs": "torch.abs({})",
    "Ceil": "torch.ceil({})",
    "Cos": "torch.cos({})",
    "Erf": "torch.erf({})",
    "Exp": "torch.exp({})",
    "Floor": "torch.floor({})",
    "Identity": "{}",
    "Log": "torch.log({})",
    "Neg": "-{}",
    "Not": "torch.logical_not({})",
    "Reciprocal": "torch.reciprocal({})",
    "Relu": "torch.relu({})",
    "Sigmoid": "torch.sigmoid({})",
    "Sign": "torch.sign({})",
    "Sin": "torch.sin({})",
    "Sqrt": "torch.sqrt({})",
    "Tanh": "torch.tanh({})",
}

_BINARY = {
    "Add": "{} + {}",
    "And": "torch.logical_and({}, {})",
    "Div": "{} / {}",
    "Equal": "{} == {}",
    "Greater": "{} > {}",
    "GreaterOrEqual": "{} >= {}",
    "Less": "{} < {}",
    "LessOrEqual": "{} <= {}",
    "MatMul": "torch.matmul({}, {})",
    "Mul": "{} * {}",
    "Or": "torch.logical_or({}, {})",
    "Pow": "torch.pow({}, {})",
    "Sub": "{} - {}",
}

_FOLDED = {"Max": "torch.maximum({}, {})", "Min": "torch.minimum({}, {})", "Sum": "{} + {}"}

_REDUCED = {
    "ReduceL1": "torch.sum(torch.abs({x}), {dims})",
    "ReduceL2": "torch.sqrt(torch.sum({x} * {x}, {dims}))",
    "ReduceLogSumExp": "torch.logsumexp({x}, {dims})",
    "ReduceMax": "torch.amax({x}, {dims})",
    "ReduceMean": "torch.mean({x}, {dims})",
    "ReduceMin": "torch.amin({x}, {dims})",
    "ReduceSum": "torch.sum({x}, {dims})",
    "ReduceSumSquare": "torch.sum({x} * {x}, {dims})",
}

_DTYPES = {
    1: "torch.float32",
    5: "torch.int16",
    6: "torch.int32",
    7: "torch.int64",
    9: "torch.bool",
    11: "torch.float64",
}
"""By the number of the element type in ONNX."""


def expression(
    operator: str,
    names: list[str],
    attributes: dict[str, Any],
    rank: int | None,
    value_of: Callable[[int], np.ndarray | None],
) -> str | None:
    """Expression of an operator of the default domain; None where there is none here.

    Parameters
    ----------
    operator : str
    names : list of str
        Variables that hold the inputs.
    attributes : dict
    rank : int or None
        Number of dimensions of the first input where it is known.
    value_of : callable
        Value of an input by its position where it is a constant.
    """
    if operator in _UNARY:
        return _UNARY[operator].format(names[0])
    if operator in _BINARY:
        return _BINARY[operator].format(names[0], names[1])
    if operator in _FOLDED:
        text = names[0]
        for name in names[1:]:
            text = _FOLDED[operator].format(f"({text})", name)
        return text
    if operator == "Where":
        return f"torch.where({names[0]}, {names[1]}, {names[2]})"
    if operator == "Concat":
        return f"torch.cat([{', '.join(names)}], {int(attributes['axis'])})"
    if operator == "Cast" and attributes["to"] in _DTYPES:
        return f"{names[0]}.to({_DTYPES[attributes['to']]})"
    if operator == "Softmax":
        return f"torch.softmax({names[0]}, {int(attributes.get('axis', -1))})"
    if operator == "Transpose" and ("perm" in attributes or rank is not None):
        perm = [int(axis) for axis in attributes.get("perm", range(rank or 0)[::-1])]
        return f"{names[0]}.permute({perm})"
    if operator == "Reshape" and value_of(1) is not None:
        shape = [int(size) for size in np.asarray(value_of(1))]
        return None if 0 in shape else f"{names[0]}.reshape({shape})"
    return _with_axes(operator, names[0], attributes, rank, _axes(attributes, names, value_of))


def _axes(
    attributes: dict[str, Any], names: list[str], value_of: Callable[[int], np.ndarray | None]
) -> list[int] | None:
    if "axes" in attributes:
        return [int(axis) for axis in attributes["axes"]]
    constant = value_of(1) if len(names) > 1 else None
    return None if constant is None else [int(axis) for axis in constant.ravel()]


def _with_axes(
    operator: str, name: str, attributes: dict[str, Any], rank: int | None, axes: list[int] | None
) -> str | None:
    if operator in _REDUCED:
        if axes is None and rank is None:
            return None
        dims = f"{axes if axes else list(range(rank or 0))}, {bool(attributes.get('keepdims', 1))}"
        return _REDUCED[operator].format(x=name, dims=dims)
    if operator == "Unsqueeze" and axes is not None:
        for axis in sorted(axes):
            name = f"{name}.unsqueeze({axis})"
        return name
    if operator == "Squeeze" and axes is not None:
        for axis in sorted(axes, reverse=True):
            name = f"{name}.squeeze({axis})"
        return name
    return None
