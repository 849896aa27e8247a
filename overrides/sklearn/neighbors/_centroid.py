"""NearestCentroid: the class of the nearest centroid, or of the largest discriminant score."""

from typing import Any

import numpy as np
import torch
from sklearn.neighbors import NearestCentroid as SkNearestCentroid
from torch import Tensor

from ...core.module import Module
from ...core.registry import OnnxGap, register
from ...functional.pairwise.distances import product_distances, reduced_distances
from ...functional.pairwise.nearest import smallest


@register(SkNearestCentroid, gaps=(OnnxGap.CONVERTER, OnnxGap.METHOD))
class NearestCentroid(Module):
    """NearestCentroid: by distance where the classes are equally likely, else by discriminant score.

    Attributes
    ----------
    centroids_ : Tensor of shape (n_classes, n_features)
        Shrunken, where a threshold was given.
    spread : Tensor of shape (n_features,)
        ``within_class_std_dev_``, 1 where it is 0.
    log_priors : Tensor of shape (n_classes,)

    Notes
    -----
    The score is minus the squared distance of scaled rows, plus twice the logarithm of the prior.
    """

    centroids_: Tensor
    spread: Tensor
    log_priors: Tensor
    classes_: Tensor
    ones: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.set_classes(estimator.classes_)
        self.add_parameter("centroids_", estimator.centroids_)
        spread = np.ravel(np.asarray(estimator.within_class_std_dev_, dtype=np.float64))
        self.add_buffer("spread", np.where(spread != 0, spread, 1.0))
        priors = np.asarray(estimator.class_prior_, dtype=np.float64)
        with np.errstate(divide="ignore"):
            self.add_buffer("log_priors", np.log(priors))
        self.add_buffer("ones", np.ones(len(spread)))
        self.is_euclidean = estimator.metric == "euclidean"
        self.is_balanced = bool(np.isclose(priors, 1 / len(priors)).all())
        self.is_binary = len(priors) == 2

    def _predict(self, x: Tensor) -> Tensor:
        if self.is_balanced:
            place = smallest(self._reduced(x, self.centroids_), 1)[1].squeeze(1)
        else:
            place = self._scores(x).argmax(1)
        return self.classes_.index_select(0, place)

    def _reduced(self, x: Tensor, centroids: Tensor) -> Tensor:
        """Squared Euclidean distances, or Manhattan distances."""
        if self.is_euclidean:
            return product_distances("expanded euclidean", x, centroids, (centroids * centroids).sum(1))
        one = self.ones.sum()
        return reduced_distances("manhattan", x, centroids.t(), one, self.ones, self.ones.unsqueeze(0))

    def _scores(self, x: Tensor) -> Tensor:
        distances = self._reduced(x / self.spread, self.centroids_ / self.spread)
        if not self.is_euclidean:
            distances = distances * distances
        return self.log_priors * 2.0 - distances

    def _decision_function(self, x: Tensor) -> Tensor:
        scores = self._scores(x)
        return scores[:, 1] - scores[:, 0] if self.is_binary else scores

    def _predict_log_proba(self, x: Tensor) -> Tensor:
        return torch.log_softmax(self._scores(x), 1)

    def _predict_proba(self, x: Tensor) -> Tensor:
        return torch.softmax(self._scores(x), 1)
