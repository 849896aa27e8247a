"""Fitted points that rows are compared with: distances to all of them, and the nearest, with scikit-learn's ties."""

from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn

from ...core.pairwise_kernel import RowsAsTheyAre
from ...functional.graph import in_graph
from ...functional.pairwise.distances import (
    OF_DIFFERENCES,
    OF_SETS,
    distances_of_reduced,
    product_distances,
    reduced_distances,
    set_distances,
    squares_of_products,
)
from ...functional.pairwise.missing import nan_euclidean_distances
from ...functional.pairwise.nearest import find_smallest, heap_of_queue, queue_of_heap, smallest
from ...functional.pairwise.space_trees import ball_nearness, box_nearness, order_of_visits
from ._metric import Metric, metric_of, metric_of_tree


class Points(nn.Module):
    """The points of a fitted estimator of neighbours, or of a search tree.

    Attributes
    ----------
    X : Tensor of shape (n_points, n_features)
        Of no features where distances come in as rows (metric "precomputed").
    width : int
        Width of rows to compare: one distance from each point where distances come in, else n_features.
    tile_rows : int
        Rows whose distances to all points fit into a tile.

    Notes
    -----
    Where a search tree found neighbours, scikit-learn computes distances from differences, and a heap decides between
    equal ones in the order in which the tree reaches the points. By brute force the Euclidean distance is expanded into
    products, which round differently, and the heap takes the points in their order, as it does on one thread for fewer
    rows than points; more threads, or more rows, may order equal distances otherwise, and rounding those that are equal
    but for it. Metrics that are handed to scipy, and Euclidean ones of sparse rows, are selected by numpy's partition,
    which leaves open which of several equal ones it takes: here the first.
    """

    metric: Final[str]
    strategy: Final[str]
    order: Final[str]

    X: nn.Parameter
    p: Tensor
    weights: Tensor
    matrix: Tensor
    norms: Tensor
    gaps: Tensor
    leaves: Tensor
    low: Tensor
    high: Tensor
    radius: Tensor

    def __init__(self, X: Any, metric: Metric, tree: Any = None) -> None:
        super().__init__()
        rows = np.array(X.toarray() if hasattr(X, "toarray") else X, dtype=np.float64, order="C")
        self.width = rows.shape[1]
        if metric.name == "precomputed":
            rows = rows[:, :0]
        self.metric = "expanded euclidean" if _is_square(metric) else metric.name
        self.squares = _is_square(metric)
        self.is_euclidean = self.metric in ("euclidean", "expanded euclidean")
        gaps = np.isnan(rows) if metric.name == "nan_euclidean" else np.zeros((0, 0))
        self.X = nn.Parameter(torch.tensor(np.where(gaps, 0.0, rows) if gaps.size else rows))
        self._fix("gaps", gaps.astype(np.float64))
        self._fix("norms", np.einsum("ij,ij->i", self.X.detach().numpy(), self.X.detach().numpy()))
        self._fix("p", np.float64(metric.p))
        self._fix("weights", np.asarray(metric.weights, dtype=np.float64))
        self._fix("matrix", np.asarray(metric.matrix, dtype=np.float64))
        self.function = RowsAsTheyAre() if metric.function is None else metric.function
        self.n_points = len(rows)
        width = rows.shape[1] if metric.name == "mahalanobis" else 2 * rows.shape[1] if metric.name == "function" else 1
        # Where float32 is all that stands for every point, a tile holds twice as many rows.
        numbers = 2**19 if self.is_euclidean else 2**18
        self.tile_rows = max(16, numbers // max(1, self.n_points * width))
        # How distances come about, and the order in which a heap sees the points.
        self.strategy = (
            "differences"
            if self.metric in OF_DIFFERENCES
            else "sets"
            if self.metric in OF_SETS
            else "gaps"
            if self.metric == "nan_euclidean"
            else "function"
            if self.metric in ("precomputed", "function")
            else "products"
        )
        self.order = "none" if not metric.heaped else "given" if tree is None else _kind_of_tree(tree)
        self._plant(tree)

    @classmethod
    def of(cls, estimator: Any) -> "Points":
        """Points of a fitted estimator of neighbours whose metric is not refused."""
        return cls(estimator._fit_X, metric_of(estimator), estimator._tree)

    @classmethod
    def of_tree(cls, tree: Any) -> "Points":
        """Points of a KDTree or BallTree."""
        return cls(np.asarray(tree.data), metric_of_tree(tree), tree)

    def _fix(self, name: str, value: Any) -> None:
        self.register_buffer(name, torch.tensor(np.array(value, order="C")))

    def _plant(self, tree: Any) -> None:
        """The nodes of the search tree, none where there is no tree."""
        self._fix("leaves", np.zeros((0, 0), dtype=np.int64))
        for name in ("low", "high", "radius"):
            self._fix(name, np.zeros((0, 0)))
        if tree is None:
            return
        _, idx_array, nodes, bounds = (np.asarray(part) for part in tree.get_arrays())
        nodes_of_leaves = nodes[len(nodes) // 2 :]
        sizes = nodes_of_leaves["idx_end"] - nodes_of_leaves["idx_start"]
        leaves = np.full((len(sizes), max(1, sizes.max())), self.n_points, dtype=np.int64)
        for row, start, size in zip(leaves, nodes_of_leaves["idx_start"], sizes, strict=True):
            row[:size] = idx_array[start : start + size]
        self._fix("leaves", leaves)
        self._fix("low", bounds[0].T)
        self._fix("high", bounds[-1].T)
        self._fix("radius", nodes["radius"])

    def distances(self, x: Tensor) -> Tensor:
        """Distances of rows from all points, shape (n_samples, n_points)."""
        return self.measure(self.reduced(x, self.X))

    def reduced(self, x: Tensor, points: Tensor) -> Tensor:
        """Reduced distances of rows from all points, ``X`` or ``X.detach()``; shape (n_samples, n_points)."""
        if self.strategy == "differences":
            return reduced_distances(self.metric, x, points.t().contiguous(), self.p, self.weights, self.matrix)
        elif self.strategy == "sets":
            return set_distances(self.metric, x, points)
        elif self.strategy == "function":
            distances: Tensor = self.function(x, points)
            return distances
        elif self.strategy == "gaps":
            distances = nan_euclidean_distances(x, torch.isnan(x), points, self.gaps, self.norms)
            return distances.masked_fill(torch.isnan(distances), float("inf"))
        return product_distances(self.metric, x, points, self.norms)

    def measure(self, reduced: Tensor) -> Tensor:
        """Distances from reduced ones."""
        return reduced if self.squares else distances_of_reduced(self.metric, reduced, self.p)

    def reduced_of(self, distance: float) -> float:
        """The reduced distance that belongs to a distance."""
        p = float(self.p)
        if self.metric in ("euclidean", "seuclidean", "mahalanobis", "expanded euclidean") and not self.squares:
            return distance * distance
        if self.metric == "minkowski":
            return float(np.power(distance, p))
        return float(np.sin(0.5 * distance) ** 2) if self.metric == "haversine" else distance

    def nearest(self, x: Tensor, k: int, in_order: bool) -> tuple[Tensor, Tensor]:
        """The ``k`` nearest points of each row, the nearest first.

        Parameters
        ----------
        x : Tensor of shape (n_samples, n_features)
        k : int
        in_order : bool
            Whether the order among equally near ones counts, and not only which of them are taken.

        Returns
        -------
        distances : Tensor of shape (n_samples, k)
        index : int64 Tensor of shape (n_samples, k)
        """
        if self.strategy == "differences" or self.metric == "expanded euclidean":
            index = self._selected_of_guessed(x.detach(), self.X.detach(), k, in_order)
            near = self._reduced_of_some(x, self.X, index)
            if self.strategy == "products" and not in_graph():
                near = self._as_one_product(x, near, index)
        else:
            reduced = self.reduced(x, self.X)
            index = self._selected(x.detach(), reduced.detach(), k, in_order)
            near = reduced.gather(1, index)
        return self.measure(near), index

    def _reduced_of_some(self, x: Tensor, points: Tensor, index: Tensor) -> Tensor:
        """Reduced distances of each row from points of its own, of shape (n_samples, n_some) as their numbers."""
        some = points.index_select(0, index.flatten()).view(x.shape[0], index.shape[1], x.shape[1])
        if self.strategy == "differences":
            some = some.permute(2, 0, 1)
            return reduced_distances(self.metric, x, some, self.p, self.weights, self.matrix)
        norms = self.norms.index_select(0, index.flatten()).view_as(index)
        return squares_of_products(x, (x.unsqueeze(1) * some).sum(2), norms)

    def _as_one_product(self, x: Tensor, near: Tensor, index: Tensor) -> Tensor:
        """The same distances, but in rows that are close to a point from the product that scikit-learn computes.

        There, the root makes much of the last digits, which are those of one summation and no other.
        """
        norms = self.norms.index_select(0, index.flatten()).view_as(index)
        close = ((near.detach() > 0) & (near.detach() < norms * 1e-12)).any(1)
        if bool(close.any()):
            again = close.nonzero().squeeze(1)
            some = self.reduced(x.index_select(0, again), self.X)
            near = near.index_copy(0, again, some.gather(1, index.index_select(0, again)))
        return near

    def _guess(self, x: Tensor, points: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Squared Euclidean distances by a matrix product in float32, less what a row has in all of them.

        Returns
        -------
        guess : Tensor of shape (n_samples, n_points)
            Of float32 on a processor.
        size : Tensor of shape (n_samples,)
            What is left out.
        doubt : Tensor of shape (n_samples,)
            By how much the guess may be off: rounding, and squares that float32 has no numbers for.
        """
        center = points.mean(0)
        rows, others = x - center, points - center
        norms, size = (others * others).sum(1), (rows * rows).sum(1)
        # Elsewhere than on a processor, float32 may stand for less by torch's settings, and float64 is fast.
        kind = torch.float32 if x.device.type == "cpu" else x.dtype
        guess = torch.addmm(norms.to(kind), rows.to(kind), others.to(kind).t(), alpha=-2.0)
        largest = size + norms.max()
        doubt = (largest * 1.2e-7 + 1.2e-38) * (4.0 * float(x.shape[1] + 8))
        # So it may on some processors: a few distances show it.
        few = (rows.unsqueeze(1) - others[:8]).square().sum(2)
        is_coarse = ((guess[:, :8] + size.unsqueeze(1) - few).abs() > doubt.unsqueeze(1)).any()
        return guess, size, torch.where((largest < 1e37) & ~is_coarse, doubt, float("inf"))

    def _selected_of_guessed(self, x: Tensor, points: Tensor, k: int, in_order: bool) -> Tensor:
        spare = 2
        if not self.is_euclidean or in_graph() or k + spare >= self.n_points:
            return self._selected(x, self.reduced(x, points), k, in_order)
        # Of the candidates, distances are computed as scikit-learn does.
        guess, size, doubt = self._guess(x, points)
        bound, candidates = find_smallest(guess, k + spare)
        candidates = candidates.sort(dim=1)[0]
        found, order = self._reduced_of_some(x, points, candidates).sort(dim=1, stable=True)
        index = candidates.gather(1, order)[:, :k]
        sure = bound.amax(1) + size - doubt > found[:, k - 1]
        unsure = ~sure | self._ties(found, k, in_order)
        if bool(unsure.any()):
            again = unsure.nonzero().squeeze(1)
            some = x.index_select(0, again)
            index = index.index_copy(0, again, self._selected(some, self.reduced(some, points), k, in_order))
        return index

    def within(self, x: Tensor, radius: Tensor) -> Tensor:
        """1 for the points within a radius of each row, 0 for the others.

        Parameters
        ----------
        x : Tensor of shape (n_samples, n_features)
        radius : Tensor of shape ()
            Reduced, as :meth:`reduced_of` gives it.

        Returns
        -------
        float32 Tensor of shape (n_samples, n_points)
        """
        x, points = x.detach(), self.X.detach()
        if not self.is_euclidean or in_graph():
            return (self.reduced(x, points) <= radius).float()
        guess, size, doubt = self._guess(x, points)
        doubt = doubt + radius * 1.2e-7
        sure = (guess <= (radius - size - doubt).to(guess.dtype).unsqueeze(1)).float()
        possible = (guess > (radius - size + doubt).to(guess.dtype).unsqueeze(1)).logical_not().float()
        unsure = sure.sum(1) != possible.sum(1)
        if bool(unsure.any()):
            again = unsure.nonzero().squeeze(1)
            decided = self.reduced(x.index_select(0, again), points) <= radius
            sure = sure.index_copy(0, again, decided.float())
        return sure

    def _selected(self, x: Tensor, reduced: Tensor, k: int, in_order: bool) -> Tensor:
        if self.order == "none":
            return smallest(reduced, k)[1]
        found, index = find_smallest(reduced, min(k + 1, self.n_points))
        ties = self._ties(found, k, in_order)
        index = index[:, :k]
        if in_graph():  # a loop that runs no round where there are no ties
            return torch.where(ties.unsqueeze(1), self._decided(x, reduced, ties, k, in_order), index)
        if bool(ties.any()):
            again = ties.nonzero().squeeze(1)
            some = reduced.index_select(0, again)
            decided = self._decided(x.index_select(0, again), some, torch.ones_like(again) > 0, k, in_order)
            index = index.index_copy(0, again, decided)
        return index

    def _ties(self, found: Tensor, k: int, in_order: bool) -> Tensor:
        """Rows for which it matters how equal distances are ordered, from the nearest ones in rising order."""
        if in_order:
            return (found[:, 1 : k + 1] == found[:, :-1][:, :k]).any(1)
        if found.shape[1] == k:
            return torch.zeros_like(found[:, 0], dtype=torch.bool)
        return found[:, k] == found[:, k - 1]

    def _decided(self, x: Tensor, reduced: Tensor, ties: Tensor, k: int, in_order: bool) -> Tensor:
        """The nearest points where several are equally near; anything for rows without ties."""
        values = reduced
        visits = torch.zeros_like(reduced, dtype=torch.int64)
        if self.order != "given":
            visits = self._visits(x)
            # Behind the points stands what pads the leaves.
            beyond = torch.full_like(reduced[:, :1], float("inf"))
            values = torch.cat([reduced, beyond], 1).gather(1, visits)
        queue, count = queue_of_heap(values, k)
        count = torch.where(ties, count, torch.zeros_like(count))
        index = heap_of_queue(values, queue, count, k, self.order == "given" and in_order)[1]
        return index if self.order == "given" else visits.gather(1, index)

    def _visits(self, x: Tensor) -> Tensor:
        """The points in the order in which the search tree reaches them from each row."""
        if self.order == "boxes":
            nearness = box_nearness(x, self.low, self.high, self.p)
        else:
            nearness = ball_nearness(self.measure(self._centers(x)), self.radius, self.metric == "euclidean")
        return order_of_visits(nearness, self.leaves)

    def _centers(self, x: Tensor) -> Tensor:
        """Reduced distances from the centres of the balls."""
        if self.strategy == "sets":
            return set_distances(self.metric, x, self.low.t())
        elif self.strategy == "function":
            distances: Tensor = self.function(x, self.low.t())
            return distances
        return reduced_distances(self.metric, x, self.low, self.p, self.weights, self.matrix)


def _is_square(metric: Metric) -> bool:
    return metric.name == "expanded sqeuclidean"


def _kind_of_tree(tree: Any) -> str:
    return "boxes" if type(tree).__name__.startswith("KD") else "balls"
