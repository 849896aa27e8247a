"""XGBoost beyond the contract: every bit of margins, dumps of other versions, damaged dumps, files, bare processes."""

import contextlib
import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import torch
import xgboost

import bridge
from bridge.errors import CorruptEstimatorError, DataError, InputError, UnsupportedError
from bridge.overrides.xgboost import booster as modules
from bridge.overrides.xgboost.dump import read_dump
from bridge.overrides.xgboost.ubjson import read_ubjson
from tests.cases import all_cases, fitted
from tests.cases.xgboost import hard_rows

CASES = [case.id for case in all_cases() if case.family == "xgboost"]


def _bits(values):
    return np.asarray(values, dtype=np.float32).view(np.int32)


@pytest.mark.parametrize("case_id", CASES)
def test_margins_are_those_of_xgboost_in_every_bit(case_id):
    found = fitted(case_id)
    module = bridge.to_torch(found.estimator, verify=False)
    margins = module.predict_raw(module.encode(found.rows)).detach().numpy()
    if isinstance(found.estimator, xgboost.Booster):
        expected = found.estimator.predict(xgboost.DMatrix(found.rows), output_margin=True)
    else:
        expected = found.estimator.predict(found.rows, output_margin=True)
    assert (_bits(margins) == _bits(expected)).all()


def test_large_ensembles_are_summed_as_xgboost_sums():
    random = np.random.default_rng(0)
    X, rows = random.normal(size=(600, 8)), random.normal(size=(3000, 8))
    model = xgboost.XGBRegressor(n_estimators=400, max_depth=8, n_jobs=1).fit(X, X @ np.arange(8) + np.sin(9 * X[:, 0]))
    module = torch.jit.script(bridge.to_torch(model))
    for n_rows in (1, 7, 100, 3000):
        expected = model.predict(rows[:n_rows])
        assert (_bits(module.predict(torch.tensor(rows[:n_rows])).detach()) == _bits(expected)).all()
    # An exact sum differs: the test would see another order.
    tables = [np.asarray(model.apply(rows[:100]), dtype=np.int64), read_dump(model.get_booster().save_raw("ubj"))]
    arrays = tables[1].trees
    first = np.cumsum(arrays.counts) - arrays.counts
    exact = arrays.leaf[tables[0] + first, 0].astype(np.float64).sum(axis=1) + tables[1].base_score[0]
    assert (_bits(exact) != _bits(model.predict(rows[:100]))).any()


@pytest.mark.parametrize("case_id", ["XGBClassifier-two-classes", "XGBRegressor-dart", "XGBRegressor-codes"])
def test_infinite_and_overflowing_numbers_are_numbers_to_an_estimator(case_id):
    model = fitted(case_id).estimator
    module = bridge.to_torch(model, verify=False)
    values = [np.inf, -np.inf, 1e39, -1e300, 3.5e38, np.nan]
    rows = np.zeros((6 * len(values), 6))
    for column in range(6):
        rows[column * len(values) : (column + 1) * len(values), column] = values
    margins = module.predict_raw(torch.tensor(rows)).detach().numpy()
    assert (_bits(margins) == _bits(model.predict(rows, output_margin=True))).all()


@pytest.mark.parametrize("missing", [0.0, np.inf, 1e39, 0.1, -7.0])
def test_any_number_can_stand_for_missing(missing):
    random = np.random.default_rng(0)
    X = np.round(random.normal(size=(200, 4)), 1)
    X[::5, 1] = missing
    y = np.where(X[:, 1] == missing, 5.0, 0.0) + X[:, 0]
    model = xgboost.XGBRegressor(n_estimators=5, missing=missing, n_jobs=1).fit(X, y)
    rows = np.round(random.normal(size=(50, 4)), 1)
    rows[::3, 1], rows[1::4, 1], rows[::7, 0] = missing, np.nan, -0.0
    module = bridge.to_torch(model, rows)
    assert (_bits(module.predict(torch.tensor(rows)).detach()) == _bits(model.predict(rows))).all()


def test_dumps_of_later_versions_have_the_weights_of_dart_in_the_model():
    """XGBoost 3.4 writes dart as gbtree, with ``weight_drop`` in the model: the same dump must come of both."""
    model = fitted("XGBRegressor-dart").estimator
    document = json.loads(model.get_booster().save_raw("json"))
    booster = document["learner"]["gradient_booster"]
    assert "gbtree" in booster
    assert min(booster["weight_drop"]) < 1
    before = read_dump(model.get_booster().save_raw("ubj"))
    later = {**booster["gbtree"]["model"], "weight_drop": booster["weight_drop"]}
    document["learner"]["gradient_booster"] = {"model": later, "name": "gbtree"}
    document["version"] = [3, 4, 1]
    after = read_dump(_ubjson(document))
    assert after.is_dart
    for name in ("weight", "leaf", "left", "right", "condition", "group"):
        np.testing.assert_array_equal(getattr(after.trees, name), getattr(before.trees, name))


