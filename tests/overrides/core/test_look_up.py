"""A linear model behind one-hot columns looks up its weights: exact, differentiable, and without the wide matrix."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.feature_selection import SelectKBest, VarianceThreshold, f_classif
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, OneHotEncoder, StandardScaler
from torch.utils._python_dispatch import TorchDispatchMode

import bridge
from bridge.errors import InputError

RANDOM = np.random.default_rng(0)
N_WORDS, N_ROWS = 20_000, 30_000


class Largest(TorchDispatchMode):
    """Number of elements of the largest tensor that an operator returns."""

    def __init__(self):
        super().__init__()
        self.n_elements = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        for part in result if isinstance(result, (list, tuple)) else [result]:
            if isinstance(part, torch.Tensor):
                self.n_elements = max(self.n_elements, part.numel())
        return result


@pytest.fixture(scope="module")
def wide():
    """A pipeline over many words, and a frame of all of them with an unknown one."""
    words = np.array([f"word {i}" for i in range(N_WORDS)], dtype=object)
    frame = pd.DataFrame(
        {
            "word": words[np.arange(N_ROWS) % N_WORDS],
            "short": RANDOM.choice(["a", "b"], N_ROWS),
            "number": RANDOM.normal(size=N_ROWS),
        }
    )
    y = RANDOM.integers(0, 2, N_ROWS)
    model = make_pipeline(
        make_column_transformer(
            (OneHotEncoder(handle_unknown="ignore"), ["word", "short"]), (StandardScaler(), ["number"])
        ),
        LogisticRegression(solver="liblinear", tol=0.1),
    ).fit(frame, y)
    frame.loc[7, "word"] = "unknown"
    return model, frame


def test_memory_does_not_grow_with_the_vocabulary(wide):
    model, frame = wide
    module = bridge.to_torch(model, frame[:20])
    x = module.encode(frame)
    with Largest() as largest:
        result = module.predict_proba(x)
    # The result has two elements a row, and a row reads three columns; the wide matrix has 20,000 of them.
    assert largest.n_elements <= 3 * N_ROWS
    np.testing.assert_allclose(result.detach(), model.predict_proba(frame), rtol=1e-12, atol=1e-15)
    with Largest() as dense:
        module.steps[0].transform(x[:256])
    assert dense.n_elements > 20 * largest.n_elements  # the measure sees a wide matrix where there is one


def test_a_graph_has_no_wide_matrix_either(wide):
    """Programs of torch.export have no tiles of their own: each operator sees all rows."""
    model, frame = wide
    module = bridge.to_torch(model, frame[:20])
    x = module.encode(frame[:1000])
    rows = torch.export.Dim("rows", min=0)
    program = torch.export.export(module, (x[:3],), dynamic_shapes=({0: rows},)).module()
    with Largest() as largest:
        result = program(x)
    assert largest.n_elements <= 2 * N_WORDS  # the weights themselves
    assert torch.equal(result, module.predict(x))


@pytest.mark.parametrize("scripted", [False, True])
def test_the_gradient_reaches_the_weights_that_were_read(wide, scripted):
    model, frame = wide
    module = bridge.to_torch(model, frame[:20])
    x = module.encode(frame[:50])
    called = torch.jit.script(module) if scripted else module
    called.decision_function(x).sum().backward()
    expected = model[0].transform(frame[:50]).sum(axis=0)
    np.testing.assert_allclose(module.steps[1].coef_.grad, np.asarray(expected).reshape(1, -1), rtol=1e-12)


def test_a_weight_that_changes_changes_the_result(wide):
    model, frame = wide
    module = bridge.to_torch(model, frame[:20])
    x = module.encode(frame[:5])
    before = module.decision_function(x)
    with torch.no_grad():
        module.steps[1].coef_[0, model[0].transform(frame[:1]).indices[0]] += 1.0
    np.testing.assert_allclose((module.decision_function(x) - before).detach(), [1.0, 0, 0, 0, 0], atol=1e-12)


def test_few_columns_are_a_product_of_matrices():
    frame = pd.DataFrame({"short": ["a", "b", "c"] * 10})
    narrow = bridge.to_torch(make_pipeline(OneHotEncoder(), LogisticRegression()).fit(frame, [0, 1, 1] * 10))
    assert not narrow.projects


@pytest.mark.parametrize("scripted", [False, True])
def test_a_look_up_reaches_through_scalers_and_selectors(wide, scripted):
    model, frame = wide
    y = model.predict(frame)
    further = make_pipeline(
        clone(model[0]),
        StandardScaler(with_mean=False),
        SelectKBest(f_classif, k=15_000),
        MaxAbsScaler(),
        LogisticRegression(solver="liblinear", tol=0.1),
    ).fit(frame.iloc[8:], y[8:])
    module = bridge.to_torch(further, frame[:20])
    x = module.encode(frame)
    called = torch.jit.script(module) if scripted else module
    with Largest() as largest:
        result = called.predict_proba(x)
    assert largest.n_elements <= 3 * N_ROWS
    np.testing.assert_allclose(result.detach(), further.predict_proba(frame), rtol=1e-12, atol=1e-15)
    called.decision_function(x[:50]).sum().backward()
    expected = further[:-1].transform(frame[:50]).sum(axis=0)
    np.testing.assert_allclose(module.steps[-1].coef_.grad, np.asarray(expected).reshape(1, -1), rtol=1e-12)


def test_a_gap_in_a_column_that_is_left_out_does_no_harm():
    frame = pd.DataFrame({"word": [f"word {i % 100}" for i in range(300)], "number": 1.0, "other": RANDOM.random(300)})
    columns = make_column_transformer((OneHotEncoder(), ["word"]), ("passthrough", ["number", "other"]))
    model = make_pipeline(columns, VarianceThreshold(1e-6), Ridge()).fit(frame, frame["other"])
    frame.loc[::2, "number"] = np.nan
    module = bridge.to_torch(model)
    np.testing.assert_allclose(module.predict(module.encode(frame)).detach(), model.predict(frame), rtol=1e-12)


def test_an_unknown_word_is_refused_where_the_encoder_refuses_it():
    frame = pd.DataFrame({"word": [f"word {i}" for i in range(100)]})
    module = bridge.to_torch(make_pipeline(OneHotEncoder(), Ridge()).fit(frame, RANDOM.normal(size=100)))
    assert module.projects
    with pytest.raises(InputError, match="an unknown word in column 'word' at row 0"):
        module.predict(torch.tensor([[-1.0]]))
