"""The torch.export programs of an artifact, compiled by AOTInductor for the processor of this machine."""

import os
import platform
import shutil
import sys
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ...errors import ExportError
from ...overrides.core.methods import PREDICT_LABELS
from ...runtimes.compiled import compiled_name, this_machine
from ...runtimes.graphs import graphs_of
from ...runtimes.quiet import quiet
from ...runtimes.torch_export import method_of_program
from .native_trees import native_code, with_native_trees

_LEVELS = {"AVX2": "x86-64-v3", "AVX512": "x86-64-v4"}
"""What code may assume of a processor that torch calls so: not more, for the file may meet a sibling of this one."""


def compile_programs(folder: Path, methods: tuple[str, ...]) -> tuple[list[Path], dict[str, Any]]:
    """Compile every method of the programs in a folder into ``<method>.compiled.pt2`` beside them.

    Parameters
    ----------
    folder : Path
    methods : tuple of str
        ``predict_labels``, which has no program, is left out.

    Returns
    -------
    paths : list of Path
    facts : dict
        What :attr:`Manifest.compiled` holds: the machine, and the width of the rows of each method.

    Raises
    ------
    ExportError
        There is no C++ compiler, or it fails.
    """
    _need_compiler()
    paths, widths = [], {}
    for name, members in graphs_of(method for method in methods if method != PREDICT_LABELS.name).items():
        with quiet():
            program = torch.export.load(folder / f"{name}.pt2")
            for method in members:
                paths.append(folder / compiled_name(method))
                widths[method] = _compile(_program_of(program, method), paths[-1])
    return paths, {**this_machine(), "widths": widths}


def _program_of(program: torch.export.ExportedProgram, method: str) -> torch.export.ExportedProgram:
    """A program of one method of several."""
    assert program.example_inputs is not None
    shapes = ({0: torch.export.Dim("n_samples", min=0)},)
    with torch.no_grad():
        return torch.export.export(method_of_program(program, method), program.example_inputs[0], dynamic_shapes=shapes)


def _compile(program: torch.export.ExportedProgram, path: Path) -> int:
    """Write one package; returns the width of the rows that it takes."""
    rows: Any = program.example_inputs[0][0] if program.example_inputs else None
    if not isinstance(rows, Tensor) or rows.dim() != 2:
        raise ExportError(f"{path.name}: only programs of one 2-D tensor are compiled")
    program, has_native_trees = with_native_trees(program)
    options: dict[str, Any] = {"cpp.dynamic_threads": True, **(native_code() if has_native_trees else {})}
    level = _LEVELS.get(torch.backends.cpu.get_cpu_capability()) if _is_x86() else None
    if level is not None and hasattr(torch._inductor.config.cpp, "march"):
        options["cpp.march"] = level
    try:
        torch._inductor.aoti_compile_and_package(program, package_path=str(path), inductor_configs=options)
    except Exception as error:
        raise ExportError(f"{path.name} cannot be compiled: {error}") from error
    return int(rows.shape[1])


def _need_compiler() -> None:
    usual = {"darwin": "clang++", "win32": "cl"}.get(sys.platform, "g++")
    command = os.environ.get("CXX", usual)
    if shutil.which(command.split()[0] if command.strip() else usual) is None:
        raise ExportError(
            f"compiling needs a C++ compiler, and {command!r} is not on this machine: install one (g++, clang++) or "
            "name it in the environment variable CXX; the portable files of an artifact need none"
        )


def _is_x86() -> bool:
    return platform.machine().lower() in ("x86_64", "amd64")
