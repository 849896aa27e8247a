"""The comparison: scikit-learn in float64 is the reference of every runtime. Tolerances live here and nowhere else."""

import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import Tensor, nn

from ..errors import BridgeError, DataError, ModelError
from ..overrides.core.module import Module, encode_numbers
from .reference import EstimatorReference, Reference, RuntimeReference, error_of, parts_of
from .report import Comparison, Report

if TYPE_CHECKING:
    from ..artifacts.manifest import Manifest
    from ..runtimes.base import Runtime

TOLERANCES = {"float64": 1e-8, "float32": 1e-3}
"""Largest error that passes, as a part of ``max(1, |reference|)``, by the dtype of the module."""

RUNTIMES = ("eager", "torchscript", "torch.export", "onnxruntime")
RAISING_RUNTIMES = ("eager", "torchscript")
"""Those that can raise."""


def check_parity(
    model: Any,
    X: Any,
    *,
    module: nn.Module | None = None,
    artifact: str | os.PathLike[str] | None = None,
    runtimes: Iterable[str] | None = None,
) -> Report:
    """Compare scikit-learn with every runtime, method by method.

    Parameters
    ----------
    model : estimator or path
        A fitted estimator; or the folder of an artifact, whose runtimes are then compared with its TorchScript.
    X : array-like of shape (n_samples, n_features)
        Rows, best such as the model was not fitted on.
    module : nn.Module, optional
        Judge this module, with methods of the estimator's names, instead of what :func:`bridge.to_torch` makes:
        for an override of your own.
    artifact : path, optional
        Judge the files of this artifact instead of fresh ones.
    runtimes : iterable of {"eager", "torchscript", "torch.export", "onnxruntime", "compiled"}, optional
        Who is heard; without it all but "compiled", and that too where an artifact has compiled
        files for this machine.

    Returns
    -------
    Report

    Raises
    ------
    DataError
        scikit-learn itself refuses the rows.

    Examples
    --------
    >>> import bridge
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.svm import SVC
    >>> X, y = load_wine(return_X_y=True)
    >>> bridge.check_parity(SVC().fit(X[::2], y[::2]), X[1::2], runtimes=["eager", "torchscript"]).ok
    True
    """
    from ..artifacts.read import load
    from ..artifacts.write import write_files
    from ..convert import to_torch

    chosen = None if runtimes is None else tuple(runtimes)
    unknown = set(chosen or ()) - {*RUNTIMES, "compiled"}
    if unknown:
        raise ModelError(f"unknown runtime {sorted(unknown)[0]!r}: choose from {', '.join(RUNTIMES)}, compiled")
    if isinstance(model, (str, os.PathLike)):
        loaded = load(model)
        return measure(None, None, X, loaded.folder, loaded.manifest, chosen)
    converted = module if module is not None else to_torch(model, X, verify=False)
    if not isinstance(converted, Module):
        return _judge_foreign(model, converted, X)
    if artifact is not None:
        loaded = load(artifact)
        return measure(model, converted, X, loaded.folder, loaded.manifest, chosen)
    with tempfile.TemporaryDirectory() as folder:
        if chosen is not None and set(chosen) == {"eager"}:
            return compare_eager(model, converted, X)
        compiled = chosen is not None and "compiled" in chosen
        manifest = write_files(converted, model, Path(folder), lambda stage: None, compiled)
        return measure(model, converted, X, Path(folder), manifest, chosen)


