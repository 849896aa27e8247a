"""``sklearn.ensemble``: a file per kind of ensemble; importing the package registers them all."""

from . import _gb

__all__ = ["_gb"]
