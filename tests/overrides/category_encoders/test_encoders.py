"""Encoders of category_encoders beyond the contract: what is refused, at conversion and in rows, and columns held."""

import category_encoders as ce
import numpy as np
import pandas as pd
import pytest
import torch

import bridge
from bridge.errors import InputError, UnsupportedError

FIT = pd.DataFrame(
    {
        "city": np.resize(np.array(["Oslo", "Rome", "Bern", "Rome"], dtype=object), 24),
        "size": np.resize([1.0, 2.0, 5.0], 24),
        "flag": np.resize(np.array(["on", "off", "on", "on", "off"], dtype=object), 24),
    }
)
Y = np.resize([0, 1, 1, 0, 1, 0, 0], 24)


@pytest.mark.parametrize(
    ("encoder", "words"),
    [
        (ce.TargetEncoder(composite_cols=[("city", "flag")]), "composite_cols"),
        (ce.TargetEncoder(cols=["flag"], hierarchy={"flag": {"a": ("on",), "b": ("off",)}}), "hierarchy"),
        (ce.OrdinalEncoder(handle_unknown=lambda value, mapping: len(str(value))), "handle_unknown"),
        (ce.HashingEncoder(max_process=1), "HashingEncoder"),
    ],
    ids=["composite", "hierarchy", "function", "hashing"],
)
def test_what_no_table_holds_is_refused_by_name(encoder, words):
    encoder.fit(FIT, Y)
    with pytest.raises(UnsupportedError, match=words):
        bridge.to_torch(encoder)


def test_words_and_numbers_in_one_column_are_refused():
    mixed = FIT.assign(city=np.resize(np.array(["Oslo", 3], dtype=object), 24))
    with pytest.raises(UnsupportedError, match="words and numbers"):
        bridge.to_torch(ce.OrdinalEncoder().fit(mixed))


@pytest.mark.parametrize("encoder", [ce.OrdinalEncoder, ce.TargetEncoder, ce.OneHotEncoder, ce.CountEncoder])
@pytest.mark.parametrize(
    ("column", "value"), [("city", "Paris"), ("size", 3.0), ("city", None), ("city", np.nan), ("size", np.nan)]
)
@pytest.mark.parametrize("unknown", ["error", "value"])
@pytest.mark.parametrize("missing", ["error", "value"])
def test_rows_are_refused_where_the_encoder_refuses_them(encoder, column, value, unknown, missing):
    model = encoder(cols=["city", "size"], handle_unknown=unknown, handle_missing=missing).fit(FIT, Y)
    rows = FIT.iloc[:3].copy()
    rows.loc[1, column] = value
    module = bridge.to_torch(model)
    try:
        expected = model.transform(rows)
    except ValueError:
        with pytest.raises(InputError, match=column):
            module.transform(module.encode(rows))
        return
    result = module.as_returned("transform", expected)
    np.testing.assert_array_equal(module.transform(module.encode(rows)).detach().numpy(), np.asarray(result, float))


def test_torchscript_refuses_a_missing_value():
    model = ce.OrdinalEncoder(cols=["size"], handle_missing="error").fit(FIT[["size"]])
    scripted = torch.jit.script(bridge.to_torch(model))
    with pytest.raises(Exception, match=r"OrdinalEncoder got .* in column 'size' at row 0"):
        scripted.transform(torch.tensor([[float("nan")]], dtype=torch.float64))


def test_truth_values_and_whole_numbers_are_categories():
    frame = pd.DataFrame({"yes": np.resize([True, False, True], 24), "n": np.resize([3, 4, 7, 4], 24)})
    model = ce.CountEncoder(cols=["yes", "n"]).fit(frame)
    rows = pd.DataFrame({"yes": [False, True], "n": [7, 8]})
    module = bridge.to_torch(model)
    np.testing.assert_array_equal(module.transform(module.encode(rows)).detach().numpy(), model.transform(rows))


def test_arrays_without_names():
    rows = FIT.to_numpy()
    model = ce.TargetEncoder().fit(rows, Y)
    module = bridge.to_torch(model)
    np.testing.assert_array_equal(
        module.transform(module.encode(rows[:5])).detach().numpy(), np.asarray(model.transform(rows[:5]), float)
    )


@pytest.mark.filterwarnings("ignore:inverse_transform is not supported")
@pytest.mark.parametrize(
    "encoder", [ce.OrdinalEncoder(), ce.OneHotEncoder(), ce.BinaryEncoder(), ce.BaseNEncoder(base=3)], ids=str
)
def test_way_back_of_rows_that_no_category_gives(encoder):
    model = encoder.fit(FIT)
    module = bridge.to_torch(model)
    random = np.random.default_rng(0)
    rows = random.choice([0.0, 1.0, 2.0, 0.5, 99.0, -1.0, -2.0], (60, len(model.get_feature_names_out())))
    expected = module.as_returned("inverse_transform", model.inverse_transform(rows))
    result = module.inverse_transform(torch.tensor(rows)).detach().numpy()
    np.testing.assert_array_equal(result, np.asarray(expected, float))
    words = module.decode(torch.tensor(result))
    assert set(words[:, 0]) & {"Oslo", "Rome", "Bern"}


def test_way_back_of_whole_numbers_has_no_gaps():
    frame = pd.DataFrame({"n": np.resize([3, 4, 7, 4], 24)})
    model = ce.OrdinalEncoder(cols=["n"]).fit(frame)
    module = bridge.to_torch(model)
    with pytest.raises(ValueError, match=r"NA|NaN|finite"):
        model.inverse_transform(np.array([[9.0]]))
    with pytest.raises(InputError, match="whole numbers"):
        module.inverse_transform(torch.tensor([[9.0]], dtype=torch.float64))
