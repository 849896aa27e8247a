"""Methods of a module that one tensor of rows answers as one ONNX model: float64 kept, any number of rows."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from ...errors import ExportError
from ...overrides.core.methods import PREDICT_LABELS
from ...overrides.core.module import Module
from ...overrides.core.signature import Signature
from ...overrides.functional.trees.operators import tree_operators
from ...runtimes.graphs import output_names
from ...runtimes.quiet import quiet
from ..torch_formats import EXAMPLE_ROWS, example_rows, export_program
from .exact_constants import exact_constants
from .translate import OPSET, OPSETS, translate
from .tree_ensemble import write_tree_ensembles

if TYPE_CHECKING:
    import onnx


def onnx_program(module: Module, methods: tuple[str, ...]) -> torch.export.ExportedProgram:
    """The torch.export program of methods that :func:`to_model_proto` takes, with an operator for each forest."""
    with tree_operators():
        return export_program(module, methods, example_rows(module, methods[0]))


def has_tree_operators(program: torch.export.ExportedProgram) -> bool:
    """Whether a program is one for ONNX only, since forests are operators in it that compute nothing."""
    graphs = [part.graph for part in program.graph_module.modules() if isinstance(part, torch.fx.GraphModule)]
    return any(str(node.target).startswith("onnx_symbolic.") for graph in graphs for node in graph.nodes)


def to_model_proto(
    module: Module,
    methods: tuple[str, ...],
    metadata: dict[str, str] | None = None,
    program: torch.export.ExportedProgram | None = None,
    opset: int = OPSET,
) -> "onnx.ModelProto":
    """ONNX model of methods of a module on the processor.

    Parameters
    ----------
    module : Module
    methods : tuple of str
        Those of one graph.
    metadata : dict of str to str, optional
        For the model's ``metadata_props``.
    program : ExportedProgram, optional
        What :func:`onnx_program` made; it is changed.
    opset : int
        Of ONNX's own operators.

    Raises
    ------
    ExportError
        torch cannot write the module's arithmetic as ONNX operators, or not in that opset.
    """
    import onnx_ir

    check_opset(opset)
    program = program if program is not None else onnx_program(module, methods)
    counts = Signature.of(module).outputs
    outputs = [name for method in methods for name in output_names(method, counts.get(method))]
    try:
        with quiet(), torch.no_grad():
            exact_constants(program)
            proto = onnx_ir.to_proto(translate(program, outputs, opset))
    except Exception as error:
        raise ExportError(f"{module.estimator_name} cannot be written as ONNX: {error}") from error
    write_tree_ensembles(proto)
    _check_dynamic(proto, module)
    if hasattr(module, PREDICT_LABELS.name) and PREDICT_LABELS.sklearn_name in methods:
        _append_labels(proto, module)
    _describe(proto, module, methods, metadata or {})
    return proto


def check_opset(opset: int) -> None:
    """Raise ExportError unless graphs can be written in an opset."""
    if opset not in OPSETS:
        raise ExportError(f"opset {opset!r} cannot be written: choose one of {', '.join(map(str, OPSETS))}")


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


def _append_labels(proto: "onnx.ModelProto", module: Module) -> None:
    """Add the output ``predict_labels``, or one per output: the words behind the codes of ``predict``."""
    from onnx import TensorProto, helper, numpy_helper

    name = PREDICT_LABELS.name
    predicted = next(output for output in proto.graph.output if output.name == "predict")
    rows = predicted.type.tensor_type.shape.dim[0].dim_param
    several = name in module.list_names
    vocabularies = module.output_class_names if several else [module.class_names]
    for i, (words, output) in enumerate(
        zip(vocabularies, output_names(name, len(vocabularies) if several else None), strict=True)
    ):
        codes = "predict"
        if several:
            codes, place, column = f"{output}.codes", f"{output}.place", f"{output}.column"
            proto.graph.initializer.append(numpy_helper.from_array(np.array(i, dtype=np.int64), place))
            proto.graph.node.append(helper.make_node("Gather", ["predict", place], [column], axis=1))
            proto.graph.node.append(helper.make_node("Cast", [column], [codes], to=TensorProto.INT64))
        elif len(predicted.type.tensor_type.shape.dim) > 1:  # CatBoost has a column of several classes
            codes, flat = f"{output}.codes", f"{output}.shape"
            proto.graph.initializer.append(numpy_helper.from_array(np.array([-1], dtype=np.int64), flat))
            proto.graph.node.append(helper.make_node("Reshape", ["predict", flat], [codes]))
        keys = list(range(len(words)))
        proto.graph.node.append(
            helper.make_node(
                "LabelEncoder", [codes], [output], domain="ai.onnx.ml", keys_int64s=keys, values_strings=list(words)
            )
        )
        proto.graph.output.append(helper.make_tensor_value_info(output, TensorProto.STRING, [rows]))
    if not any(item.domain == "ai.onnx.ml" for item in proto.opset_import):
        proto.opset_import.append(helper.make_opsetid("ai.onnx.ml", 3))


def _describe(proto: "onnx.ModelProto", module: Module, methods: tuple[str, ...], metadata: dict[str, str]) -> None:
    from onnx import helper

    proto.producer_name = "sklearn-bridge"
    # The oldest that the operators allow: an older runtime takes what it can run.
    proto.ir_version = helper.find_min_ir_version_for(proto.opset_import)
    proto.doc_string = f"{module.estimator_name}: " + ", ".join(methods)
    helper.set_model_props(proto, metadata)


def save_onnx(
    module: Module,
    methods: tuple[str, ...],
    path: Path,
    metadata: dict[str, Any],
    program: torch.export.ExportedProgram | None = None,
    opset: int = OPSET,
) -> None:
    """Write methods of a module as an ONNX file.

    Parameters
    ----------
    module : Module
    methods : tuple of str
        Those of one graph.
    path : Path
    metadata : dict
        Stored as JSON values in the model's ``metadata_props``.
    program : ExportedProgram, optional
        What :func:`onnx_program` made; it is changed.
    opset : int
        Of ONNX's own operators.
    """
    import onnx

    words = {key: value if isinstance(value, str) else json.dumps(value) for key, value in metadata.items()}
    onnx.save(to_model_proto(module, methods, words, program, opset), path)
