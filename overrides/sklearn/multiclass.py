"""``sklearn.multiclass``: binary estimators for several classes."""

from typing import Any

import numpy as np
import torch
from sklearn.base import is_classifier, is_regressor
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier, OutputCodeClassifier, _ConstantPredictor
from torch import Tensor, nn

from ..core.compose import compose
from ..core.composite import SideBySide, numbered
from ..core.installed import sklearn_at_least
from ..core.module import Module
from ..core.questions import VOTES_JUMP
from ..core.registry import OnnxGap, register
from ..encoding.columns import ANY, Column
from ..errors import CorruptEstimatorError


class Constant(Module):
    """The one label that a binary estimator has seen: its decision value, too, and of 1 its probability.

    Notes
    -----
    Follows ``_ConstantPredictor`` (sklearn/multiclass.py).
    """

    y_: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.add_buffer("y_", np.asarray(estimator.y_, dtype=np.float64).reshape(1))

    def reads(self) -> list[Column]:
        """Nothing."""
        return [Column(ANY)] * max(self.n_features_in_, 0)

    def _predict(self, x: Tensor) -> Tensor:
        return self.y_.expand(x.shape[0])

    def _decision_function(self, x: Tensor) -> Tensor:
        return self.y_.expand(x.shape[0])

    def _predict_proba(self, x: Tensor) -> Tensor:
        return torch.stack([1.0 - self.y_, self.y_], dim=1).expand(x.shape[0], 2)


class OfItsColumns(Module):
    """A binary estimator on some columns: of a precomputed matrix, those of the rows that it was fitted on."""

    columns_: Tensor

    def __init__(self, estimator: Any, child: nn.Module, columns: np.ndarray) -> None:
        super().__init__(estimator)
        part: Any = child
        self.estimator = part
        self.add_buffer("columns_", np.asarray(columns, dtype=np.int64))
        self.tile_rows = part.tile_rows

    def _predict(self, x: Tensor) -> Tensor:
        result: Tensor = self.estimator.predict(x.index_select(1, self.columns_))
        return result

    def _predict_proba(self, x: Tensor) -> Tensor:
        result: Tensor = self.estimator.predict_proba(x.index_select(1, self.columns_))
        return result

    def _decision_function(self, x: Tensor) -> Tensor:
        result: Tensor = self.estimator.decision_function(x.index_select(1, self.columns_))
        return result


class BinaryEstimators(SideBySide):
    """What the three strategies share: the estimators, at ``estimators_.<k>``, and the score of each.

    Notes
    -----
    Follows ``_predict_binary`` (sklearn/multiclass.py): a regressor's prediction, else the decision value, else the
    probability of the second class.
    """

    # Known when TorchScript compiles, which then leaves out the methods that a child does not have.
    __constants__ = ("has_regressors", "is_single")

    threshold: Tensor

    def __init__(self, estimator: Any, children: dict[str, nn.Module]) -> None:
        super().__init__(estimator)
        parts = [children.get(f"estimators_.{k}") or _constant(part) for k, part in enumerate(estimator.estimators_)]
        self.estimators_ = numbered(parts)
        self.n_features_in_ = max(part.n_features_in_ for part in self.estimators_)
        self.is_single = len(self.estimators_) == 1
        self.has_regressors = any(is_regressor(part) for part in estimator.estimators_)
        first = estimator.estimators_[0]
        has_decisions = hasattr(first, "decision_function") and is_classifier(first)
        self.add_buffer("threshold", np.float64(0.0 if has_decisions else 0.5))
        self.set_classes(estimator.classes_)

    @staticmethod
    def children_of(estimator: Any) -> dict[str, Any]:
        """The binary estimators, less those that saw one label only."""
        return {
            f"estimators_.{k}": part
            for k, part in enumerate(estimator.estimators_)
            if type(part) is not _ConstantPredictor
        }

    def _scores(self, x: Tensor) -> Tensor:
        """Score of each estimator, shape (n_samples, n_estimators)."""
        parts: list[Tensor] = []
        for child in self.estimators_:
            if self.has_regressors:
                part = child.predict(x)
            elif hasattr(child, "decision_function"):
                part = child.decision_function(x)
            else:
                part = child.predict_proba(x)[:, 1]
            parts.append(part.to(self.anchor.dtype).reshape(-1))
        return torch.stack(parts, dim=1)


