"""Frames of every kind into one tensor: words, gaps, unseen values, and what is refused."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse
import torch
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

import bridge
from bridge.errors import InputError

N = 60
RANDOM = np.random.default_rng(5)
FRAME = pd.DataFrame(
    {
        "age": RANDOM.normal(40, 9, N),
        "city": RANDOM.choice(["Oslo", "Rome", "nan"], N),
        "count": RANDOM.integers(0, 9, N),
        "ticket": [f"no {i}" for i in range(N)],
    }
)
FRAME.loc[::4, "age"] = np.nan
FRAME.loc[1::5, "city"] = np.nan
Y = np.where(RANDOM.random(N) < 0.5, "no", "yes")


@pytest.fixture(scope="module")
def model():
    columns = make_column_transformer(
        (make_pipeline(SimpleImputer(), StandardScaler()), ["age", "count"]),
        (OneHotEncoder(handle_unknown="ignore"), ["city"]),
        (
            make_pipeline(
                SimpleImputer(strategy="most_frequent"),
                OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
            ),
            ["city"],
        ),
    )
    return make_pipeline(columns, LogisticRegression()).fit(FRAME, Y)


@pytest.fixture(scope="module")
def module(model):
    """Of one gap: every library's is the same."""
    return bridge.to_torch(model, none_is_nan=True)


def expected(frame, words):
    codes = {word: float(code) for code, word in enumerate(words)}
    city = [np.nan if word != word else codes.get(word, -1.0) for word in frame["city"]]
    gone = np.full(len(frame), np.nan)
    return np.stack([frame["age"], np.array(city), frame["count"].astype(float), gone], axis=1)


