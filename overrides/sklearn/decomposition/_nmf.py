"""NMF and MiniBatchNMF: weights of the fitted components, by scikit-learn's own iterations."""

from typing import Any, Final

import numpy as np
import torch
from sklearn.decomposition import NMF, MiniBatchNMF
from sklearn.utils import check_random_state
from torch import Tensor

from ...core.module import Module
from ...core.registry import OnnxGap, register
from ...errors import CorruptEstimatorError
from ...functional.csr import rows_between, tile_of_csr
from ...functional.solvers.factorization import solve_coordinate_descent, solve_multiplicative_update, solve_w
from ._signs import check_not_negative


class _Factorization(Module):
    """What both share: the components, the loss and the penalties; the way back."""

    rounds_as_fitted = True
    components_: Tensor
    power: Tensor
    gamma: Tensor
    l1: Tensor
    l2: Tensor
    tol: Tensor
    eps: Tensor
    tiny: Tensor
    beta: float
    max_iter: int

    def __init__(self, estimator: Any, max_iter: int) -> None:
        super().__init__(estimator)
        self.batch_dependent = True
        components = np.asarray(estimator.components_)
        n_features = self.n_features_in_
        if components.ndim != 2 or components.shape[1] != n_features:
            raise CorruptEstimatorError(
                f"{self.estimator_name} has components of shape {components.shape} for {n_features} features: "
                "it is damaged"
            )
        self.n_features_out = len(components)
        self.add_parameter("components_", components)
        self.beta = float(estimator._beta_loss)
        self.max_iter = max_iter
        # Those that are added or multiplied are not of shape (): ONNX exporters drop a number that is nearly 0 or 1.
        self.add_buffer("power", np.array([self.beta]))
        self.add_buffer("gamma", np.array([_gamma(self.beta)]))
        l1, _, l2, _ = estimator._compute_regularization(np.empty((1, n_features)))
        self.add_buffer("l1", np.array([l1], dtype=np.float64))
        self.add_buffer("l2", np.array([l2], dtype=np.float64))
        self.add_buffer("tol", float(estimator.tol))
        self.add_buffer("eps", float(np.finfo(np.float32).eps))
        self.add_buffer("tiny", float(np.finfo(np.float64).eps))

    def _loss(self) -> tuple[float, Tensor, Tensor]:
        return self.beta, self.power, self.gamma

    def _inverse_transform(self, x: Tensor) -> Tensor:
        return x @ self.components_


def _gamma(beta: float) -> float:
    """Exponent of the multiplicative update (Fevotte and Idier, 2011)."""
    if beta < 1:
        return 1.0 / (2.0 - beta)
    return 1.0 / (beta - 1.0) if beta > 2 else 1.0


@register(NMF, gaps=OnnxGap.CONVERTER)
class NMFModule(_Factorization):
    """NMF: coordinate descent or multiplicative updates, until all rows of the batch together have settled.

    Notes
    -----
    A row's result depends on the rows beside it, as it does in scikit-learn: the rule of stopping is a sum over the
    batch, and multiplicative updates begin with its mean. It is piecewise smooth in the rows.

    Of sparse rows, coordinate descent keeps only their products with the components; multiplicative updates make them
    dense as a whole.
    """

    components_: Tensor
    power: Tensor
    gamma: Tensor
    l1: Tensor
    l2: Tensor
    tol: Tensor
    eps: Tensor
    tiny: Tensor
    orders: Tensor
    beta: float
    max_iter: int
    descends: Final[bool]

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """An order of coordinates that is drawn anew in every call."""
        if estimator.solver == "cd" and estimator.shuffle and not isinstance(estimator.random_state, (int, np.integer)):
            return (
                "NMF with shuffle=True draws another order of components in every transform: "
                "set random_state to a number"
            )
        return None

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator, int(estimator.max_iter))
        self.descends = estimator.solver == "cd"
        self.takes_csr = self.descends
        shuffles = self.descends and estimator.shuffle
        orders = np.zeros((self.max_iter, self.n_features_out if shuffles else 0), dtype=np.int64)
        if shuffles:
            random = check_random_state(estimator.random_state)
            for order in orders:
                order[:] = random.permutation(self.n_features_out)
        self.add_buffer("orders", orders)

    def _transform(self, x: Tensor) -> Tensor:
        check_not_negative(x, self.estimator_name, self.beta <= 0.0)
        if not self.descends:
            penalties, bounds = (self.l1, self.l2), (self.eps, self.tiny)
            return solve_multiplicative_update(
                x, self.components_, self._loss(), penalties, bounds, self.tol, self.max_iter
            )
        eye = torch.eye(self.n_features_out, dtype=x.dtype, device=x.device)
        hht = torch.mm(self.components_, self.components_.t()) + self.l2 * eye
        xht = self._products(x) - self.l1
        return solve_coordinate_descent(hht, xht, self.tol, self.max_iter, self.orders).t()

    def _products(self, x: Tensor) -> Tensor:
        """Products of components and rows, shape (n_components, n_samples)."""
        if x.layout == torch.strided:
            return torch.mm(self.components_, x.t())
        size = tile_of_csr(x, x.shape[0])
        parts: list[Tensor] = []
        for start in range(0, max(x.shape[0], 1), size):
            parts.append(torch.mm(self.components_, rows_between(x, start, size).t()))
        return torch.cat(parts, dim=1)


@register(MiniBatchNMF, gaps=OnnxGap.CONVERTER)
class MiniBatchNMFModule(_Factorization):
    """MiniBatchNMF: multiplicative updates, until one changes the weights of the batch by little.

    Notes
    -----
    A row's result depends on the rows beside it, as it does in scikit-learn: the rule of stopping is a norm over the
    batch, and the updates begin with its mean. It is piecewise smooth in the rows. Sparse rows are made dense as a
    whole.
    """

    components_: Tensor
    power: Tensor
    gamma: Tensor
    l1: Tensor
    l2: Tensor
    tol: Tensor
    eps: Tensor
    tiny: Tensor
    beta: float
    max_iter: int

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator, int(estimator._transform_max_iter))

    def _transform(self, x: Tensor) -> Tensor:
        return solve_w(x, self.components_, self._loss(), (self.l1, self.l2), self.eps, self.tol, self.max_iter)
