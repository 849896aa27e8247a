"""Second stage: ONNX to a torch.fx graph, by onnx2torch and the operators of ours that it lacks."""

import functools
from typing import TYPE_CHECKING

from torch import fx

from ..errors import OnnxRouteError

if TYPE_CHECKING:
    import onnx


LAST_ML_VERSION = 5
"""Newest version of the domain ai.onnx.ml."""


def translate(model: "onnx.ModelProto", n_features: int) -> fx.GraphModule:
    """Translate a model with one input of rows and one output.

    Parameters
    ----------
    model : onnx.ModelProto
    n_features : int
        Width of the rows; kept in ``meta`` for the repairs.

    Raises
    ------
    OnnxRouteError
        An operator is unknown; the message names node, operator and version.
    """
    from onnx import shape_inference
    from onnx2torch import convert

    missing = unknown_operators(model)
    if missing:
        raise OnnxRouteError(f"translate: {missing[0]}")
    model = shape_inference.infer_shapes(model)  # before the domains lose their names, and so their schemas
    normalize(model)
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
    """Hand the operators of ours to onnx2torch; once, because it refuses a second registration.

    Those of a domain with dots are also registered under :func:`plain_domain`, where no schema tells onnx2torch since
    which version an operator has been as it is: so for every version from that one to the next.
    """
    from onnx2torch.node_converters.registry import add_converter

    from ..overrides.operators import all_converters

    converters = all_converters()
    for (domain, operation, since), converter in converters.items():
        add_converter(operation, since, domain)(converter)
        if plain_domain(domain) != domain:
            later = [key[2] for key in converters if key[:2] == (domain, operation) and key[2] > since]
            for version in range(since, min(later, default=LAST_ML_VERSION + 1)):
                add_converter(operation, version, plain_domain(domain))(converter)


def plain_domain(domain: str) -> str:
    """A domain's name without dots."""
    return domain.replace(".", "_")


def normalize(model: "onnx.ModelProto") -> None:
    """Rewrite, in place, the nodes that onnx2torch misreads as others that it reads well.

    Rules
    -----
    1. CumSum without ``reverse``, which onnx2torch takes for a reverse one, says that it is none.
    2. Flatten with ``axis`` 0, where it looks for a second dimension, becomes Reshape to (1, -1).
    3. A domain with dots, after which it names modules though torch forbids dots in their names, is renamed.
    """
    import numpy as np
    from onnx import helper, numpy_helper

    graph = model.graph
    for opset in model.opset_import:
        opset.domain = plain_domain(opset.domain)  # rule 3
    for node in graph.node:
        node.domain = plain_domain(node.domain)
        given = {attribute.name: attribute for attribute in node.attribute}
        if node.op_type == "CumSum" and "reverse" not in given:  # rule 1
            node.attribute.append(helper.make_attribute("reverse", 0))
        if node.op_type == "Flatten" and "axis" in given and given["axis"].i == 0:  # rule 2
            shape = f"{node.output[0]}_row"
            graph.initializer.append(numpy_helper.from_array(np.array([1, -1]), shape))
            node.op_type = "Reshape"
            node.input.append(shape)
            del node.attribute[:]