def measure(
    estimator: Any,
    module: Module | None,
    X: Any,
    folder: Path,
    manifest: "Manifest",
    runtimes: tuple[str, ...] | None = None,
) -> Report:
    """Report on the files of a folder; the reference is scikit-learn, else the eager module, else TorchScript."""
    from ..artifacts.aoti.programs import COMPILED, mismatch
    from ..artifacts.read import RUNTIMES, open_runtime
    from ..runtimes.base import EagerRuntime

    chosen = runtimes
    if chosen is None:
        chosen = ("eager", *(RUNTIMES if mismatch(manifest) is not None else (*RUNTIMES, COMPILED)))
    known = (*RUNTIMES, COMPILED)
    opened: list[Runtime] = [open_runtime(name, folder, manifest) for name in known if name in chosen]
    if module is not None and "eager" in chosen:
        opened.insert(0, EagerRuntime(module))
    reference: Reference
    if estimator is not None:
        reference = EstimatorReference(estimator, module)
    else:
        first = EagerRuntime(module) if module is not None else open_runtime("torchscript", folder, manifest)
        encode = module.encode if module is not None else _encoder(folder, manifest)
        reference = RuntimeReference(first, manifest.methods, encode)
        opened = [runtime for runtime in opened if runtime.name != first.name]
    form = _Form.of(module) if module is not None else _Form.plain(_encoder(folder, manifest))
    report = _judge(
        manifest.estimator.rpartition(".")[2],
        reference,
        opened,
        X,
        form,
        manifest.methods,
        manifest.words,
        manifest.dtype,
    )
    if module is None or estimator is None:
        return report
    return replace(report, comparisons=(*report.comparisons, *_judge_raising(estimator, module, opened, X)))


def _encoder(folder: Path, manifest: "Manifest") -> Any:
    from ..artifacts.read import Artifact, open_runtime

    return Artifact(folder, manifest, open_runtime("torchscript", folder, manifest)).encode


def compare_eager(estimator: Any, module: Module, X: Any, others: "Sequence[Runtime]" = ()) -> Report:
    """Report on the module, without files, and on other runtimes that are there already."""
    from ..runtimes.base import EagerRuntime, served_methods

    dtype = str(module.anchor.dtype).removeprefix("torch.")
    reference, runtimes = EstimatorReference(estimator, module), [EagerRuntime(module), *others]
    report = _judge(
        module.estimator_name,
        reference,
        runtimes,
        X,
        _Form.of(module),
        served_methods(module),
        module.class_names,
        dtype,
    )
    return replace(report, comparisons=(*report.comparisons, *_judge_raising(estimator, module, runtimes, X)))


def _judge_raising(estimator: Any, module: Module, runtimes: list[Any], X: Any) -> list[Comparison]:
    """Methods that only raise: they must, with the reason, and so must scikit-learn's, unless it is unsteady.

    A graph of torch.export or ONNX has no such method.
    """
    reference, found = EstimatorReference(estimator), []
    if not module.raising:
        return []
    x = module.encode(X)
    for method, reason in module.raising.items():
        note = "raises, as scikit-learn does"
        raises = True
        if method in module.nondeterministic_names:
            note = "raises, for scikit-learn gives a row alone another result than among others"
        else:
            try:
                reference.result(method, reference.rows(method, X))
            except DataError:
                pass
            else:
                raises, note = False, "raises, and scikit-learn does not"
        for runtime in runtimes:
            if runtime.name in RAISING_RUNTIMES:
                ok, said = _raises(runtime, method, x, reason)
                words = note if ok else said
                item = Comparison(method, runtime.name, None, 0, len(x), (), (), "", ok and raises, words)
                found.append(item)
    return found


def _raises(runtime: "Runtime", method: str, x: Tensor, reason: str) -> tuple[bool, str]:
    """Whether a method raises for the reason given, and what it does instead."""
    try:
        runtime.call(method, x)
    except BridgeError as error:
        return reason in str(error), f"raises {str(error)!r} instead of {reason!r}"
    except AttributeError as error:
        return False, str(error)
    return False, "returns a result instead of an error"


def _judge_foreign(estimator: Any, module: nn.Module, X: Any) -> Report:
    """Report on a module that is not built on ours: every method that estimator and module share."""
    from ..overrides.core.methods import available_methods
    from ..overrides.core.module import has_string_classes
    from ..runtimes.base import EagerRuntime

    methods = tuple(name for name in available_methods(estimator) if hasattr(module, name))
    if not methods:
        raise ModelError(f"{type(module).__name__} has none of the methods of {type(estimator).__name__}")
    name = type(estimator).__name__
    words = [str(label) for label in estimator.classes_] if has_string_classes(estimator) else []

    def encode(rows: Any) -> Tensor:
        return encode_numbers(rows, name)

    form = _Form.plain(encode)
    return _judge(name, EstimatorReference(estimator), [EagerRuntime(module)], X, form, methods, words, "float64")


