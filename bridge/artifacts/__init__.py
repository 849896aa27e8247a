"""Artifacts: a folder with a model in every format, its manifest, and the runtimes that serve it."""

from .aoti.compile import compile
from .read import Artifact, load
from .write import export

__all__ = ["Artifact", "compile", "export", "load"]
