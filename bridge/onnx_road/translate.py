"""Second stage: ONNX to a torch.fx graph, by onnx2torch and the operators of ours that it lacks."""

import functools
from typing import TYPE_CHECKING

from torch import fx

from ..errors import RoadError

if TYPE_CHECKING:
    import onnx


def translate(model: "onnx.ModelProto", n_features: int) -> fx.GraphModule:
    """Translate a model with one input of rows and one output.

    Parameters
    ----------
    model : onnx.ModelProto
        It is changed, see :func:`clarify`.
    n_features : int
        Width of the rows; kept in ``meta`` for the repairs.

    Raises
    ------
    RoadError
        An operator is unknown; the message names node, operator and version.
    """
    from onnx2torch import convert

    missing = unknown_operators(model)
    if missing:
        raise RoadError(f"translate: {missing[0]}")
    clarify(model.graph)
    translated: fx.GraphModule = convert(model)
    translated.meta["n_features"] = n_features
    return translated


def unknown_operators(model: "onnx.ModelProto") -> list[str]:
    """A sentence for every node whose operator neither onnx2torch nor we can translate."""
    from onnx2torch.node_converters.registry import get_converter

    register_operators()
    versions = {item.domain: item.version for item in model.opset_import}
    found = []
    for node in model.graph.node:
        version = versions.get(node.domain, 0)
        try:
            get_converter(node.op_type, version, node.domain)
        except NotImplementedError:
            domain = node.domain or "ai.onnx"
            found.append(
                f"node {node.name or node.output[0]!r} is the operator {node.op_type} ({domain} {version}), which "
                "neither onnx2torch nor bridge.overrides.operators knows"
            )
    return found


@functools.cache
def register_operators() -> None:
    """Hand the operators of ours to onnx2torch; once, because it refuses a second registration."""
    from onnx2torch.node_converters.registry import add_converter

    from ..overrides.operators import all_converters

    for (domain, operation, version), converter in all_converters().items():
        add_converter(operation, version, domain)(converter)


def clarify(graph: "onnx.GraphProto") -> None:
    """Rewrite, in place, the nodes that onnx2torch misreads as others that it reads well.

    Rules
    -----
    1. CumSum without ``reverse``, which onnx2torch takes for a reverse one, says that it is none.
    2. Flatten with ``axis`` 0, where it looks for a second dimension, becomes Reshape to (1, -1).
    """
    import numpy as np
    from onnx import helper, numpy_helper

    for node in graph.node:
        given = {attribute.name: attribute for attribute in node.attribute}
        if node.op_type == "CumSum" and "reverse" not in given:  # rule 1
            node.attribute.append(helper.make_attribute("reverse", 0))
        if node.op_type == "Flatten" and "axis" in given and given["axis"].i == 0:  # rule 2
            shape = f"{node.output[0]}_row"
            graph.initializer.append(numpy_helper.from_array(np.array([1, -1]), shape))
            node.op_type = "Reshape"
            node.input.append(shape)
            del node.attribute[:]
