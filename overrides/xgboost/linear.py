"""The linear booster of XGBoost: weights times features, added in float32 in the order of the features."""

import numpy as np
import torch
from torch import Tensor, nn

from ..functional.float32_sums import sum_rows_in_order


class BoosterWeights(nn.Module):
    """Margins of the linear booster; a missing value adds nothing.

    Follows ``GBLinear::Pred`` (src/gbm/gblinear.cc).

    Parameters
    ----------
    weights : float32 ndarray of shape (n_features + 1, n_outputs)
        The bias comes last.
    base : float32 ndarray of shape (n_outputs,)
        Added to the bias.

    Attributes
    ----------
    weights : Parameter of shape (n_features, n_outputs)
    bias : Parameter of shape (1, n_outputs)
        With the base margin in it.
    """

    def __init__(self, weights: np.ndarray, base: np.ndarray) -> None:
        super().__init__()
        self.weights = nn.Parameter(torch.tensor(weights[:-1].astype(np.float64)))
        self.bias = nn.Parameter(torch.tensor((weights[-1:] + base).astype(np.float64)))
        self.tile_rows = max(1, 65536 // max(weights.size, 1))

    def margins(self, x: Tensor) -> Tensor:
        """Margins of rows, shape (n_samples, n_outputs)."""
        n_features, n_outputs = self.weights.shape
        rows = x.unsqueeze(2)
        products = rows * self.weights.to(torch.float32)
        products = torch.where(torch.isnan(rows), torch.zeros_like(products), products)
        start = self.bias.to(torch.float32).expand(x.shape[0], 1, n_outputs)
        terms = torch.cat([start, products], dim=1).reshape(-1, n_outputs)
        places = torch.arange(terms.shape[0], device=x.device).reshape(-1, n_features + 1)
        return sum_rows_in_order(terms, places)
