"""``sklearn.calibration``: CalibratedClassifierCV."""

from typing import Any

import numpy as np
import torch
from sklearn.calibration import CalibratedClassifierCV as SkCalibratedClassifierCV
from torch import Tensor, nn

from ..core.compose import compose
from ..core.composite import Composite, numbered
from ..core.module import Module
from ..core.registry import OnnxGap, register
from ..errors import CorruptEstimatorError
from ..functional.special.links import expit, softmax
from .isotonic import IsotonicRegression


@register(SkCalibratedClassifierCV, gaps=(OnnxGap.PRECISION, OnnxGap.CONVERTER))
class CalibratedClassifierCV(Composite):
    """Mean of the probabilities of calibrated classifiers, one per fold or a single one.

    Notes
    -----
    The classifiers stand at ``calibrated_classifiers_.<k>.estimator``, their calibrators beside them at
    ``calibrators.<i>``, under the names of the attributes that they were fitted to.
    """

    classes_: Tensor

    def __init__(self, estimator: Any, children: dict[str, nn.Module]) -> None:
        super().__init__(estimator)
        self.adopt_classes(estimator)
        self.calibrated_classifiers_ = numbered(
            _calibrated(fitted, children[_path(k)]) for k, fitted in enumerate(estimator.calibrated_classifiers_)
        )
        if not len(self.calibrated_classifiers_):
            raise CorruptEstimatorError("CalibratedClassifierCV: calibrated_classifiers_ is empty")
        self.n_features_in_ = self.calibrated_classifiers_[0].estimator.n_features_in_
        # A frozen classifier is the same one in every fold: ask it once.
        self.shares_estimator = len({id(part.estimator) for part in self.calibrated_classifiers_}) == 1

    @staticmethod
    def children_of(estimator: Any) -> dict[str, Any]:
        """The classifier of every fold."""
        return {_path(k): fitted.estimator for k, fitted in enumerate(estimator.calibrated_classifiers_)}

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """Classifiers of one fold that saw fewer classes than the others, under temperature scaling."""
        for fitted in estimator.calibrated_classifiers_:
            if fitted.method == "temperature" and len(fitted.estimator.classes_) != len(fitted.classes):
                return (
                    "CalibratedClassifierCV with method='temperature': one of its classifiers saw "
                    f"{len(fitted.estimator.classes_)} of {len(fitted.classes)} classes, and scikit-learn cannot "
                    "predict with that"
                )
        return None

    def entry(self) -> Module:
        """The classifier of the first fold: all take the same rows."""
        child: Module = self.calibrated_classifiers_[0].estimator
        return child

    def readers(self) -> list[Module]:
        """All of them."""
        return [part.estimator for part in self.calibrated_classifiers_]

    def _check(self, x: Tensor) -> Tensor:
        checked: Tensor = self.calibrated_classifiers_[0].estimator._check(x)
        return checked

    def _predict_proba(self, x: Tensor) -> Tensor:
        scores = self.calibrated_classifiers_[0].scores(x)
        total = torch.zeros((x.shape[0], self.classes_.shape[0]), dtype=scores.dtype, device=scores.device)
        count = 0
        for classifier in self.calibrated_classifiers_:
            if count > 0 and not self.shares_estimator:
                scores = classifier.scores(x)
            total = total + classifier.calibrate(scores)
            count += 1
        return total / count

    def _predict(self, x: Tensor) -> Tensor:
        return self.classes_.index_select(0, self._predict_proba(x).argmax(dim=1))


def _path(k: int) -> str:
    return f"calibrated_classifiers_.{k}.estimator"


class Calibrated(nn.Module):
    """One classifier and what turns its scores into probabilities.

    Parameters
    ----------
    fitted : sklearn.calibration._CalibratedClassifier
    estimator : nn.Module
        Module of ``fitted.estimator``.
    """

    def __init__(self, fitted: Any, estimator: nn.Module) -> None:
        super().__init__()
        self.estimator: Any = estimator
        self.is_binary = len(fitted.classes) == 2
        self.asks_binary = len(fitted.estimator.classes_) == 2

    def scores(self, x: Tensor) -> Tensor:
        """Decision values, or probabilities where the classifier has no such; shape (n_samples, 1) for two classes."""
        if hasattr(self.estimator, "decision_function"):
            values: Tensor = self.estimator.decision_function(x)
            if values.dim() == 1:
                values = values.unsqueeze(1)
            return values
        else:
            probabilities: Tensor = self.estimator.predict_proba(x)
            if self.asks_binary:
                return probabilities[:, 1:2]
            return probabilities


