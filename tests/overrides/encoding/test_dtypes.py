"""A column fitted with one dtype and served with another, by pandas, polars, pyarrow or lists: what scikit-learn says.

scikit-learn answers or refuses, and so must the module. Where it takes an input of a kind only in part, a dict of lists
for instance, it is asked for a frame of pandas with the same objects.
"""

import datetime
import decimal
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import torch
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler, TargetEncoder

import bridge
from bridge.errors import InputError

N = 24


def objects(values):
    return pd.DataFrame({"c": pd.Series(values, dtype=object)})


def of(dtype):
    return lambda values: pd.DataFrame({"c": pd.Series(values, dtype=dtype)})


FITTED = {
    "words": objects(["00123", "a", "b"] * 8),
    "words and NaN": objects(["00123", "a", np.nan] * 8),
    "words and None": objects(["00123", "a", None] * 8),
    "words, None and NaN": objects(["a", "b", None, np.nan] * 6),
    "strings and NaN": of("str")(["00123", "a", None] * 8),
    "whole numbers": of("int64")([1, 2, 3] * 8),
    "numbers and NaN": of("float64")([1.0, 2.5, np.nan] * 8),
    "objects": objects([1, 2, 3] * 8),
    "objects and None": objects([1, 2, None] * 8),
    "objects and NaN": objects([1, 2.5, np.nan] * 8),
    "objects, None and NaN": objects([1, 2, None, np.nan] * 6),
    "booleans": of("bool")([True, False, True] * 8),
    "dates": of("datetime64[ns]")(["2020-01-01", "2021-01-01"] * 12),
}

DAY = datetime.datetime(2020, 1, 1)

SERVED = {
    "objects: words": objects(["a", "00123", "zz"]),
    "objects: words, None": objects(["a", None]),
    "objects: words, NaN": objects(["a", np.nan, float("nan"), np.float32("nan")]),
    "objects: words, pd.NA": objects(["a", pd.NA]),
    "objects: words and numbers": objects(["a", 1, 123, 2.5]),
    "objects: numpy's words": objects([np.str_("a"), np.str_("zz")]),
    "objects: bytes": objects([b"a", b"1"]),
    "objects: numbers": objects([1, 2.0, 77]),
    "objects: numbers, None": objects([1, None]),
    "objects: numbers, NaN": objects([1, np.nan]),
    "objects: numbers, pd.NA": objects([1, pd.NA]),
    "objects: numbers as words": objects(["1", 2]),
    "objects: infinite": objects([np.inf, 1]),
    "objects: numpy's numbers": objects([np.int8(1), np.float32(2.5), np.float16(2)]),
    "objects: decimals": objects([decimal.Decimal(1), decimal.Decimal("2.5"), decimal.Decimal("2.1")]),
    "objects: booleans": objects([True, False]),
    "objects: beyond 2**53": objects([2**53 + 1, 2**70, 1]),
    "objects: days": objects([DAY, datetime.date(2020, 1, 1), "2020-01-01", pd.Timestamp(DAY)]),
    "str": of("str")(["a", "1", None]),
    "string": of("string")(["a", "1"]),
    "string, NA": of("string")(["a", None]),
    "category of words": of("category")(["a", "zz", None]),
    "category of numbers": of("category")([1, 2, 77]),
    "category of numbers, gap": of("category")([1.0, 2.5, None]),
    "int8": of("int8")([1, 2, 77]),
    "uint64": of("uint64")([1, 2**63]),
    "float16": of("float16")([1, 2.5]),
    "float32": of("float32")([1, 2.5, 0.1]),
    "float64": of("float64")([1, 2.5, np.nan]),
    "float64: gaps only": of("float64")([np.nan]),
    "float64: infinite": of("float64")([1.0, np.inf]),
    "bool": of("bool")([True, False]),
    "Int64": of("Int64")([1, 2]),
    "Int64, NA": of("Int64")([1, None]),
    "Float64, NA": of("Float64")([2.5, None]),
    "boolean": of("boolean")([True, False]),
    "boolean, NA": of("boolean")([True, None]),
    "complex": of("complex128")([1 + 0j]),
    "datetime64[s]": of("datetime64[s]")(["2020-01-01", "2020-01-02"]),
    "datetime64, NaT": of("datetime64[ns]")(["2020-01-01", None]),
    "pyarrow words": of(pd.ArrowDtype(pa.string()))(["a", "1"]),
    "pyarrow words, NA": of(pd.ArrowDtype(pa.string()))(["a", None]),
    "pyarrow numbers, NA": of(pd.ArrowDtype(pa.int64()))([1, None]),
    "polars words": pl.DataFrame({"c": ["a", "1"]}),
    "polars words, null": pl.DataFrame({"c": ["a", None]}),
    "polars categorical": pl.DataFrame({"c": pl.Series(["a", None], dtype=pl.Categorical)}),
    "polars enum": pl.DataFrame({"c": pl.Series(["a", "zz"], dtype=pl.Enum(["zz", "a"]))}),
    "polars numbers": pl.DataFrame({"c": [1, 2, 77]}),
    "polars numbers, null": pl.DataFrame({"c": [1, None]}),
    "polars float32, null": pl.DataFrame({"c": pl.Series([2.5, None, float("nan")], dtype=pl.Float32)}),
    "polars booleans, null": pl.DataFrame({"c": [True, None]}),
    "polars nulls only": pl.DataFrame({"c": [None]}),
    "polars decimals": pl.DataFrame({"c": [decimal.Decimal("1.0"), decimal.Decimal("2.5")]}),
    "polars moments, null": pl.DataFrame({"c": [DAY, None]}),
    "polars days": pl.DataFrame({"c": [DAY.date()]}),
    "pyarrow table of words, null": pa.table({"c": ["a", None]}),
    "pyarrow table of numbers, null": pa.table({"c": [1, None]}),
}

