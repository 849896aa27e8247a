"""Models of one node, run by the module of our converter in every way and by what it is compared with."""

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from onnx2torch.onnx_graph import OnnxGraph

from bridge.overrides.operators import all_converters

ML = "ai.onnx.ml"
POST_TRANSFORMS = ("NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO", "PROBIT")
KINDS = {
    np.dtype(np.float32): TensorProto.FLOAT,
    np.dtype(np.float64): TensorProto.DOUBLE,
    np.dtype(np.int64): TensorProto.INT64,
    np.dtype(np.int32): TensorProto.INT32,
    np.dtype(np.bool_): TensorProto.BOOL,
    np.dtype(object): TensorProto.STRING,
}


def model_of(operator, feeds, outputs, domain=ML, ml=3, opset=15, constants=None, types=None, **attributes):
    """Model of one node: inputs named and typed by ``feeds``, then ``constants`` as initializers.

    ``types`` are the outputs' element types or whole type protos; float32 unless given.
    """
    constants = constants or {}
    node = helper.make_node(operator, [*feeds, *constants], outputs, domain=domain, **attributes)
    types = types or [TensorProto.FLOAT] * len(outputs)
    graph = helper.make_graph(
        [node],
        "graph",
        [helper.make_tensor_value_info(name, KINDS[x.dtype], [None] * x.ndim) for name, x in feeds.items()],
        [
            helper.make_tensor_value_info(name, kind, None)
            if isinstance(kind, int)
            else helper.make_value_info(name, kind)
            for name, kind in zip(outputs, types, strict=True)
        ],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    versions = [helper.make_opsetid("", opset), helper.make_opsetid(ML, ml)]
    return helper.make_model(graph, opset_imports=versions, ir_version=8)


def ort(model, feeds):
    """Outputs of onnxruntime."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None, feeds)


def reference(model, feeds):
    """Outputs of onnx's own evaluator."""
    return ReferenceEvaluator(model).run(None, feeds)


def convert(model, node=None):
    """Our converter's result for the last node of a model, or for ``node``."""
    node = node or model.graph.node[-1]
    versions = {entry.domain: entry.version for entry in model.opset_import}
    try:
        schema = onnx.defs.get_schema(node.op_type, max_inclusive_version=versions[node.domain], domain=node.domain)
        version = schema.since_version
    except onnx.defs.SchemaError:
        version = versions[node.domain]
    graph = OnnxGraph(model.graph)
    found = next(item for item in graph.nodes.values() if item.proto.output == node.output)
    return all_converters()[node.domain, node.op_type, version](found, graph)


def arguments(model, mapping, feeds):
    """Tensors that a converted module takes."""
    constants = {item.name: numpy_helper.to_array(item) for item in model.graph.initializer}
    return tuple(torch.tensor(np.array({**constants, **feeds}[name])) for name in mapping.inputs)


def flat(outputs):
    return list(outputs) if isinstance(outputs, (tuple, list)) else [outputs]


def run_everywhere(model, feeds, dynamic=True, export=True, script=True):
    """Outputs of the converted node as {way: list of ndarrays}: eager, TorchScript, torch.export.

    Also checks no rows and one row against the whole, where rows are dynamic. TorchScript and torch.export take most
    of the time: leave them out where a test differs from another in values only.
    """
    module, mapping = convert(model)
    args = arguments(model, mapping, feeds)
    ways = {"eager": module}
    if script:
        ways["script"] = torch.jit.script(module)
    if export:
        rows = torch.export.Dim("rows", min=0)
        shapes = tuple({0: rows} if name in feeds else None for name in mapping.inputs)
        with torch.no_grad():
            program = torch.export.export(module, args, dynamic_shapes=shapes if dynamic else None)
        ways["export"] = program.module()
    with torch.no_grad():
        results = {way: [part.numpy() for part in flat(call(*args))] for way, call in ways.items()}
        if dynamic:
            for call in ways.values():
                for size in (0, 1):
                    cut = [arg[:size] if name in feeds else arg for name, arg in zip(mapping.inputs, args, strict=True)]
                    for part, whole in zip(flat(call(*cut)), results["eager"], strict=True):
                        assert part.shape == (size, *whole.shape[1:])
                        np.testing.assert_allclose(part.numpy(), whole[:size], rtol=1e-6, atol=1e-12)
    return results


def assert_same(model, feeds, expected, rtol=1e-12, atol=1e-12, dynamic=True, export=True, script=True, dtypes=True):
    """Every way gives what is expected."""
    for way, results in run_everywhere(model, feeds, dynamic, export, script).items():
        for result, wanted in zip(results, expected, strict=True):
            wanted = np.asarray(wanted)
            assert result.shape == wanted.shape, way
            if dtypes:
                assert result.dtype == wanted.dtype, way
            np.testing.assert_allclose(result, wanted, rtol=rtol, atol=atol, err_msg=way)
