"""What runtimes are compared with: scikit-learn's own results, or those of a runtime where there is no estimator."""

import copy
import functools
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import Tensor

from ..errors import DataError
from ..overrides.core.methods import argument_for
from ..overrides.core.module import encode_numbers
from ..overrides.core.registry import find, float64_parts
from .one_gap import with_one_gap

if TYPE_CHECKING:
    from ..runtimes.base import Runtime


class EstimatorReference:
    """scikit-learn's own results; for a module that has one gap, on rows with that one."""

    name = "scikit-learn"

    def __init__(self, estimator: Any, module: Any = None) -> None:
        self.estimator = estimator
        self.columns = getattr(module, "columns", None)

    @functools.cached_property
    def exact(self) -> "EstimatorReference | None":
        """The same estimator with the parts that it does not compute exactly computed so; None without such parts.

        How far the two are from each other is what scikit-learn leaves open: nothing, for almost every estimator.
        """
        parts = float64_parts(self.estimator)
        return EstimatorReference(copy.deepcopy(self.estimator, parts)) if parts else None

    def rows(self, method: str, X: Any) -> Any:
        """What the method takes: transformed rows for ``inverse_transform``, ``X`` for the others."""
        if self.columns is not None and self.columns.has_one_gap:
            X = with_one_gap(X, self.columns)
        if method != "inverse_transform":
            return X
        return dense(self.result("transform", X)) if hasattr(self.estimator, "transform") else X

    def result(self, method: str, rows: Any) -> Any:
        """scikit-learn's result; the stages of a generator are stacked behind the rows."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                try:
                    return self._called(method, rows)
                except (ValueError, TypeError) as error:
                    # A model fitted on float32 may refuse all other rows, as KMeans.predict and NMF.transform do.
                    if not any(part in str(error) for part in ("Buffer dtype mismatch", "should have the same dtype")):
                        raise
                    return self._called(method, np.asarray(rows, dtype=np.float32))
            except (ValueError, TypeError, LookupError, AttributeError, NotImplementedError, ArithmeticError) as error:
                raise DataError(
                    f"scikit-learn's {type(self.estimator).__name__}.{method} refuses the rows: {error}"
                ) from error

    def _called(self, method: str, rows: Any) -> Any:
        name = "predict" if method == "predict_labels" else method
        if isinstance(rows, np.ndarray):
            # Rows in the order of Fortran take other ways through scikit-learn, and IterativeImputer fills their gaps.
            rows = rows.copy(order="C")
        override = find(type(self.estimator))
        if override is not None and override.module.calls_estimator:
            return override.module.call_estimator(self.estimator, name, rows)
        argument = argument_for(self.estimator, name)
        if argument is not None:
            result = getattr(self.estimator, argument.method)(rows, **{argument.name: argument.value})
            return result[1] if argument.is_second else result
        call = getattr(self.estimator, name)
        if name.startswith("staged_"):
            return np.stack([np.atleast_1d(stage) for stage in call(rows)], axis=1)
        return call(rows)


class RuntimeReference:
    """The results of a runtime, where there is no estimator."""

    def __init__(self, runtime: "Runtime", methods: tuple[str, ...], encode: Callable[[Any], Tensor]) -> None:
        self.runtime = runtime
        self.name = runtime.name
        self.methods = methods
        self.encode = encode
        self.exact = None

    def rows(self, method: str, X: Any) -> Any:
        """What the method takes: transformed rows for ``inverse_transform``, ``X`` for the others."""
        if method == "inverse_transform" and "transform" in self.methods:
            return self.result("transform", X)
        return X

    def result(self, method: str, rows: Any) -> Any:
        """The runtime's result."""
        x = encode_numbers(rows, self.name) if method == "inverse_transform" else self.encode(rows)
        return self.runtime.call(method, x)


Reference = EstimatorReference | RuntimeReference


def error_of(value: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Error of each element as a part of ``max(1, |reference|)``; for words 0 or infinity."""
    if reference.dtype.kind in "OUS" or value.dtype.kind in "OUS":
        return np.where(value == reference, 0.0, np.inf)
    value, reference = value.astype(np.float64), reference.astype(np.float64)
    same = (value == reference) | (np.isnan(value) & np.isnan(reference))
    with np.errstate(invalid="ignore", over="ignore"):
        error = np.abs(value - reference) / np.maximum(1.0, np.abs(reference))
    return np.where(same, 0.0, np.where(np.isfinite(error), error, np.inf))


def parts_of(result: Any) -> list[np.ndarray]:
    """A result of any form as a list of dense arrays, one per output."""
    if isinstance(result, (list, tuple)) and result and isinstance(result[0], str):
        return [np.array(result, dtype=object)]
    if isinstance(result, (list, tuple)) and result and not np.isscalar(result[0]) and hasattr(result[0], "ndim"):
        return [dense(part) for part in result]
    return [dense(result)]


def dense(result: Any) -> np.ndarray:
    """A tensor, sparse matrix, data frame or array as a dense array."""
    if isinstance(result, Tensor):
        return result.detach().cpu().to_dense().numpy()
    return np.asarray(result.toarray() if hasattr(result, "toarray") else result)
