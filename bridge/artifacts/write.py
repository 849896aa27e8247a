"""Every format of a module, written into a folder."""

import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

from ..overrides.core.facts import facts_of
from ..overrides.core.methods import public_methods
from ..overrides.core.module import Module
from ..overrides.core.signature import Signature
from ..runtimes.graphs import graphs_of
from ..runtimes.torchscript import TORCHSCRIPT_FILE
from .aoti.programs import compile_programs
from .manifest import FileRecord, Manifest
from .onnx.export import has_tree_operators, onnx_program, save_onnx
from .torch_formats import example_rows, export_program, save_program, save_torchscript

Progress = Callable[[str], None]


def write_files(module: Module, estimator: Any, folder: Path, step: Progress, compiled: bool = False) -> Manifest:
    """Write every format of a module into an empty folder; returns the manifest, without parity and not written."""
    decided = getattr(module, "plan", None)
    signature = Signature.of(module)
    feature_names = facts_of(estimator).feature_names
    facts = {"estimator": module.estimator_name, "classes": signature.classes, "feature_names": feature_names}
    step("TorchScript")
    save_torchscript(module, folder / TORCHSCRIPT_FILE)
    graphs = graphs_of(public_methods(module))
    paths = [folder / TORCHSCRIPT_FILE, *_write_graphs(module, graphs, folder, facts, step)]
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
        graphs={name: list(methods) for name, methods in graphs.items()},
        compiled=facts_of_compiled,
    )


def _write_graphs(
    module: Module, graphs: dict[str, tuple[str, ...]], folder: Path, facts: dict[str, Any], step: Progress
) -> list[Path]:
    """Write graphs as torch.export programs and as ONNX; one that serves both is traced once."""
    paths = []
    step("torch.export")
    programs = {name: onnx_program(module, methods) for name, methods in graphs.items()}
    for name, methods in graphs.items():
        program = programs[name]
        if has_tree_operators(program):
            program = export_program(module, methods, example_rows(module, methods[0]))
        paths.append(folder / f"{name}.pt2")
        save_program(program, paths[-1])
    step("ONNX")
    for name, methods in graphs.items():
        paths.append(folder / f"{name}.onnx")
        save_onnx(module, methods, paths[-1], facts, programs.pop(name))
    return paths


def _versions() -> dict[str, str]:
    packages = ("sklearn-bridge", "scikit-learn", "torch", "onnx", "onnxruntime", "skl2onnx", "onnx2torch", "numpy")
    return {"python": sys.version.split()[0], **{name: metadata.version(name) for name in packages}}