def test_the_weights_of_dart_may_be_fewer_than_the_trees():
    model = fitted("XGBRegressor-dart").estimator
    document = read_ubjson(model.get_booster().save_raw("ubj"))
    document["learner"]["gradient_booster"]["weight_drop"] = [0.5]
    weight = read_dump(_ubjson(document)).trees.weight
    assert weight[0] == 0.5
    assert (weight[1:] == 1).all()


def _ubjson(value):
    """A document without typed arrays, as XGBoost writes lists of objects."""
    if isinstance(value, dict):
        return b"{" + b"".join(_text(key) + _ubjson(part) for key, part in value.items()) + b"}"
    if isinstance(value, (list, np.ndarray)):
        items = value.tolist() if isinstance(value, np.ndarray) else value
        return b"[" + b"".join(_ubjson(part) for part in items) + b"]"
    if isinstance(value, str):
        return b"S" + _text(value)
    if isinstance(value, (float, np.floating)):
        return b"D" + np.array(value, dtype=">f8").tobytes()
    return b"L" + np.array(value, dtype=">i8").tobytes()


def _text(value):
    data = value.encode()
    return b"L" + np.array(len(data), dtype=">i8").tobytes() + data


def _damage(path, change):
    def damaged(learner):
        *above, last = path
        part = learner
        for key in above:
            part = part[key]
        part[last] = change(part[last])

    return damaged


def _set(place, value):
    def change(array):
        array = np.array(array)
        array[place] = value
        return array

    return change


