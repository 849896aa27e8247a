"""Voting: the outputs of several estimators, averaged or counted."""

from typing import Any

import numpy as np
import torch
from sklearn.ensemble import VotingClassifier as SkVotingClassifier
from sklearn.ensemble import VotingRegressor as SkVotingRegressor
from torch import Tensor, nn

from ...core.composite import SideBySide, numbered
from ...core.facts import facts_of
from ...core.registry import OnnxGap, register
from ...errors import CorruptEstimatorError


class Voting(SideBySide):
    """What both kinds share: the estimators, at ``estimators_.<k>`` without those that were dropped, and their weights.

    Notes
    -----
    Sums run over the estimators in their order, as numpy's do: where votes tie, the last digit decides.
    """

    total_weight: Tensor
    weights: Tensor

    def __init__(self, estimator: Any, children: dict[str, nn.Module]) -> None:
        super().__init__(estimator)
        self.estimators_ = numbered(children[f"estimators_.{k}"] for k in range(len(estimator.estimators_)))
        self.n_features_in_ = self.estimators_[0].n_features_in_
        weights = estimator._weights_not_none
        self.is_weighted = weights is not None
        values = np.ones(len(self.estimators_)) if weights is None else np.asarray(weights, dtype=np.float64)
        if values.shape != (len(self.estimators_),):
            raise CorruptEstimatorError(
                f"{self.estimator_name} has {len(self.estimators_)} estimators and weights of shape {values.shape}"
            )
        self.add_buffer("weights", values)
        self.add_buffer("total_weight", values.sum())

    @classmethod
    def random_methods(cls, estimator: Any) -> tuple[str, ...]:
        """All, where what is averaged or voted on is drawn."""
        asked = "predict_proba" if getattr(estimator, "voting", "") == "soft" else "predict"
        draws = any(asked in facts_of(part).random_methods for part in cls.children_of(estimator).values())
        return cls.methods_of(estimator) if draws else ()

    @staticmethod
    def children_of(estimator: Any) -> dict[str, Any]:
        """The estimators that were not dropped."""
        return {f"estimators_.{k}": child for k, child in enumerate(estimator.estimators_)}

    def _predictions(self, x: Tensor) -> list[Tensor]:
        parts: list[Tensor] = []
        for child in self.estimators_:
            parts.append(child.predict(x))
        return parts

    def _weighted_sum(self, parts: list[Tensor]) -> Tensor:
        total = self._weighted(parts, 0)
        for i in range(1, len(parts)):
            total = total + self._weighted(parts, i)
        return total

    def _weighted(self, parts: list[Tensor], i: int) -> Tensor:
        if self.is_weighted:
            return parts[i] * self.weights[i]
        return parts[i]


@register(SkVotingRegressor, gaps=OnnxGap.PRECISION)
class VotingRegressor(Voting):
    """The weighted mean of the predictions."""

    def _predict(self, x: Tensor) -> Tensor:
        return self._weighted_sum(self._predictions(x)) / self.total_weight

    def _transform(self, x: Tensor) -> Tensor:
        return torch.stack(self._predictions(x), dim=1)


@register(SkVotingClassifier, gaps=(OnnxGap.PRECISION, OnnxGap.METHOD))
class VotingClassifier(Voting):
    """The class with most votes, or with the largest mean probability.

    Notes
    -----
    With ``voting="soft"`` and ``flatten_transform=False``, where scikit-learn's ``transform`` stacks the probabilities
    in an array of shape (n_classifiers, n_samples, n_classes), this one gives a list, one tensor per classifier.
    """

    # Known when TorchScript compiles, which then leaves out the methods that a child does not have.
    __constants__ = ("is_flat", "is_soft")

    classes_: Tensor
    codes: Tensor

    def __init__(self, estimator: Any, children: dict[str, nn.Module]) -> None:
        super().__init__(estimator, children)
        self.adopt_classes(estimator)
        self.is_soft = estimator.voting == "soft"
        self.is_flat = bool(estimator.flatten_transform)
        self.add_buffer("codes", np.arange(len(estimator.classes_)))

    @staticmethod
    def multi_output_methods(estimator: Any) -> tuple[str, ...]:
        """``transform``, where it is not flat."""
        return ("transform",) if estimator.voting == "soft" and not estimator.flatten_transform else ()

    def _probabilities(self, x: Tensor) -> list[Tensor]:
        parts: list[Tensor] = []
        for child in self.estimators_:
            parts.append(child.predict_proba(x))
        return parts

    def _predict_proba(self, x: Tensor) -> Tensor:
        return self._weighted_sum(self._probabilities(x)) / self.total_weight

    def _predict(self, x: Tensor) -> Tensor:
        if self.is_soft:
            return self.classes_.index_select(0, self._predict_proba(x).argmax(dim=1))
        else:
            votes: list[Tensor] = []
            for codes in self._predictions(x):
                votes.append((codes.unsqueeze(1) == self.codes).to(self.anchor.dtype))
            return self.classes_.index_select(0, self._weighted_sum(votes).argmax(dim=1))

    # TorchScript infers what this returns: a tensor, or a list of them.
    def _transform(self, x: Tensor):  # type: ignore[no-untyped-def]
        if self.is_soft:
            if self.is_flat:
                return torch.cat(self._probabilities(x), dim=1)
            else:
                return self._probabilities(x)
        else:
            return torch.stack(self._predictions(x), dim=1)
