"""Compile: a model, or an artifact that exists, with files for the processor of this machine."""

import dataclasses
import os
import shutil
import tempfile
import weakref
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import DataError, ParityError
from ..manifest import FileRecord, Manifest
from ..read import Artifact, load
from ..write import Progress, check_target, export, put_in_place
from .programs import COMPILED, compile_programs


def compile(
    model: Any,
    folder: str | os.PathLike[str] | None = None,
    sample: Any = None,
    progress: Progress | None = None,
) -> Artifact:
    """Compile every method of a model for the processor of this machine with AOTInductor, and serve it.

    Parameters
    ----------
    model : estimator, Module or path
        A fitted scikit-learn estimator, what :func:`bridge.to_torch` made of one, or the folder of an artifact, which
        may come from another machine: it gets compiled files beside the portable ones.
    folder : path, optional
        Where the artifact goes, compiled files and portable ones; as in :func:`bridge.export`. Without it, that of an
        artifact stays where it is, and that of a model lasts as long as the object returned.
    sample : array-like of shape (n_samples, n_features), optional
        Rows to measure parity on; without them rows are drawn.
    progress : callable, optional
        Called with a word for every stage that begins.

    Returns
    -------
    Artifact
        Loaded with ``runtime="compiled"``, as :func:`bridge.load` does later; nothing is compiled then.

    Raises
    ------
    ExportError
        There is no C++ compiler, or it fails.
    ParityError
        A compiled method does not give what the model gives; nothing is put in place.

    Notes
    -----
    Takes 10 to 30 seconds for each method. The files serve on machines with the same version of torch, the same system
    and a processor with the same abilities; :func:`bridge.load` refuses others.
    """
    if isinstance(model, (str, os.PathLike)):
        source = Path(os.path.abspath(model))
        target = source if folder is None else Path(os.path.abspath(folder))
        _add(source, target, sample, progress or (lambda stage: None))
        return load(target, COMPILED)
    if folder is not None:
        export(model, folder, sample, progress, compiled=True)
        return load(folder, COMPILED)
    kept = Path(tempfile.mkdtemp(prefix="bridge-compiled-"))
    try:
        export(model, kept / "artifact", sample, progress, compiled=True)
        served = load(kept / "artifact", COMPILED)
    except BaseException:
        shutil.rmtree(kept, ignore_errors=True)
        raise
    weakref.finalize(served, shutil.rmtree, kept, ignore_errors=True)
    return served


def _add(source: Path, target: Path, sample: Any, step: Progress) -> None:
    """Put an artifact with compiled files in the place of ``target``; ``source`` has the portable ones."""
    from ...parity.compare import measure

    check_target(target)
    manifest = Manifest.read(source)
    manifest.verify(source)
    rows = sample if sample is not None else _drawn(manifest)
    portable = tuple(record for record in manifest.files if f".{COMPILED}." not in record.name)
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        for record in portable:
            shutil.copy2(source / record.name, aside / record.name)
        step("compile")
        paths, facts = compile_programs(aside, manifest.methods)
        files = (*portable, *(FileRecord.of(path) for path in paths))
        manifest = dataclasses.replace(manifest, files=files, compiled=facts)
        step("parity")
        report = measure(None, None, rows, aside, manifest, (COMPILED,))
        if not report.ok:
            raise ParityError(f"the compiled files of {source} are not put in place:\n{report.failures_text()}")
        dataclasses.replace(manifest, parity=_joined(manifest.parity, report.to_dict())).write(aside)
        put_in_place(aside, target)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _drawn(manifest: Manifest) -> np.ndarray:
    """Rows of numbers, where the artifact takes such."""
    table = manifest.table
    if manifest.n_features_in < 1 or (table is not None and not table.is_plain):
        raise DataError("no rows can be drawn for this artifact, which takes words: pass sample=, a few rows of data")
    return np.random.default_rng(0).normal(size=(24, manifest.n_features_in))


def _joined(parity: dict[str, Any] | None, added: dict[str, Any]) -> dict[str, Any]:
    """What was measured on an artifact, with what was measured on its compiled files against its TorchScript."""
    if parity is None:
        return added
    against = [{**item, "note": f"against {added['reference']}"} for item in added["comparisons"]]
    kept = [item for item in parity["comparisons"] if item["runtime"] != COMPILED]
    return {**parity, "comparisons": [*kept, *against]}