@dataclass(frozen=True)
class _Form:
    """How a module takes the rows of the reference, and returns its results."""

    rows: Callable[[Any], Tensor]
    inverse_rows: Callable[[Any], Tensor]
    result: Callable[[str, Any], Any]

    @classmethod
    def of(cls, module: Module) -> "_Form":
        """The form of a module of ours."""
        return cls(module.encode, module.encode_inverse, module.as_returned)

    @classmethod
    def plain(cls, encode: Callable[[Any], Tensor]) -> "_Form":
        """Rows encoded, results as they are."""
        return cls(encode, encode, lambda method, result: result)


def _judge(
    estimator: str,
    reference: Reference,
    runtimes: list[Any],
    X: Any,
    form: "_Form",
    methods: tuple[str, ...],
    words: list[str],
    dtype: str,
) -> Report:
    tolerance = TOLERANCES[dtype]
    steady = reference.exact
    found = []
    encoded: Tensor | None = None  # not before scikit-learn has taken the rows: its refusal comes first
    n_rows = 0
    for method in methods:
        rows = reference.rows(method, X)
        expected = _expected(reference, method, rows, form, words)
        exact = expected if steady is None else _expected(steady, method, rows, form, words)
        if method == "inverse_transform":
            x = form.inverse_rows(rows)
        else:
            x = encoded = form.rows(X) if encoded is None else encoded
        n_rows = len(x)
        for runtime in runtimes:
            found.append(_compare(method, runtime, x, expected, exact, tolerance))
    limit = "" if steady is None else _LIMIT
    return Report(estimator, reference.name, n_rows, tolerance, tuple(found), limit)


_LIMIT = "and where scikit-learn computes in float32 or stops early, as far as it is there from its exact result"


def _expected(reference: Reference, method: str, rows: Any, form: "_Form", words: list[str]) -> list[np.ndarray]:
    """The reference's result in the form of the module's."""
    result = reference.result(method, rows)
    expected = parts_of(form.result(method, result) if isinstance(reference, EstimatorReference) else result)
    if words and method in ("predict", "staged_predict") and expected[0].dtype.kind in "OUS":
        codes = {word: code for code, word in enumerate(words)}
        flat = [codes[word] for word in expected[0].reshape(-1).tolist()]
        expected = [np.array(flat, dtype=np.int64).reshape(expected[0].shape)]
    return expected


def _compare(
    method: str,
    runtime: "Runtime",
    x: Tensor,
    expected: list[np.ndarray],
    exact: list[np.ndarray],
    tolerance: float,
) -> Comparison:
    """What a runtime gives beside the reference, which may be off by as much as it is from what it gives exactly."""
    n_rows, wanted = len(x), expected[0].shape
    try:
        given = parts_of(runtime.call(method, x))
    except (BridgeError, RuntimeError, AttributeError, ValueError, TypeError) as error:
        return Comparison(method, runtime.name, None, n_rows, n_rows, (), wanted, "", False, str(error))
    if len(given) > 1 and len(expected) == 1 and expected[0].ndim == given[0].ndim + 1:
        # scikit-learn stacked its outputs in one array, VotingClassifier.transform for one; ours are a list.
        expected, exact = list(expected[0]), list(exact[0])
        wanted = expected[0].shape
    shapes = [part.shape for part in given]
    dtype, shape = str(given[0].dtype), given[0].shape
    if shapes != [part.shape for part in expected]:
        note = f"shape {shapes} instead of {[part.shape for part in expected]}"
        return Comparison(method, runtime.name, None, n_rows, n_rows, shape, wanted, dtype, False, note)
    errors = [error_of(part, reference) for part, reference in zip(given, expected, strict=True)]
    largest = max((float(error.max()) for error in errors if error.size), default=0.0)
    allowed = [tolerance + error_of(*pair) for pair in zip(exact, expected, strict=True)]
    bad = [
        (error > most).reshape(len(error), -1).any(axis=1)
        for error, most in zip(errors, allowed, strict=True)
        if error.size
    ]
    different = int(np.logical_or.reduce(bad).sum()) if bad else 0
    return Comparison(method, runtime.name, largest, different, n_rows, shape, wanted, dtype, different == 0)
