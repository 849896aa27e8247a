"""Programs compiled by AOTInductor for one machine: as torch.export's, in files of their own."""

import platform
import sys
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..errors import ArtifactError, InputError
from ..overrides.core.signature import Signature
from .base import COMPILED, Output
from .torch_export import ExportRuntime


def compiled_name(method: str) -> str:
    """Name of the file of a method."""
    return f"{method}.{COMPILED}.pt2"


def this_machine() -> dict[str, str]:
    """What a compiled file depends on: torch, system, and what the processor can do."""
    processor = f"{platform.machine()} {torch.backends.cpu.get_cpu_capability()}"
    return {"torch": str(torch.__version__), "system": sys.platform, "processor": processor}


def mismatch(compiled: dict[str, Any] | None) -> str | None:
    """Why compiled files, which were made for the machine described, cannot be used on this one, or None."""
    if compiled is None:
        return "it has no compiled files"
    for fact, present in this_machine().items():
        if compiled.get(fact) != present:
            return f"it was compiled for {fact} {compiled.get(fact)}, this machine has {present}"
    return None


class CompiledRuntime(ExportRuntime):
    """The compiled files of an artifact, loaded when first called and never compiled again."""

    name = COMPILED

    def __init__(self, folder: Path, signature: Signature, compiled: dict[str, Any] | None) -> None:
        super().__init__(folder, signature)
        reason = mismatch(compiled)
        if reason is not None or compiled is None:
            raise ArtifactError(
                f"{folder} cannot be loaded compiled: {reason}; compile it here with bridge.compile({str(folder)!r}), "
                "or load it with another runtime"
            )
        self.widths: dict[str, int] = compiled["widths"]

    def call(self, method: str, x: Tensor) -> Output:
        """Result of a method on rows, worked on in tiles."""
        if method in self.widths:
            # Compiled code reads memory as it was told at compile time, whatever it gets.
            if x.dim() != 2 or x.shape[1] != self.widths[method]:
                raise InputError(f"{method} takes rows of {self.widths[method]} features, got shape {list(x.shape)}")
            x = x.to(self.signature.torch_dtype).contiguous()
        return super().call(method, x)

    def _open(self, method: str) -> Any:
        path = self.folder / compiled_name(method)
        try:
            return torch._inductor.aoti_load_package(str(path))
        except (RuntimeError, ValueError, OSError) as error:
            raise ArtifactError(f"{path} cannot be read as a compiled program: {error}") from error
