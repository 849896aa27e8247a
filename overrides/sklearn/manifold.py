"""``sklearn.manifold``: Isomap and LocallyLinearEmbedding, which place rows by their neighbours."""

from typing import Any

import numpy as np
import torch
from sklearn.manifold import Isomap as SkIsomap
from sklearn.manifold import LocallyLinearEmbedding as SkLocallyLinearEmbedding
from torch import Tensor, nn

from ..core.registry import OnnxGap, register
from ..errors import CorruptEstimatorError
from ..functional.solvers.linear_systems import solve_positive
from .neighbors._base import Compared, declines_search
from .neighbors._metric import declines_metric
from .neighbors._points import Points


class _Embedding(Compared):
    """Rows that look for neighbours among those of the fit."""

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator, Points.of(estimator.nbrs_))

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """A metric that is a function, and neighbours that are not decided."""
        reason = declines_metric(estimator.nbrs_)
        if reason is None and estimator.n_neighbors is not None:
            reason = declines_search(estimator.nbrs_, estimator.n_neighbors)
        return None if reason is None else f"{type(estimator).__name__}: {reason}"


@register(SkIsomap, gaps=OnnxGap.CONVERTER)
class Isomap(_Embedding):
    """Isomap: shortest ways to all fitted rows over the neighbours, and the kernel principal components of those.

    Attributes
    ----------
    points : Points
        The fitted rows, ``points.X``.
    dist_matrix_ : Tensor of shape (n_points, n_points)
        Shortest ways between fitted rows.
    kernel_pca_ : KernelPCA of the precomputed kernel ``-0.5 * ways ** 2``

    Notes
    -----
    Where no fitted row is within ``radius``, scikit-learn raises; here the row is NaN or infinite.
    """

    dist_matrix_: Tensor
    radius: Tensor

    def __init__(self, estimator: Any, children: dict[str, nn.Module]) -> None:
        super().__init__(estimator)
        self.kernel_pca_: Any = children["kernel_pca_"]
        self.add_parameter("dist_matrix_", estimator.dist_matrix_)
        if self.dist_matrix_.shape != (self.points.n_points, self.points.n_points):
            raise CorruptEstimatorError(f"Isomap has ways of shape {tuple(self.dist_matrix_.shape)} between its rows")
        self.n_neighbors = 0 if estimator.n_neighbors is None else int(estimator.n_neighbors)
        radius = 0.0 if estimator.radius is None else self.points.reduced_of(float(estimator.radius))
        self.add_buffer("radius", np.float64(radius))

    @staticmethod
    def children_of(estimator: Any) -> dict[str, Any]:
        """The principal components."""
        return {"kernel_pca_": estimator.kernel_pca_}

    def _transform(self, x: Tensor) -> Tensor:
        ways = self._ways_over_nearest(x) if self.n_neighbors > 0 else self._ways_within_radius(x)
        return self.kernel_pca_.transform((ways * ways) * -0.5)

    def _ways_over_nearest(self, x: Tensor) -> Tensor:
        near, index = self.points.nearest(x, self.n_neighbors, False)
        ways = self._ways_over(near[:, 0], index[:, 0])
        for j in range(1, self.n_neighbors):
            ways = torch.minimum(ways, self._ways_over(near[:, j], index[:, j]))
        return ways

    def _ways_over(self, near: Tensor, index: Tensor) -> Tensor:
        return self.dist_matrix_.index_select(0, index) + near.unsqueeze(1)

    def _ways_within_radius(self, x: Tensor) -> Tensor:
        reduced = self.points.reduced(x, self.points.X)
        near = self.points.measure(reduced).masked_fill(reduced > self.radius, float("inf"))
        if not torch.jit.is_scripting():
            if torch.compiler.is_compiling():
                return self._ways_in_a_graph(near)
        ways = torch.full_like(near, float("inf"))
        for j in range(self.points.n_points):
            ways = torch.minimum(ways, near[:, j].unsqueeze(1) + self.dist_matrix_[j])
        return ways

    @torch.jit.unused
    def _ways_in_a_graph(self, near: Tensor) -> Tensor:
        from torch._higher_order_ops import while_loop

        matrix, n_points = self.dist_matrix_.detach(), self.points.n_points

        def unfinished(j: Tensor, ways: Tensor) -> Tensor:
            return j < n_points

        def body(j: Tensor, ways: Tensor) -> tuple[Tensor, Tensor]:
            place = j.reshape(1)
            return j + 1, torch.minimum(ways, near.index_select(1, place) + matrix.index_select(0, place))

        start = torch.zeros((), dtype=torch.int64, device=near.device)
        ways: Tensor = while_loop(unfinished, body, (start, torch.full_like(near, float("inf"))))[1]
        return ways


@register(SkLocallyLinearEmbedding, gaps=OnnxGap.CONVERTER)
class LocallyLinearEmbedding(_Embedding):
    """LocallyLinearEmbedding: the weights that make a row of its neighbours make its place of theirs.

    Attributes
    ----------
    points : Points
        The fitted rows, ``points.X``.
    embedding_ : Tensor of shape (n_points, n_components)

    Notes
    -----
    Follows ``barycenter_weights`` (sklearn/manifold/_locally_linear.py), with all methods of the fit alike.
    """

    in_own_floats = True

    embedding_: Tensor
    reg: Tensor
    identity: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.n_neighbors = int(estimator.n_neighbors)
        self.add_parameter("embedding_", estimator.embedding_)
        if len(self.embedding_) != self.points.n_points:
            raise CorruptEstimatorError(f"LocallyLinearEmbedding has {len(self.embedding_)} places of its rows")
        self.add_buffer("reg", float(estimator.reg))
        self.add_buffer("identity", np.eye(self.n_neighbors))
        width = self.n_neighbors * max(self.n_neighbors, self.n_features_in_)
        self.tile_rows = max(16, min(self.tile_rows, 2**18 // width))

    def _transform(self, x: Tensor) -> Tensor:
        index = self.points.nearest(x, self.n_neighbors, False)[1]
        neighbors = self.points.X.index_select(0, index.flatten()).view(x.shape[0], self.n_neighbors, x.shape[1])
        differences = neighbors - x.unsqueeze(1)
        products = torch.bmm(differences, differences.transpose(1, 2))
        trace = (products * self.identity).sum(dim=[1, 2], keepdim=True)
        ridge = self.reg * torch.where(trace > 0, trace, torch.ones_like(trace))
        weights = solve_positive(products + ridge * self.identity, torch.ones_like(differences[:, :, 0]))
        weights = weights / weights.sum(1, keepdim=True)
        places = self.embedding_.index_select(0, index.flatten()).view(
            x.shape[0], self.n_neighbors, self.embedding_.shape[1]
        )
        return (places * weights.unsqueeze(2)).sum(1)
