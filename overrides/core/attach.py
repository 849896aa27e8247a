"""The columns of an outermost module, settled when all that is inside it is there."""

from typing import Any

from ..encoding.columns import Columns
from .compose import with_string_columns
from .facts import facts_of


def attach(module: Any, estimator: Any, none_is_nan: bool = False) -> None:
    """Settle the columns of an outermost module, and attach them as ``module.columns``.

    Parameters
    ----------
    module : Module
        One that takes something else than columns of a frame, labels for instance, stays as it is.
    estimator : object
        The fitted estimator; knows the names of its columns, where they have any.
    none_is_nan : bool
        Whether None and NaN are one gap: :func:`bridge.to_torch`.

    Notes
    -----
    TorchScript encodes columns of words, and no documents: with those there is no ``encode_columns``.
    """
    reads = module.reads()
    if not reads:
        return
    if none_is_nan:
        reads = [column.with_one_gap() for column in reads]
    names = facts_of(estimator).feature_names
    known = None if names is None or len(names) != len(reads) else tuple(names)
    module.columns_out = tuple(module.settle(reads))
    module.columns = Columns(known, tuple(reads), facts_of(estimator).takes_documents)
    if module.columns.has_words and not module.columns.has_documents:
        with_string_columns(module)
