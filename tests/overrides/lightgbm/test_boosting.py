"""What LightGBM's estimators refuse, what they share with their Booster, and that serving needs no library."""

import subprocess
import sys

import lightgbm
import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch
from lightgbm import LGBMClassifier, LGBMRegressor

import bridge
from bridge.errors import InputError, UnsupportedError
from tests.cases import fitted
from tests.cases.lightgbm import SMALL, squared_error

RANDOM = np.random.default_rng(0)
X, Y = RANDOM.normal(size=(80, 3)), RANDOM.integers(0, 2, 80)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (LGBMRegressor(pred_early_stop=True, **SMALL), ["LGBMRegressor", "pred_early_stop"]),
        (LGBMRegressor(num_iteration_predict=2, **SMALL), ["LGBMRegressor", "num_iteration_predict"]),
        (LGBMClassifier(objective=squared_error, **SMALL), ["LGBMClassifier", "objective"]),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_what_is_not_supported_is_refused_by_name(model, words):
    with pytest.raises(UnsupportedError) as caught:
        bridge.to_torch(model.fit(X, Y))
    assert all(word in str(caught.value) for word in words)
    assert "What to do" in str(caught.value)


def test_ordered_categories_of_a_frame_are_refused():
    table = pd.DataFrame(X, columns=["a", "b", "c"])
    table["c"] = pd.Categorical(RANDOM.choice(["low", "high"], 80), ["low", "high"], ordered=True)
    with pytest.raises(UnsupportedError, match="categorical columns"):
        bridge.to_torch(LGBMRegressor(**SMALL).fit(table, Y))


def test_columns_of_a_frame_are_found_by_name_and_of_an_array_by_place():
    table = pd.DataFrame(X, columns=["a", "b", "c"])
    model = LGBMRegressor(**SMALL).fit(table, Y)
    module = bridge.to_torch(model)
    assert torch.equal(module.encode(table[["c", "a", "b"]]), torch.tensor(X))
    with pytest.raises(InputError, match="'b'"):
        module.encode(table[["a", "c"]])
    of_array = bridge.to_torch(LGBMRegressor(**SMALL).fit(X, Y))
    assert torch.equal(of_array.encode(table), torch.tensor(X))


def test_names_with_spaces_are_found_under_the_underscores_of_lightgbm():
    table = pd.DataFrame(X, columns=["a b", "b", "c d e"])
    module = bridge.to_torch(LGBMRegressor(**SMALL).fit(table, Y))
    for frame in (table[["b", "c d e", "a b"]], pl.DataFrame(table.to_dict("list"))):
        assert torch.equal(module.encode(frame), torch.tensor(X))
    with pytest.raises(InputError, match="c_d_e"):
        module.encode(table[["b", "a b"]])


def test_a_booster_read_from_its_file_gives_what_the_estimator_gives(tmp_path):
    found = fitted("LGBMRegressor-frame")
    found.estimator.booster_.save_model(tmp_path / "model.txt")
    x = bridge.to_torch(found.estimator).encode(found.rows)
    module = bridge.to_torch(tmp_path / "model.txt")
    assert torch.equal(module.encode(found.rows).nan_to_num(-7.0), x.nan_to_num(-7.0))
    assert np.array_equal(module.predict(x).detach().numpy(), found.estimator.predict(found.rows))


def test_leaf_values_train():
    module = bridge.to_torch(fitted("LGBMClassifier-multiclass").estimator)
    module.predict_proba(torch.tensor(fitted("LGBMClassifier-multiclass").rows[:9])).square().sum().backward()
    assert module.trees_.leaf_value.grad.abs().sum() > 0


@pytest.mark.parametrize("case_id", ["LGBMClassifier-words", "LGBMRegressor-codes", "LGBMRegressor-linear"])
def test_torchscript_needs_neither_lightgbm_nor_bridge(case_id, tmp_path):
    found = fitted(case_id)
    module = bridge.to_torch(found.estimator)
    x = module.encode(found.rows)
    torch.jit.script(module).save(tmp_path / "model.pt")
    torch.save(x, tmp_path / "rows.pt")
    program = (
        "import sys, torch\n"
        "sys.modules.update(lightgbm=None, bridge=None, sklearn=None)\n"
        f"module = torch.jit.load({str(tmp_path / 'model.pt')!r})\n"
        f"raw = module.predict_raw(torch.load({str(tmp_path / 'rows.pt')!r}))\n"
        f"torch.save(raw, {str(tmp_path / 'raw.pt')!r})\n"
    )
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    raw = torch.load(tmp_path / "raw.pt").detach().numpy()
    assert np.array_equal(raw, found.estimator.predict(found.rows, raw_score=True))


def test_a_kept_booster_has_all_digits_of_its_sigmoid_and_one_from_text_six():
    kept = fitted("Booster-lightgbm-sigmoid-of-training")
    read = lightgbm.Booster(model_str=kept.estimator.model_to_string())
    x = torch.tensor(kept.rows)
    modules = [bridge.to_torch(booster) for booster in (kept.estimator, read)]
    for module, booster in zip(modules, (kept.estimator, read), strict=True):
        np.testing.assert_allclose(module.predict(x).detach().numpy(), booster.predict(kept.rows), rtol=0, atol=1e-13)
    assert not torch.equal(modules[0].predict(x), modules[1].predict(x))
