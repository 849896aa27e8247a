"""Which steps of scikit-learn return compressed rows, for estimators that take what is absent in them as missing."""

from collections.abc import Sequence
from typing import Any

from .composite import returns_its_rows
from .facts import facts_of
from .module import Module

_ALWAYS = ("vocabulary_", "idf_")
"""Fitted attributes of what counts terms, and of what weighs counts."""


def ends_compressed(steps: Sequence[tuple[str, Any]], compressed: bool = False) -> bool:
    """Whether rows are compressed behind some steps of a pipeline, of dense rows unless said otherwise."""
    for _, step in steps:
        if step is not None and not returns_its_rows(step) and not hasattr(step, "fit_resample"):
            compressed = returns_compressed(step, compressed)
    return compressed


def returns_compressed(step: Any, compressed: bool = False) -> bool:
    """Whether ``transform`` of a fitted transformer returns compressed rows.

    Parameters
    ----------
    step : transformer
    compressed : bool
        Whether its own rows are compressed.
    """
    if hasattr(step, "steps"):
        return ends_compressed(step.steps, compressed)
    if hasattr(step, "sparse_output_"):
        return bool(step.sparse_output_)
    if hasattr(step, "transformer_list"):
        return any(returns_compressed(part, compressed) for _, part in step.transformer_list if hasattr(part, "fit"))
    if hasattr(step, "sparse_output"):
        return bool(step.sparse_output)
    if hasattr(step, "encode"):  # of KBinsDiscretizer
        return bool(step.encode == "onehot")
    if hasattr(step, "sparse"):  # of DictVectorizer
        return bool(step.sparse)
    if any(hasattr(step, name) for name in _ALWAYS) or facts_of(step).takes_documents:
        return True
    return compressed and _keeps(step)


def _keeps(step: Any) -> bool:
    """Whether a step makes compressed rows of compressed rows: scalers without a mean, selectors."""
    return hasattr(step, "get_support") or any(hasattr(step, name) for name in ("scale_", "max_abs_", "norm"))


def read_zeros_as_missing(module: Module) -> None:
    """Let boosters that see the rows of a module take its zeros for what is absent from compressed rows."""
    for path, part in module.named_modules():
        behind = "final_estimator" in path or "steps." in path
        if getattr(part, "absent_is_missing", False) and not behind:
            part.zeros_are_missing = True
