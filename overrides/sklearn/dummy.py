"""sklearn.dummy: answers that do not depend on the rows, the same for all or drawn for each."""

from typing import Any, Final

import numpy as np
import torch
from sklearn.dummy import DummyClassifier, DummyRegressor
from torch import Tensor

from ..core.classes import split_classes
from ..core.methods import available_methods
from ..core.module import WHOLE, Module
from ..core.registry import OnnxGap, register
from ..errors import CorruptEstimatorError
from ..forests.outputs import class_table


@register(DummyClassifier, gaps=OnnxGap.CONVERTER)
class DummyClassifierModule(Module):
    """DummyClassifier: one label and one distribution over the classes for all rows, per output, or labels drawn.

    Attributes
    ----------
    class_prior_ : Parameter of shape (n_classes,)
        What ``predict_proba`` gives: the fitted shares for the strategy "prior", equal ones for "uniform", all on one
        class for others. For "stratified" and "uniform" the shares by which labels are drawn. Several outputs stand
        one after another.
    answer : Tensor of shape (n_outputs,)
        What ``predict`` gives; where words are classes, codes into ``class_names``, with several outputs into the
        ``output_class_names`` of each.
    labels : Tensor of shape (n_outputs, max_n_classes)
        The labels that are drawn, padded; or their codes.

    Notes
    -----
    The strategies "stratified" and "uniform" draw from torch's generator, whatever ``random_state`` is: results are
    equal to scikit-learn's in distribution. As there, the probabilities of "stratified" are 1 for a class that is
    drawn, another at every call.
    """

    answer: Tensor
    labels: Tensor
    class_prior_: Tensor
    draws: Final[str]

    # Known when TorchScript compiles, which then sees one return type.
    __constants__ = ("is_multi_output",)

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """A joint draw for all rows: of a sparse result scikit-learn draws which of all rows are not 0."""
        if estimator._strategy == "stratified" and estimator.sparse_output_:
            return (
                f"{type(estimator).__name__}(strategy='stratified') was fitted on sparse targets: how many of a batch "
                "are not 0 is no draw there, so that a row's answer depends on the others; fit on dense targets"
            )
        return None

    @classmethod
    def random_methods(cls, estimator: Any) -> tuple[str, ...]:
        """All methods of the strategy "stratified", labels alone of "uniform"."""
        if estimator._strategy == "stratified":
            return ("predict", "predict_proba", "predict_log_proba")
        return ("predict",) if estimator._strategy == "uniform" else ()

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
        self.draws = estimator._strategy if estimator._strategy in ("stratified", "uniform") else ""
        if self.draws == "uniform":
            priors = [np.full(size, 1.0 / size) for size in self.sizes]
        elif estimator._strategy not in ("prior", "stratified"):
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
        self.add_buffer("labels", class_table([values for _, values in parts]))

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

    def _drawn(self, x: Tensor) -> list[Tensor]:
        """A place among the classes of each output for every row, drawn by ``class_prior_``."""
        places: list[Tensor] = []
        for shares in self.class_prior_.split(self.sizes):
            chance = torch.rand_like(x[:, :1])
            # Of the last class the sum of all shares, which rounding may leave below 1, is not asked.
            places.append((chance >= shares.cumsum(0)[:-1]).to(torch.int64).sum(1))
        return places

    def _shares(self, x: Tensor) -> Tensor:
        """Probabilities of the classes of all outputs, one after another."""
        if self.draws != "stratified":
            return self.class_prior_.repeat(x.shape[0], 1)
        parts: list[Tensor] = []
        for place, size in zip(self._drawn(x), self.sizes):  # noqa: B905
            parts.append((place.unsqueeze(1) == torch.arange(size, device=x.device)).to(x.dtype))
        return torch.cat(parts, 1)

    def _predict(self, x: Tensor) -> Tensor:
        if self.draws != "":
            columns: list[Tensor] = []
            for i, place in enumerate(self._drawn(x)):
                columns.append(self.labels[i].index_select(0, place))
            return torch.stack(columns, dim=1) if self.is_multi_output else columns[0]
        if self.is_multi_output:
            return self.answer.repeat(x.shape[0], 1)
        return self.answer.repeat(x.shape[0])

    def _predict_proba(self, x: Tensor):  # type: ignore[no-untyped-def]
        proba = self._shares(x)
        if self.is_multi_output:
            return list(proba.split(self.sizes, dim=1))
        else:
            return proba

    def _predict_log_proba(self, x: Tensor):  # type: ignore[no-untyped-def]
        logs = self._shares(x).log()
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
