"""Kernels of rows and fitted rows, by name: one module, with one bound on its rounding, behind all kernel machines."""

from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from ..functional.graph import in_graph
from ..functional.pairwise.kernels import (
    additive_chi2_kernel,
    chi2_kernel,
    cosine_similarity,
    laplacian_kernel,
    rbf_error,
    rbf_exponent_error,
    rbf_frame,
    rbf_kernel,
    rbf_kernel_of_differences,
)

LARGEST_ERROR = 5e-9
"""By how much a matrix product may miss results in the worst case: half of what parity allows."""

SMALLEST_QUOTIENT_ERROR = 1e-10
"""The same where results are quotients of kernels, which have no size that an error could be small against."""


class RowsAsTheyAre(nn.Module):
    """What stands for a function of rows where there is none: rows of a matrix that was computed outside."""

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """Rows ``x``."""
        return x


class PairwiseKernel(nn.Module):
    """Pairwise kernel: ``forward(x, y)`` compares rows with fitted rows, shape (n_samples, n_others).

    Parameters
    ----------
    name : str or nn.Module
        A kernel of sklearn/metrics/pairwise.py: "linear", "poly" or "polynomial", "rbf", "sigmoid", "laplacian",
        "cosine", "chi2", "additive_chi2"; or "precomputed", of which the rows come in and go out as they are;
        or a module ``(x, y) -> (n_samples, n_others)``, made of a function.
    rows : Tensor of shape (n_others, n_features), optional
        The fitted rows that the RBF kernel is framed by. Without them it is made of differences throughout.
    gamma, coef0, degree : float
        Kept as float64 buffers.
    weight : float
        Largest sum of the sizes of the weights that kernels get in one result; infinite where results are quotients
        of kernels.

    Attributes
    ----------
    by_differences : bool
        Whether the RBF kernel is made of differences, because the rounding of a matrix product could reach the
        results: for fitted rows far apart, or large weights. A single row, for which it is faster, always is.
    tile_rows : int
        Rows to compare at once: a megabyte for each intermediate result, above which the allocator gives pages back
        and faults them in again.

    Notes
    -----
    The chi-squared kernels are for features at or above 0: below it scikit-learn raises, and the module goes on
    computing.
    """

    name: Final[str]
    whole_degree: Final[int]
    by_differences: Final[bool]
    gamma: Tensor
    coef0: Tensor
    degree: Tensor
    tiny: Tensor
    center: Tensor
    reach: Tensor

    def __init__(
        self,
        name: str | nn.Module,
        rows: Tensor | None = None,
        *,
        gamma: float = 1.0,
        coef0: float = 1.0,
        degree: float = 3.0,
        weight: float = 1.0,
    ) -> None:
        super().__init__()
        self.function = RowsAsTheyAre() if isinstance(name, str) else name
        word = name if isinstance(name, str) else "function"
        self.name = "poly" if word == "polynomial" else word
        # What scikit-learn takes for no norm: ten times the machine precision.
        numbers = {"gamma": gamma, "coef0": coef0, "degree": degree, "tiny": 10 * np.finfo(np.float64).eps}
        for key, value in numbers.items():
            self.register_buffer(key, torch.tensor(float(value), dtype=torch.float64))
        self.whole_degree = int(degree) if float(degree).is_integer() else -1
        self.tile_rows = 4096
        if rows is not None:
            # A function may compare all features of all rows at once.
            width = max(1, 2 * rows.shape[1]) if self.name == "function" else 1
            self.tile_rows = max(32 // width, 1, 2**17 // (max(1, len(rows)) * width))
        framed = rows.detach() if rows is not None and self.name == "rbf" else torch.zeros((0, 0), dtype=torch.float64)
        center, reach = rbf_frame(framed, abs(gamma))
        self.register_buffer("center", center)
        self.register_buffer("reach", torch.tensor(reach, dtype=torch.float64))
        if np.isinf(weight):
            is_exact = rbf_exponent_error(framed, center, abs(gamma)) < SMALLEST_QUOTIENT_ERROR
        else:
            is_exact = rbf_error(framed, center, abs(gamma)) * weight < LARGEST_ERROR
        self.by_differences = self.name == "rbf" and (rows is None or not is_exact)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """Kernel of rows ``x`` and the fitted rows ``y``."""
        if self.name == "precomputed" or self.name == "function":
            result: Tensor = self.function(x, y)
            return result
        elif self.name == "rbf":
            if self.by_differences or (not in_graph() and x.shape[0] == 1):
                return rbf_kernel_of_differences(x, y, self.gamma)
            return rbf_kernel(x, y, self.gamma, self.center, self.reach)
        elif self.name == "laplacian":
            return laplacian_kernel(x, y, self.gamma)
        elif self.name == "cosine":
            return cosine_similarity(x, y, self.tiny)
        elif self.name == "chi2":
            return chi2_kernel(x, y, self.gamma)
        elif self.name == "additive_chi2":
            return additive_chi2_kernel(x, y)
        return self.of_products(torch.mm(x, y.t()))

    def of_products(self, products: Tensor) -> Tensor:
        """The kernels that are functions of the product of two rows: "linear", "poly" and "sigmoid"."""
        if self.name == "linear":
            return products
        affine = products * self.gamma + self.coef0
        if self.name == "sigmoid":
            return torch.tanh(affine)
        elif self.whole_degree >= 0:
            return torch.pow(affine, self.whole_degree)
        return torch.pow(affine, self.degree)
