"""Load: an artifact checked against its manifest and served by a runtime, without scikit-learn."""

import functools
import os
from pathlib import Path
from typing import Any

from torch import Tensor

from ..errors import ArtifactError, InputError
from ..overrides.core.methods import method_of
from ..overrides.encoding.codec import encode_numbers
from ..runtimes.base import COMPILED, ONNXRUNTIME, PORTABLE, TORCHSCRIPT, Output, Runtime
from ..runtimes.compiled import CompiledRuntime
from ..runtimes.onnx import OnnxRuntime
from ..runtimes.torch_export import ExportRuntime
from ..runtimes.torchscript import TorchScriptRuntime
from .folder import settled
from .manifest import Manifest


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
        self.signature = manifest.signature
        self.methods = self.signature.methods
        self.classes_ = self.signature.classes

    def __getattr__(self, name: str) -> Any:
        signature = self.__dict__.get("signature")
        if signature is not None and (name in signature.methods or name in signature.raises):
            return functools.partial(self.call, name)
        known = f"; the model has {', '.join(signature.methods)}" if signature is not None else ""
        raise AttributeError(f"{type(self).__name__} has no {name!r}{known}")

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies and pickles name the folder and the runtime: the files are checked and loaded again."""
        return load, (str(self.folder), self.runtime.name)

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
        if method in self.signature.raises:
            raise InputError(self.signature.raises[method])
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
        return self.signature.encode(data)

    def decode(self, rows: Tensor) -> Any:
        """Rows as ``encode`` makes them and ``inverse_transform`` returns them, with words in the place of codes."""
        return self.signature.codec.decode(rows)

    def _rows(self, method: str, x: Any) -> Tensor:
        if method_of(method).is_inverse:
            return encode_numbers(x, self.manifest.estimator).to(self.signature.torch_dtype).detach()
        rows, width = self.encode(x), self.signature.n_features_in
        if width >= 0 and (rows.dim() != 2 or rows.shape[1] != width):
            raise InputError(f"{self.manifest.estimator} takes rows of {width} features, got shape {list(rows.shape)}")
        return rows.detach()

    def __repr__(self) -> str:
        return (
            f"Artifact({self.manifest.estimator}, runtime={self.runtime.name!r}, methods=({', '.join(self.methods)}))"
        )


def load(folder: str | os.PathLike[str], runtime: str = TORCHSCRIPT) -> Artifact:
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
        The folder is no artifact, or a file in it is missing, cut or changed; nothing of it is loaded then. Or it was
        exported without the format that the runtime serves, has no compiled files, or those of another machine.
    """
    known = (*PORTABLE, COMPILED)
    if runtime not in known:
        raise ArtifactError(f"runtime {runtime!r} is unknown: choose one of {', '.join(known)}")
    path, manifest = open_folder(folder)
    return Artifact(path, manifest, open_runtime(runtime, path, manifest))


def open_folder(folder: str | os.PathLike[str]) -> tuple[Path, Manifest]:
    """An artifact's folder and its manifest, once every file is what the manifest says."""
    path = settled(Path(os.path.abspath(folder)))
    manifest = Manifest.read(path)
    manifest.verify(path)
    return path, manifest


def open_runtime(runtime: str, folder: Path, manifest: Manifest) -> Runtime:
    """A runtime over the files of a folder that was checked already."""
    manifest.need(runtime, folder)
    if runtime == TORCHSCRIPT:
        return TorchScriptRuntime(folder)
    if runtime == ONNXRUNTIME:
        return OnnxRuntime(folder, manifest.signature)
    if runtime == COMPILED:
        return CompiledRuntime(folder, manifest.signature, manifest.compiled)
    return ExportRuntime(folder, manifest.signature)
