"""sklearn.decomposition: linear projections together, a file for each family that iterates."""

from . import _kernel_pca, _lda, _nmf, _projections

__all__ = ["_kernel_pca", "_lda", "_nmf", "_projections"]
