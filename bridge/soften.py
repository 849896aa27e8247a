"""Trees of a converted module made soft, said so in its plan, and held to their limit."""

import dataclasses
import math
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from .errors import InputError, ParityError, UnsupportedError
from .overrides.core.methods import method_of, public_methods
from .overrides.core.module import Module
from .overrides.tolerances import TOLERANCES
from .parity.reference import error_of, parts_of
from .plans import Plan, Step

if TYPE_CHECKING:
    from .overrides.forests.soft import SoftForest

_ALMOST_ZERO = 1e-300
"""A temperature at which a number is to one side of a threshold, or to the other."""


def check_temperature(temperature: float) -> None:
    """Raise InputError unless a temperature is a positive number."""
    if isinstance(temperature, bool) or not isinstance(temperature, (int, float)):
        raise InputError(f"soft= takes a temperature, a positive number, got {temperature!r}")
    if not (math.isfinite(temperature) and temperature > 0):
        raise InputError(f"soft= takes a positive temperature, got {temperature}: leave it out for the tree itself")


def make_soft(module: Module, temperature: float, rows: Any = None) -> None:
    """Make all trees of a module soft, in place.

    Parameters
    ----------
    module : Module
    temperature : float
        In units of the spread of the thresholds on a feature.
    rows : array-like, optional
        Rows on which the limit at temperature 0 must be the module as it was.

    Raises
    ------
    UnsupportedError
        The module has no trees.
    ParityError
        The limit is not the hard module.
    """
    from .overrides.forests.soft import set_temperature, soften  # with it comes scikit-learn

    x = None if rows is None else module.encode(rows)
    hard = None if x is None else _results(module, x)
    trees = soften(module)
    if not trees:
        raise UnsupportedError(
            f"{module.estimator_name} has no decision trees that could be soft: leave out soft={temperature}"
        )
    if x is not None and hard is not None:
        _check_limit(module, trees, x, hard)
    set_temperature(trees, temperature)
    module.plan = Plan(_labelled(module.plan.root, module, f"; soft, temperature {temperature:g}"))


def _results(module: Module, rows: Tensor) -> dict[str, Any]:
    """Results that are numbers on a scale: of classes, a tie may fall to either side."""
    results = {}
    with torch.no_grad():
        for method in public_methods(module):
            if method_of(method).is_on_a_scale:
                parts = parts_of(getattr(module, method)(rows))
                if all(part.dtype.kind == "f" for part in parts):
                    results[method] = parts
    return results


def _check_limit(module: Module, trees: "list[SoftForest]", rows: Tensor, hard: dict[str, Any]) -> None:
    from .overrides.forests.soft import set_temperature

    set_temperature(trees, _ALMOST_ZERO)
    for method, parts in _results(module, rows).items():
        error = max(
            error_of(part, reference).max(initial=0.0) for part, reference in zip(parts, hard[method], strict=True)
        )
        if error > TOLERANCES["float64"]:
            raise ParityError(
                f"soft trees of {module.estimator_name} do not become its trees as the temperature falls: {method} "
                f"differs by {error:.2g}. Please report this model"
            )


def _labelled(step: Step, module: nn.Module, label: str) -> Step:
    """The step, and those below it, with the label in the reason of those whose trees are soft."""
    children = tuple(_labelled(child, module, label) for child in step.children)
    own = module.get_submodule(step.path)
    is_soft = str(getattr(own, "route", "")).endswith(", soft")
    return dataclasses.replace(step, children=children, reason=step.reason + label if is_soft else step.reason)