def _constant(estimator: Any) -> Any:
    return compose(Constant, ("predict", "predict_proba", "decision_function"))(estimator)


@register(OneVsRestClassifier, gaps=(OnnxGap.PRECISION, OnnxGap.TORCHSCRIPT))
class OneVersusRest(BinaryEstimators):
    """The class of the estimator with the largest score; of several labels, each by its own estimator."""

    classes_: Tensor

    def __init__(self, estimator: Any, children: dict[str, nn.Module]) -> None:
        super().__init__(estimator, children)
        self.is_multilabel = bool(estimator.multilabel_)
        self.last_of_equals = not sklearn_at_least("1.8")
        self.divides_by_zero = not sklearn_at_least("1.7")
        self.is_multiclass = estimator.label_binarizer_.y_type_ == "multiclass"
        expected = len(self.classes_) if self.is_multiclass or self.is_multilabel else 1
        if len(self.estimators_) != expected:
            raise CorruptEstimatorError(
                f"OneVsRestClassifier has {len(self.estimators_)} estimators for {len(self.classes_)} classes"
            )

    @classmethod
    def failing_methods(cls, estimator: Any) -> dict[str, str]:
        """What the first estimator has and another has not."""
        names = ("predict_proba", "decision_function")
        lacking = [
            (name, part)
            for name in names
            for part in estimator.estimators_
            if hasattr(estimator, name) and not hasattr(part, name)
        ]
        return {name: f"OneVsRestClassifier: {type(part).__name__} has no {name}" for name, part in lacking}

    def _predict(self, x: Tensor) -> Tensor:
        scores = self._scores(x)
        if self.is_multiclass:
            if self.last_of_equals:
                return self.classes_.index_select(0, scores.shape[1] - 1 - scores.flip([1]).argmax(dim=1))
            return self.classes_.index_select(0, scores.argmax(dim=1))
        labels = (scores > self.threshold).long()
        if self.is_multilabel:
            return labels
        if self.classes_.shape[0] == 1:
            labels = torch.zeros_like(labels)
        return self.classes_.index_select(0, labels.squeeze(1))

    def _predict_proba(self, x: Tensor) -> Tensor:
        parts: list[Tensor] = []
        for child in self.estimators_:
            parts.append(child.predict_proba(x)[:, 1])
        probabilities = torch.stack(parts, dim=1)
        if self.is_single:
            probabilities = torch.cat([1.0 - probabilities, probabilities], dim=1)
        if self.is_multilabel:
            return probabilities
        total = probabilities.sum(dim=1, keepdim=True)
        if self.divides_by_zero:
            return probabilities / total
        return probabilities / torch.where(total == 0.0, torch.ones_like(total), total)

    def _decision_function(self, x: Tensor) -> Tensor:
        if self.is_single:
            decisions: Tensor = self.estimators_[0].decision_function(x)
            return decisions
        else:
            parts: list[Tensor] = []
            for child in self.estimators_:
                parts.append(child.decision_function(x).to(self.anchor.dtype).reshape(-1))
            return torch.stack(parts, dim=1)


