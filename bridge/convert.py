"""A plan walked leaf-first into one module. Decides nothing: the plan has."""

import os
from typing import Any

from torch import nn

from .errors import BridgeError, OnnxRouteError, UnsupportedError
from .io.models import read_model
from .overrides.core.attach import attach
from .overrides.core.compose import build
from .overrides.core.module import Module
from .overrides.core.registry import find
from .plans import Plan, Route, Step, plan


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
    if isinstance(model, (str, os.PathLike)):
        model = read_model(model)
    decided = plan(model)
    check_plan(decided)
    module = _build(model, decided.root, {})
    attach(module, model, none_is_nan)
    module.plan = decided
    if sample is not None:
        module.infer_input_shape(sample)
    if verify:
        from .parity.verify import verify_module

        verify_module(model, module, sample)
    if soft is not None:
        from .soften import make_soft

        make_soft(model, module, soft, sample if verify else None, verify)
    return module


def check_plan(decided: Plan) -> None:
    """Raise UnsupportedError if the plan refuses a step."""
    if not decided.refused:
        return
    lines = [
        f"{step.name}{f' at {step.path!r}' if step.path else ''}: {step.reason}. What to do: {step.advice}"
        for step in decided.refused
    ]
    raise UnsupportedError("cannot convert " + "\n".join(lines))


def _build(estimator: Any, step: Step, built: dict[int, Module]) -> Module:
    """Module of one step; an estimator that stands at two places is built once."""
    if id(estimator) in built:
        return built[id(estimator)]
    if step.route is Route.ONNX:
        module = _convert_via_onnx(estimator, step)
    else:
        override = find(type(estimator))
        if override is None:
            raise UnsupportedError(f"the override of {step.estimator} is no longer registered: plan again")
        children: dict[str, nn.Module] = {}
        prefix = f"{step.path}." if step.path else ""
        for (key, child), child_step in zip(override.children(estimator).items(), step.children, strict=True):
            if child_step.path != prefix + key:
                raise UnsupportedError(f"the estimator at {child_step.path!r} has changed since the plan was made")
            children[key] = _build(child, child_step, built)
        module = build(override.module, estimator, children)
    module.route = step.route.value
    built[id(estimator)] = module
    return module


def _convert_via_onnx(estimator: Any, step: Step) -> Module:
    from .onnx_import import convert_via_onnx

    try:
        return convert_via_onnx(estimator)
    except OnnxRouteError as error:
        if not step.path:
            raise
        raise OnnxRouteError(f"step {step.path!r}: {error}") from error
    except BridgeError:
        raise
    except Exception as error:
        where = step.path or "the model"
        raise OnnxRouteError(f"{step.name} ({where}): the ONNX route failed: {error}") from error
