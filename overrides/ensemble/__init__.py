"""``sklearn.ensemble``: a file per kind of ensemble; importing the package registers them all."""

from . import _forest, _gb, _hist_gb, _stacking, _voting

__all__ = ["_forest", "_gb", "_hist_gb", "_stacking", "_voting"]
