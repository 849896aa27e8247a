"""A module written as TorchScript and as torch.export programs."""

from pathlib import Path

import torch
from torch import Tensor, nn

from ..errors import ExportError
from ..overrides.core.methods import public_methods
from ..overrides.core.module import Module
from ..runtimes.quiet import quiet

EXAMPLE_ROWS = 3
"""Rows of the example that torch.export traces: 0 and 1 are special to it."""


def script(module: nn.Module) -> torch.jit.ScriptModule:
    """TorchScript of a module, with all its public methods."""
    try:
        with quiet():
            return torch.jit.script(module)
    except Exception as error:
        raise ExportError(f"{_name(module)} does not script: {error}") from error


def save_torchscript(module: nn.Module, path: Path) -> None:
    """Write a module as TorchScript; it loads where only torch is installed."""
    with quiet():
        script(module).save(str(path))


class Method(nn.Module):
    """One or more public methods of a module as the ``forward`` that torch.export takes."""

    def __init__(self, module: nn.Module, methods: tuple[str, ...]) -> None:
        super().__init__()
        self.module = module
        self.methods = methods

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Outputs of the methods, flat, in their order."""
        flat: list[Tensor] = []
        for name in self.methods:
            result = getattr(self.module, name)(x)
            flat.extend(result) if isinstance(result, (list, tuple)) else flat.append(result)
        return tuple(flat)


def export_program(module: nn.Module, methods: tuple[str, ...], example: Tensor) -> torch.export.ExportedProgram:
    """torch.export of methods that take the same rows, for any number of rows, 0 and 1 included.

    Parameters
    ----------
    module : nn.Module
    methods : tuple of str
    example : Tensor of shape (n_samples, ...)
        At least two rows.
    """
    rows = torch.export.Dim("n_samples", min=0)
    try:
        with quiet(), torch.no_grad():
            return torch.export.export(Method(module, methods), (example,), dynamic_shapes={"x": {0: rows}})
    except Exception as error:
        raise ExportError(f"{_name(module)}: torch.export refuses {', '.join(methods)}: {error}") from error


def save_programs(module: Module, folder: Path) -> list[Path]:
    """Write ``<method>.pt2`` for every public method; returns the paths."""
    paths = []
    for name in public_methods(module):
        path = folder / f"{name}.pt2"
        with quiet():
            torch.export.save(export_program(module, (name,), example_rows(module, name)), path)
        paths.append(path)
    return paths


def example_rows(module: Module, method: str) -> Tensor:
    """Rows that a method takes by form, for tracing: the values do not matter."""
    rows: Tensor = module.example_rows(method, EXAMPLE_ROWS)
    return rows


def _name(module: nn.Module) -> str:
    return getattr(module, "estimator_name", type(module).__name__)
