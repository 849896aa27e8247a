"""``sklearn.gaussian_process.kernels``: every kernel and its compositions as modules.

A kernel has three methods: ``forward(x, y)`` is scikit-learn's ``kernel(X, Y)``, ``itself(x)`` is ``kernel(X)``, which
differs on the diagonal, and ``diag(x)`` is that diagonal alone.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from sklearn.gaussian_process import kernels as sk
from torch import Tensor, nn

from ...core.pairwise_kernel import PairwiseKernel
from ...functional.pairwise.kernels import squared_distances
from ...functional.pairwise.matern import matern, matern_table


class GaussianKernel(nn.Module):
    """Base of kernels: hyper-parameters as float64 buffers of scikit-learn's names."""

    def number(self, name: str, value: Any) -> None:
        """Register a hyper-parameter, a number or one per feature."""
        self.register_buffer(name, torch.tensor(np.array(value, dtype=np.float64)))


class Stationary(GaussianKernel):
    """A function of the distance: 1 on the diagonal."""

    def itself(self, x: Tensor) -> Tensor:
        """``kernel(X)``."""
        result: Tensor = self.forward(x, x)
        return torch.where(same_row(x), torch.ones_like(result), result)

    def diag(self, x: Tensor) -> Tensor:
        """Diagonal of ``kernel(X)``."""
        return x.new_ones(x.shape[0])


def same_row(x: Tensor) -> Tensor:
    """The diagonal, as a mask of shape (n_samples, n_samples)."""
    index = torch.arange(x.shape[0], device=x.device)
    return index.unsqueeze(1) == index


def square_root(x: Tensor) -> Tensor:
    """Square root with a gradient of 0 at 0."""
    is_zero = x == 0.0
    return torch.where(is_zero, torch.zeros_like(x), torch.sqrt(torch.where(is_zero, torch.ones_like(x), x)))


class Constant(GaussianKernel):
    """ConstantKernel."""

    constant_value: Tensor

    def __init__(self, kernel: Any) -> None:
        super().__init__()
        self.number("constant_value", kernel.constant_value)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """``kernel(X, Y)``."""
        return self.constant_value.expand(x.shape[0], y.shape[0])

    def itself(self, x: Tensor) -> Tensor:
        """``kernel(X)``."""
        return self.constant_value.expand(x.shape[0], x.shape[0])

    def diag(self, x: Tensor) -> Tensor:
        """Diagonal of ``kernel(X)``."""
        return self.constant_value.expand(x.shape[0])


class White(GaussianKernel):
    """WhiteKernel: noise of each row, none between two of them."""

    noise_level: Tensor

    def __init__(self, kernel: Any) -> None:
        super().__init__()
        self.number("noise_level", kernel.noise_level)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """``kernel(X, Y)``."""
        return x.new_zeros((x.shape[0], y.shape[0]))

    def itself(self, x: Tensor) -> Tensor:
        """``kernel(X)``."""
        return same_row(x).to(x.dtype) * self.noise_level

    def diag(self, x: Tensor) -> Tensor:
        """Diagonal of ``kernel(X)``."""
        return self.noise_level.expand(x.shape[0])


class RadialBasis(Stationary):
    """RBF, with one length scale or one per feature."""

    length_scale: Tensor

    def __init__(self, kernel: Any) -> None:
        super().__init__()
        self.number("length_scale", np.squeeze(kernel.length_scale))

    def squares(self, x: Tensor, y: Tensor) -> Tensor:
        """Squared distances of scaled rows."""
        return squared_distances(x / self.length_scale, y / self.length_scale)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """``kernel(X, Y)``."""
        return torch.exp(self.squares(x, y) * -0.5)


class Matern(RadialBasis):
    """Matern kernel: closed forms of the smoothness 1/2, 3/2, 5/2 and infinity, and a table of any other."""

    length_scale: Tensor
    root: Tensor
    eps: Tensor
    third: Tensor
    table: Tensor

    def __init__(self, kernel: Any) -> None:
        super().__init__(kernel)
        nu = float(kernel.nu)
        self.kind = {0.5: 1, 1.5: 2, 2.5: 3, math.inf: 4}.get(nu, 0)
        self.number("root", 1.0 if self.kind == 4 else math.sqrt(2.0 * nu))
        self.number("third", 1.0 / 3.0)
        # What scikit-learn puts in the place of a distance of 0.
        self.number("eps", np.finfo(float).eps)
        self.number("table", matern_table(nu) if self.kind == 0 else np.empty((0, 0)))

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """``kernel(X, Y)``."""
        squares = self.squares(x, y)
        if self.kind == 4:
            return torch.exp(squares * -0.5)
        distances = square_root(squares)
        if self.kind == 0:
            return matern(torch.where(distances == 0.0, self.eps, distances) * self.root, self.table)
        if self.kind == 1:
            return torch.exp(-distances)
        scaled = distances * self.root
        factor = 1.0 + scaled
        if self.kind == 3:
            factor = factor + scaled * scaled * self.third
        return factor * torch.exp(-scaled)


class RationalQuadratic(Stationary):
    """RationalQuadratic: a mixture of RBF kernels of all length scales."""

    alpha: Tensor
    scale: Tensor

    def __init__(self, kernel: Any) -> None:
        super().__init__()
        self.number("alpha", kernel.alpha)
        self.number("scale", 2.0 * kernel.alpha * np.squeeze(kernel.length_scale) ** 2)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """``kernel(X, Y)``."""
        return torch.pow(1.0 + squared_distances(x, y) / self.scale, -self.alpha)


