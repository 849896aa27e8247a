"""bridge: a fitted scikit-learn model as one PyTorch module, exact, with every method.

``import bridge`` is light: names are resolved when first used.
"""

import importlib
import importlib.metadata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import errors as errors
    from .api import check_parity, compile, export, to_onnx, to_torch
    from .artifacts.read import Artifact, load
    from .overrides import Module, OnnxGap, register, register_function
    from .parity.report import Report
    from .plans import Plan, plan
    from .support import supported_estimators

    __version__: str

_HOMES = {
    "Artifact": "artifacts.read",
    "OnnxGap": "overrides",
    "Module": "overrides",
    "Plan": "plans",
    "Report": "parity.report",
    "check_parity": "api",
    "compile": "api",
    "export": "api",
    "load": "artifacts.read",
    "plan": "plans",
    "register": "overrides",
    "register_function": "overrides",
    "supported_estimators": "support",
    "to_onnx": "api",
    "to_torch": "api",
}

__all__ = [
    "Artifact",
    "Module",
    "OnnxGap",
    "Plan",
    "Report",
    "check_parity",
    "compile",
    "export",
    "load",
    "plan",
    "register",
    "register_function",
    "supported_estimators",
    "to_onnx",
    "to_torch",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
        globals()[name] = value
        return value
    if name == "errors":
        return importlib.import_module(".errors", __name__)
    if name == "__version__":
        return importlib.metadata.version("sklearn-bridge")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
