"""The points within a radius: their votes, and their mean."""

from typing import Any

import numpy as np
import torch
from sklearn.neighbors import RadiusNeighborsClassifier as SkRadiusNeighborsClassifier
from sklearn.neighbors import RadiusNeighborsRegressor as SkRadiusNeighborsRegressor
from torch import Tensor

from ...core.module import refuse
from ...core.registry import OnnxGap, register
from ...functional.graph import in_graph
from ._base import Neighbors, Voters, inverse_distances
from ._metric import reduces_rows

_COUNTED = {"manhattan", "chebyshev", "minkowski", "canberra", "braycurtis", "haversine", "seuclidean", "euclidean"}
"""Metrics for which scikit-learn counts votes while it searches by brute force."""


class RadiusNeighbors(Neighbors):
    """Base of estimators by the points within a radius.

    Attributes
    ----------
    radius : Tensor of shape ()
        Reduced, as the distances that it is compared with.
    """

    radius: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.weighs = estimator.weights == "distance"
        self.add_buffer("radius", np.float64(self.points.reduced_of(float(estimator.radius))))

    def _weights(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Weights of all points, whole numbers in float32 where they are 0 or 1; and the rows without a neighbour."""
        if not self.weighs:
            weights = self.points.within(x, self.radius)
            return weights, weights.sum(1, keepdim=True) == 0
        reduced = self.points.reduced(x, self.points.X)
        within = reduced <= self.radius
        return inverse_distances(self.points.measure(reduced), within), ~within.any(1, keepdim=True)


@register(SkRadiusNeighborsRegressor, gaps=(OnnxGap.PRECISION, OnnxGap.CONVERTER))
class RadiusNeighborsRegressor(RadiusNeighbors):
    """RadiusNeighborsRegressor: the mean of the targets within the radius, NaN where there is no point.

    Attributes
    ----------
    _y : Tensor of shape (n_points, n_outputs)
    """

    _y: Tensor
    nothing: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        targets = np.asarray(estimator._y)
        self.is_flat = targets.ndim == 1
        # Of whole numbers, scikit-learn's "not a number" is what a whole number can make of it.
        with np.errstate(invalid="ignore"):
            nothing = np.full_like(targets.reshape(len(targets), -1)[0], np.nan)
        self.add_buffer("nothing", nothing.astype(np.float64))
        self.add_parameter("_y", targets.reshape(len(targets), -1))

    def _predict(self, x: Tensor) -> Tensor:
        weights, alone = self._weights(x)
        weights = weights.to(x.dtype)
        mean = torch.mm(weights, self._y) / weights.sum(1, keepdim=True).masked_fill(alone, 1.0)
        mean = torch.where(alone, self.nothing, mean)
        return mean.squeeze(1) if self.is_flat else mean


@register(SkRadiusNeighborsClassifier, gaps=(OnnxGap.PRECISION, OnnxGap.CONVERTER))
class RadiusNeighborsClassifier(RadiusNeighbors, Voters):
    """RadiusNeighborsClassifier: the class that most points within the radius have, or that weighs most.

    Attributes
    ----------
    members : Tensor of shape (n_points, sum of n_classes)
        1 where a point is of a class.
    outliers : Tensor of shape (sum of n_classes,)
        Probabilities of rows without a point in the radius.
    outlier_labels : Tensor of shape (n_outputs,)
        What ``predict`` gives for these, where all their probabilities are 0.

    Notes
    -----
    Without ``outlier_label`` scikit-learn raises for a row without neighbours; a graph of torch.export or ONNX cannot,
    and gives NaN for probabilities and the first class. By brute force and some metrics scikit-learn 1.9 looks for
    ``outlier_label`` among the places of the classes rather than their labels; so does this.
    """

    members: Tensor
    outliers: Tensor
    outlier_labels: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        eyes = [np.eye(count)[row] for count, row in zip(self.n_classes, self.labels.numpy(), strict=True)]
        self.add_buffer("members", np.concatenate(eyes, axis=1))
        self.raises = estimator.outlier_label_ is None
        shares, labels = self._outliers(estimator)
        self.add_buffer("outliers", np.concatenate(shares))
        self.add_buffer("outlier_labels", np.array(labels, dtype=self.classes_.numpy().dtype))

    @staticmethod
    def multi_output_methods(estimator: Any) -> tuple[str, ...]:
        """Probabilities are a list where there are several outputs."""
        return ("predict_proba",) if estimator.outputs_2d_ else ()

    def _outliers(self, estimator: Any) -> tuple[list[np.ndarray], list[Any]]:
        """Probabilities and labels of outliers, per output."""
        classes = estimator.classes_ if self.is_multi_output else [estimator.classes_]
        if self.raises:
            return [np.full(len(part), np.nan) for part in classes], [0] * len(classes)
        shares, labels = [], []
        for i, (part, label) in enumerate(zip(classes, estimator.outlier_label_, strict=True)):
            place = np.flatnonzero(part == label)
            share = np.zeros(len(part))
            if self._counts_while_searching(estimator):
                given = estimator.outlier_label
                if not isinstance(given, (str, list, tuple, np.ndarray)) and given in range(len(part)):
                    share[int(given)] = 1.0
            elif len(place) == 1:
                share[place[0]] = 1.0
            shares.append(share)
            words = self.output_class_names[i] if hasattr(self, "output_class_names") else self.class_names
            if not words:
                labels.append(label)
                continue
            # A word that is no class is cut to the length of the classes, which have an array of their own.
            word = str(np.array([label], dtype=part.dtype)[0])
            if word not in words:
                words.append(word)
            labels.append(words.index(word))
        return shares, labels

    def _counts_while_searching(self, estimator: Any) -> bool:
        counts = not self.weighs and not self.is_multi_output and estimator._fit_method == "brute"
        return (
            counts
            and reduces_rows(estimator)
            and self.points.metric in _COUNTED
            and estimator.effective_metric_ != "euclidean"
        )

    def sample_inputs(self, n_samples: int) -> Any:
        """Rows near the points, where rows without neighbours are an error."""
        if not self.raises:
            return None
        if self.points.metric == "precomputed":
            shares = np.random.default_rng(0).uniform(size=(n_samples, self.points.width))
            return shares * 2.0 * self.radius.item()
        rows = self.points.X.detach().cpu().numpy()[:n_samples]
        return rows + 1e-6 * np.abs(rows)

    def _votes(self, x: Tensor) -> list[Tensor]:
        weights, alone = self._weights(x)
        if self.raises and not in_graph():
            if bool(alone.any()):
                row = int(alone.to(torch.int64).flatten().argmax())
                refuse(
                    f"{self.estimator_name} has no neighbours within its radius for row {row}: fit with a larger "
                    "radius or with outlier_label"
                )
        votes = torch.where(alone, self.outliers, torch.mm(weights, self.members.to(weights.dtype)).to(x.dtype))
        return list(votes.split(self.n_classes, dim=1))

    def _predict(self, x: Tensor) -> Tensor:
        places: list[Tensor] = []
        none: list[Tensor] = []
        for votes in self._votes(x):
            places.append(votes.argmax(1))
            none.append((votes == 0).all(1))
        labels = self._labelled(places)
        empty = torch.stack(none, dim=1) if self.is_multi_output else none[0]
        return torch.where(empty, self.outlier_labels, labels)

    def _predict_proba(self, x: Tensor):  # type: ignore[no-untyped-def]
        parts: list[Tensor] = []
        for votes in self._votes(x):
            total = votes.sum(1, keepdim=True)
            parts.append(votes / total.masked_fill(total == 0, 1.0))
        if self.is_multi_output:
            return parts
        else:
            return parts[0]
