"""The verbs. The only file that chains them: plan, convert, verify, write, measure."""

import copy
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import nn

from .artifacts.aoti.compile import add_compiled
from .artifacts.folder import check_target, replacing
from .artifacts.manifest import Manifest
from .artifacts.measure import measure
from .artifacts.onnx.export import check_opset, to_model_proto
from .artifacts.onnx.translate import OPSET
from .artifacts.read import Artifact, load, open_folder
from .artifacts.write import Progress, check_formats, write_files
from .convert import convert
from .errors import DataError, ExportError, ModelError, ParityError
from .io.models import read_model
from .overrides.core.classes import has_string_classes
from .overrides.core.facts import asked_once
from .overrides.core.methods import available_methods, public_methods
from .overrides.core.module import Module
from .overrides.core.signature import Signature
from .parity.compare import Form, compare, compare_eager
from .parity.reference import EstimatorReference
from .parity.report import Report
from .parity.samples import candidates
from .parity.verify import drawn, verify_module
from .plans import plan
from .runtimes.base import COMPILED, EAGER, FORMATS, RUNTIMES, EagerRuntime
from .runtimes.graphs import MAIN, graphs_of
from .soften import check_temperature, make_soft

if TYPE_CHECKING:
    import onnx


def to_torch(
    model: Any, sample: Any = None, verify: bool = True, *, soft: float | None = None, none_is_nan: bool = False
) -> Module:
    """Convert a fitted scikit-learn estimator to a module with the same methods, in float64.

    Parameters
    ----------
    model : estimator or path
        A fitted scikit-learn estimator or booster; it is left as it is and shares nothing with the module. Or the path
        of a file that holds one, and that runs no code when it is read: skops, or a booster's native file.
    sample : array-like of shape (n_samples, n_features), optional
        Rows to verify on; without them rows are drawn around the fitted ranges.
    verify : bool
        Compare every method with the estimator before handing over.
    soft : float, optional
        Temperature of a differentiable relaxation of all trees in the model: not what scikit-learn gives, and so
        labelled in the plan and in the repr. The module is verified before it is made soft, and its limit after. See
        the notes.
    none_is_nan : bool
        Whether ``encode`` reads None, and pd.NA and NaT, as NaN. scikit-learn tells them apart: fitted on words with
        NaN, its encoders call None unknown, or raise, and its imputers of NaN pass None on. A model that is served from
        JSON, SQL or polars, which know no NaN among words, has one gap with this, the one that it was fitted on.
        Artifacts keep it.

    Returns
    -------
    Module
        In eval mode; methods take 2-D tensors and are exactly those that the estimator has.

    Raises
    ------
    ModelError, NotFittedError
        ``model`` is not a fitted estimator.
    UnsupportedError
        A step cannot be converted; says which, why and what to do.
        ``soft`` is asked of a model that has no trees.
    InputError
        ``soft`` is no temperature: it must be a positive number.
    ParityError
        The module does not give what scikit-learn gives on the rows.

    Notes
    -----
    Soft trees are those of Irsoy, Yildiz and Alpaydin, "Soft decision trees" (ICPR 2012), and of Frosst and Hinton,
    "Distilling a neural network into a soft decision tree" (2017), at the splits of a tree that is grown already: a row
    goes left with probability ``sigmoid((threshold - x) / (temperature * spread))``, where the spread is the standard
    deviation of the thresholds on that feature in all trees of the ensemble; a leaf counts with the product of the
    probabilities on its way. There is a gradient in the rows then, and all values of leaves train together. As the
    temperature falls to 0 this becomes the tree itself. NaN and categories go all to one side, as in the hard tree.
    ``apply``, ``decision_path`` and ``RandomTreesEmbedding.transform`` stay hard. The temperature is the buffer
    ``temperature`` of the trees, and may be changed. Every row reaches every leaf: time and memory grow with the number
    of nodes, in tiles of few rows; a graph (torch.export, ONNX) has no tiles of its own.

    Examples
    --------
    >>> import torch, bridge
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> X, y = load_iris(return_X_y=True)
    >>> module = bridge.to_torch(LogisticRegression(max_iter=1000).fit(X, y))
    >>> module.predict_proba(torch.as_tensor(X[:2])).shape
    torch.Size([2, 3])
    """
    if soft is not None:
        check_temperature(soft)
    with asked_once():
        made = _converted(model, sample, verify, none_is_nan)
        if soft is not None:
            make_soft(made.module, soft, _rows_for_soft(made, sample) if verify else None)
    return made.module


@dataclass(frozen=True)
class _Converted:
    """A module, scikit-learn's results beside it, and the rows that it was verified on; None without."""

    module: Module
    reference: EstimatorReference
    rows: Any


def _converted(model: Any, sample: Any = None, verify: bool = True, none_is_nan: bool = False) -> _Converted:
    if isinstance(model, (str, os.PathLike)):
        model = read_model(model)
    from .overrides.tracing.inside import observing_functions  # scikit-learn and scipy come with it

    with observing_functions(model, sample):
        module = convert(model, plan(model), none_is_nan)
    if sample is not None:
        module.infer_input_shape(sample)
    reference = EstimatorReference(model, module)
    return _Converted(module, reference, verify_module(reference, module, sample) if verify else None)


