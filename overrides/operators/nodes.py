"""What the converters of this package read from a node, and the result that they hand to onnx2torch."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import CorruptEstimatorError

ML = "ai.onnx.ml"
"""Domain of the classical operators."""

POST_TRANSFORMS = ("NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT")
"""In the order in which version 5 of TreeEnsemble numbers them."""


def attributes(node: Any) -> dict[str, Any]:
    """Attributes of a node that are set: numbers, str, lists of str, graphs; ndarrays for tensors and lists of numbers.

    Parameters
    ----------
    node : OnnxNode
    """
    import onnx

    values: dict[str, Any] = {}
    for attribute in node.proto.attribute:
        value = onnx.helper.get_attribute_value(attribute)
        if attribute.type == onnx.AttributeProto.STRING:
            value = value.decode()
        elif attribute.type == onnx.AttributeProto.STRINGS:
            value = [word.decode() for word in value]
        elif attribute.type == onnx.AttributeProto.INTS:
            value = np.array(value, dtype=np.int64)
        elif attribute.type == onnx.AttributeProto.FLOATS:
            value = np.array(value, dtype=np.float32)
        elif attribute.type == onnx.AttributeProto.TENSOR:
            value = np.array(onnx.numpy_helper.to_array(value))
        values[attribute.name] = value
    return values


def post_transform(values: dict[str, Any], operator: str) -> str:
    """The post transform that the attributes of a node name, checked."""
    name = values.get("post_transform", "NONE")
    if name not in POST_TRANSFORMS:
        raise CorruptEstimatorError(f"{operator}: post_transform is {name!r}, none of {', '.join(POST_TRANSFORMS)}")
    return str(name)


def require(operator: str, condition: Any, message: str) -> None:
    """Raise CorruptEstimatorError, with the operator's name, unless the condition holds."""
    if not condition:
        raise CorruptEstimatorError(f"{operator}: {message}")


def constant(name: str, graph: Any) -> np.ndarray | None:
    """Value of a tensor of the graph that is an initializer or the output of Constant; None where it is computed."""
    import onnx

    for initializer in graph.proto.initializer:
        if initializer.name == name:
            return np.array(onnx.numpy_helper.to_array(initializer))
    for node in graph.proto.node:
        if node.op_type == "Constant" and name in node.output:
            value = onnx.helper.get_attribute_value(node.attribute[0])
            if isinstance(value, onnx.TensorProto):
                value = onnx.numpy_helper.to_array(value)
            return np.array(value)
    return None


def result(node: Any, module: nn.Module, inputs: Sequence[str] | None = None) -> Any:
    """What a converter returns: the module in eval mode and the names of what goes in and comes out.

    Parameters
    ----------
    node : OnnxNode
    module : nn.Module
    inputs : sequence of str, optional
        Names of the inputs that ``forward`` takes, where they are not those of the node.
    """
    from onnx2torch.utils.common import OnnxMapping, OperationConverterResult, onnx_mapping_from_node

    mapping = onnx_mapping_from_node(node)
    if inputs is not None:
        mapping = OnnxMapping(inputs=tuple(inputs), outputs=mapping.outputs)
    return OperationConverterResult(torch_module=module.eval(), onnx_mapping=mapping)


def float_type(x: Tensor) -> torch.dtype:
    """The type that results have here: the input's where it is a float, float32 otherwise."""
    return x.dtype if x.is_floating_point() else torch.float32
