"""``xgboost.Booster``: margins in float32 exactly as XGBoost adds them, and what its objective makes of them."""

import functools
import json
from typing import Any

import numpy as np
import torch
import xgboost
from scipy.sparse import issparse
from torch import Tensor

from ..core.module import Module
from ..core.registry import OnnxGap, register
from ..encoding.columns import WORD, Column
from ..encoding.rules import NONE_IS_NAN
from ..functional.csr import rows_with_gaps, tile_of_csr
from .dump import Dump, has_cut_words, read_dump
from .linear import BoosterWeights
from .objectives import ARGMAX, IDENTITY, ROUNDED, apply_link, base_margins, link_of
from .rounding import BoosterInFloat64, in_float64
from .trees import BoosterTrees

GAPS = (OnnxGap.CONVERTER, OnnxGap.PRECISION)


class BoosterModule(Module):
    """What modules of XGBoost share: rows rounded to float32, missing values found, margins, the link.

    Attributes
    ----------
    booster : BoosterTrees or BoosterWeights
    missing : Tensor
        float32 number that stands for a missing value beside NaN; of compressed rows, what is absent is missing too.
    zeros_are_missing : bool
        Whether the rows are what a step before makes compressed in scikit-learn, and dense here.

    Notes
    -----
    Results are float32 numbers in tensors of the module's dtype. There is a gradient in the values of leaves or
    weights, and in the rows of the linear booster.
    """

    absent_is_missing = True

    link: str
    missing: Tensor
    zeros_are_missing: bool

    def __init__(self, estimator: Any, booster: xgboost.Booster, n_rounds: int | None, missing: float) -> None:
        super().__init__(estimator)
        dump = read_dump(booster.save_raw("ubj"), n_rounds)
        self.n_features_in_ = dump.n_features
        self.link = link_of(dump.objective) or IDENTITY
        self.n_outputs = dump.n_outputs
        self.takes_csr = True
        self.zeros_are_missing = False
        with np.errstate(over="ignore"):
            self.add_buffer("missing", np.float32(missing))
        self.category_values = dump.categories
        self.is_linear = dump.weights is not None
        bases = base_margins(dump.objective, dump.base_score)
        self.booster: Any = (
            self._linear(dump, bases, estimator) if dump.trees is None else self._trees(dump, bases, estimator)
        )
        self.tile_rows = self.booster.tile_rows
        self.settle(self.reads())

    def _linear(self, dump: Dump, bases: list[np.ndarray], estimator: Any) -> BoosterWeights:
        """Weights of a linear booster."""
        assert dump.weights is not None
        parts = [BoosterWeights(dump.weights, base[:1]) for base in bases]
        return next((part for part in parts if self._agrees(part, dump, estimator).all()), parts[0])

    def _trees(self, dump: Dump, bases: list[np.ndarray], estimator: Any) -> BoosterTrees:
        """Trees, and what leaves add: of the forms that rounding leaves open, for each output one that rows confirm."""
        arrays = dump.trees
        assert arrays is not None
        trees = BoosterTrees(arrays, dump.n_features, dump.n_outputs)
        weight = np.repeat(arrays.weight, arrays.counts)[:, None]
        output = np.repeat(arrays.group, arrays.counts) if arrays.leaf.shape[1] == 1 else slice(None)
        forms = []
        for base in bases:
            forms.append((arrays.leaf * weight, base))
            if dump.is_dart:
                # XGBoost 3.2 adds each tree of dart to the base, where rows are no DMatrix, and takes that off again.
                start = base[output].reshape(-1, 1) if arrays.leaf.shape[1] == 1 else base
                forms.append((((start + arrays.leaf) - start) * weight, base))
        leaf, base = (part.copy() for part in forms[0])
        is_open = np.ones(dump.n_outputs, dtype=bool)
        for other_leaf, other_base in forms:
            trees.set_leaves(other_leaf, other_base)
            fine = is_open & self._agrees(trees, dump, estimator)
            base[fine] = other_base[fine]
            if arrays.leaf.shape[1] == 1:
                leaf[fine[output]] = other_leaf[fine[output]]
            else:
                leaf[:, fine] = other_leaf[:, fine]
            is_open &= ~fine
            if not is_open.any():
                break
        trees.set_leaves(leaf, base)
        return trees

    def _agrees(self, part: Any, dump: Dump, estimator: Any) -> np.ndarray:
        """For each output, whether margins are those of the estimator on rows that reach many leaves."""
        rows = _example_rows(dump)
        expected = np.asarray(self.margins_of(estimator, rows)).reshape(len(rows), -1)
        with torch.no_grad():
            return (part.margins(torch.tensor(rows)).numpy() == expected).all(axis=0)

    @staticmethod
    def margins_of(estimator: Any, rows: np.ndarray) -> Any:
        """The estimator's own margins of rows of numbers and of codes of categories."""
        return estimator.predict(rows, output_margin=True)

    @staticmethod
    def feature_names(estimator: Any) -> list[str] | None:
        """Names of the columns of a frame."""
        names = booster_of(estimator).feature_names
        return None if names is None else list(names)

    @classmethod
    def precision_note(cls, estimator: Any) -> str:
        """Links that take an exponential."""
        if link_of(objective_of(estimator)) not in ROUNDED:
            return ""
        return "XGBoost takes exponentials in float32: predictions agree to its last digit, margins in all of them"

    @classmethod
    def float64_parts(cls, estimator: Any, rounded: bool = False) -> dict[int, Any]:
        """The estimator with results in float64, so that what follows computes in float64."""
        return {id(estimator): in_float64(estimator, rounded and link_of(objective_of(estimator)) in ROUNDED)}

    @classmethod
    def rounded_parts(cls, estimator: Any) -> dict[int, Any]:
        """The estimator with results off by the last digit of float32, where an exponential leaves that open."""
        return cls.float64_parts(estimator, rounded=True)

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """Objectives of another library's making."""
        objective = objective_of(estimator)
        if link_of(objective) is None:
            return f"it has the objective {objective!r}, which is none of XGBoost's own up to 3.4"
        booster = booster_of(estimator)
        if "c" in (booster.feature_types or ()) and has_cut_words(read_dump(booster.save_raw("ubj"))):
            return (
                "it has categories with letters beyond ASCII, and XGBoost before 3.4 keeps parts of their names only, "
                "and mistakes one for another: fit it with XGBoost 3.4, or on categories that are numbers"
            )
        return None

    @classmethod
    def failing_methods(cls, estimator: Any) -> dict[str, str]:
        """Leaves of the linear booster, which has none."""
        if is_linear(estimator):
            return {"apply": f"{type(estimator).__name__} is linear (gblinear): it has no leaves"}
        return {}

    def reads(self) -> list[Column]:
        """The categories that a frame had in fit, numbers in the other columns."""
        found = []
        for values in self.category_values:
            if values and isinstance(values[0], str):
                found.append(Column(WORD, tuple(values), True, tuple(values), rules=frozenset({NONE_IS_NAN})))
            else:
                found.append(Column(strict=bool(values), values=tuple(float(value) for value in values)))
        return found

    def settle(self, columns: list[Column]) -> list[Column]:
        """Look categories up by what stands for them: numbers, or codes of words."""
        if not self.is_linear:
            values = {}
            for i, (known, column) in enumerate(zip(self.category_values, columns, strict=True)):
                if known and column.kind == WORD:
                    values[i] = np.array([column.codes[word] for word in known], dtype=np.float64)
                elif known:
                    values[i] = np.array(known, dtype=np.float64)
            self.booster.settle(values)
        return []

    def _rows(self, x: Tensor) -> Tensor:
        """Rows as XGBoost has them: float32, NaN where a value is missing."""
        rows = x.to(torch.float32)
        if self.zeros_are_missing:
            rows = torch.where(rows == 0, torch.full_like(rows, float("nan")), rows)
        return torch.where(rows == self.missing, torch.full_like(rows, float("nan")), rows)

    def _margins(self, x: Tensor) -> Tensor:
        """float32 margins, shape (n_samples, n_outputs)."""
        if x.layout == torch.strided:
            return self.booster.margins(self._rows(x))
        size = tile_of_csr(x, self.tile_rows)
        parts: list[Tensor] = []
        for start in range(0, max(x.shape[0], 1), size):
            parts.append(self.booster.margins(self._rows(rows_with_gaps(x, start, size))))
        return torch.cat(parts)

    def encode(self, data: Any) -> Tensor:
        """Rows from outside; of sparse ones, what is absent is missing: NaN."""
        if issparse(data):
            compressed = data.tocsr()
            data = np.full(compressed.shape, np.nan)
            rows = np.repeat(np.arange(len(data)), np.diff(compressed.indptr))
            data[rows, compressed.indices] = compressed.data
        return super().encode(data)

    def _flat(self, values: Tensor) -> Tensor:
        """Results in the module's dtype; those of one output are flat."""
        values = values.to(self.anchor.dtype)
        return values.squeeze(1) if values.shape[1] == 1 else values

    def _predict_raw(self, x: Tensor) -> Tensor:
        return self._flat(self._margins(x))

    def _predict(self, x: Tensor) -> Tensor:
        return self._flat(apply_link(self.link, self._margins(x)))

    def _apply_rows(self, x: Tensor) -> Tensor:
        if x.layout == torch.strided:
            return self.booster.leaf_numbers(self._rows(x))
        size = tile_of_csr(x, self.tile_rows)
        parts: list[Tensor] = []
        for start in range(0, max(x.shape[0], 1), size):
            parts.append(self.booster.leaf_numbers(self._rows(rows_with_gaps(x, start, size))))
        return torch.cat(parts)


