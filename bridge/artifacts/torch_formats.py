"""A module written as TorchScript and as torch.export programs."""

from pathlib import Path

import torch
from torch import Tensor, nn

from ..errors import ExportError
from ..overrides.core.methods import public_methods
from ..overrides.core.module import Module
from ..runtimes.graphs import INPUT, graphs_of
from ..runtimes.quiet import quiet
from .common_subexpressions import common_subexpressions
from .shared_calls import WrittenTo, shared_calls

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


class Methods(nn.Module):
    """Public methods of a module as the ``forward`` that torch.export takes."""

    def __init__(self, module: nn.Module, methods: tuple[str, ...]) -> None:
        super().__init__()
        self.module = module
        self.methods = methods

    def forward(self, X: Tensor) -> dict[str, Tensor | list[Tensor]]:
        """Results of the methods by their names."""
        results: dict[str, Tensor | list[Tensor]] = {}
        given: set[int] = set()
        for name in self.methods:
            result = getattr(self.module, name)(X)
            # Two methods may return one tensor, and a graph has each output once.
            if isinstance(result, Tensor) and id(result) in given:
                result = result.clone()
            given.add(id(result))
            results[name] = result
        return results


def export_program(module: nn.Module, methods: tuple[str, ...], example: Tensor) -> torch.export.ExportedProgram:
    """torch.export of methods that take the same rows, for any number of rows, 0 and 1 included.

    Parameters
    ----------
    module : nn.Module
    methods : tuple of str
    example : Tensor of shape (n_samples, ...)
        At least two rows.

    Returns
    -------
    ExportedProgram
        Of one tensor, ``X``; returns a dict of the results by the names of the methods. What several of them compute
        alike is in it once.
    """
    try:
        with quiet(), torch.no_grad():
            try:
                with shared_calls(module):
                    program = _traced(module, methods, example)
            except WrittenTo:
                program = _traced(module, methods, example)
    except Exception as error:
        raise ExportError(f"{_name(module)}: torch.export refuses {', '.join(methods)}: {error}") from error
    common_subexpressions(program)
    return program


def _traced(module: nn.Module, methods: tuple[str, ...], example: Tensor) -> torch.export.ExportedProgram:
    rows = torch.export.Dim("n_samples", min=0)
    return torch.export.export(Methods(module, methods), (example,), dynamic_shapes={INPUT: {0: rows}})


def save_program(program: torch.export.ExportedProgram, path: Path) -> None:
    """Write a program as a ``.pt2`` file."""
    with quiet():
        torch.export.save(program, path)


def programs_of(module: Module) -> dict[str, tuple[str, ...]]:
    """Graphs of a module by name, each with the methods in it."""
    return graphs_of(public_methods(module))


def example_rows(module: Module, method: str) -> Tensor:
    """Rows that a method takes by form, for tracing: the values do not matter."""
    rows: Tensor = module.example_rows(method, EXAMPLE_ROWS)
    return rows


def _name(module: nn.Module) -> str:
    return getattr(module, "estimator_name", type(module).__name__)
