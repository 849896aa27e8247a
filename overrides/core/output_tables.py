"""What ``set_output`` does to the gaps of words between two steps: a table of another library has one gap only."""

import sys
from typing import Any

import numpy as np

from ..encoding.columns import WORD, Column
from ..encoding.rules import NAN_IS_NONE, NONE_WAS_NAN


def result_rules(estimator: Any) -> frozenset[str]:
    """How None and NaN among words leave an estimator's ``transform``, as rules of the columns of its result.

    polars makes null of both, which is None to the next step. pandas makes a column of strings, whose gap is NaN, of an
    array of objects, which of all that pass words on only SimpleImputer returns; from 3.0 on.
    """
    if "transform" not in getattr(estimator, "_sklearn_auto_wrap_output_keys", ()):
        return frozenset()
    # Imported here: who asks has an estimator, and so scikit-learn, loaded already.
    from sklearn import get_config
    from sklearn.impute import SimpleImputer
    from sklearn.preprocessing import FunctionTransformer

    if type(estimator) is FunctionTransformer:  # it returns what its function returns
        return frozenset()
    configured = getattr(estimator, "_sklearn_output_config", {})
    table = configured.get("transform", get_config()["transform_output"])
    if table == "polars":
        return frozenset({NAN_IS_NONE})
    if table == "pandas" and type(estimator) is SimpleImputer and _pandas_has_strings():
        return frozenset({NONE_WAS_NAN})
    return frozenset()


def read_before(columns: list[Column], rules: frozenset[str]) -> list[Column]:
    """What a later step reads, as it must be told apart before a table with these rules: None by a code of its own."""
    if NONE_WAS_NAN not in rules:
        return columns
    return [column.joined(Column(WORD, (None,))) if column.kind == WORD else column for column in columns]


def _pandas_has_strings() -> bool:
    pandas = sys.modules.get("pandas")
    return pandas is not None and str(pandas.DataFrame(np.array([["word"]], dtype=object)).dtypes[0]) != "object"
