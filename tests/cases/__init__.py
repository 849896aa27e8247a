"""The table of cases: one declaration per model, read by the tests, the support table and the benchmark."""

import functools
import importlib
import pkgutil
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import polars
import sklearn
from sklearn.base import BaseEstimator

from bridge.overrides.core.registry import libraries

from .data import DATA, Data
from .documents import DOCUMENTS
from .frames import FRAMES

RECIPES = {**DATA, **FRAMES, **DOCUMENTS}
"""Every recipe of data, by name."""

POLARS = ("adult", "mixed_polars")
"""Recipes with frames of polars."""

SHARED = ("data", "documents", "frames", "refusals")
"""Files of this package that hold no cases."""


@dataclass(frozen=True)
class Limit:
    """What a case cannot do, and why; it becomes a strict xfail and a line of the support table.

    Attributes
    ----------
    method : str
        Method, or "*".
    runtime : str
        "eager", "torchscript", "torch.export", "onnxruntime", or "*".
    reason : str
        What a reader can check; never empty.
    """

    method: str
    runtime: str
    reason: str

    def __post_init__(self) -> None:
        if not self.reason:
            raise ValueError("a Limit needs a reason")


@dataclass(frozen=True)
class Case:
    """One model to convert and the rows to judge it on.

    Attributes
    ----------
    id : str
        Unique; begins with the class name: ``SVC-rbf-words``.
    make : callable
        Returns an unfitted estimator.
    data : str
        Name of a recipe in :data:`RECIPES`: what to fit on, and rows not fitted on with the hard ones
        among them.
    route : str
        The route that the plan must choose for the model itself: "override" or "onnx".
    smooth : bool
        Whether autograd is compared with finite differences of scikit-learn's own methods.
    slow_to_write : bool
        Whether its ONNX graph takes tens of seconds to write: the contract then looks at another case of the class by
        day, or at none in those runtimes.
    limits : tuple of Limit
    rows : callable, optional
        Takes (fitted estimator, Data); returns the rows to judge on, instead of ``data.unseen``.
    fit : callable, optional
        Takes (estimator, Data); fits it, instead of ``estimator.fit(X, y)``.
    since : str
        First version of scikit-learn that has what it needs, as ``"1.8"``: the case is left out where an older one is
        installed.
    """

    id: str
    make: Callable[[], BaseEstimator]
    data: str = "three_classes"
    route: str = "override"
    smooth: bool = False
    slow_to_write: bool = False
    limits: tuple[Limit, ...] = ()
    rows: Callable[[Any, Data], Any] | None = None
    fit: Callable[[Any, Data], Any] | None = None
    since: str = ""
    family: str = field(default="", compare=False)

    def __str__(self) -> str:
        return self.id


@dataclass(frozen=True)
class Fitted:
    """A case made concrete: the fitted estimator and rows that it was not fitted on."""

    case: Case
    estimator: Any
    rows: Any


def installed(version: str) -> bool:
    """Whether scikit-learn is at least of a version, ``"1.8"``; always where none is named."""
    have = tuple(int(part) for part in sklearn.__version__.split(".")[:2])
    return not version or have >= tuple(int(part) for part in version.split("."))


def _reads(recipe: str) -> bool:
    """Whether scikit-learn finds the columns of the recipe's frame by name.

    Before 1.9 it asks frames of polars for the interchange protocol, which polars gives up.
    """
    return recipe not in POLARS or installed("1.9") or hasattr(polars.DataFrame, "__dataframe__")


@functools.cache
def all_cases() -> tuple[Case, ...]:
    """Every case of every family that the installed scikit-learn has, in the order of the files.

    Those of other libraries come last: the first case of a class stands for it where few are looked at.
    """
    found: list[Case] = []
    others = tuple(libraries())
    for info in sorted(pkgutil.iter_modules(__path__), key=lambda info: info.name.startswith(others)):
        if info.name not in SHARED:
            module = importlib.import_module(f"{__name__}.{info.name}")
            cases = [case for case in module.CASES if installed(case.since) and _reads(case.data)]
            found += [Case(**{**case.__dict__, "family": info.name}) for case in cases]
    ids = [case.id for case in found]
    twice = {name for name in ids if ids.count(name) > 1}
    if twice:
        raise ValueError(f"two cases have one id: {sorted(twice)}")
    return tuple(found)


@functools.cache
def fitted(case_id: str) -> Fitted:
    """Fit a case once per process."""
    case = next(case for case in all_cases() if case.id == case_id)
    data = RECIPES[case.data]()
    with warnings.catch_warnings():
        # Convergence and deprecations of the estimator itself are not what is tested.
        warnings.simplefilter("ignore")
        estimator = case.make()
        if case.fit is not None:
            case.fit(estimator, data)
        else:
            estimator.fit(data.X, data.y)
    rows = data.unseen if case.rows is None else case.rows(estimator, data)
    return Fitted(case, estimator, rows)
