"""onnxruntime: one ONNX model with an output per method."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..errors import ArtifactError
from ..overrides.core.methods import method_of
from ..overrides.core.signature import Signature
from .base import ONNXRUNTIME, Output, joined, tiles

ONNX_FILE = "model.onnx"


def output_names(method: str, count: int | None) -> list[str]:
    """Names of the graph outputs of a method; ``count`` for one that returns a tensor per output."""
    return [method] if count is None else [f"{method}_{i}" for i in range(count)]


class OnnxRuntime:
    """``model.onnx`` of an artifact in onnxruntime, on the processor."""

    name = ONNXRUNTIME

    def __init__(self, folder: Path, signature: Signature) -> None:
        import onnxruntime

        path = folder / ONNX_FILE
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = torch.get_num_threads()
        try:
            self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise ArtifactError(f"{path} cannot be read by onnxruntime: {error}") from error
        self.signature = signature
        self._inputs = {item.name: item.shape for item in self.session.get_inputs()}
        self._outputs = [item.name for item in self.session.get_outputs()]

    def call(self, method: str, x: Tensor) -> Output:
        """Result of a method on rows, worked on in tiles."""
        outputs = output_names(method, self.signature.outputs.get(method))
        missing = [name for name in outputs if name not in self._outputs]
        if missing:
            raise ArtifactError(f"{ONNX_FILE} has no output {missing[0]!r}, only {', '.join(self._outputs)}")
        pieces = tiles(x, self.signature.keeps_batch_whole(method))
        parts = [self._run(method_of(method).graph_input, outputs, piece) for piece in pieces]
        return joined(parts, method in self.signature.outputs)

    def _run(self, input_name: str, outputs: list[str], x: Tensor) -> tuple[Any, ...]:
        # onnxruntime wants every input of the graph: those that the method does not read get no rows.
        feeds = {name: x.new_zeros((0, *shape[1:])).numpy() for name, shape in self._inputs.items()}
        feeds[input_name] = x.numpy()
        results = self.session.run(outputs, feeds)
        return tuple(result.tolist() if result.dtype == object else torch.from_numpy(result) for result in results)
