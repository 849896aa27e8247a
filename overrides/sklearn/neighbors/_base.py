"""What estimators of neighbours share: their points, the weights of neighbours, and the classes that these vote for."""

from typing import Any, Final

import numpy as np
import torch
from scipy.sparse import issparse
from torch import Tensor

from ...core.module import Module, check_rows, refuse
from ...errors import CorruptEstimatorError
from ...forests.outputs import class_table
from ...functional.pairwise.distances import OF_SETS
from ...functional.special.arithmetic import is_infinite
from ._metric import declines_metric, metric_of
from ._points import Points


class Compared(Module):
    """Base of modules that compare rows with points, or take rows of distances from them (metric "precomputed").

    Attributes
    ----------
    points : Points
        The fitted points, ``points.X``.
    """

    needs_all: Final[str]

    def __init__(self, estimator: Any, points: Points) -> None:
        super().__init__(estimator)
        self.points = points
        self.n_features_in_ = points.width
        self.tile_rows = points.tile_rows
        self.needs_all = (
            f"{self.estimator_name} was fitted on a dense matrix of distances: sparse rows of them leave neighbours "
            "out, pass dense ones"
        )

    def encode(self, data: Any) -> Tensor:
        """Rows from outside as a tensor; of distances all, and no sparse ones."""
        if self.points.metric == "precomputed" and hasattr(data, "toarray"):
            refuse(self.needs_all)
        return super().encode(data)

    def _check(self, x: Tensor) -> Tensor:
        rows = check_rows(x, self.n_features_in_, self.estimator_name, self.anchor)
        if self.points.metric == "precomputed" and rows.layout != torch.strided:
            refuse(self.needs_all)
        return rows


class Neighbors(Compared):
    """Base of estimators of neighbours."""

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator, Points.of(estimator))

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """A metric or weights that are a function."""
        weights = getattr(estimator, "weights", None)
        if callable(weights):
            name = type(estimator).__name__
            return f"{name} weights neighbours by a Python function, weights={weights!r}, which no graph can hold"
        return declines_metric(estimator)

    @classmethod
    def precision_note(cls, estimator: Any) -> str:
        """Ties among points that were fitted as a sparse matrix, one-hot columns for example."""
        ties = ""
        if (
            hasattr(estimator, "n_neighbors")
            and issparse(estimator._fit_X)
            and "euclidean" in str(estimator.effective_metric_)
        ):
            ties = (
                "of sparse rows scikit-learn chooses among equally near points by numpy's partition, which differs by "
                "processor; the module chooses as scikit-learn does of the same rows made dense"
            )
        return "; ".join(filter(None, (super().precision_note(estimator), ties)))


def declines_search(estimator: Any, n_neighbors: int) -> str | None:
    """Why the ``n_neighbors`` nearest points cannot be found as scikit-learn finds them, or None."""
    name, n_points = type(estimator).__name__, int(estimator.n_samples_fit_)
    if n_neighbors > n_points:
        return f"{name} looks for {n_neighbors} neighbours among {n_points} points: its methods raise in scikit-learn"
    metric = metric_of(estimator)
    if not metric.heaped and metric.name in (*OF_SETS, "hamming"):
        return (
            f"{name} finds neighbours by brute force with metric={estimator.metric!r}, in which most distances are "
            "equal: which of them numpy's partition takes differs by processor; fit with algorithm='ball_tree', "
            "where the metric allows it, which decides"
        )
    return None


def inverse_distances(near: Tensor, within: Tensor | None = None) -> Tensor:
    """Weights of neighbours by distance (``_get_weights`` in sklearn/neighbors/_base.py).

    Parameters
    ----------
    near : Tensor of shape (n_samples, n_neighbors)
        Distances.
    within : bool Tensor of shape (n_samples, n_neighbors), optional
        What is a neighbour; all, if not given.

    Returns
    -------
    Tensor of shape (n_samples, n_neighbors)
        The inverse, but 1 and 0 in rows that coincide with a neighbour; 0 for what is none.
    """
    coincide = near == 0
    weights = 1.0 / near.masked_fill(coincide, 1.0)
    if within is not None:
        coincide = coincide & within
        weights = weights.masked_fill(~within, 0.0)
    alike = is_infinite(weights) | coincide
    return torch.where(alike.any(1, keepdim=True), alike.to(near.dtype), weights)


class Voters(Neighbors):
    """Base of classifiers by neighbours: classes and their places among the columns of votes.

    Attributes
    ----------
    classes_ : Tensor of shape (n_classes,) or (n_outputs, max_n_classes)
        Labels, or codes of words; padded where there are several outputs.
    labels : int64 Tensor of shape (n_outputs, n_points)
        The class of each point.
    output_class_names : list of list of str
        The words that the codes of each output mean, where several outputs have words.
    """

    # Known when TorchScript compiles, which then sees one return type.
    __constants__: tuple[str, ...] = ("is_multi_output",)

    classes_: Tensor
    labels: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.is_multi_output = bool(estimator.outputs_2d_)
        classes = estimator.classes_ if self.is_multi_output else [estimator.classes_]
        self.n_classes = [len(part) for part in classes]
        labels = np.asarray(estimator._y, dtype=np.int64).reshape(self.points.n_points, -1).T
        limits = np.array(self.n_classes).reshape(-1, 1)
        if len(labels) != len(classes) or (labels < 0).any() or (labels >= limits).any():
            raise CorruptEstimatorError(f"{self.estimator_name} has points of classes that it does not know")
        self.add_buffer("labels", labels)
        if not self.is_multi_output:
            self.set_classes(estimator.classes_)
            return
        self.add_buffer("classes_", class_table(classes))
        if any(np.asarray(part).dtype.kind in "OUS" for part in classes):
            self.output_class_names = [[str(label) for label in part] for part in classes]

    @staticmethod
    def multi_output_methods(estimator: Any) -> tuple[str, ...]:
        """Neighbours are distances and places; probabilities are a list where there are several outputs."""
        return ("kneighbors", "predict_proba") if estimator.outputs_2d_ else ("kneighbors",)

    def as_returned(self, method: str, result: Any) -> Any:
        """Words of several outputs as the codes that ``predict`` gives."""
        result = super().as_returned(method, result)
        names = getattr(self, "output_class_names", None)
        if method != "predict" or names is None:
            return result
        columns = zip(names, np.asarray(result).T, strict=True)
        return np.array([[part.index(str(word)) for word in column] for part, column in columns]).T

    def _votes(self, x: Tensor) -> list[Tensor]:
        """Votes for the classes of each output, shape (n_samples, n_classes) of its own."""
        raise NotImplementedError

    def _labelled(self, places: list[Tensor]) -> Tensor:
        """Labels at places among the classes of each output."""
        if not self.is_multi_output:
            return self.classes_.index_select(0, places[0])
        columns: list[Tensor] = []
        for i, place in enumerate(places):
            columns.append(self.classes_[i].index_select(0, place))
        return torch.stack(columns, dim=1)
