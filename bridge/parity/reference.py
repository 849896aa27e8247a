"""What runtimes are compared with: scikit-learn's own results, or those of a runtime where there is no estimator."""

import copy
import functools
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from torch import Tensor

from ..errors import DataError
from ..overrides.core.facts import facts_of, float64_parts, inside
from ..overrides.core.methods import argument_for, method_of
from ..overrides.encoding.codec import encode_numbers
from ..runtimes.base import Runtime
from ..written_by import explain
from .edges import moved_estimator
from .float64_rows import as_float64
from .one_gap import with_one_gap


class EstimatorReference:
    """scikit-learn's own results; those on the same rows, the very same object, are computed once.

    For a module that has one gap for None and NaN, they are those on rows with that one.
    """

    name = "scikit-learn"

    def __init__(self, estimator: Any, module: Any = None) -> None:
        self.estimator = estimator
        self.columns = getattr(module, "columns", None)
        self._known: dict[tuple[str, int], tuple[Any, Any]] = {}

    @functools.cached_property
    def exact(self) -> "EstimatorReference | None":
        """The same estimator with the parts that it does not compute exactly computed so; None without such parts.

        How far the two are from each other is what scikit-learn leaves open: nothing, for almost every estimator.
        """
        parts = float64_parts(self.estimator)
        return EstimatorReference(copy.deepcopy(self.estimator, parts)) if parts else None

    @functools.cached_property
    def rounded(self) -> "EstimatorReference | None":
        """As :attr:`exact`, with results of boosters off by the digit that their own rounding leaves open."""
        parts = float64_parts(self.estimator, rounded=True)
        return EstimatorReference(copy.deepcopy(self.estimator, parts)) if parts else None

    @functools.cached_property
    def _sees_dtypes(self) -> bool:
        """Whether a function of the user's is in it, whose result depends on the dtype of its columns."""
        from sklearn.preprocessing import FunctionTransformer

        return any(isinstance(part, FunctionTransformer) and part.func is not None for part in inside(self.estimator))

    def moved(self, seed: int) -> "EstimatorReference":
        """The same estimator with its numbers moved in their last digits; see :mod:`.edges`."""
        return EstimatorReference(moved_estimator(self.estimator, seed))

    def rows(self, method: str, X: Any) -> Any:
        """What the method takes: transformed rows for ``inverse_transform``, ``X`` for the others."""
        if not self._sees_dtypes:
            X = self._once("rows as float64", X, functools.partial(as_float64, X))
        if self.columns is not None and self.columns.has_one_gap:
            X = self._once("one gap", X, functools.partial(with_one_gap, X, self.columns))
        if not method_of(method).is_inverse:
            return X
        return self._once("rows of " + method, X, lambda: self._inverse_rows(X))

    def _inverse_rows(self, X: Any) -> Any:
        return dense(self.result("transform", X)) if hasattr(self.estimator, "transform") else X

    def _once(self, question: str, rows: Any, ask: Callable[[], Any]) -> Any:
        key = (question, id(rows))
        if key not in self._known:
            self._known[key] = (rows, ask())  # the rows are kept, for another object might get their id
        return self._known[key][1]

    def forget(self) -> None:
        """Drop the results on rows that are no longer used."""
        self._known.clear()

    def result(self, method: str, rows: Any) -> Any:
        """scikit-learn's result; the stages of a generator are stacked behind the rows."""
        return self._once(method_of(method).sklearn_name, rows, lambda: self._computed(method, rows))

    def _computed(self, method: str, rows: Any) -> Any:
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
                explained = explain(error, self.estimator) if isinstance(error, AttributeError) else None
                if explained is not None:
                    raise explained from error
                raise DataError(
                    f"scikit-learn's {type(self.estimator).__name__}.{method} refuses the rows: {error}"
                ) from error

    def _called(self, method: str, rows: Any) -> Any:
        name = method_of(method).sklearn_name
        if isinstance(rows, np.ndarray):
            # Rows in the order of Fortran take other ways through scikit-learn, and IterativeImputer fills their gaps.
            rows = rows.copy(order="C")
        module = facts_of(self.estimator).module
        if module.calls_estimator:
            return module.call_estimator(self.estimator, name, rows)
        argument = argument_for(self.estimator, name)
        if argument is not None:
            result = getattr(self.estimator, argument.method)(rows, **{argument.name: argument.value})
            return result[1] if argument.is_second else result
        call = getattr(self.estimator, name)
        if method_of(method).is_staged:
            return np.stack([np.atleast_1d(stage) for stage in call(rows)], axis=1)
        return call(rows)


class RuntimeReference:
    """The results of a runtime, where there is no estimator."""

    exact = rounded = None

    def __init__(self, runtime: Runtime, methods: tuple[str, ...], encode: Callable[[Any], Tensor]) -> None:
        self.runtime = runtime
        self.name = runtime.name
        self.methods = methods
        self.encode = encode

    def rows(self, method: str, X: Any) -> Any:
        """What the method takes: transformed rows for ``inverse_transform``, ``X`` for the others."""
        if method_of(method).is_inverse and "transform" in self.methods:
            return self.result("transform", X)
        return X

    def result(self, method: str, rows: Any) -> Any:
        """The runtime's result."""
        x = encode_numbers(rows, self.name) if method_of(method).is_inverse else self.encode(rows)
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
    if isinstance(result, (list, tuple)) and result and isinstance(result[0], list):
        return [np.array(part, dtype=object) for part in result]
    if isinstance(result, (list, tuple)) and result and not np.isscalar(result[0]) and hasattr(result[0], "ndim"):
        return [dense(part) for part in result]
    return [dense(result)]


def dense(result: Any) -> np.ndarray:
    """A tensor, sparse matrix, data frame or array as a dense array."""
    if isinstance(result, Tensor):
        return result.detach().cpu().to_dense().numpy()
    return np.asarray(result.toarray() if hasattr(result, "toarray") else result)
