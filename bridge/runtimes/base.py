"""The runtimes that serve a model: the same methods on eager torch, TorchScript, torch.export and onnxruntime."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from ..errors import ArtifactError, InputError
from ..overrides.core.methods import JOINT, METHODS, public_methods
from ..overrides.functional.csr import rows_between, tile_of_csr
from .quiet import quiet

Output = Tensor | list[Tensor] | list[str]

TILE_ROWS = 1024
"""Rows per call of a graph that cannot cut its batch itself; bounds the memory of a large batch."""

TORCHSCRIPT_FILE = "model.pt"
ONNX_FILE = "model.onnx"


class Runtime(Protocol):
    """Something that serves the methods of one model."""

    name: str

    def call(self, method: str, x: Tensor) -> Output:
        """Result of a method on rows."""


class EagerRuntime:
    """A module as it is."""

    name = "eager"

    def __init__(self, module: nn.Module) -> None:
        self.module = module

    def call(self, method: str, x: Tensor) -> Output:
        """Result of a method on rows."""
        with torch.no_grad():
            result: Output = getattr(self.module, method)(x)
        return result


class TorchScriptRuntime(EagerRuntime):
    """A TorchScript file."""

    name = "torchscript"

    def __init__(self, folder: Path) -> None:
        path = folder / TORCHSCRIPT_FILE
        try:
            with quiet():
                super().__init__(torch.jit.load(str(path), map_location="cpu"))
        except (RuntimeError, ValueError) as error:
            raise ArtifactError(f"{path} cannot be read as TorchScript: {error}") from error
        # Scripted methods are looked up after those of nn.Module, which has an ``apply`` too: put them in front.
        scripted: Any = self.module._c
        for name in METHODS:
            if scripted._has_method(name):
                self.module.__dict__[name] = scripted._get_method(name)

    def call(self, method: str, x: Tensor) -> Output:
        """Result of a method on rows."""
        try:
            return super().call(method, x)
        except torch.jit.Error as error:
            # TorchScript raises every error of ours as one of its own, behind a trace: keep the sentence.
            raise InputError(str(error).strip().splitlines()[-1].partition("Error: ")[2] or str(error)) from error


class ExportRuntime:
    """The torch.export programs of an artifact, loaded when first called."""

    name = "torch.export"

    def __init__(self, folder: Path, lists: dict[str, int], words: list[str], batch_dependent: bool = False) -> None:
        self.folder = folder
        self.lists = lists
        self.batch_dependent = batch_dependent
        self.words = words
        self._programs: dict[str, Any] = {}

    def call(self, method: str, x: Tensor) -> Output:
        """Result of a method on rows, worked on in tiles."""
        if method == "predict_labels":  # a program returns tensors only: the words are the manifest's
            codes = self.call("predict", x)
            assert isinstance(codes, Tensor)
            return [self.words[code] for code in codes.tolist()]
        if method not in self._programs:
            self._programs[method] = self._open(method)
        with torch.no_grad():
            parts = [self._programs[method](tile) for tile in tiles(x, self.batch_dependent or method in JOINT)]
        return joined(parts, method in self.lists)

    def _open(self, method: str) -> Any:
        """The program of a method, as a function of rows."""
        path = self.folder / f"{method}.pt2"
        try:
            return torch.export.load(path).module()
        except (RuntimeError, ValueError, OSError) as error:
            raise ArtifactError(f"{path} cannot be read as a torch.export program: {error}") from error


class OnnxRuntime:
    """``model.onnx`` of an artifact in onnxruntime, on the processor."""

    name = "onnxruntime"

    def __init__(self, folder: Path, lists: dict[str, int], batch_dependent: bool = False) -> None:
        import onnxruntime

        path = folder / ONNX_FILE
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = torch.get_num_threads()
        try:
            self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise ArtifactError(f"{path} cannot be read by onnxruntime: {error}") from error
        self.lists = lists
        self.batch_dependent = batch_dependent
        self._inputs = {item.name: item.shape for item in self.session.get_inputs()}
        self._outputs = [item.name for item in self.session.get_outputs()]

    def call(self, method: str, x: Tensor) -> Output:
        """Result of a method on rows, worked on in tiles."""
        from ..artifacts.onnx.export import input_name, output_names

        outputs = output_names(method, self.lists.get(method))
        missing = [name for name in outputs if name not in self._outputs]
        if missing:
            raise ArtifactError(f"{ONNX_FILE} has no output {missing[0]!r}, only {', '.join(self._outputs)}")
        parts = [
            self._run(input_name(method), outputs, tile) for tile in tiles(x, self.batch_dependent or method in JOINT)
        ]
        return joined(parts, method in self.lists)

    def _run(self, input_name: str, outputs: list[str], x: Tensor) -> tuple[Any, ...]:
        # onnxruntime wants every input of the graph: those that the method does not read get no rows.
        feeds = {name: x.new_zeros((0, *shape[1:])).numpy() for name, shape in self._inputs.items()}
        feeds[input_name] = x.numpy()
        results = self.session.run(outputs, feeds)
        return tuple(result.tolist() if result.dtype == object else torch.from_numpy(result) for result in results)


def tiles(x: Tensor, whole: bool = False) -> Iterator[Tensor]:
    """Rows in dense pieces of :data:`TILE_ROWS`, fewer of compressed rows that are wide, or whole; at least one."""
    size = TILE_ROWS if x.layout == torch.strided else tile_of_csr(x, TILE_ROWS)
    if whole:
        size = max(len(x), 1)
    for start in range(0, max(len(x), 1), size):
        yield rows_between(x, start, size)


def joined(parts: list[Any], is_list: bool) -> Output:
    """Results of tiles, each a tuple of outputs, as the result of the whole batch."""
    columns = [_cat([part[i] for part in parts]) for i in range(len(parts[0]))]
    return columns if is_list else columns[0]


def _cat(pieces: list[Any]) -> Any:
    if isinstance(pieces[0], list):
        return [word for piece in pieces for word in piece]
    return pieces[0] if len(pieces) == 1 else torch.cat(pieces)


def served_methods(module: nn.Module) -> tuple[str, ...]:
    """Public methods of a module, ``predict_labels`` last where it has it."""
    extra = ("predict_labels",) if hasattr(module, "predict_labels") else ()
    return (*public_methods(module), *extra)
