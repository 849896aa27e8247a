"""LightGBM's estimators and its Booster."""

from typing import Any

import lightgbm
import numpy as np
import torch
from torch import Tensor

from ..core.module import Module
from ..core.registry import OnnxGap, register
from ..encoding.columns import Column
from ..errors import CorruptEstimatorError
from ..functional.special.links import binary_probabilities, expit, softmax
from .frame_columns import FrameColumns, categorical_features, objection_to_frame, with_underscores
from .objectives import objective_of, sigmoid_of
from .text_model import read_header, read_text
from .trees import LightGBMTrees

GAPS = (OnnxGap.CONVERTER, OnnxGap.METHOD)

_PREDICTS_OTHERWISE = (
    *("pred_early_stop", "start_iteration_predict", "num_iteration_predict"),
    *("is_predict_raw_score", "predict_rawscore", "predict_raw_score", "raw_score"),
    *("is_predict_leaf_index", "leaf_index", "predict_leaf_index", "pred_leaf"),
    *("is_predict_contrib", "contrib", "predict_contrib", "pred_contrib"),
)
"""Parameters of an estimator that its ``predict`` hands on to the library, where they change results."""


def booster_of(estimator: Any) -> Any:
    """The Booster of an estimator, or the Booster itself."""
    return estimator if isinstance(estimator, lightgbm.Booster) else estimator.booster_


def model_text(booster: Any, n_iterations: int = 0) -> str:
    """Text of the trees that ``predict`` uses: up to the best iteration where training stopped early."""
    best = int(booster.best_iteration)
    text: str = booster.model_to_string(num_iteration=n_iterations or (best if best > 0 else -1))
    return text


class Boosting(Module):
    """What all of them share: raw scores, summed in float64 in the order of the trees, and the link of the objective.

    Attributes
    ----------
    trees_ : LightGBMTrees
    sigmoid : Tensor
        What raw scores are multiplied with before a logistic link.
    n_averaged : Tensor
        Iterations, which a random forest divides its raw scores by.
    """

    __constants__ = ("averages", "link", "n_outputs")

    sigmoid: Tensor
    n_averaged: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        booster = booster_of(estimator)
        model = read_text(model_text(booster))
        objective = objective_of(model.header)
        self.n_features_in_, self.n_outputs = model.n_features, model.n_outputs
        self.averages, self.link = "average_output" in model.header, objective.link
        self.trees_ = LightGBMTrees(model)
        self.tile_rows = self.trees_.tile_rows
        self.categories_ = FrameColumns(
            categorical_features(model.parameters), booster.pandas_categorical or [], model.n_features
        )
        self.add_buffer("sigmoid", np.float64(sigmoid_of(booster, objective, model.n_features)))
        self.add_buffer("n_averaged", np.float64(self.trees_.n_iterations))
        self.settle(self.reads())

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """Parameters that change what ``predict`` does, objectives that are not LightGBM's, unknown frames."""
        name = type(estimator).__name__
        if not isinstance(estimator, lightgbm.Booster):
            parameters = estimator.get_params()
            for option in _PREDICTS_OTHERWISE:
                if parameters.get(option):
                    return f"{name} has {option}={parameters[option]!r}, which changes what its predict returns"
        booster = booster_of(estimator)
        header, parameters = read_header(model_text(booster, n_iterations=1))
        objective = objective_of(header)
        if not objective.link:
            return f"{name} has the objective {objective.name!r}, of which bridge does not know what it predicts"
        return objection_to_frame(parameters, booster.pandas_categorical)

    @staticmethod
    def feature_names(estimator: Any) -> list[str] | None:
        """Names of the columns of a frame; LightGBM numbers those of an array itself, which is no name."""
        names: list[str] = booster_of(estimator).feature_name()
        return None if names == [f"Column_{i}" for i in range(len(names))] else names

    def reads(self) -> list[Column]:
        """Categories in the categorical columns of a frame, numbers in all others."""
        return self.categories_.reads(self.n_features_in_)

    def settle(self, columns: list[Column]) -> list[Column]:
        """Look categories up by what stands for them: numbers, or codes of words."""
        self.categories_.settle(columns)
        return []

    def encode(self, data: Any) -> Tensor:
        """Rows from outside as the tensor that the methods take; LightGBM has underscores for the spaces of names."""
        if self.columns is not None and self.columns.names is not None and hasattr(data, "columns"):
            data = with_underscores(data, self.columns.names)
        return super().encode(data)

    def _raw(self, x: Tensor) -> Tensor:
        """Raw scores, shape (n_samples, n_outputs)."""
        return self.trees_.sum(self.categories_(x))

    def _linked(self, x: Tensor) -> Tensor:
        """What the library's ``Booster.predict`` returns, shape (n_samples, n_outputs)."""
        raw = self._raw(x)
        if self.averages:
            raw = raw / self.n_averaged
        if self.link == "sigmoid":
            return expit(self.sigmoid * raw)
        elif self.link == "logistic":
            return expit(raw)
        elif self.link == "softmax":
            return softmax(raw)
        elif self.link == "exp":
            return raw.exp()
        elif self.link == "log1p_exp":
            return raw.exp().log1p()
        elif self.link == "square":
            return raw.sign() * raw * raw
        else:
            return raw

    def _predict(self, x: Tensor) -> Tensor:
        result = self._linked(x)
        return result.squeeze(1) if self.n_outputs == 1 else result

    def _predict_raw(self, x: Tensor) -> Tensor:
        raw = self._raw(x)
        return raw.squeeze(1) if self.n_outputs == 1 else raw

    def _apply_rows(self, x: Tensor) -> Tensor:
        return self.trees_.leaf_numbers(self.categories_(x)).to(torch.int32)


