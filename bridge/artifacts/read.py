"""Load: an artifact checked against its manifest and served by a runtime, without scikit-learn."""

import functools
import os
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..errors import ArtifactError, InputError
from ..overrides.core.module import encode_numbers
from ..overrides.encoding.tables import encode_table
from ..runtimes.base import ExportRuntime, OnnxRuntime, Output, Runtime, TorchScriptRuntime
from .aoti.programs import COMPILED, CompiledRuntime
from .manifest import MANIFEST, Manifest

RUNTIMES = ("torchscript", "onnxruntime", "torch.export")
"""Those of every artifact."""


class Artifact:
    """A loaded artifact: the methods of the estimator, as functions of a tensor.

    Attributes
    ----------
    manifest : Manifest
    methods : tuple of str
        Each is an attribute: ``artifact.predict(x)``.
    classes_ : list or None
        Labels, words or numbers.
    """

    def __init__(self, folder: Path, manifest: Manifest, runtime: Runtime) -> None:
        self.folder = folder
        self.manifest = manifest
        self.runtime = runtime
        self.methods = manifest.methods
        self.classes_ = manifest.classes
        self._table = manifest.table
        self._labels = manifest.label_reader
        self._raises = manifest.raises

    def __getattr__(self, name: str) -> Any:
        if name in self.__dict__.get("methods", ()) or name in self.__dict__.get("_raises", ()):
            return functools.partial(self.call, name)
        raise AttributeError(f"{type(self).__name__} has no {name!r}; the model has {', '.join(self.methods)}")

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self.methods})

    def __call__(self, x: Any) -> Output:
        """``predict`` of a predictor, ``transform`` of a transformer."""
        main = next(name for name in ("predict", "transform", *self.methods) if name in self.methods)
        return self.call(main, x)

    def call(self, method: str, x: Any) -> Output:
        """Result of a method.

        Parameters
        ----------
        method : str
        x : Tensor or array-like of shape (n_samples, n_features)

        Returns
        -------
        Tensor, or list of Tensor or of str where the method returns those
        """
        if method in self._raises:
            raise InputError(self._raises[method])
        if method not in self.methods:
            raise InputError(f"the model has no method {method!r}, only {', '.join(self.methods)}")
        return self.runtime.call(method, self._rows(method, x))

    def encode(self, data: Any) -> Tensor:
        """Rows from outside as the tensor that the methods take.

        Parameters
        ----------
        data : data frame, dict of columns, list of dicts, array-like, sparse matrix or Tensor
            Columns of frames and dicts are found by name, whatever their order; words become codes. A transformer of
            labels takes those, words or numbers.

        Raises
        ------
        InputError
            A column is missing, or is not what the model was fitted on.
        """
        name = self.manifest.estimator.rpartition(".")[2]
        if self._labels is not None:
            rows = self._labels.encode(data, name)
        else:
            rows = encode_numbers(data, name) if self._table is None else encode_table(data, self._table, name)
        return rows.to(getattr(torch, self.manifest.dtype))

    def decode(self, rows: Tensor) -> Any:
        """Rows as ``encode`` makes them and ``inverse_transform`` returns them, with words in the place of codes."""
        if self._labels is not None:
            return self._labels.decode(rows)
        if self._table is None:
            raise InputError(f"{self.manifest.estimator} has no columns to decode")
        return self._table.decode(rows.detach())

    def _rows(self, method: str, x: Any) -> Tensor:
        rows = encode_numbers(x, self.manifest.estimator) if method == "inverse_transform" else self.encode(x)
        rows = rows.to(getattr(torch, self.manifest.dtype))
        width = self.manifest.n_features_in
        if method != "inverse_transform" and width >= 0 and (rows.dim() != 2 or rows.shape[1] != width):
            raise InputError(f"{self.manifest.estimator} takes rows of {width} features, got shape {list(rows.shape)}")
        return rows.detach()

    def __repr__(self) -> str:
        return (
            f"Artifact({self.manifest.estimator}, runtime={self.runtime.name!r}, methods=({', '.join(self.methods)}))"
        )


def load(folder: str | os.PathLike[str], runtime: str = "torchscript") -> Artifact:
    """Check an artifact and serve its methods.

    Parameters
    ----------
    folder : path
        What :func:`bridge.export` wrote.
    runtime : {"torchscript", "onnxruntime", "torch.export", "compiled"}
        "compiled" where :func:`bridge.compile` made the files, on the machine that they were made for.

    Raises
    ------
    ArtifactError
        The folder is no artifact, or a file in it is missing, cut or changed; nothing of it is loaded then. Or it has
        no compiled files, or those of another machine.
    """
    known = (*RUNTIMES, COMPILED)
    if runtime not in known:
        raise ArtifactError(f"runtime {runtime!r} is unknown: choose one of {', '.join(known)}")
    path = _settled(Path(os.path.abspath(folder)))
    manifest = Manifest.read(path)
    manifest.verify(path)
    return Artifact(path, manifest, open_runtime(runtime, path, manifest))


def open_runtime(runtime: str, folder: Path, manifest: Manifest) -> Runtime:
    """A runtime over the files of a folder that was checked already."""
    if runtime == "torchscript":
        return TorchScriptRuntime(folder)
    if runtime == "onnxruntime":
        return OnnxRuntime(folder, manifest.lists, manifest.batch_dependent)
    if runtime == COMPILED:
        return CompiledRuntime(folder, manifest)
    return ExportRuntime(folder, manifest.lists, manifest.words, manifest.batch_dependent)


def _settled(folder: Path) -> Path:
    """The folder, or the earlier artifact where an export was killed between its two renames."""
    from .write import previous_of

    if not folder.exists() and (previous_of(folder) / MANIFEST).is_file():
        return previous_of(folder)
    return folder
