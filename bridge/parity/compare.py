"""The comparison: the results of runtimes beside those of a reference, method by method, on given rows."""

import contextlib
import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor

from ..errors import BridgeError, DataError
from ..overrides.core.methods import method_of
from ..overrides.core.module import Module
from ..overrides.core.signature import Signature
from ..overrides.tolerances import TOLERANCES
from ..runtimes.base import RAISING, EagerRuntime, Runtime
from .edges import N_MOVES, moved_rows
from .reference import EstimatorReference, Reference, error_of, parts_of
from .report import Comparison, Report

LIMIT = "and where scikit-learn computes in float32 or stops early, as far as it is there from its exact result"

DRAWN = "drawn from torch's generator: equal in distribution, the draws themselves are not compared"


@dataclass(frozen=True)
class Form:
    """How a model takes the rows of the reference, and returns its results."""

    rows: Callable[[Any], Tensor]
    inverse_rows: Callable[[Any], Tensor]
    result: Callable[[str, Any], Any]

    @classmethod
    def of(cls, module: Module) -> "Form":
        """The form of a module of ours."""
        return cls(module.encode, module.encode_inverse, module.as_returned)

    @classmethod
    def plain(cls, encode: Callable[[Any], Tensor]) -> "Form":
        """Rows encoded, results as they are."""
        return cls(encode, encode, lambda method, result: result)


def compare(signature: Signature, reference: Reference, runtimes: Sequence[Runtime], X: Any, form: Form) -> Report:
    """Report on every method of a model in every runtime.

    Parameters
    ----------
    signature : Signature
        Of the model.
    reference : Reference
    runtimes : sequence of Runtime
    X : array-like of shape (n_samples, n_features)
    form : Form

    Raises
    ------
    DataError
        scikit-learn itself refuses the rows.
    """
    tolerance = TOLERANCES[signature.dtype]
    steady, rounded = reference.exact, reference.rounded
    found = []
    encoded: Tensor | None = None  # not before scikit-learn has taken the rows: its refusal comes first
    n_rows = 0
    for name in signature.methods:
        rows = reference.rows(name, X)
        expected = _expected(reference, name, rows, form, signature.strings)
        exact = expected if steady is None else _expected(steady, name, rows, form, signature.strings)
        nearby = exact if rounded is None else _expected(rounded, name, rows, form, signature.strings)
        if method_of(name).is_inverse:
            x = form.inverse_rows(rows)
        else:
            x = encoded = form.rows(X) if encoded is None else encoded
        n_rows = len(x)
        moved = functools.cache(functools.partial(_moved, reference, name, rows, form, signature.strings))
        allowed = None if name in signature.random else tolerance
        found += [_comparison(name, runtime, x, expected, exact, nearby, allowed, moved) for runtime in runtimes]
    if isinstance(reference, EstimatorReference) and signature.raises:
        found += _of_raising(signature, reference, runtimes, X, form.rows(X))
    return Report(signature.estimator, reference.name, n_rows, tolerance, tuple(found), "" if steady is None else LIMIT)


def compare_eager(estimator: Any, module: Module, X: Any, others: Sequence[Runtime] = ()) -> Report:
    """Report on a module of ours, without files, and on other runtimes that are there already."""
    runtimes = [EagerRuntime(module), *others]
    return compare(Signature.of(module), EstimatorReference(estimator, module), runtimes, X, Form.of(module))


def _of_raising(
    signature: Signature, reference: EstimatorReference, runtimes: Sequence[Runtime], X: Any, x: Tensor
) -> list[Comparison]:
    """Methods that only raise: they must, with the reason, and so must scikit-learn's, unless it is unsteady.

    A graph of torch.export or ONNX has no such method.
    """
    found = []
    for method, reason in signature.raises.items():
        note = "raises, as scikit-learn does"
        raises = True
        if method in signature.nondeterministic:
            note = "raises, for scikit-learn gives a row alone another result than among others"
        else:
            try:
                reference.result(method, reference.rows(method, X))
            except DataError:
                pass
            else:
                raises, note = False, "raises, and scikit-learn does not"
        for runtime in runtimes:
            if runtime.name in RAISING:
                ok, said = _raises(runtime, method, x, reason)
                words = note if ok else said
                found.append(Comparison(method, runtime.name, None, 0, len(x), (), (), "", ok and raises, words))
    return found


def _raises(runtime: Runtime, method: str, x: Tensor, reason: str) -> tuple[bool, str]:
    """Whether a method raises for the reason given, and what it does instead."""
    try:
        runtime.call(method, x)
    except BridgeError as error:
        return reason in str(error), f"raises {str(error)!r} instead of {reason!r}"
    except AttributeError as error:
        return False, str(error)
    return False, "returns a result instead of an error"


