"""Functions of the user's beyond the contract: what is traced, refused and in which words, and registered."""

import functools
import pickle

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import special
from sklearn.preprocessing import FunctionTransformer

import bridge
from bridge.errors import RegistrationError, UnsupportedError
from bridge.overrides.tracing import FunctionError, convert_function

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(30, 4))
FRAME = pd.DataFrame(X, columns=list("abcd"))
FRAME.loc[::5, "c"] = np.nan


class Clip:
    __hash__ = None

    def __init__(self, limit):
        self.limit = limit

    def __call__(self, X):
        return np.clip(X, -self.limit, self.limit)

    def scaled(self, X):
        return X * self.limit


def helper(X):
    return np.log1p(np.abs(np.asarray(X)))


ARRAYS = {
    "a helper": lambda X: helper(X) * 2,
    "an object": Clip(0.5),
    "a method": Clip(0.5).scaled,
    "a part": functools.partial(np.power, 2.0),
    "an intercept": lambda X: np.hstack([X, np.ones((len(X), 1))]),
    "columns": lambda X: np.c_[X[:, [2, 0]], X[..., -1]],
    "one number a row": lambda X: X.sum(axis=1),
    "truth": lambda X: (X > 0) & ~np.isnan(X),
    "sides": lambda X: np.vstack([X[:, 0], X[:, 1] * 2]).T,
    "softmax": functools.partial(special.softmax, axis=1),
    "whole numbers": lambda X: X.astype(int) % 2,
    "at its own number": lambda X: np.where(X >= 0.3, 1.0, X),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_functions_of_arrays(name):
    function = ARRAYS[name]
    module = bridge.to_torch(FunctionTransformer(function).fit(X))
    given = module(torch.tensor(X)).numpy()
    np.testing.assert_allclose(given, np.asarray(function(X), dtype=float), rtol=1e-14, atol=1e-14)
    assert given.shape == np.shape(function(X))
    assert torch.jit.script(module)(torch.tensor(X[:0])).shape[1:] == given.shape[1:]
    assert torch.equal(pickle.loads(pickle.dumps(module))(torch.tensor(X)), module(torch.tensor(X)))


FRAMES = {
    "names": lambda df: df[["b", "a"]],
    "new columns": lambda df: df.assign(r=df["a"] / df.b, s=lambda made: made["r"] > 1),
    "a new frame": lambda df: pd.DataFrame({"x": df["a"] * 2, "y": df["b"].clip(lower=0)}),
    "put together": lambda df: pd.concat([df, (df**2).rename(columns=lambda name: name + "2")], axis=1),
    "along the columns": lambda df: df.sum(axis=1).to_frame("sum"),
    "by a column": lambda df: df.div(df["a"], axis=0),
    "gaps": lambda df: df.fillna(0).round(1).where(df["a"].isna().to_numpy()[:, None] | (df > -1), 5),
    "column by column": lambda df: df.apply(lambda column: column * 2 if column.name != "a" else column),
    "an array": lambda df: df.to_numpy()[:, 1:] ** 2,
    "places": lambda df: df.iloc[:, [0, -1]],
    "numpy": np.sqrt,
}


@pytest.mark.parametrize("name", FRAMES)
def test_functions_of_frames(name):
    function = FRAMES[name]
    module = bridge.to_torch(FunctionTransformer(function).fit(FRAME))
    with np.errstate(all="ignore"):
        wanted = np.asarray(function(FRAME), dtype=float)
    given = module(module.encode(FRAME[list("dcba")])).numpy()
    np.testing.assert_allclose(given, wanted, rtol=1e-14, atol=1e-14)


REFUSED = {
    "mean over the rows": lambda X: X - X.mean(axis=0),
    "norm over the rows": lambda X: X / np.linalg.norm(X),
    "picks rows": lambda X: X[X[:, 0] > 0],
    "decides by the values": lambda X: X if (X > 3).any(axis=1) else -X,
    "values one by one": lambda X: np.vectorize(lambda value: value + 1)(X),
    "rows one by one": lambda X: np.array([row * 2 for row in X]),
    "other numbers for every row": lambda X: X + np.arange(len(X))[:, None],
    "rows as columns": lambda X: X.T,
    "not traced": lambda X: np.gradient(X, axis=1),
    "the trace of it": lambda X: X + np.random.random(),
    "raises on every row": lambda X: X if hasattr(X, "tracer") else {}["gone"],
}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_cannot_be_traced_is_refused_in_words(reason):
    model = FunctionTransformer(REFUSED[reason])
    with pytest.raises(UnsupportedError, match=f"func=.*lambda.*{reason}.*bridge.register_function"):
        bridge.to_torch(model.fit(X))


def test_frames_are_not_aligned_by_labels():
    with pytest.raises(FunctionError, match="aligns by labels"):
        convert_function(lambda df: df * df["a"], None, 4, ("a", "b", "c", "d"))
    with pytest.raises(FunctionError, match="column 'q', which is not among a, b"):
        convert_function(lambda df: df["q"], None, 2, ("a", "b"))


def test_a_function_never_fitted_takes_any_width():
    module = bridge.to_torch(FunctionTransformer(np.log1p, inverse_func=np.expm1), sample=np.abs(X))
    assert module(torch.ones(2, 3)).shape == (2, 3)
    with pytest.raises(UnsupportedError, match=r"func=.*lambda"):
        bridge.to_torch(FunctionTransformer(lambda X: X[:, [0, 5]]))


def by_tensors(x: torch.Tensor, above: float) -> torch.Tensor:
    if x.shape[1] > 3:
        return torch.relu(x - above)
    return x


def mixed(x: torch.Tensor) -> torch.Tensor:
    return x - x.mean(dim=0)


def test_a_torch_function_is_taken_as_it_is():
    model = FunctionTransformer(by_tensors, kw_args={"above": 0.1}).fit(X)
    module = bridge.to_torch(model)
    x = torch.tensor(X)
    assert torch.equal(module(x), by_tensors(x, 0.1))
    assert torch.equal(pickle.loads(pickle.dumps(module))(x), by_tensors(x, 0.1))
    with pytest.raises(UnsupportedError, match="mixed mixes rows"):
        bridge.to_torch(FunctionTransformer(mixed).fit(X))


def test_a_function_is_registered_once():
    def strange(X):
        return np.array([[float(repr(value)) + 1 for value in row] for row in X.tolist()])

    model = FunctionTransformer(strange).fit(X)
    with pytest.raises(UnsupportedError, match="strange"):
        bridge.to_torch(model)

    @bridge.register_function(strange)
    def in_torch(x: torch.Tensor) -> torch.Tensor:
        return x + 1.0

    assert bridge.check_parity(model, X, runtimes=("eager", "torchscript")).max_error == 0
    with pytest.raises(RegistrationError, match=r"strange has a torch function already.*replace=True"):
        bridge.register_function(strange, in_torch)
    assert bridge.register_function(strange, in_torch, replace=True) is in_torch
    for wrong in ((3,), (strange, "no function")):
        with pytest.raises(RegistrationError, match="takes a"):
            bridge.register_function(*wrong, replace=True)