def _rows_for_soft(made: _Converted, sample: Any) -> Any:
    """Drawn rows, which meet no threshold; those of the caller where none can be drawn."""
    if sample is None:
        return made.rows
    try:
        return drawn(made.reference, made.module)[0]
    except DataError:
        return sample


def to_onnx(model: Any, sample: Any = None, *, graph: str = MAIN, target_opset: int = OPSET) -> "onnx.ModelProto":
    """ONNX model with one named output per method, exact in float64.

    Parameters
    ----------
    model : estimator or Module
        A fitted scikit-learn estimator, or what :func:`bridge.to_torch` made of one.
    sample : array-like of shape (n_samples, n_features), optional
        Rows to verify the conversion on.

    graph : str
        Which methods: those that one ``X`` answers together, "model"; or, of methods that take other rows or give very
        much, "inverse_transform", "apply", "decision_path", "predict_cov" or "staged".
    target_opset : int
        Of ONNX's own operators, 18 to 22; the file declares the oldest IR version that it allows.

    Returns
    -------
    onnx.ModelProto
        Input ``X``, outputs named after the methods.

    Raises
    ------
    ExportError
        The model has no method of that graph, or torch cannot write the module's arithmetic as ONNX operators; and what
        :func:`bridge.to_torch` raises.

    Examples
    --------
    >>> import bridge
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> proto = bridge.to_onnx(LogisticRegression(max_iter=1000).fit(*load_iris(return_X_y=True)))
    >>> [output.name for output in proto.graph.output]
    ['predict', 'predict_proba', 'predict_log_proba', 'decision_function']
    """
    module = model if isinstance(model, Module) else to_torch(model, sample)
    graphs = graphs_of(public_methods(module))
    if graph not in graphs:
        raise ExportError(f"{module.estimator_name} has no graph {graph!r}, only {', '.join(graphs)}")
    return to_model_proto(module, graphs[graph], opset=target_opset)


def export(
    model: Any,
    folder: str | os.PathLike[str],
    sample: Any = None,
    progress: Progress | None = None,
    *,
    compiled: bool = False,
    formats: Iterable[str] = tuple(FORMATS),
    target_opset: int = OPSET,
) -> Manifest:
    """Write a model as ONNX, TorchScript and torch.export programs, with a manifest that holds the measured parity.

    Parameters
    ----------
    model : estimator or Module
        A fitted scikit-learn estimator, or what :func:`bridge.to_torch` made of one.
    folder : path
        Made if it is missing; an earlier artifact in it is replaced in one step, and stays whole if this call fails
        or is killed.
    sample : array-like of shape (n_samples, n_features), optional
        Rows to measure parity on; without them rows are drawn around the fitted ranges.
    progress : callable, optional
        Called with a word for every stage that begins.
    compiled : bool
        Write files for the processor of this machine too, as :func:`bridge.compile` does; needs a C++ compiler.
    formats : iterable of {"onnx", "torchscript", "torch.export"}
        What to write; all of them without it.
    target_opset : int
        As in :func:`bridge.to_onnx`.

    Returns
    -------
    Manifest

    Raises
    ------
    ArtifactError
        ``folder`` is a file, or holds files that are not an artifact's; or a format is unknown.
    ExportError
        A format cannot express the module, or compiling fails.
    ParityError
        A written file does not give what the model gives; nothing is put in place.

    Examples
    --------
    >>> import tempfile, bridge
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import Ridge
    >>> X, y = load_iris(return_X_y=True)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     manifest = bridge.export(Ridge().fit(X[::2], y[::2]), folder, X[1::2])
    >>> manifest.parity["ok"], [record.name for record in manifest.files]
    (True, ['model.pt', 'model.pt2', 'model.onnx'])
    """
    target = Path(os.path.abspath(folder))
    check_target(target)
    formats = check_formats(formats, compiled)
    check_opset(target_opset)
    step = progress or (lambda stage: None)
    step("convert")
    with asked_once():
        made = None if isinstance(model, Module) else _converted(model, sample)
        module = copy.deepcopy(model if made is None else made.module).cpu()
        rows = sample if sample is not None else next(candidates(module, module)) if made is None else made.rows
        reference = None if made is None else made.reference
        with replacing(target) as aside:
            estimator = None if reference is None else reference.estimator
            manifest = write_files(module, estimator, aside, step, compiled, formats, target_opset)
            step("parity")
            report = measure(reference, module, rows, aside, manifest)
            if not report.ok:
                name = module.estimator_name
                raise ParityError(f"the artifact of {name} is not put in place:\n{report.failures_text()}")
            manifest = replace(manifest, parity=report.to_dict())
            manifest.write(aside)
    return manifest


