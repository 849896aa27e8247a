"""Second stage: ONNX to a torch.fx graph, by onnx2torch and the operators of ours that it lacks."""

import functools
from typing import TYPE_CHECKING

from torch import fx

from ..errors import RoadError

if TYPE_CHECKING:
    import onnx

_DEFAULTS: dict[tuple[str, str], dict[str, int]] = {("", "CumSum"): {"reverse": 0}}
"""Attributes that onnx2torch takes for something else where they are left out: they are written down before."""


def translate(model: "onnx.ModelProto", n_features: int) -> fx.GraphModule:
    """Translate a model with one input of rows and one output.

    Parameters
    ----------
    model : onnx.ModelProto
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
    _write_defaults(model.graph)
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


def _write_defaults(graph: "onnx.GraphProto") -> None:
    from onnx import helper

    for node in graph.node:
        given = {attribute.name for attribute in node.attribute}
        for name, value in _DEFAULTS.get((node.domain, node.op_type), {}).items():
            if name not in given:
                node.attribute.append(helper.make_attribute(name, value))
