"""What scikit-learn's trees and forests give: classes, probabilities or targets, of one or more outputs."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..core.module import Module
from ..errors import CorruptEstimatorError
from ..functional.special.links import log_probabilities
from .fitted import FittedForest


class TreeOutputs(Module):
    """What models of trees share: where the trees are, and how many outputs they have."""

    # Known when TorchScript compiles, which then sees one return type.
    __constants__ = ("is_multi_output",)

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.is_multi_output = int(estimator.n_outputs_) > 1

    def trees(self) -> FittedForest:
        """The trees."""
        raise NotImplementedError

    def _values(self, x: Tensor) -> Tensor:
        """What the trees say together, shape (n_samples, n_outputs * max_n_classes)."""
        raise NotImplementedError

    @staticmethod
    def multi_output_methods(estimator: Any) -> tuple[str, ...]:
        """Probabilities are a list where there are several outputs."""
        several = int(getattr(estimator, "n_outputs_", 1)) > 1 and hasattr(estimator, "classes_")
        return ("predict_proba", "predict_log_proba") if several else ()


class ClassifierOutputs(TreeOutputs):
    """Classes and probabilities of one or more outputs.

    Attributes
    ----------
    classes_ : Tensor of shape (n_classes,) or (n_outputs, max_n_classes)
        Labels, or codes of words; padded with zeros where there are several outputs.
    output_class_names : list of list of str
        The words that the codes of each output mean, where several outputs have words.
    """

    classes_: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.n_classes = [int(count) for count in np.atleast_1d(estimator.n_classes_)]
        self.max_n_classes = max(self.n_classes)
        labels = estimator.classes_ if self.is_multi_output else [estimator.classes_]
        counts, shape = [len(part) for part in labels], list(self.trees().value.shape[1:])
        if counts != self.n_classes or shape != [len(counts), max(counts)]:
            raise CorruptEstimatorError(f"{self.estimator_name} has {counts} classes and values of shape {shape}")
        if not self.is_multi_output:
            self.set_classes(estimator.classes_)
            return
        self.add_buffer("classes_", class_table(labels))
        if np.asarray(labels[0]).dtype.kind in "OUS":
            self.output_class_names = [[str(label) for label in part] for part in labels]

    def as_returned(self, method: str, result: Any) -> Any:
        """Words of several outputs as the codes that ``predict`` gives."""
        result = super().as_returned(method, result)
        names = getattr(self, "output_class_names", None)
        if method != "predict" or names is None:
            return result
        return np.stack([np.searchsorted(part, column) for part, column in zip(names, result.T, strict=True)], axis=1)

    def _probabilities(self, x: Tensor) -> list[Tensor]:
        """Probabilities of each output, shape (n_samples, n_classes) of its own."""
        proba = self._values(x)
        start = 0
        parts: list[Tensor] = []
        for count in self.n_classes:
            parts.append(proba[:, start : start + count])
            start += self.max_n_classes
        return parts

    def _predict(self, x: Tensor) -> Tensor:
        parts = self._probabilities(x)
        if not self.is_multi_output:
            return self.classes_.index_select(0, parts[0].argmax(dim=1))
        columns: list[Tensor] = []
        for i, part in enumerate(parts):
            columns.append(self.classes_[i].index_select(0, part.argmax(dim=1)))
        return torch.stack(columns, dim=1)

    # One tensor, or a list of them where there are several outputs: TorchScript infers which.

    def _predict_proba(self, x: Tensor):  # type: ignore[no-untyped-def]
        if self.is_multi_output:
            return self._probabilities(x)
        else:
            return self._probabilities(x)[0]

    def _predict_log_proba(self, x: Tensor):  # type: ignore[no-untyped-def]
        logs = [log_probabilities(part) for part in self._probabilities(x)]
        if self.is_multi_output:
            return logs
        else:
            return logs[0]


class RegressorOutputs(TreeOutputs):
    """Values of one or more targets."""

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        shape = list(self.trees().value.shape[1:])
        if shape != [int(estimator.n_outputs_), 1]:
            raise CorruptEstimatorError(
                f"{self.estimator_name} has {estimator.n_outputs_} targets and values of shape {shape}"
            )

    def _predict(self, x: Tensor) -> Tensor:
        values = self._values(x)
        return values if self.is_multi_output else values.squeeze(1)


def class_table(classes: Sequence[Any]) -> np.ndarray:
    """Labels of several outputs in one table, padded; the codes of those that are words.

    Parameters
    ----------
    classes : sequence of ndarray of shape (n_classes,)

    Returns
    -------
    ndarray of shape (n_outputs, max_n_classes)
        Of the dtype of the first output, as scikit-learn's predictions have.
    """
    labels = [np.asarray(part) for part in classes]
    if any(part.dtype.kind in "OUS" for part in labels):
        labels = [np.arange(len(part)) for part in labels]
    table = np.zeros((len(labels), max(len(part) for part in labels)), dtype=labels[0].dtype)
    for row, part in zip(table, labels, strict=True):
        row[: len(part)] = part
    return table
