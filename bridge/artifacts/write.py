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
from ..runtimes.onnx import ONNX_FILE
from ..runtimes.torchscript import TORCHSCRIPT_FILE
from .aoti.programs import compile_programs
from .manifest import FileRecord, Manifest
from .onnx.export import save_onnx
from .torch_formats import save_programs, save_torchscript

Progress = Callable[[str], None]


def write_files(module: Module, estimator: Any, folder: Path, step: Progress, compiled: bool = False) -> Manifest:
    """Write every format of a module into an empty folder; returns the manifest, without parity and not written."""
    decided = getattr(module, "plan", None)
    signature = Signature.of(module)
    feature_names = facts_of(estimator).feature_names
    facts = {"estimator": module.estimator_name, "classes": signature.classes, "feature_names": feature_names}
    step("TorchScript")
    save_torchscript(module, folder / TORCHSCRIPT_FILE)
    step("torch.export")
    programs = save_programs(module, folder)
    step("ONNX")
    save_onnx(module, folder / ONNX_FILE, facts)
    paths = [folder / ONNX_FILE, folder / TORCHSCRIPT_FILE, *programs]
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
        compiled=facts_of_compiled,
    )


def _versions() -> dict[str, str]:
    packages = ("sklearn-bridge", "scikit-learn", "torch", "onnx", "onnxruntime", "skl2onnx", "onnx2torch", "numpy")
    return {"python": sys.version.split()[0], **{name: metadata.version(name) for name in packages}}