FORMS = {
    "pandas": lambda frame: frame,
    "objects": lambda frame: frame.astype({"city": object}),
    "string": lambda frame: frame.astype({"city": "string", "age": "Float64", "count": "Int64"}),
    "categorical": lambda frame: frame.astype({"city": "category"}),
    "other order": lambda frame: frame[frame.columns[::-1]].assign(more="of it"),
    "unused left out": lambda frame: frame.drop(columns="ticket"),
    "polars": pl.from_pandas,
    "polars categorical": lambda frame: pl.from_pandas(frame).with_columns(pl.col("city").cast(pl.Categorical)),
    "polars float32": lambda frame: pl.from_pandas(frame).with_columns(pl.col("count").cast(pl.Float32)),
    "pyarrow": lambda frame: pa.Table.from_pandas(frame, preserve_index=False),
    "pyarrow dictionary": lambda frame: pa.table(
        {
            name: pa.array(list(frame[name]), from_pandas=True)
            if name != "city"
            else pa.array(list(frame[name]), from_pandas=True).dictionary_encode()
            for name in frame
        }
    ),
    "dict of lists": lambda frame: {name: list(frame[name]) for name in frame},
    "dict of arrays": lambda frame: {name: frame[name].to_numpy() for name in frame},
    "list of dicts": lambda frame: frame.to_dict("records"),
    "list of lists": lambda frame: frame.to_numpy().tolist(),
    "array of objects": lambda frame: frame.to_numpy(),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_frame_is_one_tensor(form, module):
    words = module.columns.columns[1].words
    given = module.encode(FORMS[form](FRAME))
    np.testing.assert_array_equal(given.numpy(), expected(FRAME, words))
    assert set(words) == {"Oslo", "Rome", "nan"}


@pytest.mark.parametrize("form", FORMS)
def test_no_rows_of_every_form(form, module):
    if form in ("list of dicts", "list of lists"):
        return  # an empty list has no columns
    assert module.encode(FORMS[form](FRAME.iloc[:0])).shape == (0, 4)


@pytest.mark.parametrize("missing", [None, np.nan, float("nan"), np.float64("nan"), pd.NA, pd.NaT])
def test_every_missing_value_is_a_gap(missing, module):
    rows = [{"age": 1.0, "city": missing, "count": 2}, {"age": missing, "city": "Oslo", "count": 2}]
    x = module.encode(rows)
    assert torch.isnan(x[0, 1])
    assert torch.isnan(x[1, 0])
    assert not torch.isnan(x[1, 1])


def test_names_kinds_and_vocabularies_are_attached(module):
    columns = module.columns
    assert columns.names == ("age", "city", "count", "ticket")
    assert columns.kinds == ("number", "word", "number", "unused")
    assert type(columns).from_list(json.loads(json.dumps(columns.to_list()))).to_list() == columns.to_list()


def test_a_missing_column_is_named(module):
    with pytest.raises(InputError, match=r"missing: 'city'; the data have 'age'"):
        module.encode(FRAME.drop(columns="city"))
    with pytest.raises(InputError, match="missing: 'age'"):
        module.encode({"city": ["Oslo"], "count": [1]})
    with pytest.raises(InputError, match=r"4 features\D+3"):
        module.encode(FRAME.to_numpy()[:, :3])


def test_words_among_numbers_are_refused_by_column(module):
    for frame in (FRAME.assign(age="old"), pl.from_pandas(FRAME.assign(age="old"))):
        with pytest.raises(InputError, match="numbers in column 'age'"):
            module.encode(frame)


def test_unknown_words_are_refused_where_a_step_refuses_them():
    encoder = OneHotEncoder().fit(FRAME[["city", "count"]])
    module = bridge.to_torch(encoder)
    scripted = torch.jit.script(module)
    with pytest.raises(InputError, match="column 'city' has 'Paris' at row 1"):
        module.encode(FRAME[["city", "count"]].iloc[:2].assign(city=["Oslo", "Paris"]))
    with pytest.raises(InputError, match="an unknown word in column 'city' at row 0"):
        module.transform(torch.tensor([[-1.0, 3.0]]))
    with pytest.raises(InputError, match=r"got 77.0 in column 'count' at row 1"):
        module.transform(torch.tensor([[0.0, 3.0], [0.0, 77.0]]))
    with pytest.raises(torch.jit.Error, match=r"got 77.* in column 'count' at row 0"):
        scripted.transform(torch.tensor([[0.0, 77.0]]))
    with pytest.raises(torch.jit.Error, match="column 'city' has 'Paris'"):
        scripted.encode_columns(torch.zeros(1, 1), [["Paris"]])


def test_torchscript_encodes_columns_by_itself(module):
    scripted = torch.jit.script(module)
    numbers = torch.tensor(FRAME[["age", "count"]].to_numpy(dtype=float))
    words = [[None if word != word else word for word in FRAME["city"]]]
    given = scripted.encode_columns(numbers, words)
    np.testing.assert_array_equal(given.numpy(), module.encode(FRAME).numpy())
    assert scripted.encode_columns(numbers[:1], [["Paris"]])[0, 1] == -1
    with pytest.raises(torch.jit.Error, match="2 columns of numbers"):
        scripted.encode_columns(numbers[:, :1], words)


def test_none_is_a_category_of_its_own_only_where_it_was_learned():
    rows = np.array([["a"], ["b"], [None], [np.nan]] * 5, dtype=object)
    encoder = OneHotEncoder().fit(rows)
    module = bridge.to_torch(encoder)
    assert module.columns.columns[0].words == ("a", "b", None)
    np.testing.assert_array_equal(module(module.encode(rows)).numpy(), encoder.transform(rows).toarray())
    assert torch.jit.script(module).encode_columns(torch.zeros(1, 0), [[None]]) == 2


def test_torchscript_calls_none_unknown_or_a_gap_as_encode_does(model):
    for one_gap in (False, True):
        module = bridge.to_torch(model, none_is_nan=one_gap)
        scripted = torch.jit.script(module)
        rows = {"age": [1.0, 2.0], "city": [None, "Oslo"], "count": [3, 4]}
        given = scripted.encode_columns(torch.tensor([[1.0, 3.0], [2.0, 4.0]]), [rows["city"]])
        np.testing.assert_array_equal(given.numpy(), module.encode(rows).numpy())
        frame = FRAME.iloc[:2].assign(**rows)
        frame["city"] = pd.Series([np.nan if one_gap else None, "Oslo"], dtype=object)
        np.testing.assert_allclose(scripted.predict_proba(given).detach(), model.predict_proba(frame), atol=1e-12)
    strict = torch.jit.script(bridge.to_torch(OneHotEncoder().fit(FRAME[["city", "count"]])))
    with pytest.raises(torch.jit.Error, match="column 'city' has None"):
        strict.encode_columns(torch.zeros(1, 1), [[None]])


def test_the_way_back_decodes_to_words():
    frame = FRAME[["city", "count"]]
    encoder = OrdinalEncoder().fit(frame)
    module = bridge.to_torch(encoder)
    back = module.decode(module.inverse_transform(module.transform(module.encode(frame))))
    wanted = encoder.inverse_transform(encoder.transform(frame))
    same = (back == wanted) | ((back != back) & (wanted != wanted))
    assert same.all()


def test_a_grown_set_of_categories_gives_what_scikit_learn_gives(model, module):
    frame = FRAME.assign(city=pd.Categorical(["Paris", "Oslo", None] * 20, categories=["Paris", "Rome", "Oslo", "x"]))
    np.testing.assert_allclose(module.predict_proba(module.encode(frame)).detach(), model.predict_proba(frame))


def test_words_and_numbers_in_one_column_are_refused():
    columns = make_column_transformer((OneHotEncoder(), ["n"]), (OrdinalEncoder(categories=[["1", "2"]]), ["n"]))
    frame = pd.DataFrame({"n": np.array([1, 2] * 5, dtype=object)})
    columns.transformers[1][1].set_params(handle_unknown="use_encoded_value", unknown_value=-1)
    with pytest.raises(InputError, match="one step reads a column as number, another as word"):
        bridge.to_torch(columns.fit(frame))


def test_dates_as_categories():
    frame = pd.DataFrame({"day": pd.to_datetime(["2020-01-01", "2020-02-01", "2021-03-05"] * 4)})
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1).fit(frame)
    module = bridge.to_torch(encoder, sample=frame)
    later = pd.concat([frame, pd.DataFrame({"day": pd.to_datetime(["2020-01-02"])})])
    for data in (later, later.astype("datetime64[s]"), pl.from_pandas(later)):
        np.testing.assert_array_equal(module(module.encode(data)).numpy(), encoder.transform(later))


