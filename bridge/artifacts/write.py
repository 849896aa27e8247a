"""Export: every format of a module, measured, and put in place in one step."""

import copy
import ctypes
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ArtifactError, ParityError
from ..overrides.core.methods import public_methods
from ..overrides.core.module import Module
from ..overrides.core.registry import feature_names
from ..runtimes.base import ONNX_FILE, TORCHSCRIPT_FILE, served_methods
from .aoti.programs import compile_programs
from .manifest import MANIFEST, FileRecord, Manifest
from .onnx.export import list_lengths, save_onnx
from .torch_formats import save_programs, save_torchscript

Progress = Callable[[str], None]


def export(
    model: Any,
    folder: str | os.PathLike[str],
    sample: Any = None,
    progress: Progress | None = None,
    *,
    compiled: bool = False,
) -> Manifest:
    """Write a model as ONNX, TorchScript and torch.export programs, with a manifest that holds the measured parity.

    Parameters
    ----------
    model : estimator or Module
        A fitted scikit-learn estimator, or what :func:`bridge.to_torch` made of one.
    folder : path
        Made if it is missing; an earlier artifact in it is replaced in one step, and stays whole if this call fails
        or is killed.
    sample : array-like of shape (n_samples, n_features), optional
        Rows to measure parity on; without them rows are drawn around the fitted ranges.
    progress : callable, optional
        Called with a word for every stage that begins.
    compiled : bool
        Write files for the processor of this machine too, as :func:`bridge.compile` does; needs a C++ compiler.

    Returns
    -------
    Manifest

    Raises
    ------
    ArtifactError
        ``folder`` is a file, or holds files that are not an artifact's.
    ExportError
        A format cannot express the module, or compiling fails.
    ParityError
        A written file does not give what the model gives; nothing is put in place.
    """
    from ..convert import to_torch
    from ..parity.compare import measure
    from ..parity.verify import sample_rows

    target = Path(os.path.abspath(folder))
    check_target(target)
    step = progress or (lambda stage: None)
    estimator = None if isinstance(model, Module) else model
    step("convert")
    module = model if estimator is None else to_torch(estimator, sample)
    module = copy.deepcopy(module).cpu()
    rows = sample if sample is not None else sample_rows(estimator if estimator is not None else module, module)
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        manifest = write_files(module, estimator, aside, step, compiled)
        step("parity")
        report = measure(estimator, module, rows, aside, manifest)
        if not report.ok:
            raise ParityError(f"the artifact of {module.estimator_name} is not put in place:\n{report.failures_text()}")
        manifest = Manifest(**{**manifest.__dict__, "parity": report.to_dict()})
        manifest.write(aside)
        put_in_place(aside, target)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return manifest


def write_files(module: Module, estimator: Any, folder: Path, step: Progress, compiled: bool = False) -> Manifest:
    """Write every format of a module into an empty folder; returns the manifest, without parity and not written."""
    decided = getattr(module, "plan", None)
    classes = module.class_names or _numbers(module)
    names = feature_names(estimator)
    facts = {"estimator": module.estimator_name, "classes": classes, "feature_names": names}
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
        plan=decided.to_dict() if decided is not None else None,
        versions=_versions(),
        methods=served_methods(module),
        lists=list_lengths(module),
        classes=classes,
        feature_names=names,
        n_features_in=module.n_features_in_,
        dtype=str(module.anchor.dtype).removeprefix("torch."),
        files=tuple(FileRecord.of(path) for path in paths),
        parity=None,
        columns=None if module.columns is None else module.columns.to_list(),
        compiled=facts_of_compiled,
        raises=module.raising,
        labels=None if module.label_reader is None else "sets" if module.label_reader.are_sets else "one",
        batch_dependent=module.batch_dependent,
    )


def _numbers(module: Module) -> list[Any] | None:
    classes = getattr(module, "classes_", None)
    return None if classes is None else np.asarray(classes.detach()).tolist()


def _versions() -> dict[str, str]:
    packages = ("sklearn-bridge", "scikit-learn", "torch", "onnx", "onnxruntime", "skl2onnx", "onnx2torch", "numpy")
    return {"python": sys.version.split()[0], **{name: metadata.version(name) for name in packages}}


def check_target(target: Path) -> None:
    """Refuse a target whose replacement would lose something that is not an artifact's."""
    if target.exists() and not target.is_dir():
        raise ArtifactError(f"{target} is a file: pass a folder to export to")
    if not target.is_dir() or not any(target.iterdir()):
        return
    if not (target / MANIFEST).is_file():
        raise ArtifactError(f"{target} holds files that are not an artifact: pass a new or an empty folder")
    own = {MANIFEST, *(record.name for record in Manifest.read(target).files)}
    foreign = sorted(path.name for path in target.iterdir() if path.name not in own)
    if foreign:
        raise ArtifactError(f"{target} holds {foreign[0]!r} beside its artifact: move it away, or pass another folder")


def put_in_place(aside: Path, target: Path) -> None:
    """Make ``aside`` the folder ``target``; what was there is left in ``aside``, to be removed."""
    os.chmod(aside, 0o755)
    for path in (*aside.iterdir(), aside):
        _sync(path)
    if not target.exists():
        os.rename(aside, target)
    elif not _exchange(aside, target):
        # Two renames, where the system has no exchange: load() finds the earlier artifact if we die between them.
        previous = previous_of(target)
        shutil.rmtree(previous, ignore_errors=True)
        os.rename(target, previous)
        os.rename(aside, target)
        shutil.rmtree(previous)
    _sync(target.parent)


def previous_of(target: Path) -> Path:
    """Where an artifact waits while its successor is renamed into its place."""
    return target.with_name(f".{target.name}.previous")


def _exchange(first: Path, second: Path) -> bool:
    """Swap two folders in one step with renameat2(RENAME_EXCHANGE); False where the system cannot."""
    if not sys.platform.startswith("linux"):
        return False
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    at_fdcwd, rename_exchange = -100, 2
    return rename is not None and rename(at_fdcwd, bytes(first), at_fdcwd, bytes(second), rename_exchange) == 0


def _sync(path: Path) -> None:
    if os.name != "posix":  # folders cannot be opened elsewhere
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
