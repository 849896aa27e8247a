"""Whole models of frames on the same rows from every library: equal to scikit-learn on those, or on one gap."""

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest

import bridge
from bridge.errors import InputError
from bridge.overrides.tolerances import TOLERANCES
from bridge.parity.reference import dense, error_of
from tests.cases import fitted

MODELS = (
    "ColumnTransformer-titanic-logistic",
    "ColumnTransformer-titanic-forest",
    "ColumnTransformer-titanic-voting",
    "ColumnTransformer-adult",
    "Pipeline-look-up-through-scalers",
    "ColumnTransformer-text",
    "ColumnTransformer-text-voting",
)


def as_pandas(frame):
    """Of polars with its nulls as None, which is another category than pandas' own NaN to who was fitted on polars."""
    if not isinstance(frame, pl.DataFrame):
        return frame
    words = [name for name in frame.columns if not frame[name].dtype.is_numeric()]
    return frame.to_pandas().assign(**{name: pd.Series(frame[name].to_list(), dtype=object) for name in words})


def as_polars(frame):
    return frame if isinstance(frame, pl.DataFrame) else pl.from_pandas(frame)


KINDS = {
    "pandas": as_pandas,
    "pandas of pyarrow": lambda frame: as_polars(frame).to_arrow().to_pandas(types_mapper=pd.ArrowDtype),
    "polars": as_polars,
    "polars, shuffled, with more": lambda frame: (
        as_polars(frame).select(pl.all().reverse().reverse()).with_columns(more=pl.lit("of it"))[:, ::-1]
    ),
    "pyarrow": lambda frame: as_polars(frame).to_arrow(),
    "dict of lists": lambda frame: as_polars(frame).to_dict(as_series=False),
    "list of dicts": lambda frame: as_polars(frame).to_dicts(),
}


@pytest.fixture(name="model", scope="module", params=MODELS)
def _model(request):
    found = fitted(request.param)
    return bridge.to_torch(found.estimator, found.rows), found.estimator, found.rows


@pytest.fixture(name="one_gap", scope="module", params=MODELS)
def _one_gap(request):
    found = fitted(request.param)
    return bridge.to_torch(found.estimator, found.rows, none_is_nan=True), found.estimator, found.rows


def as_scikit_learn_takes(kind, rows):
    """The rows of a kind as scikit-learn takes them: objects as they are, of a kind that it takes in part."""
    is_taken = kind not in ("dict of lists", "list of dicts", "pyarrow")
    return KINDS[kind](rows) if is_taken else as_pandas(as_polars(rows))


def assert_equal(module, x, estimator, rows):
    for method in ("predict", "predict_proba", "decision_function"):
        if hasattr(estimator, method):
            words = method == "predict" and module.class_names
            result = np.array(module.predict_labels(x), dtype=object) if words else dense(getattr(module, method)(x))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                truth = dense(getattr(estimator, method)(rows))
            assert error_of(result, truth).max() < TOLERANCES["float64"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_frame_of_any_library_gives_what_scikit_learn_gives_for_it(kind, model):
    module, estimator, rows = model
    data = as_scikit_learn_takes(kind, rows)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            estimator.predict(data)
    except (TypeError, ValueError):  # pd.NA among words is nothing that an imputer of NaN can compare
        with pytest.raises(InputError):
            module.predict(module.encode(KINDS[kind](rows)))
    else:
        assert_equal(module, module.encode(KINDS[kind](rows)), estimator, data)


@pytest.mark.parametrize("kind", KINDS)
def test_a_frame_of_any_library_gives_the_same_where_there_is_one_gap(kind, one_gap):
    module, estimator, rows = one_gap
    if kind == "pandas of pyarrow" and isinstance(rows, pl.DataFrame):
        return  # the fit saw None, and has no NaN that it could be
    assert_equal(module, module.encode(KINDS[kind](rows)), estimator, rows)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "list of dicts"])  # an empty list has no columns
def test_a_frame_without_rows_gives_none(kind, model):
    module, _, rows = model
    x = module.encode(KINDS[kind](rows[:0]))
    assert len(x) == 0
    assert len(module.predict(x)) == 0
