"""TorchScript: one file with every method, which loads where only torch is installed."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..errors import ArtifactError, InputError
from ..overrides.core.methods import METHODS
from .base import TORCHSCRIPT, EagerRuntime, Output
from .quiet import quiet

TORCHSCRIPT_FILE = "model.pt"


class TorchScriptRuntime(EagerRuntime):
    """A TorchScript file."""

    name = TORCHSCRIPT

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