STEPS = {
    "OneHotEncoder": lambda: OneHotEncoder(handle_unknown="ignore"),
    "OneHotEncoder-strict": OneHotEncoder,
    "OrdinalEncoder": lambda: OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=-9, encoded_missing_value=-7
    ),
    "TargetEncoder": lambda: TargetEncoder(target_type="continuous"),
    "most_frequent": lambda: make_pipeline(
        SimpleImputer(strategy="most_frequent"),
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-9, encoded_missing_value=-7),
    ),
    "indicator": lambda: make_pipeline(
        SimpleImputer(strategy="most_frequent", add_indicator=True), OneHotEncoder(handle_unknown="ignore")
    ),
    "MissingIndicator": lambda: MissingIndicator(error_on_new=False, features="all"),
    "scaled": lambda: make_pipeline(SimpleImputer(strategy="most_frequent"), StandardScaler()),
    "mean": lambda: make_pipeline(SimpleImputer(), StandardScaler()),
    "StandardScaler": StandardScaler,
}


def answer(call):
    """The result of scikit-learn as dense floats, or None where it refuses."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            result = call()
        except (TypeError, ValueError, AttributeError, IndexError):
            return None
    return np.asarray(result.toarray() if hasattr(result, "toarray") else result, dtype=np.float64)


@pytest.fixture(name="converted", scope="module", params=[(f, s) for f in FITTED for s in STEPS], ids="-".join)
def _converted(request):
    fitted, step = request.param
    estimator = STEPS[step]()
    frame = FITTED[fitted]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            estimator.fit(frame, np.random.default_rng(0).normal(size=len(frame)))
        except (TypeError, ValueError):
            return None  # scikit-learn fits no such column
        return fitted, step, estimator, bridge.to_torch(estimator, verify=False)


def is_refused(fitted, step, served):
    """What scikit-learn answers by chance of its values, or not for long, and the module never."""
    if served == "complex":
        return True
    numbers = (
        "int",
        "Int",
        "loat",
        "bool",
        "category of numbers",
        "polars numbers",
        "polars nulls",
        "pyarrow numbers",
        "of num",
    )
    if fitted == "dates" and step not in CASTING:  # it compares numbers with dates, or gives up
        return not served.startswith(("objects", "polars booleans")) and any(part in served for part in numbers)
    return step in IMPUTING and any(part in served for part in ("datetime", "moments", "polars days"))


CASTING = ("mean", "StandardScaler", "scaled")
IMPUTING = ("most_frequent", "indicator", "MissingIndicator", "scaled")


@pytest.mark.parametrize("served", SERVED)
def test_served_in_any_dtype(served, converted):
    if converted is None:
        return
    fitted, step, estimator, module = converted
    if "infinite" in served and step in CASTING:
        return  # scikit-learn takes no infinite numbers; as tensors they are numbers like others
    if step in CASTING and any(part in served for part in ("float16", "float32", "nulls only")):
        return  # scikit-learn scales these in their own dtype, the module in float64
    truth = answer(lambda: estimator.transform(SERVED[served]))
    if truth is None or is_refused(fitted, step, served):
        with pytest.raises(InputError):
            module.transform(module.encode(SERVED[served]))
        return
    given = module.transform(module.encode(SERVED[served])).to(torch.float64)
    np.testing.assert_allclose(given.detach().numpy(), truth, rtol=1e-12, atol=1e-12)
