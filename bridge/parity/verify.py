"""Verification before a module is handed over: on the caller's rows, or on rows drawn around the fitted ranges."""

from typing import Any

from ..errors import DataError, ParityError
from ..overrides.core.module import Module
from ..overrides.core.signature import Signature
from ..runtimes.base import EagerRuntime
from .compare import Form, compare
from .reference import EstimatorReference
from .report import Report
from .samples import candidates


def verify_module(reference: EstimatorReference, module: Module, sample: Any = None) -> Any:
    """Raise ParityError unless every method gives what the estimator gives; returns the rows that showed it.

    Parameters
    ----------
    reference : EstimatorReference
    module : Module
    sample : array-like of shape (n_samples, n_features), optional
        Rows; without them some are drawn.
    """
    rows, report = (sample, _report(reference, module, sample)) if sample is not None else drawn(reference, module)
    if not report.ok:
        raise ParityError(
            f"the module does not give what scikit-learn gives, so it is not handed over:\n{report.failures_text()}\n"
            "Please report this model; bridge.to_torch(model, verify=False) returns the module as it is"
        )
    return rows


def drawn(reference: EstimatorReference, module: Module) -> tuple[Any, Report]:
    """Rows that the estimator accepts, drawn around what it was fitted on, and the report on them.

    Raises
    ------
    DataError
        The estimator refuses every kind of row that was tried.
    """
    refusal: Exception | None = None
    for rows in candidates(reference.estimator, module):
        try:
            return rows, _report(reference, module, rows)
        except DataError as error:
            refusal = error
            reference.forget()
    raise DataError(
        f"no rows could be drawn that {type(reference.estimator).__name__} accepts ({refusal}): "
        "pass sample=, a few rows of your data"
    )


def _report(reference: EstimatorReference, module: Module, rows: Any) -> Report:
    return compare(Signature.of(module), reference, [EagerRuntime(module)], rows, Form.of(module))