TREE = ("gradient_booster", "model", "trees", 0)
DAMAGES = {
    "child": _damage((*TREE, "left_children"), _set(0, 10**6)),
    "negative child": _damage((*TREE, "right_children"), _set(0, -7)),
    "circle": _damage((*TREE, "left_children"), _set(0, 0)),
    "feature": _damage((*TREE, "split_indices"), _set(0, 99)),
    "length": _damage((*TREE, "split_conditions"), lambda array: array[:-1]),
    "output": _damage(("gradient_booster", "model", "tree_info"), _set(0, 5)),
    "rounds": _damage(("gradient_booster", "model", "iteration_indptr"), _set(-1, 1000)),
    "base score": _damage(("learner_model_param", "base_score"), lambda text: "[0.5,0.5,0.5]"),
    "no number": _damage(("learner_model_param", "num_feature"), lambda text: "many"),
    "missing part": lambda learner: learner.pop("objective"),
    "set": _damage((*TREE, "categories_nodes"), lambda nodes: [10**6]),
    "size of a set": _damage((*TREE, "categories_sizes"), _set(0, 10**6)),
    "category": _damage((*TREE, "categories"), _set(0, -1)),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_dump_is_refused(name, monkeypatch):
    estimator = fitted(
        "XGBRegressor-codes" if "set" in name or name == "category" else "XGBRegressor-squared"
    ).estimator
    document = read_ubjson(estimator.get_booster().save_raw("ubj"))
    DAMAGES[name](document["learner"])
    data = _ubjson(document)
    monkeypatch.setattr(xgboost.Booster, "save_raw", lambda self, raw_format="ubj": data)
    with pytest.raises(CorruptEstimatorError):
        modules.BoosterModule(estimator, estimator.get_booster(), 3, float("nan"))


def test_a_cut_dump_is_refused():
    data = bytes(fitted("XGBRegressor-squared").estimator.get_booster().save_raw("ubj"))
    for length in (0, 1, 10, len(data) // 3, len(data) // 2, len(data) - 1):
        with pytest.raises(CorruptEstimatorError):
            read_dump(data[:length])
    random = np.random.default_rng(0)
    for _ in range(200):  # whatever the damage is, it is read or refused
        broken = bytearray(data)
        for place in random.integers(0, len(data), 5):
            broken[place] = int(random.integers(256))
        with contextlib.suppress(CorruptEstimatorError):
            read_dump(broken)


@pytest.mark.parametrize("suffix", [".ubj", ".json"])
def test_native_files_are_read_by_the_library(suffix, tmp_path):
    model = fitted("XGBClassifier-three-classes").estimator
    path = tmp_path / f"model{suffix}"
    model.save_model(path)
    module = bridge.to_torch(path)
    rows = fitted("XGBClassifier-three-classes").rows
    np.testing.assert_allclose(module.predict(torch.tensor(rows)).detach(), model.predict_proba(rows), rtol=1e-6)
    path.write_text("{}")
    with pytest.raises(DataError, match="xgboost"):
        bridge.to_torch(path)


def test_torchscript_serves_without_the_library_and_without_bridge(tmp_path):
    found = fitted("XGBClassifier-frame")
    manifest = bridge.export(found.estimator, tmp_path / "served", found.rows)
    assert "predict_raw" in manifest.signature.methods
    module = bridge.to_torch(found.estimator, verify=False)
    rows = module.encode(found.rows)
    torch.save(rows, tmp_path / "rows.pt")
    program = f"""
import sys
sys.modules["xgboost"] = sys.modules["bridge"] = sys.modules["sklearn"] = None
import torch
module = torch.jit.load({str(tmp_path / "served" / "model.pt")!r})
torch.save([module.predict_raw(torch.load({str(tmp_path / "rows.pt")!r}))], {str(tmp_path / "result.pt")!r})
"""
    subprocess.run([sys.executable, "-W", "ignore", "-c", program], check=True, cwd=tmp_path)
    (result,) = torch.load(tmp_path / "result.pt")
    assert (_bits(result.detach()) == _bits(found.estimator.predict(found.rows, output_margin=True))).all()


def test_unseen_categories_and_missing_columns_of_a_frame_are_refused():
    found = fitted("XGBRegressor-frame")
    module = bridge.to_torch(found.estimator, found.rows)
    rows = found.rows.copy()
    rows["v"] = pd.Categorical(np.where(np.arange(len(rows)) == 2, "never seen", "no"))
    with pytest.raises(InputError, match="never seen"):
        module.encode(rows)
    with pytest.raises(InputError, match="z"):
        module.encode(found.rows.drop(columns="z"))
    shuffled = found.rows[list("zyxwvu")]  # by name, which XGBoost itself refuses
    assert torch.equal(module.encode(shuffled).nan_to_num(-9.0), module.encode(found.rows).nan_to_num(-9.0))


def test_names_that_xgboost_cuts_are_refused():
    frame = pd.DataFrame({"a": pd.Categorical(["é", "b", "c"] * 20)})
    model = xgboost.XGBRegressor(n_estimators=2, enable_categorical=True).fit(frame, np.arange(60))
    cut = b"\xc3\xa9" not in bytes(model.get_booster().save_raw("ubj"))
    if cut:
        with pytest.raises(UnsupportedError, match=r"beyond ASCII.*3\.4"):
            bridge.to_torch(model)
    else:
        bridge.to_torch(model, frame)


def test_objectives_of_others_make_no_difference_or_are_refused():
    data = fitted("XGBRegressor-squared")
    X = data.rows[:40]

    def squared(y, prediction):
        return prediction - y, np.ones_like(y)

    model = xgboost.XGBRegressor(n_estimators=3, objective=squared, n_jobs=1).fit(X, np.arange(40.0))
    module = bridge.to_torch(model)
    assert (_bits(module.predict(torch.tensor(X)).detach()) == _bits(model.predict(X))).all()


def test_hard_rows_reach_thresholds():
    """The rows of the cases differ from each other by a unit in the last place at a threshold, and in their leaves."""
    found = fitted("XGBRegressor-squared")
    leaves = found.estimator.apply(hard_rows(found.estimator, _Rows(found)))
    assert (leaves[:-9] != leaves[-1]).any(axis=1).mean() > 0.5


class _Rows:
    def __init__(self, found):
        self.X = found.rows
        self.unseen = found.rows[:5]


def test_gradients_reach_leaves_and_weights():
    found = fitted("XGBRegressor-squared")
    module, rows = bridge.to_torch(found.estimator, verify=False), torch.tensor(found.rows)
    module.predict_raw(rows).sum().backward()
    dump = read_dump(found.estimator.get_booster().save_raw("ubj"))
    first = np.cumsum(dump.trees.counts) - dump.trees.counts
    counts = np.bincount((found.estimator.apply(found.rows).astype(np.int64) + first).ravel(), minlength=len(first))
    gradient = module.booster.leaves.grad[:, 0].numpy()
    np.testing.assert_array_equal(gradient[: len(counts)], counts)
    assert gradient[len(dump.trees.left)] == len(rows)  # the margin that every row starts from

    linear = bridge.to_torch(fitted("XGBRegressor-linear").estimator, verify=False)
    x = torch.zeros((3, 6), dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(linear.predict_raw(x).sum(), x)
    np.testing.assert_allclose(slope, linear.booster.weights.detach().float().T.expand(3, 6))
