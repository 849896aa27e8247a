"""Operators of ONNX that onnx2torch lacks, a family per file, each as a module that scripts and exports.

Every file ends with a table ``CONVERTERS`` of ``(domain, operator, version)`` to a converter of onnx2torch's
signature. Tables can be read where onnx2torch is not installed: it is imported when a converter is called.

Strings are codes: a tensor of strings is an int64 tensor of indices into the vocabulary of its graph, see
:mod:`~bridge.overrides.operators.words`.
"""

import importlib
import pkgutil
from collections.abc import Callable
from typing import Any

Converter = Callable[[Any, Any], Any]


def all_converters() -> dict[tuple[str, str, int], Converter]:
    """The tables of all files of this package as one."""
    table: dict[tuple[str, str, int], Converter] = {}
    for info in pkgutil.iter_modules(__path__):
        table.update(getattr(importlib.import_module(f"{__name__}.{info.name}"), "CONVERTERS", {}))
    return table
