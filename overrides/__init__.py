"""Hand-written modules for what the ONNX route gaps, and the arithmetic that they share.

Arithmetic only: nothing here imports the flow in :mod:`bridge`. A file is named after the scikit-learn module whose
estimators it converts and is imported when one of them is first met.
"""

import importlib
from typing import TYPE_CHECKING, Any

if __name__ != "bridge.overrides":
    # From the repository's root the folder could be imported a second time, as `overrides`: two registries, two classes
    # of one name. PyPI has a package of that name as well.
    raise ImportError(f"this package is bridge.overrides, not {__name__}: import it by that name")

if TYPE_CHECKING:
    from .core.compose import build, compose
    from .core.module import Module
    from .core.registry import OnnxGap, Override, all_overrides, find, register
    from .tracing import register_function

_HOMES = {
    "Module": "core.module",
    "OnnxGap": "core.registry",
    "Override": "core.registry",
    "all_overrides": "core.registry",
    "build": "core.compose",
    "compose": "core.compose",
    "find": "core.registry",
    "register": "core.registry",
    "register_function": "tracing",
}

__all__ = [
    "Module",
    "OnnxGap",
    "Override",
    "all_overrides",
    "build",
    "compose",
    "find",
    "register",
    "register_function",
]


def __getattr__(name: str) -> Any:
    # torch and scikit-learn are imported by the first name that needs them: errors and names of files need neither.
    if name in _HOMES:
        value = getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