def _expected(reference: Reference, method: str, rows: Any, form: Form, words: list[str]) -> list[np.ndarray]:
    """The reference's result in the form of the module's."""
    result = reference.result(method, rows)
    expected = parts_of(form.result(method, result) if isinstance(reference, EstimatorReference) else result)
    if method_of(method).gives_strings and expected[0].ndim == 2:  # the module has a list per output
        expected = [column.astype(object) for column in expected[0].T]
    if words and method_of(method).gives_classes and expected[0].dtype.kind in "OUS":
        codes = {word: code for code, word in enumerate(words)}
        flat = [codes[word] for word in expected[0].reshape(-1).tolist()]
        expected = [np.array(flat, dtype=np.int64).reshape(expected[0].shape)]
    return expected


def _moved(reference: Reference, method: str, rows: Any, form: Form, strings: list[str], seed: int) -> list[np.ndarray]:
    """Result of the reference where all that it is computed from has moved in its last digits; see :mod:`.edges`."""
    if not isinstance(reference, EstimatorReference):
        return []
    with contextlib.suppress(DataError):
        return _expected(reference.moved(seed), method, moved_rows(rows, seed), form, strings)
    return []


def _comparison(
    method: str,
    runtime: Runtime,
    x: Tensor,
    expected: list[np.ndarray],
    exact: list[np.ndarray],
    nearby: list[np.ndarray],
    tolerance: float | None,
    moved: Callable[[int], list[np.ndarray]],
) -> Comparison:
    """What a runtime gives beside the reference, which may be off by as much as it is from what it gives exactly.

    And by as much as that changes with the last digit of what a booster rounds in its own way.
    Rows that differ are looked at again: where the reference moves as far by itself, a row is on the edge.
    Of a method that draws, which has no tolerance, the form alone is compared.
    """
    n_rows, wanted = len(x), expected[0].shape
    try:
        given = parts_of(runtime.call(method, x))
    except (BridgeError, RuntimeError, AttributeError, ValueError, TypeError) as error:
        return Comparison(method, runtime.name, None, n_rows, n_rows, (), wanted, "", False, str(error))
    if len(given) > 1 and len(expected) == 1 and expected[0].ndim == given[0].ndim + 1:
        # scikit-learn stacked its outputs in one array, VotingClassifier.transform for one; ours are a list.
        expected, exact, nearby = list(expected[0]), list(exact[0]), list(nearby[0])
        wanted = expected[0].shape
    shapes = [part.shape for part in given]
    dtype, shape = str(given[0].dtype), given[0].shape
    if shapes != [part.shape for part in expected]:
        note = f"shape {shapes} instead of {[part.shape for part in expected]}"
        return Comparison(method, runtime.name, None, n_rows, n_rows, shape, wanted, dtype, False, note)
    if tolerance is None:
        return Comparison(method, runtime.name, None, 0, n_rows, shape, wanted, dtype, True, DRAWN)
    errors = [_by_row(part, reference) for part, reference in zip(given, expected, strict=True)]
    allowed = [
        tolerance + _by_row(sure, reference) + _by_row(close, sure)
        for sure, close, reference in zip(exact, nearby, expected, strict=True)
    ]
    bad = np.logical_or.reduce([(error > most).any(axis=1) for error, most in zip(errors, allowed, strict=True)])
    edge = np.zeros_like(bad)
    if bad.any():
        edge = _moving_as_far(bad, errors, expected, moved)
    largest = max((float(error[~edge].max(initial=0.0)) for error in errors), default=0.0)
    different = int((bad & ~edge).sum())
    return Comparison(
        method, runtime.name, largest, different, n_rows, shape, wanted, dtype, different == 0, on_edge=int(edge.sum())
    )


def _by_row(value: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Errors, a row of them per row."""
    return error_of(value, reference).reshape(len(reference), -1)


def _moving_as_far(
    bad: np.ndarray, errors: list[np.ndarray], expected: list[np.ndarray], moved: Callable[[int], list[np.ndarray]]
) -> np.ndarray:
    """Rows among the bad ones whose largest error is no larger than the largest by which the reference moves there."""
    own = np.max([error.max(axis=1, initial=0.0) for error in errors], axis=0)
    far = np.zeros(len(own))
    for seed in range(N_MOVES):
        parts = moved(seed)
        if [part.shape for part in parts] == [part.shape for part in expected]:
            for part, reference in zip(parts, expected, strict=True):
                far = np.maximum(far, _by_row(part, reference).max(axis=1, initial=0.0))
        if (own <= far)[bad].all():
            break
    return np.asarray(bad & (own <= far))
