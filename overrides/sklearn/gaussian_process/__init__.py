"""sklearn.gaussian_process: a file per file of scikit-learn's own package."""

from . import _gpc, _gpr, kernels

__all__ = ["_gpc", "_gpr", "kernels"]
