"""The contract of a converted module as checks, for those who write overrides: one estimator, and rows to judge it on.

:func:`check_conversion` runs them all; each raises AssertionError where the module breaks the contract.
"""

import copy
import pickle
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from .api import to_torch
from .artifacts.measure import measure
from .artifacts.torch_formats import save_torchscript
from .artifacts.write import write_files
from .errors import InputError
from .overrides.core.methods import METHODS, method_of, offers, served_methods
from .overrides.core.module import Module
from .overrides.encoding.columns import HASH
from .overrides.tolerances import REORDERED
from .parity.compare import compare_eager
from .parity.reference import EstimatorReference, error_of, parts_of
from .plans import plan
from .runtimes.base import RUNTIMES
from .runtimes.torchscript import TORCHSCRIPT_FILE, TorchScriptRuntime

_WITHOUT_SLOPE = ("predict_labels", "inverse_transform", "apply", "decision_path", "kneighbors")


def check_conversion(estimator: Any, rows: Any, *, smooth: bool = False, runtimes: Iterable[str] = RUNTIMES) -> Module:
    """Hold the module of one fitted estimator to the whole contract.

    Parameters
    ----------
    estimator : estimator
        Fitted.
    rows : array-like of shape (n_samples, n_features)
        Rows that it was not fitted on, three at least, with the hard ones among them: missing values where they are
        taken, ties, thresholds, huge numbers, categories that it does not know.
    smooth : bool
        Whether the methods claim a gradient in the rows: autograd is compared with finite differences then.
    runtimes : iterable of {"eager", "torchscript", "torch.export", "onnxruntime"}
        Where results are compared with the estimator's.

    Returns
    -------
    Module
        The module that was judged.

    Raises
    ------
    AssertionError
        Says which part of the contract is broken, and where.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from bridge.testing import check_conversion
    >>> X, y = load_iris(return_X_y=True)
    >>> model = LogisticRegression(max_iter=1000).fit(X[::2], y[::2])
    >>> module = check_conversion(model, X[1:9:2], smooth=True, runtimes=["eager", "torchscript"])
    """
    module = to_torch(estimator, rows, verify=False)
    check_plan(estimator, module)
    check_methods(estimator, module)
    check_results(estimator, module, rows, runtimes)
    check_any_number_of_rows(estimator, module, rows)
    check_any_form_of_rows(module, rows)
    check_module_is_a_value(module, rows)
    check_float32(module, rows)
    if smooth:
        check_gradient(estimator, module, rows)
    return module


def check_plan(estimator: Any, module: Module) -> None:
    """The plan says what conversion does, and survives JSON."""
    decided = plan(estimator)
    assert decided.root.methods == served_methods(module), f"the plan has methods {decided.root.methods}"
    assert decided == module.plan, "the module keeps another plan"
    assert type(decided).from_dict(decided.to_dict()) == decided
    assert module.route == decided.root.route.value


def check_methods(estimator: Any, module: Module) -> None:
    """The module has the methods that the estimator has, and no other."""
    for name in METHODS:
        # Every nn.Module has an `apply`, which is not the estimator's.
        has = hasattr(module, name) and getattr(type(module), name) is not getattr(nn.Module, name, None)
        assert has == offers(estimator, name), f"{name}: module {has}, estimator {not has}"
    assert set(module.nondeterministic_names) <= set(module.raising)
    assert not set(module.raising) & set(served_methods(module))


def check_results(estimator: Any, module: Module, rows: Any, runtimes: Iterable[str] = RUNTIMES) -> None:
    """Every method in every runtime gives what the estimator gives."""
    chosen = tuple(runtimes)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if set(chosen) <= {"eager", "torchscript"}:
            others = []
            if "torchscript" in chosen:
                save_torchscript(module, folder / TORCHSCRIPT_FILE)
                others.append(TorchScriptRuntime(folder))
            report = compare_eager(estimator, module, rows, others)
        else:
            manifest = write_files(module, estimator, folder, lambda stage: None)
            report = measure(EstimatorReference(estimator), module, rows, folder, manifest, chosen)
    assert report.ok, report.failures_text()
    assert not report.on_edge, f"{report.on_edge} rows are on the edge: judge on rows where scikit-learn is stable"


def check_any_number_of_rows(estimator: Any, module: Module, rows: Any) -> None:
    """No rows, one row, and tiles: in eager and in TorchScript alike."""
    x = module.encode(rows)
    tiled = copy.deepcopy(module)
    for part in tiled.modules():
        if isinstance(part, Module):
            part.tile_rows = 7
    pairs = ((module, tiled), (torch.jit.script(module), torch.jit.script(tiled)))
    for method in row_methods(module):
        whole = parts_of(getattr(module, method)(x))
        for plain, in_tiles in pairs:
            none = parts_of(getattr(plain, method)(x[:0]))
            empty = [part[:0, :0] if method_of(method).is_joint else part[:0] for part in whole]
            assert [part.shape for part in none] == [part.shape for part in empty], f"{method} of no rows"
            one = [part[2:3, 2:3] if method_of(method).is_joint else part[2:3] for part in whole]
            if module.batch_dependent:  # as in scikit-learn
                one = parts_of(EstimatorReference(estimator).result(method, rows[2:3]))
            assert_equal(getattr(plain, method)(x[2:3]), one)
            assert_equal(getattr(in_tiles, method)(x), whole)


