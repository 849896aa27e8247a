"""Every format of a module, written into a folder."""

import sys
from collections.abc import Callable, Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

import torch

from ..errors import ArtifactError
from ..overrides.core.facts import facts_of
from ..overrides.core.methods import public_methods
from ..overrides.core.module import Module
from ..overrides.core.signature import Signature
from ..runtimes.base import FORMATS
from ..runtimes.graphs import graphs_of
from ..runtimes.torchscript import TORCHSCRIPT_FILE
from .aoti.programs import compile_programs
from .manifest import FileRecord, Manifest
from .onnx.export import has_tree_operators, onnx_program, save_onnx
from .onnx.translate import OPSET
from .torch_formats import example_rows, export_program, save_program, save_torchscript

Progress = Callable[[str], None]


def check_formats(formats: Iterable[str], compiled: bool = False) -> tuple[str, ...]:
    """Formats in the order of :data:`~bridge.runtimes.base.FORMATS`, or an ArtifactError."""
    chosen = {formats} if isinstance(formats, str) else set(formats)
    unknown = sorted(chosen - set(FORMATS))
    if unknown or not chosen:
        said = f"unknown format {unknown[0]!r}" if unknown else "no format"
        raise ArtifactError(f"{said}: choose from {', '.join(FORMATS)}")
    if compiled and "torch.export" not in chosen:
        raise ArtifactError("files are compiled from torch.export programs: add 'torch.export' to formats=")
    return tuple(name for name in FORMATS if name in chosen)


def write_files(
    module: Module,
    estimator: Any,
    folder: Path,
    step: Progress,
    compiled: bool = False,
    formats: Iterable[str] = tuple(FORMATS),
    opset: int = OPSET,
) -> Manifest:
    """Write formats of a module into an empty folder; returns the manifest, without parity and not written."""
    formats = check_formats(formats, compiled)
    decided = getattr(module, "plan", None)
    signature = Signature.of(module)
    feature_names = facts_of(estimator).feature_names
    facts = {"estimator": module.estimator_name, "classes": signature.classes, "feature_names": feature_names}
    paths = []
    if "torchscript" in formats:
        step("TorchScript")
        paths.append(folder / TORCHSCRIPT_FILE)
        save_torchscript(module, paths[-1])
    graphs = graphs_of(public_methods(module))
    paths += _write_graphs(module, graphs, folder, facts, step, formats, opset)
    facts_of_compiled = None
    if compiled:
        step("compile")
        more, facts_of_compiled = compile_programs(folder, public_methods(module))
        paths += more
    return Manifest(
        estimator=decided.root.estimator if decided is not None else module.estimator_name,
        signature=signature,
        feature_names=feature_names,
        files=tuple(FileRecord.of(path) for path in paths),
        plan=decided.to_dict() if decided is not None else None,
        versions=_versions(),
        formats=list(formats),
        graphs={name: list(methods) for name, methods in graphs.items()},
        compiled=facts_of_compiled,
    )


def _write_graphs(
    module: Module,
    graphs: dict[str, tuple[str, ...]],
    folder: Path,
    facts: dict[str, Any],
    step: Progress,
    formats: tuple[str, ...],
    opset: int,
) -> list[Path]:
    """Write graphs as torch.export programs and as ONNX; one that serves both is traced once."""
    paths: list[Path] = []
    programs: dict[str, torch.export.ExportedProgram] = {}
    if "torch.export" in formats:
        step("torch.export")
        for name, methods in graphs.items():
            program = onnx_program(module, methods) if "onnx" in formats else None
            if program is not None:
                programs[name] = program
            if program is None or has_tree_operators(program):
                program = export_program(module, methods, example_rows(module, methods[0]))
            paths.append(folder / f"{name}.pt2")
            save_program(program, paths[-1])
    if "onnx" in formats:
        step("ONNX")
        for name, methods in graphs.items():
            paths.append(folder / f"{name}.onnx")
            save_onnx(module, methods, paths[-1], facts, programs.pop(name, None), opset)
    return paths


def _versions() -> dict[str, str]:
    packages = ("sklearn-bridge", "scikit-learn", "torch", "onnx", "onnxruntime", "skl2onnx", "onnx2torch", "numpy")
    return {"python": sys.version.split()[0], **{name: metadata.version(name) for name in packages}}
