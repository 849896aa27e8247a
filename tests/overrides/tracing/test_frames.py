"""Functions of frames: types that are asked for, names that are given, columns of moments."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import bridge
from bridge.errors import InputError, UnsupportedError

RANDOM = np.random.default_rng(0)
N = 60
FRAME = pd.DataFrame({"Age": RANDOM.normal(40, 9, N), "Income": RANDOM.exponential(30, N)})
TRIPS = pd.DataFrame(
    {
        "start": pd.Timestamp("1961-01-05") + pd.to_timedelta(RANDOM.integers(0, 2_000_000_000, N), unit="s"),
        "fare": RANDOM.integers(1, 90, N),
    }
)
TRIPS["end"] = TRIPS["start"] + pd.to_timedelta(RANDOM.integers(60, 9_000_000, N), unit="s")


def renamed(f):
    f = f.copy()
    f.columns = [str(name).lower() for name in f.columns]
    return f


def assert_same(function, frame):
    model = FunctionTransformer(function).fit(frame)
    for sample in (None, frame):
        module = bridge.to_torch(model, sample)
        expected = np.asarray(function(frame), dtype=float)
        np.testing.assert_allclose(module(module.encode(frame)).numpy(), expected, rtol=1e-14, atol=1e-14)


TYPE_TESTS = {
    "isinstance": lambda X: (X.to_numpy() if isinstance(X, pd.DataFrame) else X)[:, :1] * 2,
    "several": lambda X: X.values * 2 if isinstance(X, (pd.Series, pd.DataFrame)) else X,
    "type is": lambda X: X * 2 if type(X) is pd.DataFrame else X,
    "type equals": lambda X: X * 2 if type(X) == pd.DataFrame else X,  # noqa: E721
    "no array": lambda X: X if isinstance(X, np.ndarray) else X * 2,
    "no polars": lambda X: X if isinstance(X, pl.DataFrame) else X * 2,
    "attribute": lambda X: X.iloc[:, [1]] if hasattr(X, "iloc") else X[:, [1]],
    "series": lambda X: X * 2 if isinstance(X["Age"], pd.Series) and not isinstance(X, pd.Series) else X,
    "index": lambda X: X[X.columns[::-1]] if "Age" in X.columns else X,
}


@pytest.mark.parametrize("name", TYPE_TESTS)
def test_types_that_are_asked_for(name):
    assert_same(TYPE_TESTS[name], FRAME)


def test_arrays_are_no_frames():
    model = FunctionTransformer(lambda X: X * 2 if isinstance(X, np.ndarray) else X["Age"]).fit(FRAME.to_numpy())
    module = bridge.to_torch(model)
    np.testing.assert_array_equal(module(module.encode(FRAME.to_numpy())).numpy(), FRAME.to_numpy() * 2)


NAMES = {
    "assigned": renamed,
    "rename": lambda f: f.rename(columns=str.lower),
    "set_axis": lambda f: f.set_axis(["age", "income"], axis=1),
    "through prefixes": lambda f: (
        f.add_prefix("x_").add_suffix("_y").rename(columns={"x_Age_y": "age", "x_Income_y": "income"})
    ),
}


@pytest.mark.parametrize("name", NAMES)
def test_names_that_are_given(name):
    steps = (make_column_transformer((StandardScaler(), ["income"]), remainder="passthrough"), LogisticRegression())
    y = (FRAME["Age"] > 40).to_numpy().astype(int)
    model = make_pipeline(FunctionTransformer(NAMES[name]), *steps).fit(FRAME, y)
    module = bridge.to_torch(model)
    np.testing.assert_allclose(
        module.predict_proba(module.encode(FRAME)).detach().numpy(), model.predict_proba(FRAME), rtol=1e-12
    )


NUMBERS = {
    "map": lambda f: f["Age"].round().map({40: 1, 41: 2.5}).fillna(-1).to_frame(),
    "replace": lambda f: f.round().replace({40: 0, 30: 100}),
    "replace lists": lambda f: f.round().replace([40, 30], [1, 2]),
    "clip": lambda f: f.clip(lower=35, upper=45),
    "squeeze": lambda f: f[["Age"]].squeeze() * 2,
    "np.squeeze": lambda f: np.squeeze(f[["Age"]].to_numpy()),
    "astype": lambda f: f.astype(int) // 3,
    "series": lambda f: pd.Series(f["Age"] * 2).to_frame(),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_functions_of_numbers(name):
    assert_same(NUMBERS[name], FRAME)


MOMENTS = {
    "parts": lambda f: pd.DataFrame(
        {"hour": f["start"].dt.hour, "day": f["start"].dt.weekday, "year": f["end"].dt.year, "q": f["end"].dt.quarter}
    ),
    "circle": lambda f: f.assign(s=np.sin(2 * np.pi * f["start"].dt.hour / 24)).drop(columns=["start", "end"]),
    "truths": lambda f: pd.DataFrame({"m": f["start"].dt.is_month_end, "w": f["start"].dt.dayofweek >= 5}),
    "span": lambda f: pd.DataFrame(
        {"d": (f["end"] - f["start"]).dt.days, "s": (f["end"] - f["start"]).dt.total_seconds() / f["fare"]}
    ),
    "since": lambda f: (f["start"] - pd.Timestamp("2000-01-01")).dt.days.to_frame(),
    "later": lambda f: (f["start"] > pd.Timestamp("1990-05-05 12:00")).to_frame(),
    "unit": lambda f: ((f["end"] - f["start"]) / np.timedelta64(1, "D")).to_frame(),
    "to_datetime": lambda f: pd.to_datetime(f["start"]).dt.isocalendar().week.astype(float).to_frame(),
    "midnight": lambda f: (f["start"] - f["start"].dt.normalize()).dt.total_seconds().to_frame(),
    "floor": lambda f: f["start"].dt.floor("h").dt.minute.to_frame(),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", MOMENTS)
def test_columns_of_moments(name):
    assert_same(MOMENTS[name], TRIPS)


def test_missing_moments_and_moments_that_no_tensor_holds():
    model = FunctionTransformer(lambda f: f[["start"]].assign(h=f["start"].dt.hour)[["h"]]).fit(TRIPS)
    module = bridge.to_torch(model)
    gaps = TRIPS.copy()
    gaps.loc[::3, "start"] = pd.NaT
    np.testing.assert_array_equal(module(module.encode(gaps)).numpy(), model.transform(gaps).to_numpy())
    exact = TRIPS.assign(start=TRIPS["start"].astype("datetime64[ns]") + pd.Timedelta(1, unit="ns"))
    with pytest.raises(InputError, match="nanoseconds"):
        module.encode(exact)
    with pytest.raises(InputError, match="start"):
        module.encode(TRIPS.assign(start=TRIPS["start"].dt.tz_localize("Europe/Rome")))


def test_what_is_not_traced_of_moments_is_refused():
    with pytest.raises(UnsupportedError, match=r"\.dt\.strftime, which is not traced"):
        bridge.to_torch(FunctionTransformer(lambda f: f["start"].dt.strftime("%Y").to_frame()).fit(TRIPS))


def test_functions_of_polars_are_refused():
    frame = pl.DataFrame({"a": [1.0, 2.0, 3.0]})
    with pytest.raises(UnsupportedError, match="register_function"):
        bridge.to_torch(FunctionTransformer(lambda f: f.with_columns(b=pl.col("a") * 2)).fit(frame))


@pytest.mark.parametrize("function", [lambda f: f.squeeze(), lambda f: f.iloc[:, 0], lambda f: f["review"]])
def test_a_table_of_one_column_of_texts_as_texts(function):
    words = np.array(["fine room", "loud street", "fine street view", "cold room"])
    frame = pd.DataFrame({"review": np.resize(words, 32), "nights": np.arange(32.0)})
    texts = make_pipeline(FunctionTransformer(function), TfidfVectorizer())
    model = make_pipeline(make_column_transformer((texts, ["review"]), remainder="passthrough"), LogisticRegression())
    model.fit(frame, np.resize([0, 1, 1, 0], 32))
    module = bridge.to_torch(model, frame)
    np.testing.assert_allclose(
        module.predict_proba(module.encode(frame)).detach().numpy(), model.predict_proba(frame), rtol=1e-12
    )
