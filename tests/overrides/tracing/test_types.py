"""Functions in the types of numpy: what wraps around, rounds or changes its type is what numpy gives."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import bridge
from bridge.errors import InputError, UnsupportedError

RANDOM = np.random.default_rng(0)
TYPES = ("bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64")


def rows_of(name):
    """Rows of the whole range of a type, its ends and 0 among them; no more than float64 tells apart."""
    if name == "bool":
        return RANDOM.random((40, 3)) < 0.5
    info = np.iinfo(name)
    low, high = max(info.min, -(2**53)), min(info.max, 2**53)
    rows = RANDOM.integers(low, high, (40, 3), endpoint=True)
    rows[:4] = [[high] * 3, [low] * 3, [0] * 3, [high, low, 1]]
    return rows.astype(name)


def assigned(X):
    X = X.copy()
    X[:, 0] = 77
    X[:, 1] += X[:, 2]
    return X


FUNCTIONS = {
    "difference": lambda X: (X - 100) / 64,
    "product": lambda X: X * 3 + X,
    "power": lambda X: X**3,
    "quotient": lambda X: X // 7 - X % 7,
    "quotient by columns": lambda X: X // X[:, ::-1],
    "rest": lambda X: np.fmod(X, 5) + np.remainder(X, 3),
    "bits": lambda X: (X & 12) | (X ^ 3),
    "shift": lambda X: (X >> 2) + (X << 1),
    "turned bits": lambda X: ~X,
    "size": lambda X: np.abs(X) * 2,
    "sums": lambda X: np.column_stack([X.sum(axis=1), X.max(axis=1), X.min(axis=1), X.mean(axis=1)]),
    "running sums": lambda X: np.cumsum(X, axis=1) * np.sort(X, axis=1),
    "matrix": lambda X: X @ np.array([[1, 2], [3, 4], [5, 6]]),
    "clipped": lambda X: np.clip(X, 3, 50) * 5,
    "chosen": lambda X: np.where(X > 100, X, 0) * 2,
    "beyond the type": lambda X: (X > 300) | (X < -1) | (X == 5),
    "cast": lambda X: X.astype(np.int16) * 300 + X.astype(np.uint8),
    "cast to float": lambda X: np.sqrt(np.abs(X.astype(float))) + np.log1p(np.abs(X.astype(float))),
    "float32": lambda X: X.astype(np.float32) / 3 + X.astype(np.float32) * X.astype(np.float32),
    "float16": lambda X: (X % 100).astype(np.float16) * np.float16(0.1),
    "counted truths": lambda X: (X > 3) * 1 + (X > 3) + (X > 4),
    "unchanged": lambda X: np.round(X) + np.nan_to_num(X),
    "assigned": assigned,
    "constants": lambda X: X + np.array([1, 200, 3], dtype=np.int16),
}


@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")
@pytest.mark.parametrize("type_name", TYPES)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_integers_are_numpys(name, type_name):
    X, model = rows_of(type_name), FunctionTransformer(FUNCTIONS[name])
    try:
        expected = np.asarray(model.fit_transform(X), dtype=float)
    except (TypeError, OverflowError):  # numpy has no such loop
        return
    module = bridge.to_torch(model, X)
    x = module.encode(X)
    np.testing.assert_allclose(module(x).numpy(), expected, rtol=1e-15, atol=0)
    np.testing.assert_allclose(torch.jit.script(module)(x).numpy(), expected, rtol=1e-15, atol=0)
    assert module(x[:0]).shape == (0, *expected.shape[1:])


@pytest.mark.parametrize("name", ["difference", "quotient", "bits", "sums", "float16"])
def test_every_runtime_wraps_around(name):
    X = rows_of("uint8")
    model = FunctionTransformer(FUNCTIONS[name]).fit(X)
    report = bridge.check_parity(model, X)
    assert report.ok, report.failures_text()
    assert report.max_error == 0


def test_steps_behind_get_what_the_function_gives():
    X, y = RANDOM.integers(0, 256, (120, 4)).astype(np.uint8), RANDOM.integers(0, 2, 120)
    model = make_pipeline(FunctionTransformer(lambda X: X - 128), StandardScaler(), LogisticRegression()).fit(X, y)
    module = bridge.to_torch(model, X[:20])
    np.testing.assert_allclose(
        module.predict_proba(module.encode(X)).detach().numpy(), model.predict_proba(X), rtol=1e-12
    )
    assert "uint8" in str(module.plan.to_json())


def test_columns_of_a_frame_have_types_of_their_own():
    frame = pd.DataFrame(
        {
            "a": RANDOM.integers(-128, 128, 60).astype("int8"),
            "b": RANDOM.normal(size=60),
            "c": RANDOM.integers(0, 256, 60).astype("uint8"),
            "d": RANDOM.random(60) < 0.5,
        }
    )

    def function(f):
        return f.assign(e=f["a"] * 3, g=f["c"] - f["b"], h=f["d"] + f["d"], i=f["a"] + f["c"])

    model = make_column_transformer((FunctionTransformer(function), list("abcd"))).fit(frame)
    module = bridge.to_torch(model, frame)
    expected = model.transform(frame)
    np.testing.assert_array_equal(module(module.encode(frame)).numpy(), np.asarray(expected, dtype=float))


def test_encode_casts_what_the_type_holds_and_refuses_the_rest(tmp_path):
    X = rows_of("uint8")
    model = FunctionTransformer(lambda X: X - 128).fit(X)
    module = bridge.to_torch(model, X)
    bridge.export(model, tmp_path / "artifact", X)
    for served in (module, bridge.load(tmp_path / "artifact")):
        assert torch.equal(served.encode(X.astype(np.float64)), served.encode(X))
        for wrong in (X + 0.5, X.astype(np.int64) + 256, -X.astype(float) - 1, np.full((1, 3), np.nan)):
            with pytest.raises(InputError, match=r"column 0 has values that uint8 does not hold.*sample"):
                served.encode(wrong)


def test_without_a_sample_types_that_give_something_else_are_refused(tmp_path):
    model = FunctionTransformer(lambda X: (X - 128) / 64).fit(rows_of("uint8"))
    module = bridge.to_torch(model)
    bridge.export(model, tmp_path / "artifact")
    for served in (module, bridge.load(tmp_path / "artifact")):
        for name in ("int64", "float32", "float64"):
            assert served.encode(np.ones((2, 3), dtype=name)).shape == (2, 3)
        with pytest.raises(InputError, match=r"column 0 is of type uint8.*sample"):
            served.encode(rows_of("uint8"))


def test_types_that_change_nothing_are_taken_as_they_are():
    X = rows_of("uint8")
    model = FunctionTransformer(lambda X: X / 255.0).fit(X)
    module = bridge.to_torch(model)
    np.testing.assert_array_equal(module(module.encode(X)).numpy(), model.transform(X))


def test_int32_is_refused_from_where_it_overflows():
    model = FunctionTransformer(lambda X: X * X).fit(np.ones((3, 2), dtype=np.int32))
    module = bridge.to_torch(model)
    small = np.full((2, 2), 1000, dtype=np.int32)
    np.testing.assert_array_equal(module(module.encode(small)).numpy(), model.transform(small))
    with pytest.raises(InputError, match="int32"):
        module.encode(np.full((2, 2), 2**20, dtype=np.int32))


def test_what_numpy_computes_in_half_precision_is_refused():
    X = rows_of("int8")
    model = FunctionTransformer(np.log1p).fit(np.abs(X))
    with pytest.raises(UnsupportedError, match=r"log1p in float16.*astype\(float\)"):
        bridge.to_torch(model, X)
    with pytest.raises(InputError, match="int8"):
        bridge.to_torch(model).encode(X)
