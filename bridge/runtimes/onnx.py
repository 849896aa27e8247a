"""onnxruntime: ONNX models with an output per method."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..errors import ArtifactError
from ..overrides.core.methods import method_of
from ..overrides.core.signature import Signature
from .base import ONNXRUNTIME, Output, joined, tiles
from .graphs import INPUT, output_names


class OnnxRuntime:
    """The ONNX files of an artifact in onnxruntime, on the processor, loaded when first called."""

    name = ONNXRUNTIME

    def __init__(self, folder: Path, signature: Signature) -> None:
        self.folder = folder
        self.signature = signature
        self._sessions: dict[str, Any] = {}

    def call(self, method: str, x: Tensor) -> Output:
        """Result of a method on rows, worked on in tiles."""
        name = method_of(method).graph
        if name not in self._sessions:
            self._sessions[name] = self._open(name)
        session, outputs = self._sessions[name], output_names(method, self.signature.outputs.get(method))
        present = [item.name for item in session.get_outputs()]
        missing = [output for output in outputs if output not in present]
        if missing:
            raise ArtifactError(f"{name}.onnx has no output {missing[0]!r}, only {', '.join(present)}")
        pieces = tiles(x, self.signature.keeps_batch_whole(method))
        parts = [self._run(session, outputs, piece) for piece in pieces]
        return joined(parts, method in self.signature.outputs)

    def _open(self, name: str) -> Any:
        import onnxruntime

        path = self.folder / f"{name}.onnx"
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = torch.get_num_threads()
        try:
            return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise ArtifactError(f"{path} cannot be read by onnxruntime: {error}") from error

    def _run(self, session: Any, outputs: list[str], x: Tensor) -> tuple[Any, ...]:
        results = session.run(outputs, {INPUT: x.numpy()})
        return tuple(result.tolist() if result.dtype == object else torch.from_numpy(result) for result in results)
