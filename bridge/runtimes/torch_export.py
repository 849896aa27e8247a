"""torch.export: a program per method."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..errors import ArtifactError
from ..overrides.core.methods import PREDICT_LABELS
from ..overrides.core.signature import Signature
from .base import TORCH_EXPORT, Output, joined, tiles


class ExportRuntime:
    """The torch.export programs of an artifact, loaded when first called."""

    name = TORCH_EXPORT

    def __init__(self, folder: Path, signature: Signature) -> None:
        self.folder = folder
        self.signature = signature
        self._programs: dict[str, Any] = {}

    def call(self, method: str, x: Tensor) -> Output:
        """Result of a method on rows, worked on in tiles."""
        if method == PREDICT_LABELS.name:  # a program returns tensors only: the strings are the signature's
            codes = self.call(PREDICT_LABELS.sklearn_name, x)
            assert isinstance(codes, Tensor)
            return [self.signature.strings[code] for code in codes.tolist()]
        if method not in self._programs:
            self._programs[method] = self._open(method)
        with torch.no_grad():
            parts = [self._programs[method](tile) for tile in tiles(x, self.signature.keeps_batch_whole(method))]
        return joined(parts, method in self.signature.outputs)

    def _open(self, method: str) -> Any:
        """The program of a method, as a function of rows."""
        path = self.folder / f"{method}.pt2"
        try:
            return torch.export.load(path).module()
        except (RuntimeError, ValueError, OSError) as error:
            raise ArtifactError(f"{path} cannot be read as a torch.export program: {error}") from error
