"""``sklearn.multioutput``: an estimator for every output, side by side or in a chain."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import torch
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier, MultiOutputRegressor, RegressorChain
from torch import Tensor, nn

from ..core.composite import SideBySide, numbered
from ..core.methods import available_methods
from ..core.module import Module
from ..core.registry import OnnxGap, register
from ..encoding.columns import Column, join
from ..errors import CorruptEstimatorError
from ..forests.outputs import class_table


def _children(estimator: Any) -> dict[str, Any]:
    """The estimator of each output."""
    return {f"estimators_.{k}": child for k, child in enumerate(estimator.estimators_)}


class _Outputs(SideBySide):
    """What both kinds share: the estimators, at ``estimators_.<k>``, an output each."""

    def __init__(self, estimator: Any, children: dict[str, nn.Module]) -> None:
        super().__init__(estimator)
        self.estimators_ = numbered(children.values())
        self.n_features_in_ = self.estimators_[0].n_features_in_

    @staticmethod
    def children_of(estimator: Any) -> dict[str, Any]:
        """The estimator of each output."""
        return _children(estimator)

    def _predictions(self, x: Tensor) -> list[Tensor]:
        parts: list[Tensor] = []
        for child in self.estimators_:
            parts.append(child.predict(x))
        return parts


@register(MultiOutputRegressor, gaps=(OnnxGap.PRECISION, OnnxGap.TORCHSCRIPT))
class SeveralRegressors(_Outputs):
    """The prediction of each regressor."""

    def _predict(self, x: Tensor) -> Tensor:
        return torch.stack(self._predictions(x), dim=1)


@register(MultiOutputClassifier, gaps=(OnnxGap.PRECISION, OnnxGap.TORCHSCRIPT))
class SeveralClassifiers(_Outputs):
    """The class that each classifier gives; ``predict_proba`` is a list.

    Attributes
    ----------
    output_class_names : list of list of str
        The words that the codes of each output mean, where they have words.
    """

    like: Tensor

    def __init__(self, estimator: Any, children: dict[str, nn.Module]) -> None:
        super().__init__(estimator, children)
        if any(np.asarray(part).dtype.kind in "OUS" for part in estimator.classes_):
            self.output_class_names = [[str(label) for label in part] for part in estimator.classes_]
        # Of the dtype that numpy gives the classes of all outputs together.
        self.add_buffer("like", class_table(estimator.classes_)[:0].ravel())

    @staticmethod
    def multi_output_methods(estimator: Any) -> tuple[str, ...]:
        """``predict_proba``, also of one output."""
        return ("predict_proba",) if hasattr(estimator, "predict_proba") else ()

    def as_returned(self, method: str, result: Any) -> Any:
        """Words as the codes that ``predict`` gives."""
        result = super().as_returned(method, result)
        names = getattr(self, "output_class_names", None)
        if method != "predict" or names is None:
            return result
        columns = zip(names, np.asarray(result).T, strict=True)
        return np.array([[part.index(str(word)) for word in column] for part, column in columns]).T

    def _predict(self, x: Tensor) -> Tensor:
        return torch.stack([part.to(self.like.dtype) for part in self._predictions(x)], dim=1)

    def _predict_proba(self, x: Tensor) -> list[Tensor]:
        parts: list[Tensor] = []
        for child in self.estimators_:
            parts.append(child.predict_proba(x))
        return parts


class _Chain(Module):
    """Estimators in a row, at ``estimators_.<k>``: each sees the rows and what those before it said.

    Notes
    -----
    Follows ``_BaseChain._get_predictions`` (sklearn/multioutput.py). Every output is a float, also where classes are
    whole numbers.
    """

    order: Tensor
    says_labels: Final[bool]
    says_probabilities: Final[bool]
    says_logarithms: Final[bool]

    def __init__(self, estimator: Any, children: dict[str, nn.Module]) -> None:
        super().__init__(estimator)
        self.estimators_ = numbered(children.values())
        method = getattr(estimator, "chain_method_", "predict")
        self.says_labels = method == "predict"
        self.says_probabilities = method == "predict_proba"
        self.says_logarithms = method == "predict_log_proba"
        order = np.asarray(estimator.order_, dtype=np.int64)
        if not np.array_equal(np.sort(order), np.arange(len(self.estimators_))):
            raise CorruptEstimatorError(f"{self.estimator_name}: order_ {order.tolist()} is no order of its estimators")
        self.add_buffer("order", np.argsort(order))

    @staticmethod
    def children_of(estimator: Any) -> dict[str, Any]:
        """The estimator of each output, in the order of the chain."""
        return _children(estimator)

    def reads(self) -> list[Column]:
        """What the estimators read in the columns that all of them have."""
        columns: list[Column] = []
        for child in self.estimators_:
            columns = join(columns, child.reads()[: self.n_features_in_])
        return columns

    def settle(self, columns: list[Column]) -> list[Column]:
        """Hand the columns down; those that the chain adds are numbers."""
        for child in self.estimators_:
            child.settle([*columns, *child.reads()[self.n_features_in_ :]])
        return []

    def _said(self, x: Tensor) -> list[Tensor]:
        """What each estimator says to those behind it."""
        parts: list[Tensor] = [x]
        for child in self.estimators_:
            rows = torch.cat(parts, dim=1)
            if self.says_labels:
                said = child.predict(rows)
            elif self.says_probabilities:
                said = child.predict_proba(rows)[:, 1]
            elif self.says_logarithms:
                said = child.predict_log_proba(rows)[:, 1]
            else:
                said = child.decision_function(rows)
            parts.append(said.to(x.dtype).reshape(-1, 1))
        return parts

    def _ordered(self, columns: list[Tensor]) -> Tensor:
        return torch.cat(columns, dim=1).index_select(1, self.order)

    def _predict(self, x: Tensor) -> Tensor:
        parts = self._said(x)
        if self.says_labels:
            return self._ordered(parts[1:])
        else:
            labels: list[Tensor] = []
            for k, child in enumerate(self.estimators_):
                label = child.predict(torch.cat(parts[: k + 1], dim=1))
                labels.append(label.to(x.dtype).reshape(-1, 1))
            return self._ordered(labels)


@register(RegressorChain, gaps=OnnxGap.CONVERTER)
class ChainOfRegressors(_Chain):
    """Each regressor sees the predictions before its own."""


@register(ClassifierChain, gaps=OnnxGap.CONVERTER)
class ChainOfClassifiers(_Chain):
    """Each classifier sees the labels, probabilities, their logarithms or the decision values before its own."""

    @classmethod
    def failing_methods(cls, estimator: Any) -> dict[str, str]:
        """Probabilities and decision values of more than two classes, and those that a classifier does not have."""
        methods = [name for name in available_methods(estimator) if name != "predict"]
        asked = {"predict_log_proba": "predict_proba"}
        found = {name: _objection(estimator.estimators_, asked.get(name, name)) for name in methods}
        return {name: f"ClassifierChain.{name}: {why}" for name, why in found.items() if why is not None}

    def _predict_proba(self, x: Tensor) -> Tensor:
        parts = self._said(x)
        if self.says_probabilities:
            return self._ordered(parts[1:])
        else:
            columns: list[Tensor] = []
            for k, child in enumerate(self.estimators_):
                columns.append(child.predict_proba(torch.cat(parts[: k + 1], dim=1))[:, 1:2])
            return self._ordered(columns)

    def _predict_log_proba(self, x: Tensor) -> Tensor:
        return torch.log(self._predict_proba(x))

    def _decision_function(self, x: Tensor) -> Tensor:
        parts = self._said(x)
        columns: list[Tensor] = []
        for k, child in enumerate(self.estimators_):
            columns.append(child.decision_function(torch.cat(parts[: k + 1], dim=1)).reshape(-1, 1))
        return self._ordered(columns)


def _objection(estimators: Sequence[Any], method: str) -> str | None:
    for child in estimators:
        if not hasattr(child, method):
            return f"{type(child).__name__} has no {method}"
        if len(child.classes_) != 2:
            return f"an output has {len(child.classes_)} classes: a chain has one column for each output"
    return None
