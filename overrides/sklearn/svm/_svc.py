"""SVC and NuSVC: one machine for each pair of classes."""

from typing import Any, Final

import numpy as np
import sklearn.svm
import torch
from torch import Tensor

from ...core.questions import VOTES_JUMP
from ...core.registry import OnnxGap, register
from ...functional.solvers.coupling import multiclass_probability, pair_matrix, pair_places, sigmoid_predict
from ._libsvm import LibSVM


@register(sklearn.svm.SVC, sklearn.svm.NuSVC, gaps=(OnnxGap.PRECISION, OnnxGap.METHOD))
class SVC(LibSVM):
    """Votes of the machines of all pairs, and probabilities coupled from theirs.

    Notes
    -----
    Follows ``svm_predict_values`` and ``svm_predict_probability`` (sklearn/svm/src/libsvm/svm.cpp), ``BaseSVC``
    (sklearn/svm/_base.py) and ``_ovr_decision_function`` (sklearn/utils/multiclass.py). libsvm's decision value of a
    pair is positive for its first class, scikit-learn's of two classes for the second.
    """

    _probA: Tensor
    _probB: Tensor
    classes_: Tensor
    pair_place: Tensor
    pair_first: Tensor
    pair_second: Tensor
    pair_sign: Tensor
    second_votes: Tensor
    confidence_place: Tensor
    confidence_sign: Tensor
    least_probability: Tensor
    most_probability: Tensor
    n_classes: Final[int]
    one_vs_rest: Final[bool]
    break_ties: Final[bool]
    class_sizes: list[int]

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.set_classes(estimator.classes_)
        self.n_classes = len(estimator.classes_)
        self.one_vs_rest = estimator.decision_function_shape == "ovr"
        self.break_ties = bool(estimator.break_ties)
        self.class_sizes = [int(size) for size in estimator.n_support_]
        if hasattr(estimator, "predict_proba"):
            self.add_parameter("_probA", estimator._probA)
            self.add_parameter("_probB", estimator._probB)
            self.register_buffer("pair_place", pair_places(self.n_classes))
            self.add_buffer("least_probability", 1e-7)
            self.add_buffer("most_probability", 1 - 1e-7)
        self._number_pairs()

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """What :class:`LibSVM` declines, and settings under which scikit-learn's own methods raise."""
        name = type(estimator).__name__
        if estimator.break_ties and estimator.decision_function_shape == "ovo":
            return f"{name} has break_ties=True with decision_function_shape='ovo': its predict raises in scikit-learn"
        if hasattr(estimator, "predict_proba") and estimator._probA.size == 0:
            return f"{name} was fitted before probability=True was set: its predict_proba raises in scikit-learn"
        return LibSVM.unsupported_reason(estimator)

    @classmethod
    def precision_note(cls, estimator: Any) -> str:
        """Where the decision is one of votes, which jump."""
        jumps = ""
        if estimator.decision_function_shape == "ovr" and len(estimator.classes_) > 2:
            jumps = VOTES_JUMP
        return "; ".join(filter(None, (super().precision_note(estimator), jumps)))

    def _read(self, estimator: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        vectors, dual, intercept = super()._read(estimator)
        if len(estimator.classes_) == 2:
            return vectors, -dual, -intercept
        return vectors, dual, intercept

    def _number_pairs(self) -> None:
        """Tables of the pairs (0, 1), (0, 2), ..., (1, 2), ...: where their sums stand, and who gets their votes."""
        n_classes = self.n_classes
        first, second = np.triu_indices(n_classes, 1)
        # Sums over the support vectors of class c by row m of dual_coef_ stand at c * (n_classes - 1) + m.
        self.add_buffer("pair_first", first * (n_classes - 1) + second - 1)
        self.add_buffer("pair_second", second * (n_classes - 1) + first)
        sign = np.zeros((len(first), n_classes))
        sign[np.arange(len(first)), first] = 1.0
        sign[np.arange(len(first)), second] = -1.0
        self.add_buffer("pair_sign", sign)
        self.add_buffer("second_votes", (sign < 0).sum(axis=0).astype(np.float64))
        place = np.array([np.flatnonzero(sign[:, c]) for c in range(n_classes)])
        self.add_buffer("confidence_place", place.ravel())
        self.add_buffer("confidence_sign", np.take_along_axis(sign.T, place, axis=1))

    def _pairs(self, x: Tensor) -> Tensor:
        """Decision values of libsvm, shape (n_samples, n_pairs)."""
        if self.n_classes == 2:
            return self._weighed(x).neg().unsqueeze(1)
        duals = self.dual_coef_.split(self.class_sizes, 1)
        parts: list[Tensor] = []
        if self.is_linear:
            vectors = self.support_vectors_.split(self.class_sizes)
            for c in range(self.n_classes):
                parts.append(torch.mm(duals[c], vectors[c]))
            rows = torch.cat(parts)
            weights = rows.index_select(0, self.pair_first) + rows.index_select(0, self.pair_second)
            return torch.addmm(self.intercept_, x, weights.t())
        kernels = self._kernels(x).split(self.class_sizes, 1)
        for c in range(self.n_classes):
            parts.append(torch.mm(kernels[c], duals[c].t()))
        sums = torch.cat(parts, 1)
        return sums.index_select(1, self.pair_first) + sums.index_select(1, self.pair_second) + self.intercept_

    def _votes(self, first_wins: Tensor) -> Tensor:
        """Pairs won by each class, shape (n_samples, n_classes)."""
        return torch.addmm(self.second_votes, first_wins.to(self.pair_sign.dtype), self.pair_sign)

    def _decision_function(self, x: Tensor) -> Tensor:
        if self.n_classes == 2:
            return self._weighed(x)
        pairs = self._pairs(x)
        if not self.one_vs_rest:
            return pairs
        confidence = pairs.index_select(1, self.confidence_place).view(-1, self.n_classes, self.n_classes - 1)
        confidence = (confidence * self.confidence_sign).sum(2)
        return self._votes((pairs < 0).logical_not()) + confidence / ((confidence.abs() + 1.0) * 3.0)

    def _predict(self, x: Tensor) -> Tensor:
        if self.n_classes == 2:
            index = (self._weighed(x) < 0).logical_not().to(torch.int64)
        elif self.break_ties:
            index = self._decision_function(x).argmax(1)
        else:
            index = self._votes(self._pairs(x) > 0).argmax(1)
        return self.classes_.index_select(0, index)

    def _predict_proba(self, x: Tensor) -> Tensor:
        bounds = (self.least_probability, self.most_probability)
        pairs = sigmoid_predict(self._pairs(x), self._probA, self._probB, bounds[0], bounds[1])
        return multiclass_probability(pair_matrix(pairs, self.pair_place))

    def _predict_log_proba(self, x: Tensor) -> Tensor:
        return self._predict_proba(x).log()
