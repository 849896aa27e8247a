"""sklearn.decomposition: linear projections together, a file for each family that iterates."""

from . import _dict_learning, _kernel_pca, _lda, _nmf, _projections

__all__ = ["_dict_learning", "_kernel_pca", "_lda", "_nmf", "_projections"]