@register(OneVsOneClassifier, gaps=OnnxGap.PRECISION)
class OneVersusOne(BinaryEstimators):
    """The class with most votes of the estimators of two classes each; their scores part those with as many.

    Notes
    -----
    Follows ``_ovr_decision_function`` (sklearn/utils/multiclass.py). Of a precomputed matrix every estimator takes the
    columns of the rows that it was fitted on.
    """

    classes_: Tensor
    votes_for_first: Tensor
    votes_for_second: Tensor

    @classmethod
    def precision_note(cls, estimator: Any) -> str:
        """That the decision is one of votes, which jump."""
        return "; ".join(filter(None, (super().precision_note(estimator), VOTES_JUMP)))

    def __init__(self, estimator: Any, children: dict[str, nn.Module]) -> None:
        if estimator.pairwise_indices_ is not None:
            children = {
                f"estimators_.{k}": _of_its_columns(estimator, children[f"estimators_.{k}"], columns)
                for k, columns in enumerate(estimator.pairwise_indices_)
            }
        super().__init__(estimator, children)
        n_classes = len(estimator.classes_)
        pairs = [(i, j) for i in range(n_classes) for j in range(i + 1, n_classes)]
        if len(pairs) != len(self.estimators_):
            raise CorruptEstimatorError(
                f"OneVsOneClassifier has {len(self.estimators_)} estimators for {n_classes} classes"
            )
        first, second = np.array(pairs).T
        self.add_buffer("votes_for_first", np.eye(n_classes)[first])
        self.add_buffer("votes_for_second", np.eye(n_classes)[second])

    def _decisions(self, x: Tensor) -> Tensor:
        labels: list[Tensor] = []
        for child in self.estimators_:
            labels.append(child.predict(x))
        said, confidence = torch.stack(labels, dim=1), self._scores(x)
        first = (said == 0).to(confidence.dtype)
        second = (said == 1).to(confidence.dtype)
        votes = first @ self.votes_for_first + second @ self.votes_for_second
        total = confidence @ (self.votes_for_second - self.votes_for_first)
        return votes + total / (3.0 * (total.abs() + 1.0))

    def _decision_function(self, x: Tensor) -> Tensor:
        decisions = self._decisions(x)
        return decisions[:, 1] if self.classes_.shape[0] == 2 else decisions

    def _predict(self, x: Tensor) -> Tensor:
        decisions = self._decisions(x)
        if self.classes_.shape[0] == 2:
            return self.classes_.index_select(0, (decisions[:, 1] > self.threshold).int())
        return self.classes_.index_select(0, decisions.argmax(dim=1))


def _of_its_columns(estimator: Any, child: Any, columns: np.ndarray) -> Any:
    if child.n_features_in_ != len(columns) or not (np.abs(columns) < estimator.n_features_in_).all():
        raise CorruptEstimatorError("OneVsOneClassifier has pairwise_indices_ that are none of its estimators' columns")
    names = tuple(name for name in ("predict", "predict_proba", "decision_function") if hasattr(child, name))
    composed: Any = compose(OfItsColumns, names)
    return composed(estimator, child, columns).eval()


@register(OutputCodeClassifier, gaps=OnnxGap.CONVERTER)
class OutputCode(BinaryEstimators):
    """The class whose code word is nearest to the scores.

    Notes
    -----
    Of equal code words the first counts, as in ``pairwise_distances_argmin`` (sklearn/metrics/pairwise.py).
    """

    classes_: Tensor
    code_book_: Tensor
    squares: Tensor
    places: Tensor

    def __init__(self, estimator: Any, children: dict[str, nn.Module]) -> None:
        super().__init__(estimator, children)
        book = np.asarray(estimator.code_book_, dtype=np.float64)
        if book.shape != (len(estimator.classes_), len(self.estimators_)):
            raise CorruptEstimatorError(f"OutputCodeClassifier has a code book of shape {book.shape}")
        _, places = np.unique(book, axis=0, return_index=True)
        places.sort()
        self.add_buffer("code_book_", book[places])
        self.add_buffer("squares", (book[places] ** 2).sum(axis=1))
        self.add_buffer("places", places)

    def _predict(self, x: Tensor) -> Tensor:
        distances = self.squares - 2.0 * (self._scores(x) @ self.code_book_.t())
        return self.classes_.index_select(0, self.places.index_select(0, distances.argmin(dim=1)))
