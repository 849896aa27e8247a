"""KernelDensity: the logarithm of a mean of kernels around the fitted points."""

import copy
import math
from typing import Any, Final

import numpy as np
import torch
from sklearn.neighbors import KernelDensity as SkKernelDensity
from sklearn.neighbors._kd_tree import kernel_norm
from torch import Tensor

from ...core.module import Module
from ...core.registry import OnnxGap, register
from ...functional.special.arithmetic import is_infinite
from ._metric import declines_tree
from ._points import Points


@register(SkKernelDensity, gaps=OnnxGap.CONVERTER)
class KernelDensity(Module):
    """KernelDensity: logarithm of the mean of kernels, weighted where the fit was.

    Attributes
    ----------
    points : Points
        The fitted points, ``points.X``.
    log_weights : Tensor of shape (n_points,)
        Logarithms of the weights, less that of their sum, plus that of the kernel's norm.
    bandwidth : Tensor of shape ()

    Notes
    -----
    Kernels as in sklearn/neighbors/_binary_tree.pxi.tp. This is the sum itself. scikit-learn bounds it node by node and
    takes the bounds off again: what rounding leaves of them is below 1e-15 of the largest density, but its logarithm is
    seen where the density is as small, beyond the reach of every kernel, where it is minus infinity here.
    """

    kernel: Final[str]
    log_weights: Tensor
    bandwidth: Tensor
    right_angle: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        tree = estimator.tree_
        self.kernel = estimator.kernel
        self.points = Points.of_tree(tree)
        self.tile_rows = self.points.tile_rows
        weights = np.ones(self.points.n_points)
        if tree.sample_weight is not None:
            weights = np.asarray(tree.sample_weight, dtype=np.float64)
        norm = kernel_norm(float(estimator.bandwidth_), int(tree.data.shape[1]), estimator.kernel, return_log=True)
        with np.errstate(divide="ignore"):
            self.add_buffer("log_weights", np.log(weights) - np.log(weights.sum()) + norm)
        self.add_buffer("bandwidth", np.float64(estimator.bandwidth_))
        self.add_buffer("right_angle", math.pi / 2)

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """A metric that is a function."""
        return declines_tree(estimator, estimator.tree_)

    @classmethod
    def precision_note(cls, estimator: Any) -> str:
        """A sum that scikit-learn stops early."""
        if estimator.rtol == estimator.atol == 0:
            return ""
        return (
            f"KernelDensity has rtol={estimator.rtol} and atol={estimator.atol}: scikit-learn stops its sum at a node "
            "of the tree where that is reached; the module sums to the end, and results agree to what it leaves out"
        )

    @classmethod
    def float64_parts(cls, estimator: Any) -> dict[int, Any]:
        """The estimator with the sum itself, where it has a limit."""
        if not cls.precision_note(estimator):
            return {}
        whole = copy.copy(estimator)
        whole.rtol = whole.atol = 0
        return {id(estimator): whole}

    def sample_inputs(self, n_samples: int) -> Any:
        """Rows near the points, where no rounding shows."""
        rows = self.points.X.detach().cpu().numpy()[:n_samples]
        return rows + 0.1 * self.bandwidth.item() * np.sin(np.arange(rows.size)).reshape(rows.shape)

    def _score_samples(self, x: Tensor) -> Tensor:
        distances = self.points.distances(x)
        logs = self._log_kernel(distances) + self.log_weights
        top = logs.amax(1, keepdim=True)
        nothing = is_infinite(top)
        top = top.masked_fill(nothing, 0.0)
        total = (logs - top).exp().sum(1)
        alone = total == 0
        result = total.masked_fill(alone, 1.0).log() + top.squeeze(1)
        return result.masked_fill(alone, -float("inf"))

    def _log_kernel(self, distances: Tensor) -> Tensor:
        if self.kernel == "gaussian":
            return (distances * distances) * -0.5 / (self.bandwidth * self.bandwidth)
        elif self.kernel == "exponential":
            return -distances / self.bandwidth
        beyond = distances >= self.bandwidth
        if self.kernel == "tophat":
            return torch.zeros_like(distances).masked_fill(beyond, -float("inf"))
        within = distances.masked_fill(beyond, 0.0)
        if self.kernel == "epanechnikov":
            value = 1.0 - (within * within) / (self.bandwidth * self.bandwidth)
        elif self.kernel == "linear":
            value = 1.0 - within / self.bandwidth
        else:
            value = (within * self.right_angle / self.bandwidth).cos()
        return value.log().masked_fill(beyond, -float("inf"))