@pytest.mark.slow
def test_an_artifact_serves_frames_without_scikit_learn(model, module, tmp_path):
    folder = tmp_path / "artifact"
    bridge.export(module, folder, FRAME)
    program = (
        "import sys, json, bridge; served = bridge.load(sys.argv[1]); rows = json.loads(sys.argv[2]);"
        "x = served.encode(rows); assert 'sklearn' not in sys.modules;"
        "print(json.dumps(served.predict_proba(x).tolist()))"
    )
    rows = [{"age": None, "city": "Rome", "count": 3}, {"age": 40.0, "city": None, "count": 1}]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program, str(folder), json.dumps(rows)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    wanted = model.predict_proba(pd.DataFrame(rows).assign(ticket=""))
    np.testing.assert_allclose(json.loads(done.stdout), wanted, atol=1e-12)


RECORD = {"age": 31.0, "city": "Rome", "count": 2}


@pytest.mark.parametrize(
    "form",
    [
        RECORD,
        pd.Series(RECORD),
        [RECORD],
        {name: [value] for name, value in RECORD.items()},
        np.array([(31.0, "Rome", 2)], dtype=[("age", float), ("city", "U9"), ("count", int)]),
        np.array([(31.0, "Rome", 2)], dtype=[("age", float), ("city", object), ("count", np.int8)])[0],
    ],
    ids=["dict", "series", "list of one", "dict of columns", "structured array", "structured scalar"],
)
def test_one_record_is_one_row(form, model, module):
    wanted = model.predict_proba(pd.DataFrame([RECORD]).assign(ticket=""))
    np.testing.assert_allclose(module.predict_proba(module.encode(form)).detach(), wanted, atol=1e-12)


def test_a_record_without_a_column_names_it_and_one_of_both_forms_is_refused(module):
    with pytest.raises(InputError, match="missing: 'city'"):
        module.encode({"age": 1.0, "count": 2})
    with pytest.raises(InputError, match="'age' is one value, 'count' a column"):
        module.encode({"age": 1.0, "city": "Rome", "count": [2, 3]})


def test_a_record_that_lacks_what_others_have_holds_a_gap(model):
    module = bridge.to_torch(model)
    x = module.encode([RECORD, {"age": 2.0, "count": 1}])
    assert torch.isnan(x[1, 1])


def test_doubled_columns_are_refused_by_name(module):
    with pytest.raises(InputError, match="more than one column 'city'"):
        module.encode(pd.concat([FRAME, FRAME[["city"]]], axis=1))


def test_complex_numbers_are_refused_in_any_form(module):
    scaler = bridge.to_torch(StandardScaler().fit([[1.0], [2.0]]))
    for data in (np.array([[1j]]), torch.tensor([[1j]]), pd.DataFrame({"a": [1j]})):
        with pytest.raises(InputError, match="complex"):
            scaler.encode(data)
    with pytest.raises(InputError, match="complex"):
        module.encode(FRAME.assign(age=1j))


def test_sparse_rows_that_are_many_stay_sparse():
    rows = scipy.sparse.random_array((3000, 500), density=0.01, rng=np.random.default_rng(0), format="coo")
    model = LogisticRegression().fit(rows.tocsr()[:50], np.arange(50) % 2)
    module = bridge.to_torch(model)
    x = module.encode(rows)
    assert x.layout == torch.sparse_csr
    np.testing.assert_array_equal(x.to_dense().numpy(), rows.toarray())
    np.testing.assert_allclose(module.predict_proba(x).detach(), model.predict_proba(rows), atol=1e-12)


def test_labels_beyond_63_bits_are_refused():
    model = LogisticRegression().fit([[0.0], [1.0]] * 5, np.array([1, 2**63] * 5, dtype=np.uint64))
    with pytest.raises(InputError, match="2\\*\\*63"):
        bridge.to_torch(model)