class ExpSineSquared(Stationary):
    """ExpSineSquared: a periodic function of the distance."""

    length_scale: Tensor
    frequency: Tensor

    def __init__(self, kernel: Any) -> None:
        super().__init__()
        self.number("length_scale", kernel.length_scale)
        self.number("frequency", np.pi / kernel.periodicity)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """``kernel(X, Y)``."""
        wave = torch.sin(square_root(squared_distances(x, y)) * self.frequency) / self.length_scale
        return torch.exp(wave * wave * -2.0)


class DotProduct(GaussianKernel):
    """DotProduct: linear, with an offset."""

    offset: Tensor

    def __init__(self, kernel: Any) -> None:
        super().__init__()
        self.number("offset", kernel.sigma_0**2)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """``kernel(X, Y)``."""
        return torch.mm(x, y.t()) + self.offset

    def itself(self, x: Tensor) -> Tensor:
        """``kernel(X)``."""
        return torch.mm(x, x.t()) + self.offset

    def diag(self, x: Tensor) -> Tensor:
        """Diagonal of ``kernel(X)``."""
        return (x * x).sum(dim=1) + self.offset


class Pairwise(PairwiseKernel):
    """PairwiseKernel: the kernels of ``sklearn.metrics.pairwise`` by name."""

    def __init__(self, kernel: Any) -> None:
        options = {"coef0": 1.0, "degree": 3.0, **(kernel.pairwise_kernels_kwargs or {})}
        super().__init__(kernel.metric, gamma=kernel.gamma, coef0=options["coef0"], degree=options["degree"])

    def itself(self, x: Tensor) -> Tensor:
        """``kernel(X)``."""
        return self.forward(x, x)

    def diag(self, x: Tensor) -> Tensor:
        """Diagonal of ``kernel(X)``."""
        if self.name == "additive_chi2":
            return x.new_zeros(x.shape[0])
        squares = (x * x).sum(dim=1)
        if self.name == "cosine":
            # A row of a norm that counts as 0 is not divided by it.
            return torch.where(square_root(squares) < self.tiny, squares, torch.ones_like(squares))
        if self.name == "rbf" or self.name == "laplacian" or self.name == "chi2":
            return torch.ones_like(squares)
        return self.of_products(squares)


class Pair(GaussianKernel):
    """Two kernels, ``k1`` and ``k2``."""

    def __init__(self, kernel: Any) -> None:
        super().__init__()
        self.k1, self.k2 = kernel_module(kernel.k1), kernel_module(kernel.k2)


class Sum(Pair):
    """The sum of two kernels."""

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """``kernel(X, Y)``."""
        result: Tensor = self.k1(x, y) + self.k2(x, y)
        return result

    def itself(self, x: Tensor) -> Tensor:
        """``kernel(X)``."""
        result: Tensor = self.k1.itself(x) + self.k2.itself(x)
        return result

    def diag(self, x: Tensor) -> Tensor:
        """Diagonal of ``kernel(X)``."""
        result: Tensor = self.k1.diag(x) + self.k2.diag(x)
        return result


class Product(Pair):
    """The product of two kernels."""

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """``kernel(X, Y)``."""
        result: Tensor = self.k1(x, y) * self.k2(x, y)
        return result

    def itself(self, x: Tensor) -> Tensor:
        """``kernel(X)``."""
        result: Tensor = self.k1.itself(x) * self.k2.itself(x)
        return result

    def diag(self, x: Tensor) -> Tensor:
        """Diagonal of ``kernel(X)``."""
        result: Tensor = self.k1.diag(x) * self.k2.diag(x)
        return result


class Exponentiation(GaussianKernel):
    """A power of a kernel."""

    exponent: Tensor

    def __init__(self, kernel: Any) -> None:
        super().__init__()
        self.kernel = kernel_module(kernel.kernel)
        self.number("exponent", kernel.exponent)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """``kernel(X, Y)``."""
        return torch.pow(self.kernel(x, y), self.exponent)

    def itself(self, x: Tensor) -> Tensor:
        """``kernel(X)``."""
        return torch.pow(self.kernel.itself(x), self.exponent)

    def diag(self, x: Tensor) -> Tensor:
        """Diagonal of ``kernel(X)``."""
        return torch.pow(self.kernel.diag(x), self.exponent)


_MODULES: dict[type, Callable[[Any], nn.Module]] = {
    sk.ConstantKernel: Constant,
    sk.DotProduct: DotProduct,
    sk.ExpSineSquared: ExpSineSquared,
    sk.Exponentiation: Exponentiation,
    sk.Matern: Matern,
    sk.PairwiseKernel: Pairwise,
    sk.Product: Product,
    sk.RBF: RadialBasis,
    sk.RationalQuadratic: RationalQuadratic,
    sk.Sum: Sum,
    sk.WhiteKernel: White,
}


def kernel_module(kernel: Any) -> Any:
    """Module of a kernel.

    Parameters
    ----------
    kernel : sklearn.gaussian_process.kernels.Kernel
        One to which :func:`objection_to` says nothing.
    """
    return _MODULES[type(kernel)](kernel)


def objection_to(kernel: Any) -> str | None:
    """Why a kernel cannot be converted, or None.

    A CompoundKernel is several kernels for several processes: none can be fitted with one.
    """
    if type(kernel) not in _MODULES:
        return f"the kernel {type(kernel).__name__} is none of scikit-learn's, or several at once: no graph holds it"
    if type(kernel) is sk.PairwiseKernel:
        if callable(kernel.metric):
            return "PairwiseKernel calls a function of yours as its metric, which no graph can hold"
        if kernel.metric == "precomputed":
            return "PairwiseKernel has metric='precomputed': it takes kernels that are computed outside the model"
    parts = [getattr(kernel, name) for name in ("k1", "k2", "kernel") if hasattr(kernel, name)]
    return next((found for found in map(objection_to, parts) if found is not None), None)