def check_any_form_of_rows(module: Module, rows: Any) -> None:
    """Strides and gradients change nothing; wrong forms are refused, and both widths named."""
    x = module.encode(rows)
    if x.dim() != 2:
        return
    wide = torch.cat([x, x[:, :1]], dim=1)
    for method in row_methods(module):
        call = getattr(module, method)
        whole = parts_of(call(x))
        assert_equal(call(torch.stack([x, x], dim=2)[:, :, 0]), whole)
        assert_equal(call(x.clone().requires_grad_(True)), whole)
        for wrong in (x[0], x[None], x.to(torch.complex128)):
            assert _refusal(call, wrong), f"{method} takes a tensor of shape {list(wrong.shape)}, {wrong.dtype}"
        if module.n_features_in_ > 0:
            said = _refusal(call, wide)
            widths = (str(x.shape[1]), str(x.shape[1] + 1))
            assert all(width in said for width in widths), f"{method} of a wrong width does not name both: {said!r}"


def _refusal(call: Any, rows: torch.Tensor) -> str:
    try:
        call(rows)
    except InputError as error:
        return str(error)
    return ""


def check_module_is_a_value(module: Module, rows: Any) -> None:
    """Copies, pickles and state dicts carry the whole module; parameters are float64."""
    x = module.encode(rows)
    state = module.state_dict()
    for twin in (copy.deepcopy(module), pickle.loads(pickle.dumps(module))):
        assert list(twin.state_dict()) == list(state)
        for method in row_methods(module):
            assert_equal(getattr(twin, method)(x), parts_of(getattr(module, method)(x)))
    assert all(parameter.dtype == torch.float64 for parameter in module.parameters()), "a parameter is not float64"
    assert not module.training
    module.load_state_dict(state)


def check_float32(module: Module, rows: Any) -> None:
    """``.float()`` returns float32, and on most rows what float32 can give; ties and huge rows may part."""
    short = copy.deepcopy(module).float()
    if module.columns is not None and HASH in module.columns.kinds and short.encode(rows).dtype == torch.float32:
        return  # a hash has 32 bits, which the other steps of a composite round to 24
    for method in row_methods(short):
        reference = parts_of(getattr(module, method)(module.encode(rows)))
        for value, exact in zip(parts_of(getattr(short, method)(short.encode(rows))), reference, strict=True):
            assert value.shape == exact.shape
            if exact.dtype.kind == "f":
                assert value.dtype == np.float32, f"{method} of a module in float32 is {value.dtype}"
                close = (error_of(value, exact) < 1e-2).reshape(len(value), -1).all(axis=1)
                assert close.mean() > 0.5, method


def check_gradient(estimator: Any, module: Module, rows: Any) -> None:
    """Autograd through the module against central differences of the estimator's own methods."""
    rows = np.asarray(rows, dtype=np.float64)[:5]
    for method in served_methods(module):
        if method in (*_WITHOUT_SLOPE, *module.random_names) or (
            method == "predict" and hasattr(estimator, "classes_")
        ):
            continue
        x = module.encode(rows).requires_grad_(True)
        result = getattr(module, method)(x)
        if not result.is_floating_point():
            continue
        weights = torch.linspace(0.5, 1.5, result[0].numel(), dtype=result.dtype).reshape(result[0].shape)
        (gradient,) = torch.autograd.grad((result * weights).sum(), x)
        step = 1e-5 * max(1.0, float(np.abs(rows).max()))
        for column in range(rows.shape[1]):
            shift = np.zeros_like(rows)
            shift[:, column] = step
            high, low = (
                np.asarray(EstimatorReference(estimator).result(method, moved)).reshape(len(rows), -1)
                for moved in (rows + shift, rows - shift)
            )
            slope = ((high - low) @ weights.reshape(-1).numpy()) / (2 * step)
            slopes = gradient[:, column].numpy()
            if method_of(method).is_joint:  # every row moves every other row's result
                slope, slopes = slope.sum(), slopes.sum()
            np.testing.assert_allclose(slopes, slope, rtol=1e-4, atol=1e-5, err_msg=method)


def row_methods(module: Module) -> list[str]:
    """Methods on rows as the estimator was fitted to, less ``inverse_transform`` and those that draw their results."""
    left_out = {"inverse_transform", *module.random_names}
    return [name for name in served_methods(module) if name not in left_out]


def assert_equal(result: Any, expected: list[np.ndarray]) -> None:
    """Equal up to what another order of summation in a matrix product changes."""
    for value, reference in zip(parts_of(result), expected, strict=True):
        if reference.dtype.kind in "OUS":
            assert value.tolist() == reference.tolist()
        else:
            np.testing.assert_allclose(value, reference, rtol=REORDERED, atol=REORDERED)
