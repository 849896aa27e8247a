"""Raw values of CatBoost are equal in every bit, in every runtime, and of words that no training saw."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import torch
from catboost import CatBoost, CatBoostRanker, CatBoostRegressor

import bridge
from bridge.overrides.catboost.boosting import Boosting
from bridge.overrides.functional.city_hash import low_hash
from tests.cases import all_cases, fitted
from tests.cases.catboost import SMALL

CASES = [case.id for case in all_cases() if case.family in ("catboost", "catboost_categories")]


def _reference(estimator, rows):
    if isinstance(estimator, CatBoostRanker):
        return estimator.predict(rows)
    return estimator.predict(rows, prediction_type="RawFormulaVal")


@pytest.mark.parametrize("case_id", CASES)
def test_raw_values_are_equal(case_id):
    found = fitted(case_id)
    module = bridge.to_torch(found.estimator, verify=False)
    if not isinstance(module, Boosting):
        return
    x = module.encode(found.rows)
    raw = module._predict_raw(x).detach().numpy()
    assert np.array_equal(raw, _reference(found.estimator, found.rows))
    alone = torch.cat([module._predict_raw(x[i : i + 1]) for i in range(0, len(x), 9)]).detach().numpy()
    assert np.array_equal(alone, raw[::9])


@pytest.mark.parametrize(
    "case_id", ["CatBoostRegressor-values-and-combinations", "CatBoostRegressor-categories-lossguide"]
)
def test_graphs_give_the_same_bits(case_id, tmp_path):
    found = fitted(case_id)
    bridge.export(found.estimator, tmp_path / "artifact", found.rows)
    for runtime in ("torch.export", "onnxruntime"):
        served = bridge.load(tmp_path / "artifact", runtime=runtime)
        raw = np.asarray(served.predict_raw(served.encode(found.rows)))
        assert np.array_equal(raw, _reference(found.estimator, found.rows)), runtime


def test_torchscript_hashes_words_and_needs_neither_catboost_nor_bridge(tmp_path):
    found = fitted("CatBoostRegressor-values-and-combinations")
    torch.jit.script(bridge.to_torch(found.estimator)).save(tmp_path / "model.pt")
    numbers = torch.tensor(found.rows[["u", "y"]].to_numpy(dtype=np.float64))
    columns = found.rows.astype({"x": int})[["v", "w", "x", "z"]]
    words = [[str(value) for value in columns[name]] for name in columns]
    torch.save((numbers, words), tmp_path / "rows.pt")
    program = (
        "import sys, torch\n"
        "sys.modules.update(catboost=None, bridge=None, sklearn=None)\n"
        f"module = torch.jit.load({str(tmp_path / 'model.pt')!r})\n"
        f"numbers, words = torch.load({str(tmp_path / 'rows.pt')!r})\n"
        f"torch.save(module.predict_raw(module.encode_columns(numbers, words)), {str(tmp_path / 'raw.pt')!r})\n"
    )
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    raw = torch.load(tmp_path / "raw.pt").detach().numpy()
    assert np.array_equal(raw, _reference(found.estimator, found.rows))


def test_words_of_every_length_have_the_hash_of_the_library(tmp_path):
    random = np.random.default_rng(0)
    lengths = [*range(70), 100, 127, 128, 129, 191, 192, 193, 200]
    scripted = torch.jit.script(low_hash)
    known, words = set(), []
    # A model of stumps on values of their own names the hashes of the words that it asks for.
    for start in range(0, len(lengths), 6):
        part = ["".join(random.choice(list("abcdefghž日"), size)) for size in lengths[start : start + 6]]
        words += part
        table = pd.DataFrame({"c": np.repeat(part, 2)})
        y = np.repeat(2.0 ** np.arange(len(part)), 2)
        model = CatBoostRegressor(
            **{**SMALL, "iterations": 60, "depth": 1}, cat_features=["c"], one_hot_max_size=255, random_strength=0
        )
        model.fit(table, y).save_model(tmp_path / "model.json", format="json")
        module = bridge.to_torch(model, verify=False)
        assert np.array_equal(module.predict(module.encode(table)).detach().numpy(), model.predict(table))
        known |= set(module.bins_.values.hashes.reshape(-1).tolist())
    hashes = [low_hash(word) for word in words]
    assert hashes == [scripted(word) for word in words]
    assert len(set(hashes) & known) > 0.6 * len(words)


def test_large_batches_and_many_trees_have_the_same_bits():
    random = np.random.default_rng(0)
    X = random.normal(size=(2000, 8))
    y = X[:, 0] * X[:, 1] + random.normal(size=2000)
    for options in ({"iterations": 80, "depth": 6}, {"iterations": 20, "depth": 9}, {"grow_policy": "Lossguide"}):
        model = CatBoost({**SMALL, **options}).fit(X, y)
        rows = random.normal(size=(5000, 8))
        module = bridge.to_torch(model)
        assert np.array_equal(module.predict(torch.tensor(rows)).detach().numpy(), model.predict(rows))
