"""A torch.export program as an ONNX graph, by torch's exporter, with its preparations made once in a process."""

import functools
from typing import TYPE_CHECKING, Any

import torch
from torch import fx

from ...runtimes.graphs import INPUT
from .decompose import decompose
from .optimize import optimize

if TYPE_CHECKING:
    import onnx_ir as ir

OPSET = 18
"""The ONNX opset that torch's exporter writes natively."""

OPSETS = (18, 19, 20, 21, 22)
"""Those that its graphs can be converted to."""


def translate(program: torch.export.ExportedProgram, outputs: list[str], opset: int = OPSET) -> "ir.Model":
    """The ONNX graph of a program.

    Parameters
    ----------
    program : ExportedProgram
        Of one tensor; it is changed.
    outputs : list of str
        Names of the outputs, flat.
    opset : int
        One of :data:`OPSETS`.

    Notes
    -----
    ``torch.onnx.export`` parses the source of all its ONNX functions at every call, and traces the program anew to
    decompose operators of which it has hardly any: for a small model that is nearly all its time. Here the functions
    are parsed once, and operators decomposed in place; where another version of torch keeps these steps elsewhere, it
    is ``torch.onnx.export`` that is called.
    """
    exporter = _exporter()
    if exporter is None:
        written = torch.onnx.export(
            program, dynamo=True, verbose=False, opset_version=OPSET, optimize=False, external_data=False
        )
        if written is None:
            raise RuntimeError("torch wrote no ONNX model")
        model: Any = written.model
    else:
        core, passes, registry, config = exporter
        with config.patch(backed_size_oblivious=True):
            if decompose(program, registry.is_registered):
                passes.insert_type_promotion_nodes(program.graph_module)
            else:
                program = core._prepare_exported_program_for_export(program, registry=registry)
        model = core._exported_program_to_onnx_program(program, registry=registry).model
    optimize(model)
    if opset != OPSET:
        from onnxscript import version_converter

        version_converter.convert_version(model, opset)
        if model.opset_imports[""] != opset:
            raise RuntimeError(f"an operator has no form in opset {opset}")
    for value, name in zip((*model.graph.inputs, *model.graph.outputs), (INPUT, *outputs), strict=True):
        value.name = name
    return model


@functools.cache
def _exporter() -> tuple[Any, Any, Any, Any] | None:
    """The steps of torch's exporter and its table of ONNX functions, which nothing changes; None in other versions."""
    try:
        from torch.onnx._internal.exporter import _core, _fx_passes, _registration
    except ImportError:
        return None
    needed = (
        (_core, "_prepare_exported_program_for_export"),
        (_core, "_exported_program_to_onnx_program"),
        (_fx_passes, "insert_type_promotion_nodes"),
        (_registration, "ONNXRegistry"),
        (getattr(fx.experimental, "_config", None), "backed_size_oblivious"),
    )
    if not all(hasattr(place, name) for place, name in needed):
        return None
    registry = _registration.ONNXRegistry.from_torchlib(opset_version=OPSET)
    return _core, _fx_passes, registry, fx.experimental._config