class OneVersusRest(Calibrated):
    """A calibrator per column of scores, and their results normalised."""

    order: Tensor
    uniform: Tensor

    def __init__(self, fitted: Any, estimator: nn.Module) -> None:
        super().__init__(fitted, estimator)
        self.calibrators = numbered(_calibrator(fitted.method, part) for part in fitted.calibrators)
        # Which calibrator gives the probability of a class; the column of zeros behind them where none does.
        own = np.searchsorted(fitted.classes, fitted.estimator.classes_)[: len(self.calibrators)]
        n_classes = len(fitted.classes)
        order = np.full(n_classes, len(self.calibrators))
        order[own[own < n_classes]] = np.flatnonzero(own < n_classes)
        self.is_complete = np.array_equal(order, np.arange(n_classes))
        self.register_buffer("order", torch.tensor(order))
        self.register_buffer("uniform", torch.tensor(1.0 / n_classes, dtype=torch.float64))
        if not len(own) or (self.is_binary and len(self.calibrators) != 1):
            raise CorruptEstimatorError(
                f"CalibratedClassifierCV: {len(self.calibrators)} calibrators for {n_classes} classes"
            )

    def normalised(self, columns: Tensor) -> Tensor:
        """Probability of each class, shape (n_samples, n_classes); uniform where every calibrator gives 0."""
        if self.is_binary:
            return torch.cat([1.0 - columns, columns], dim=1)
        if not self.is_complete:
            columns = torch.cat([columns, columns.new_zeros((columns.shape[0], 1))], dim=1)
            columns = columns.index_select(1, self.order)
        total = columns.sum(dim=1, keepdim=True)
        is_zero = total == 0.0
        return torch.where(is_zero, self.uniform, columns / total.masked_fill(is_zero, 1.0))


class Sigmoids(OneVersusRest):
    """Platt's method: ``expit(-(a * score + b))`` of each column."""

    def calibrate(self, scores: Tensor) -> Tensor:
        """Probability of each class, shape (n_samples, n_classes)."""
        slopes: list[Tensor] = []
        offsets: list[Tensor] = []
        for calibrator in self.calibrators:
            slopes.append(calibrator.a_)
            offsets.append(calibrator.b_)
        used = scores[:, : len(slopes)]
        return self.normalised(expit(-(torch.stack(slopes) * used + torch.stack(offsets))))


class Isotonic(OneVersusRest):
    """Isotonic regression of each column."""

    def calibrate(self, scores: Tensor) -> Tensor:
        """Probability of each class, shape (n_samples, n_classes)."""
        parts: list[Tensor] = []
        for i, calibrator in enumerate(self.calibrators):
            parts.append(calibrator.interpolate(scores[:, i]))
        probabilities = self.normalised(torch.stack(parts, dim=1))
        # Interpolation may exceed 1 by its rounding: scikit-learn cuts that off, up to this limit.
        return torch.where((probabilities > 1.0) & (probabilities <= 1.00001), 1.0, probabilities)


class Temperature(Calibrated):
    """Temperature scaling: softmax of the logits times the fitted inverse temperature.

    Notes
    -----
    scikit-learn takes scores for probabilities where all of a batch are between 0 and 1 and every row sums to 1. Here
    the method that gives them decides, so that a row does not depend on its neighbours.
    """

    eps: Tensor

    def __init__(self, fitted: Any, estimator: nn.Module) -> None:
        super().__init__(fitted, estimator)
        self.calibrators = numbered(_Fitted(part, ("beta_",)) for part in fitted.calibrators)
        self.takes_probabilities = not hasattr(fitted.estimator, "decision_function")
        # np.log(probability + eps) of sklearn.calibration._convert_to_logits
        self.register_buffer("eps", torch.tensor(1e-12, dtype=torch.float64))

    def calibrate(self, scores: Tensor) -> Tensor:
        """Probability of each class, shape (n_samples, n_classes)."""
        logits = scores
        if self.takes_probabilities:
            if self.is_binary:
                logits = torch.cat([1.0 - scores, scores], dim=1)
            logits = torch.log(logits + self.eps)
        elif self.is_binary:
            logits = torch.cat([-scores, scores], dim=1)
        return softmax(self.calibrators[0].beta_ * logits)


class _Fitted(nn.Module):
    """Fitted numbers of a calibrator as parameters of their own names."""

    def __init__(self, calibrator: Any, names: tuple[str, ...]) -> None:
        super().__init__()
        for name in names:
            value = torch.tensor(float(getattr(calibrator, name)), dtype=torch.float64)
            self.register_parameter(name, nn.Parameter(value))


def _calibrator(method: str, fitted: Any) -> nn.Module:
    if method == "isotonic":
        return compose(IsotonicRegression, ())(fitted)
    return _Fitted(fitted, ("a_", "b_"))


_KINDS: dict[str, type[Calibrated]] = {"sigmoid": Sigmoids, "isotonic": Isotonic, "temperature": Temperature}


def _calibrated(fitted: Any, estimator: nn.Module) -> Calibrated:
    return _KINDS[fitted.method](fitted, estimator)
