"""sklearn.dummy: answers that do not depend on the rows."""

from typing import Any

import numpy as np
import torch
from sklearn.dummy import DummyClassifier, DummyRegressor
from torch import Tensor

from ..core.classes import split_classes
from ..core.methods import available_methods
from ..core.module import WHOLE, Module
from ..core.registry import OnnxGap, register
from ..errors import CorruptEstimatorError


@register(DummyClassifier, gaps=OnnxGap.CONVERTER)
class DummyClassifierModule(Module):
    """DummyClassifier: one label and one distribution over the classes for all rows, per output.

    Attributes
    ----------
    class_prior_ : Parameter of shape (n_classes,)
        What ``predict_proba`` gives: the fitted shares for the strategy "prior", all on one class for the others.
        Several outputs stand one after another.
    answer : Tensor of shape (n_outputs,)
        What ``predict`` gives; where words are classes, codes into ``class_names``, with several outputs into the
        ``output_class_names`` of each.
    """

    answer: Tensor
    class_prior_: Tensor

    # Known when TorchScript compiles, which then sees one return type.
    __constants__ = ("is_multi_output",)

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """Strategies that draw their answers."""
        if estimator._strategy in ("stratified", "uniform"):
            return (
                f"{type(estimator).__name__}(strategy={estimator._strategy!r}) draws its answers at random at every "
                "call: there is nothing that a module could equal"
            )
        return None

    @staticmethod
    def multi_output_methods(estimator: Any) -> tuple[str, ...]:
        """Probabilities come per output where there are several."""
        names = available_methods(estimator) if estimator.n_outputs_ > 1 else ()
        return tuple(name for name in names if name.endswith("proba"))

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.tile_rows = WHOLE
        self.is_multi_output = int(estimator.n_outputs_) > 1
        classes, priors = estimator.classes_, estimator.class_prior_
        if not self.is_multi_output:
            self.set_classes(classes)
            classes, priors = [classes], [priors]
        self.sizes = [len(prior) for prior in priors]
        if self.sizes != [len(labels) for labels in classes]:
            raise CorruptEstimatorError(f"{self.estimator_name} has other numbers of classes than of class priors")
        indices = [_index(estimator, output, *pair) for output, pair in enumerate(zip(classes, priors, strict=True))]
        if estimator._strategy != "prior":
            priors = [np.eye(size)[index] for size, index in zip(self.sizes, indices, strict=True)]
        self.add_parameter("class_prior_", np.concatenate(priors))
        parts = [split_classes(labels) for labels in classes]
        if self.is_multi_output and any(names for names, _ in parts):
            self.output_class_names = [names for names, _ in parts]
        if estimator.sparse_output_ and estimator._strategy != "constant":
            answers = indices  # what scikit-learn writes into a sparse result is the position, not the label
        else:
            answers = [values[index] for (_, values), index in zip(parts, indices, strict=True)]
        self.add_buffer("answer", np.array(answers))

    def as_returned(self, method: str, result: Any) -> Any:
        """Words of several outputs as the codes that ``predict`` gives."""
        names = getattr(self, "output_class_names", None)
        if method != "predict" or names is None:
            return result
        columns = [
            [part.index(word) for word in column] if part else column
            for part, column in zip(names, np.asarray(result).T, strict=True)
        ]
        return np.array(columns).T

    def _predict(self, x: Tensor) -> Tensor:
        if self.is_multi_output:
            return self.answer.repeat(x.shape[0], 1)
        return self.answer.repeat(x.shape[0])

    def _predict_proba(self, x: Tensor):  # type: ignore[no-untyped-def]
        proba = self.class_prior_.repeat(x.shape[0], 1)
        if self.is_multi_output:
            return list(proba.split(self.sizes, dim=1))
        else:
            return proba

    def _predict_log_proba(self, x: Tensor):  # type: ignore[no-untyped-def]
        logs = self.class_prior_.log().repeat(x.shape[0], 1)
        if self.is_multi_output:
            return list(logs.split(self.sizes, dim=1))
        else:
            return logs


def _index(estimator: Any, output: int, classes: np.ndarray, prior: np.ndarray) -> int:
    """Position among an output's classes of the one that is always predicted."""
    if estimator._strategy != "constant":
        return int(np.argmax(prior))
    constant = np.ravel(np.atleast_1d(estimator.constant))[output]
    found = np.flatnonzero(np.asarray(classes) == constant)
    if len(found) != 1:
        raise CorruptEstimatorError(
            f"{type(estimator).__name__} has the constant {constant!r}, which is no class of it"
        )
    return int(found[0])


@register(DummyRegressor, gaps=OnnxGap.CONVERTER)
class DummyRegressorModule(Module):
    """DummyRegressor: one number for all rows, per output.

    Attributes
    ----------
    constant_ : Parameter of shape (1, n_outputs)
    """

    constant_: Tensor

    __constants__ = ("is_multi_output",)

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.tile_rows = WHOLE
        self.is_multi_output = int(estimator.n_outputs_) > 1
        self.add_parameter("constant_", np.reshape(estimator.constant_, (1, estimator.n_outputs_)))

    def _predict(self, x: Tensor) -> Tensor:
        answers = self.constant_.repeat(x.shape[0], 1)
        if self.is_multi_output:
            return answers
        return answers.squeeze(1)

    def _predict_std(self, x: Tensor) -> Tensor:
        return torch.zeros_like(self._predict(x))