def compile(
    model: Any,
    folder: str | os.PathLike[str] | None = None,
    sample: Any = None,
    progress: Progress | None = None,
) -> Artifact:
    """Compile every method of a model for the processor of this machine with AOTInductor, and serve it.

    Parameters
    ----------
    model : estimator, Module or path
        A fitted scikit-learn estimator, what :func:`bridge.to_torch` made of one, or the folder of an artifact, which
        may come from another machine: it gets compiled files beside the portable ones.
    folder : path, optional
        Where the artifact goes, compiled files and portable ones; as in :func:`bridge.export`. Without it, that of an
        artifact stays where it is, and that of a model lasts as long as the object returned.
    sample : array-like of shape (n_samples, n_features), optional
        Rows to measure parity on; without them rows are drawn.
    progress : callable, optional
        Called with a word for every stage that begins.

    Returns
    -------
    Artifact
        Loaded with ``runtime="compiled"``, as :func:`bridge.load` does later; nothing is compiled then.

    Raises
    ------
    ExportError
        There is no C++ compiler, or it fails.
    ParityError
        A compiled method does not give what the model gives; nothing is put in place.

    Notes
    -----
    Takes 10 to 30 seconds for each method. The files serve on machines with the same version of torch, the same system
    and a processor with the same abilities; :func:`bridge.load` refuses others.

    Examples
    --------
    >>> import bridge
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import Ridge
    >>> X, y = load_iris(return_X_y=True)
    >>> served = bridge.compile(Ridge().fit(X, y))  # doctest: +SKIP
    >>> served.predict(X[:2]).shape  # doctest: +SKIP
    torch.Size([2])
    """
    if isinstance(model, (str, os.PathLike)):
        source = Path(os.path.abspath(model))
        target = source if folder is None else Path(os.path.abspath(folder))
        add_compiled(source, target, sample, progress or (lambda stage: None))
        return load(target, COMPILED)
    if folder is not None:
        export(model, folder, sample, progress, compiled=True)
        return load(folder, COMPILED)
    kept = Path(tempfile.mkdtemp(prefix="bridge-compiled-"))
    try:
        export(model, kept / "artifact", sample, progress, compiled=True)
        served = load(kept / "artifact", COMPILED)
    except BaseException:
        shutil.rmtree(kept, ignore_errors=True)
        raise
    weakref.finalize(served, shutil.rmtree, kept, ignore_errors=True)
    return served


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
        Compare this module, with methods of the estimator's names, instead of what :func:`bridge.to_torch` makes:
        for an override of your own.
    artifact : path, optional
        Compare the files of this artifact instead of fresh ones.
    runtimes : iterable of {"eager", "torchscript", "torch.export", "onnxruntime", "compiled"}, optional
        Where; without it all but "compiled", and that too where an artifact has compiled files for this machine.

    Returns
    -------
    Report

    Raises
    ------
    DataError
        scikit-learn itself refuses the rows.
    ModelError
        A runtime is unknown, or the module has none of the estimator's methods.
    ArtifactError
        The folder is no artifact, or a file in it is missing, cut or changed.

    Examples
    --------
    >>> import bridge
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.svm import SVC
    >>> X, y = load_wine(return_X_y=True)
    >>> bridge.check_parity(SVC().fit(X[::2], y[::2]), X[1::2], runtimes=["eager", "torchscript"]).ok
    True
    """
    chosen = None if runtimes is None else tuple(runtimes)
    unknown = set(chosen or ()) - {*RUNTIMES, COMPILED}
    if unknown:
        raise ModelError(f"unknown runtime {sorted(unknown)[0]!r}: choose from {', '.join((*RUNTIMES, COMPILED))}")
    if isinstance(model, (str, os.PathLike)):
        return measure(None, None, X, *open_folder(model), chosen)
    with asked_once():
        converted = module if module is not None else _converted(model, X, verify=False).module
        if not isinstance(converted, Module):
            return _compare_foreign(model, converted, X)
        reference = EstimatorReference(model, converted)
        if artifact is not None:
            return measure(reference, converted, X, *open_folder(artifact), chosen)
        if chosen is not None and set(chosen) == {EAGER}:
            return compare_eager(model, converted, X)
        with tempfile.TemporaryDirectory() as name:
            folder, compiled = Path(name), chosen is not None and COMPILED in chosen
            manifest = write_files(converted, model, folder, lambda stage: None, compiled)
            return measure(reference, converted, X, folder, manifest, chosen)


def _compare_foreign(estimator: Any, module: nn.Module, X: Any) -> Report:
    """Report on a module that is not built on ours: every method that estimator and module share."""
    methods = tuple(name for name in available_methods(estimator) if hasattr(module, name))
    if not methods:
        raise ModelError(f"{type(module).__name__} has none of the methods of {type(estimator).__name__}")
    classes = [str(label) for label in estimator.classes_] if has_string_classes(estimator) else None
    signature = Signature(type(estimator).__name__, methods, classes=classes)
    reference, runtimes = EstimatorReference(estimator), [EagerRuntime(module)]
    return compare(signature, reference, runtimes, X, Form.plain(signature.encode))