def _example_rows(dump: Dump, n_rows: int = 256) -> np.ndarray:
    """Rows of thresholds of the trees, and of the first code of categories."""
    random = np.random.default_rng(0)
    rows = random.normal(size=(n_rows, dump.n_features)).astype(np.float32)
    arrays = dump.trees
    if arrays is not None:
        is_number = (arrays.left != -1) & ~arrays.is_set & np.isfinite(arrays.condition)
        for feature in np.unique(arrays.feature[is_number]):
            limits = arrays.condition[is_number & (arrays.feature == feature)]
            rows[:, feature] = random.choice(limits, size=n_rows)
    has_codes = [kind == "c" for kind in dump.feature_types] or [False] * dump.n_features
    rows[:, has_codes] = 0
    return rows


@register(xgboost.Booster, gaps=GAPS)
class Booster(BoosterModule):
    """A booster as training or a native file gives it: all its trees, whatever round was the best.

    Notes
    -----
    ``predict`` gives what ``Booster.predict`` gives: probabilities, classes of ``multi:softmax``. A DMatrix marks what
    is missing by itself: here NaN.
    """

    calls_estimator = True

    def __init__(self, estimator: xgboost.Booster) -> None:
        super().__init__(estimator, estimator, None, float("nan"))

    @classmethod
    def float64_parts(cls, estimator: Any, rounded: bool = False) -> dict[int, Any]:
        """The booster with results in float64."""
        call = functools.partial(cls.call_estimator, estimator)
        link = link_of(objective_of(estimator))
        rounds_link = (
            rounded and link in ROUNDED and link != ARGMAX
        )  # a raw booster gives classes, and no probabilities
        return {id(estimator): BoosterInFloat64(call, rounds_link)}

    @staticmethod
    def call_estimator(estimator: Any, method: str, rows: Any) -> Any:
        """``Booster.predict`` on a DMatrix."""
        matrix = _matrix(estimator, rows)
        argument = {"predict_raw": {"output_margin": True}, "apply": {"pred_leaf": True}}.get(method, {})
        return estimator.predict(matrix, **argument)

    @staticmethod
    def margins_of(estimator: Any, rows: np.ndarray) -> Any:
        """Margins of a DMatrix."""
        return estimator.predict(_matrix(estimator, rows), output_margin=True)


def _matrix(booster: xgboost.Booster, rows: Any) -> xgboost.DMatrix:
    if hasattr(rows, "columns"):
        return xgboost.DMatrix(rows, enable_categorical=True)
    names, types = booster.feature_names, booster.feature_types
    return xgboost.DMatrix(rows, feature_names=names, feature_types=types, enable_categorical=True)


def booster_of(estimator: Any) -> xgboost.Booster:
    """The booster of an estimator, or a booster itself."""
    return estimator if isinstance(estimator, xgboost.Booster) else estimator.get_booster()


def objective_of(estimator: Any) -> str:
    """Name of the objective that a booster was trained for."""
    return str(_configuration(estimator)["objective"]["name"])


def is_linear(estimator: Any) -> bool:
    """Whether the booster is linear, and has no trees."""
    return bool(_configuration(estimator)["gradient_booster"]["name"] == "gblinear")


def _configuration(estimator: Any) -> dict[str, Any]:
    learner: dict[str, Any] = json.loads(booster_of(estimator).save_config())["learner"]
    return learner
