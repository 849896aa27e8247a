"""sklearn.random_projection: products with a random matrix, and with its pseudo-inverse."""

from typing import Any

import numpy as np
import torch
from sklearn.random_projection import GaussianRandomProjection, SparseRandomProjection
from torch import Tensor

from ..core.module import SMALL_RESULT, Module
from ..core.registry import OnnxGap, register


@register(GaussianRandomProjection, SparseRandomProjection, gaps=OnnxGap.METHOD)
class RandomProjection(Module):
    """GaussianRandomProjection, SparseRandomProjection: the rows times ``components_``; the pseudo-inverse back.

    Notes
    -----
    Follows ``BaseRandomProjection`` (sklearn/random_projection.py). A sparse matrix is kept as a dense one, and the
    result of sparse rows is dense. Without ``compute_inverse_components`` scikit-learn computes the pseudo-inverse at
    every call: here it is computed once, is a buffer, and does not follow ``components_``.
    """

    components_: Tensor
    inverse_components_: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        components = estimator.components_
        self.add_parameter("components_", components.toarray() if hasattr(components, "toarray") else components)
        self.n_features_out = len(self.components_)
        self.tile_rows = max(self.tile_rows, SMALL_RESULT // max(self.n_features_out, self.n_features_in_))
        if estimator.compute_inverse_components:
            self.add_parameter("inverse_components_", estimator.inverse_components_)
        else:
            self.add_buffer("inverse_components_", estimator._compute_inverse_components().astype(np.float64))

    def _transform(self, x: Tensor) -> Tensor:
        return torch.mm(x, self.components_.t())

    def _inverse_transform(self, x: Tensor) -> Tensor:
        return torch.mm(x, self.inverse_components_.t())
