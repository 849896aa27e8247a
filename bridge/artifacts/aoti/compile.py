"""Compiled files for the processor of this machine, added to an artifact that exists."""

import dataclasses
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import DataError, ParityError
from ...runtimes.base import COMPILED, TORCH_EXPORT
from ..folder import check_target, replacing
from ..manifest import FileRecord, Manifest
from ..measure import measure
from ..write import Progress
from .programs import compile_programs


def add_compiled(source: Path, target: Path, sample: Any, step: Progress) -> None:
    """Put an artifact with compiled files in the place of ``target``; ``source`` has the portable ones."""
    check_target(target)
    manifest = Manifest.read(source)
    manifest.verify(source)
    manifest.need(TORCH_EXPORT, source)
    rows = sample if sample is not None else _drawn(manifest)
    portable = tuple(record for record in manifest.files if f".{COMPILED}." not in record.name)
    with replacing(target) as aside:
        for record in portable:
            shutil.copy2(source / record.name, aside / record.name)
        step("compile")
        paths, facts = compile_programs(aside, manifest.signature.methods)
        files = (*portable, *(FileRecord.of(path) for path in paths))
        manifest = dataclasses.replace(manifest, files=files, compiled=facts)
        step("parity")
        report = measure(None, None, rows, aside, manifest, (COMPILED,))
        if not report.ok:
            raise ParityError(f"the compiled files of {source} are not put in place:\n{report.failures_text()}")
        dataclasses.replace(manifest, parity=_joined(manifest.parity, report.to_dict())).write(aside)


def _drawn(manifest: Manifest) -> np.ndarray:
    """Rows of numbers, where the artifact takes such."""
    table, width = manifest.signature.columns, manifest.signature.n_features_in
    if width < 1 or (table is not None and not table.is_plain):
        raise DataError("no rows can be drawn for this artifact, which takes words: pass sample=, a few rows of data")
    return np.random.default_rng(0).normal(size=(24, width))


def _joined(parity: dict[str, Any] | None, added: dict[str, Any]) -> dict[str, Any]:
    """What was measured on an artifact, with what was measured on its compiled files against its TorchScript."""
    if parity is None:
        return added
    against = [{**item, "note": f"against {added['reference']}"} for item in added["comparisons"]]
    kept = [item for item in parity["comparisons"] if item["runtime"] != COMPILED]
    return {**parity, "comparisons": [*kept, *against]}
