"""Small graphs built by hand: of ONNX nodes, and of torch functions."""

import warnings

import numpy as np
import torch
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from torch import fx, nn

from bridge.onnx_import.translate import translate

WIDTH = 3


def onnx_model(*nodes, constants=None, output="y"):
    """ONNX model from rows ``x`` of doubles to ``output``; nodes are (operator, inputs, outputs, attributes)."""
    made = [
        helper.make_node(operator, inputs.split(), outputs.split(), name=f"{operator}_{i}", **attributes)
        for i, (operator, inputs, outputs, attributes) in enumerate(nodes)
    ]
    graph = helper.make_graph(
        made,
        "graph",
        [helper.make_tensor_value_info("x", TensorProto.DOUBLE, [None, WIDTH])],
        [helper.make_tensor_value_info(output, TensorProto.UNDEFINED, None)],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in (constants or {}).items()],
    )
    opsets = [helper.make_opsetid("", 15), helper.make_opsetid("ai.onnx.ml", 3)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def translated(*nodes, **keywords):
    """The same graph as onnx2torch makes it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return translate(onnx_model(*nodes, **keywords), WIDTH)


def by_onnx(model, rows):
    """Result of a model by the reference implementation of ONNX."""
    return ReferenceEvaluator(model).run(None, {"x": rows.numpy()})[0]


def fx_model(write, modules=None, **constants):
    """Graph of torch functions: ``write(graph, x, node of each constant)`` returns the result's node."""
    root = nn.Module()
    for name, value in constants.items():
        root.register_buffer(name, torch.as_tensor(value))
    for name, module in (modules or {}).items():
        root.add_module(name, module)
    graph = fx.Graph()
    x = graph.placeholder("x")
    graph.output(write(graph, x, *(graph.get_attr(name) for name in constants)))
    model = fx.GraphModule(root, graph)
    model.meta["n_features"] = WIDTH
    return model


def calls(model):
    """What a graph calls, in order: names of functions and methods, classes of modules."""
    found = []
    for node in model.graph.nodes:
        if node.op == "call_module":
            found.append(type(model.get_submodule(node.target)).__name__)
        elif node.op.startswith("call"):
            found.append(getattr(node.target, "__name__", node.target))
    return found


def rows(count=5):
    """Rows of both signs, without zeros."""
    return torch.linspace(-2.0, 3.1, count * WIDTH, dtype=torch.float64).reshape(count, WIDTH)
