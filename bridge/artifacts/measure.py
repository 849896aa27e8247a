"""Measuring: the files of a folder beside scikit-learn, or beside one another."""

from pathlib import Path
from typing import Any

from ..errors import ArtifactError
from ..overrides.core.module import Module
from ..parity.compare import Form, compare
from ..parity.reference import EstimatorReference, Reference, RuntimeReference
from ..parity.report import Report
from ..runtimes.base import COMPILED, EAGER, PORTABLE, EagerRuntime, Runtime
from ..runtimes.compiled import mismatch
from .manifest import Manifest
from .read import open_runtime


def measure(
    estimator: EstimatorReference | None,
    module: Module | None,
    X: Any,
    folder: Path,
    manifest: Manifest,
    runtimes: tuple[str, ...] | None = None,
) -> Report:
    """Report on the files of a folder.

    Parameters
    ----------
    estimator : EstimatorReference, or None
        The reference; without it the eager module is, and without that TorchScript, or the first runtime there is.
    module : Module, or None
        What the files were written from.
    X : array-like of shape (n_samples, n_features)
    folder : Path
    manifest : Manifest
    runtimes : tuple of str, optional
        Without it all that the folder has files for on this machine, and the module.
    """
    signature = manifest.signature
    chosen = runtimes
    if chosen is None:
        chosen = (EAGER, *manifest.runtimes, *(() if mismatch(manifest.compiled) is not None else (COMPILED,)))
    opened: dict[str, Runtime] = {}
    if module is not None and (EAGER in chosen or estimator is None):
        opened[EAGER] = EagerRuntime(module)
    elif estimator is None:
        name = manifest.runtimes[0]
        opened[name] = open_runtime(name, folder, manifest)
    first = next(iter(opened), "")
    for name in (*PORTABLE, COMPILED):
        if name in chosen and name not in opened:
            opened[name] = open_runtime(name, folder, manifest)
    form = Form.of(module) if module is not None else Form.plain(signature.encode)
    reference: Reference
    if estimator is not None:
        reference = estimator
    else:
        reference = RuntimeReference(opened.pop(first), signature.methods, form.rows)
        if not opened:
            raise ArtifactError(
                f"{folder} has files for {first} alone, which leaves nothing to compare: pass the model"
            )
    return compare(signature, reference, list(opened.values()), X, form)