@register(lightgbm.Booster, gaps=GAPS)
class Booster(Boosting):
    """A LightGBM model as its own library predicts with it: probabilities, or whatever its objective stands for.

    ``predict_raw`` gives the raw scores, ``apply`` the leaves, an int32 column per tree.
    """


@register(lightgbm.LGBMRegressor, lightgbm.LGBMRanker, gaps=GAPS)
class LGBMRegressor(Boosting):
    """Boosted trees for one target, or for the order of rows.

    ``predict_raw`` gives the raw scores, ``apply`` the leaves, an int32 column per tree.

    Notes
    -----
    There is a gradient in the values of the leaves, in the rows only where leaves are linear.
    """


@register(lightgbm.LGBMClassifier, gaps=GAPS)
class LGBMClassifier(Boosting):
    """Boosted trees for classes; ``predict`` gives codes for words.

    ``predict_raw`` gives the raw scores, ``apply`` the leaves, an int32 column per tree.

    Notes
    -----
    There is a gradient in the values of the leaves, in the rows only where leaves are linear.
    """

    classes_: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.set_classes(estimator.classes_)
        if self.n_outputs != (1 if len(estimator.classes_) <= 2 else len(estimator.classes_)):
            raise CorruptEstimatorError(
                f"{self.estimator_name} has {len(estimator.classes_)} classes and {self.n_outputs} trees per iteration"
            )

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """Beside what no Booster may have, objectives of the user's: they have no probabilities."""
        if callable(estimator.objective_):
            return "LGBMClassifier has a function as objective: its predict_proba returns raw scores, and no classes"
        return Boosting.unsupported_reason(estimator)

    def _predict_proba(self, x: Tensor) -> Tensor:
        result = self._linked(x)
        return binary_probabilities(result.squeeze(1)) if self.n_outputs == 1 else result

    def _predict(self, x: Tensor) -> Tensor:
        return self.classes_.index_select(0, self._predict_proba(x).argmax(dim=1))

    def _decision_function(self, x: Tensor) -> Tensor:
        return self._predict_raw(x)
