"""Hand-written modules for what the ONNX route gaps, and the arithmetic that they share.

Arithmetic only: nothing here imports the flow in :mod:`bridge`. A file is named after the scikit-learn module whose
estimators it converts and is imported when one of them is first met.
"""

if __name__ != "bridge.overrides":
    # From the repository's root the folder could be imported a second time, as `overrides`: two registries, two classes
    # of one name. PyPI has a package of that name as well.
    raise ImportError(f"this package is bridge.overrides, not {__name__}: import it by that name")

from .core.compose import build, compose
from .core.module import Module
from .core.registry import OnnxGap, Override, all_overrides, find, register
from .tracing import register_function

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
