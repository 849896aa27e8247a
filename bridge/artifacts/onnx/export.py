"""A module written as one ONNX model: an output per method, float64 kept, any number of rows."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from ...errors import ExportError
from ...overrides.core.methods import PREDICT_LABELS, method_of, public_methods
from ...overrides.core.module import Module
from ...overrides.core.signature import Signature
from ...overrides.functional.trees.operators import tree_operators
from ...runtimes.onnx import output_names
from ...runtimes.quiet import quiet
from ..torch_formats import EXAMPLE_ROWS, example_rows
from .common_subexpressions import common_subexpressions
from .exact_constants import exact_constants
from .tree_ensemble import write_tree_ensembles

if TYPE_CHECKING:
    import onnx

OPSET = 18
"""The ONNX opset that torch's exporter writes natively."""


class _AllMethods(nn.Module):
    """Every public method of a module behind one forward: those on ``X`` first."""

    def __init__(self, module: Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, *rows: Tensor) -> tuple[Tensor, ...]:
        inputs = dict(zip(_inputs(self.module), rows, strict=True))
        flat: list[Tensor] = []
        for method in public_methods(self.module):
            result = getattr(self.module, method)(inputs[method_of(method).graph_input])
            flat.extend(result) if isinstance(result, (list, tuple)) else flat.append(result)
        return tuple(flat)


def _inputs(module: Module) -> dict[str, str]:
    """Graph inputs of a module, each with a method that reads it; ``X`` is the first."""
    found = {method_of(method).graph_input: method for method in reversed(public_methods(module))}
    return dict(sorted(found.items()))


def to_model_proto(module: Module, metadata: dict[str, str] | None = None) -> "onnx.ModelProto":
    """ONNX model of a module on the processor.

    Parameters
    ----------
    module : Module
    metadata : dict of str to str, optional
        For the model's ``metadata_props``.

    Raises
    ------
    ExportError
        torch cannot write the module's arithmetic as ONNX operators.
    """
    inputs = _inputs(module)
    examples = tuple(example_rows(module, method) for method in inputs.values())
    counts = Signature.of(module).outputs
    outputs = [name for method in public_methods(module) for name in output_names(method, counts.get(method))]
    try:
        with quiet(), tree_operators(), torch.no_grad():
            program = _export(_AllMethods(module), examples, tuple(inputs))
            common_subexpressions(program)
            lifted, modified = exact_constants(program)
            if modified:
                program = _export(lifted, examples, tuple(inputs))
            # One row dimension each: rows of X and of X_transformed are independent.
            onnx_program = torch.onnx.export(
                program,
                dynamo=True,
                verbose=False,
                input_names=list(inputs),
                output_names=outputs,
                opset_version=OPSET,
            )
        if onnx_program is None:
            raise ExportError("torch wrote no ONNX model")
        proto = onnx_program.model_proto
    except Exception as error:
        raise ExportError(f"{module.estimator_name} cannot be written as ONNX: {error}") from error
    write_tree_ensembles(proto)
    _check_dynamic(proto, module)
    _make_optional(proto)
    if hasattr(module, PREDICT_LABELS.name):
        _append_labels(proto, list(module.class_names))
    _describe(proto, module, metadata or {})
    return proto


def _export(module: nn.Module, examples: tuple[Tensor, ...], names: tuple[str, ...]) -> torch.export.ExportedProgram:
    shapes = tuple({0: torch.export.Dim(f"n_{name}", min=0)} for name in names)
    return torch.export.export(module, examples, dynamic_shapes=_varargs(module, shapes))


def _varargs(module: nn.Module, shapes: tuple[Any, ...]) -> Any:
    """Dynamic shapes in the form that the signature of ``forward`` asks for."""
    return (shapes,) if isinstance(module, _AllMethods) else shapes


def _check_dynamic(proto: "onnx.ModelProto", module: Module) -> None:
    for value in proto.graph.input:
        rows = value.type.tensor_type.shape.dim[0]
        if not rows.dim_param:
            raise ExportError(
                f"{module.estimator_name}: the number of rows became the constant {rows.dim_value} in ONNX"
            )
    for value in proto.graph.output:
        dims = value.type.tensor_type.shape.dim
        if len(dims) and not dims[0].dim_param and dims[0].dim_value == EXAMPLE_ROWS:
            raise ExportError(f"{module.estimator_name}: the number of rows of {value.name} became a constant in ONNX")


def _make_optional(proto: "onnx.ModelProto") -> None:
    """Give inputs beyond the first no rows as their default: who calls one method need not feed those of others."""
    from onnx import helper

    for value in list(proto.graph.input)[1:]:
        dims = [dim.dim_value for dim in value.type.tensor_type.shape.dim[1:]]
        if all(dims):
            shape = (0, *dims)
            proto.graph.initializer.append(helper.make_tensor(value.name, value.type.tensor_type.elem_type, shape, []))


def _append_labels(proto: "onnx.ModelProto", words: list[str]) -> None:
    """Add the output ``predict_labels``: the words behind the codes of ``predict``."""
    from onnx import TensorProto, helper

    node = helper.make_node(
        "LabelEncoder",
        ["predict"],
        ["predict_labels"],
        domain="ai.onnx.ml",
        keys_int64s=list(range(len(words))),
        values_strings=words,
    )
    proto.graph.node.append(node)
    rows = (
        next(output for output in proto.graph.output if output.name == "predict")
        .type.tensor_type.shape.dim[0]
        .dim_param
    )
    proto.graph.output.append(helper.make_tensor_value_info("predict_labels", TensorProto.STRING, [rows]))
    if not any(item.domain == "ai.onnx.ml" for item in proto.opset_import):
        proto.opset_import.append(helper.make_opsetid("ai.onnx.ml", 3))


def _describe(proto: "onnx.ModelProto", module: Module, metadata: dict[str, str]) -> None:
    from onnx import helper

    proto.producer_name = "sklearn-bridge"
    proto.doc_string = f"{module.estimator_name}: " + ", ".join(public_methods(module))
    helper.set_model_props(proto, metadata)


def save_onnx(module: Module, path: Path, metadata: dict[str, Any]) -> None:
    """Write ``model.onnx``.

    Parameters
    ----------
    module : Module
    path : Path
    metadata : dict
        Stored as JSON values in the model's ``metadata_props``.
    """
    import onnx

    words = {key: value if isinstance(value, str) else json.dumps(value) for key, value in metadata.items()}
    onnx.save(to_model_proto(module, words), path)
