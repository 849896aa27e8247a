"""What every runtime is, the eager one, and batches cut into tiles for those that cannot cut their own."""

from collections.abc import Iterator
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from ..overrides.functional.csr import rows_between, tile_of_csr

Output = Tensor | list[Tensor] | list[str] | list[list[str]]

TILE_ROWS = 1024
"""Rows per call of a graph that cannot cut its batch itself; bounds the memory of a large batch."""

EAGER, TORCHSCRIPT, TORCH_EXPORT, ONNXRUNTIME, COMPILED = (
    "eager",
    "torchscript",
    "torch.export",
    "onnxruntime",
    "compiled",
)

PORTABLE = (TORCHSCRIPT, ONNXRUNTIME, TORCH_EXPORT)
"""Names of the runtimes that run anywhere."""

FORMATS = {"onnx": ONNXRUNTIME, "torchscript": TORCHSCRIPT, "torch.export": TORCH_EXPORT}
"""Formats that an artifact may have, each with the runtime that serves it."""

RUNTIMES = (EAGER, TORCHSCRIPT, TORCH_EXPORT, ONNXRUNTIME)
"""Names of the runtimes that a model is compared in."""

RAISING = (EAGER, TORCHSCRIPT)
"""Those that can raise."""


class Runtime(Protocol):
    """Something that serves the methods of one model."""

    name: str

    def call(self, method: str, x: Tensor) -> Output:
        """Result of a method on rows."""


class EagerRuntime:
    """A module as it is."""

    name = EAGER

    def __init__(self, module: nn.Module) -> None:
        self.module = module

    def call(self, method: str, x: Tensor) -> Output:
        """Result of a method on rows."""
        with torch.no_grad():
            result: Output = getattr(self.module, method)(x)
        return result


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
