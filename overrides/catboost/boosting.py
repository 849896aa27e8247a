"""CatBoost's estimators."""

import json
import tempfile
from pathlib import Path
from typing import Any

import catboost
import numpy as np
import torch
from torch import Tensor

from ..core.module import Module, check_rows
from ..core.registry import OnnxGap, register
from ..encoding.columns import HASH, Column
from ..encoding.tables import encode_table
from ..errors import CorruptEstimatorError, InputError
from ..functional.special.links import binary_probabilities, expit, softmax
from .bins import Bins
from .json_model import JsonModel, read_json
from .trees import CatBoostTrees

GAPS = (OnnxGap.CONVERTER, OnnxGap.METHOD)

_SIGMOID = ("Logloss", "CrossEntropy", "Focal", "MultiClassOneVsAll", "MultiLogloss", "MultiCrossEntropy")
_LABELS = ("MultiLogloss", "MultiCrossEntropy")


def json_model(estimator: Any) -> JsonModel:
    """The model of a fitted estimator, by way of a file: the library writes to no other place."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.json"
        estimator.save_model(str(file), format="json")
        data = json.loads(file.read_text(encoding="utf-8"))
    # A model read from a file has names of its features, and says that they are none.
    return read_json(data, len(estimator.feature_names_))


def loss_of(estimator: Any) -> str:
    """Name of the loss, without its parameters."""
    return str(estimator.get_all_params().get("loss_function", "")).partition(":")[0]


class Boosting(Module):
    """What all of them share: raw values, summed in float64 in the order of the trees.

    Attributes
    ----------
    bins_ : Bins
        Rows as codes.
    trees_ : CatBoostTrees
    scale, bias : Tensor
        What the sum of the leaves is multiplied with, and what is added to it.

    Notes
    -----
    A categorical column of the rows carries the hash of its word, a whole number of 32 bits: ``encode`` makes it, and
    ``encode_columns`` in TorchScript, of any word, whether training saw it or not. In float32 it would not be exact:
    such a module takes float64 rows after ``.float()`` too, and ``encode`` gives them.
    """

    __constants__: tuple[str, ...] = ("n_outputs", "has_categories")
    forks_tiles = True

    scale: Tensor
    bias: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        model = json_model(estimator)
        self.n_features_in_ = len(estimator.feature_names_)
        self.n_outputs, self.categorical = len(model.bias), model.categorical
        self.has_categories = len(model.categorical) > 0
        self.bins_ = Bins(model)
        self.trees_ = CatBoostTrees(model, self.bins_.n_codes)
        self.tile_rows = self.trees_.tile_rows
        self.add_buffer("scale", np.float64(model.scale))
        self.add_buffer("bias", model.bias)
        self._keep(model)

    def _keep(self, model: JsonModel) -> None:
        """Keep what a subclass wants of the model."""

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """Features that are no numbers and no categories, for which the library writes no JSON."""
        name = type(estimator).__name__
        for kind in ("text", "embedding"):
            features = getattr(estimator, f"_get_{kind}_feature_indices")()
            if features:
                return f"{name} has {kind} features (columns {list(features)}): no format of CatBoost describes them"
        return None

    @staticmethod
    def feature_names(estimator: Any) -> list[str] | None:
        """Names of the columns of a frame; CatBoost numbers those of an array itself, which is no name."""
        names = [str(name) for name in estimator.feature_names_]
        return None if names == [str(i) for i in range(len(names))] else names

    def reads(self) -> list[Column]:
        """Hashes of words in the categorical columns, numbers in all others."""
        columns = [Column()] * self.n_features_in_
        for feature in self.categorical:
            columns[feature] = Column(HASH)
        return columns

    def settle(self, columns: list[Column]) -> list[Column]:
        """Take the columns: those of categories must come as they are in the data."""
        for feature in self.categorical:
            if columns[feature].kind != HASH:
                raise InputError(
                    f"{self.estimator_name} takes column {feature} for categories, which an earlier step makes, "
                    "changes or reads as words: no tensor holds what CatBoost would hash. Hand the column to CatBoost "
                    "alone, as it is in the data, or fit CatBoost on it as a number"
                )
        return []

    def encode(self, data: Any) -> Tensor:
        """Rows from outside as the tensor that the methods take, in float64 where it has hashes: see the notes."""
        if not self.has_categories or self.columns is None:
            return super().encode(data)
        return encode_table(data, self.columns, self.estimator_name).to(self.anchor.device)

    def _check(self, x: Tensor) -> Tensor:
        if not self.has_categories:
            return check_rows(x, self.n_features_in_, self.estimator_name, self.anchor)
        exact = torch.empty(0, dtype=torch.float64, device=self.anchor.device)
        return check_rows(x, self.n_features_in_, self.estimator_name, exact)

    def _raw(self, x: Tensor) -> Tensor:
        """Raw values, shape (n_samples, n_outputs)."""
        return self.trees_.sum(self.bins_(x)) * self.scale + self.bias

    def _raw_stages(self, x: Tensor) -> Tensor:
        """Raw values after each tree, shape (n_samples, n_trees, n_outputs)."""
        return self.trees_.stages(self.bins_(x)) * self.scale + self.bias

    def _predict_raw(self, x: Tensor) -> Tensor:
        raw = self._raw(x)
        return raw.squeeze(1) if self.n_outputs == 1 else raw

    def _predict(self, x: Tensor) -> Tensor:
        return self._predict_raw(x)

    def _staged_predict(self, x: Tensor) -> Tensor:
        raw = self._raw_stages(x)
        return raw.squeeze(2) if self.n_outputs == 1 else raw


@register(catboost.CatBoost, catboost.CatBoostRanker, gaps=GAPS)
class CatBoost(Boosting):
    """A CatBoost model as its own library predicts with it: raw values, of any loss.

    ``staged_predict`` gives (n_samples, n_trees), with a last dimension for the outputs where there are several.
    """


@register(catboost.CatBoostRegressor, gaps=GAPS)
class CatBoostRegressor(Boosting):
    """Trees for one or more targets; the exponential of their sum for Poisson and Tweedie.

    With RMSEWithUncertainty ``predict`` gives mean and variance. ``predict_raw`` and ``staged_predict`` give the raw
    values.
    """

    __constants__ = (*Boosting.__constants__, "link")

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        loss = str(estimator._get_default_prediction_type())
        self.link = {"Exponent": "exp", "RMSEWithUncertainty": "variance"}.get(loss, "identity")

    def _predict(self, x: Tensor) -> Tensor:
        raw = self._predict_raw(x)
        if self.link == "exp":
            return raw.exp()
        elif self.link == "variance":
            return torch.stack([raw[:, 0], (raw[:, 1] + raw[:, 1]).exp()], dim=1)
        else:
            return raw


@register(catboost.CatBoostClassifier, gaps=GAPS)
class CatBoostClassifier(Boosting):
    """Trees for classes, or for sets of labels; ``predict`` gives codes for words.

    As in CatBoost, ``predict`` of more than two classes has the shape (n_samples, 1). ``staged_predict`` and
    ``staged_predict_proba`` have the trees as second dimension.
    """

    __constants__ = (*Boosting.__constants__, "link", "are_labels")

    classes_: Tensor
    limit: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        loss = loss_of(estimator)
        self.are_labels, self.link = loss in _LABELS, "sigmoid" if loss in _SIGMOID else "softmax"
        self.set_classes(estimator.classes_)
        if not self.are_labels and len(estimator.classes_) != max(self.n_outputs, 2):
            raise CorruptEstimatorError(
                f"{self.estimator_name} has {len(estimator.classes_)} classes and {self.n_outputs} values per leaf"
            )

    def _keep(self, model: JsonModel) -> None:
        share = float(model.info.get("binclass_probability_threshold", 0.5))
        with np.errstate(divide="ignore"):
            self.add_buffer("limit", -np.log(1.0 / np.float64(share) - 1.0))

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """Beside what no model may have, losses of which it is not known what probabilities they give."""
        loss = loss_of(estimator)
        if loss not in (*_SIGMOID, "MultiClass"):
            return f"CatBoostClassifier has the loss {loss}: what its probabilities are is not known"
        return Boosting.unsupported_reason(estimator)

    def _probabilities(self, raw: Tensor) -> Tensor:
        if self.link == "softmax":
            return softmax(raw)
        elif self.n_outputs == 1:
            return binary_probabilities(expit(raw.squeeze(1)))
        else:
            return expit(raw)

    def _labels(self, raw: Tensor) -> Tensor:
        """Codes of classes, shape (n_samples,), (n_samples, 1) or (n_samples, n_labels)."""
        if self.are_labels:
            return (raw > self.limit).to(torch.int64)
        elif self.n_outputs == 1:
            return (raw > self.limit).to(torch.int64).squeeze(1)
        else:
            return raw.argmax(dim=1, keepdim=True)

    def _classes(self, raw: Tensor) -> Tensor:
        codes = self._labels(raw)
        return self.classes_.index_select(0, codes.reshape(-1)).reshape(codes.shape)

    def _predict(self, x: Tensor) -> Tensor:
        return self._classes(self._raw(x))

    def _predict_proba(self, x: Tensor) -> Tensor:
        return self._probabilities(self._raw(x))

    def _predict_log_proba(self, x: Tensor) -> Tensor:
        raw = self._raw(x)
        if self.link == "softmax":
            return torch.log_softmax(raw, dim=1)
        elif self.n_outputs == 1:
            return torch.cat([_log_expit(-raw), _log_expit(raw)], dim=1)
        else:
            return _log_expit(raw)

    def _staged_predict(self, x: Tensor) -> Tensor:
        stages = self._raw_stages(x)
        labels = self._classes(stages.reshape(-1, self.n_outputs))
        if labels.dim() == 1:
            return labels.reshape(-1, stages.shape[1])
        return labels.reshape(-1, stages.shape[1], labels.shape[1])

    def _staged_predict_proba(self, x: Tensor) -> Tensor:
        stages = self._raw_stages(x)
        proba = self._probabilities(stages.reshape(-1, self.n_outputs))
        return proba.reshape(-1, stages.shape[1], proba.shape[1])

    def as_returned(self, method: str, result: Any) -> Any:
        """Words of more than two classes, which CatBoost has as a column, as a list."""
        result = super().as_returned(method, result)
        return np.asarray(result).reshape(-1) if method == "predict_labels" else result


def _log_expit(x: Tensor) -> Tensor:
    """Logarithm of the logistic function."""
    return torch.where(x < 0, x, torch.zeros_like(x)) - torch.log1p(torch.exp(-x.abs()))
