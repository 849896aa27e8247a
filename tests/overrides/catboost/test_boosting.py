"""What CatBoost's estimators refuse, and how the reader of their JSON holds to bounds."""

import copy
import json

import numpy as np
import pandas as pd
import pytest
import torch
from catboost import CatBoostClassifier, CatBoostRegressor
from sklearn.compose import make_column_transformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder

import bridge
from bridge.errors import BridgeError, InputError, UnsupportedError
from bridge.overrides.catboost.json_model import read_json
from bridge.overrides.catboost.trees import CatBoostTrees
from bridge.overrides.errors import CorruptEstimatorError
from tests.cases import fitted
from tests.cases.catboost import SMALL

RANDOM = np.random.default_rng(0)
X, Y = RANDOM.normal(size=(80, 2)), RANDOM.integers(0, 2, 80)
TABLE = pd.DataFrame({"a": X[:, 0], "c": RANDOM.choice(["x", "y", "z"], 80)})


def test_text_and_embedding_features_are_refused_by_name():
    table = TABLE.assign(t=[" ".join(RANDOM.choice(["good", "bad", "fine"], 4)) for _ in range(80)])
    model = CatBoostClassifier(**SMALL, cat_features=["c"], text_features=["t"]).fit(table, Y)
    with pytest.raises(UnsupportedError, match="text features"):
        bridge.to_torch(model)
    table = TABLE.assign(e=list(RANDOM.normal(size=(80, 3))))
    model = CatBoostClassifier(**SMALL, cat_features=["c"], embedding_features=["e"]).fit(table, Y)
    with pytest.raises(UnsupportedError, match="embedding features"):
        bridge.to_torch(model)


@pytest.mark.parametrize("value", [None, np.nan, 1.5])
def test_what_is_no_category_is_refused(value):
    module = bridge.to_torch(CatBoostClassifier(**SMALL, cat_features=["c"]).fit(TABLE, Y))
    table = TABLE.astype({"c": object})
    table.loc[3, "c"] = value
    with pytest.raises(InputError, match=r"'c'.*categor"):
        module.encode(table)


def test_categories_that_an_earlier_step_makes_are_refused():
    steps = make_column_transformer((OrdinalEncoder(dtype=np.int64), ["c"])).set_output(transform="pandas")
    model = make_pipeline(steps, CatBoostClassifier(**SMALL, cat_features=[0])).fit(TABLE, Y)
    with pytest.raises(BridgeError, match="CatBoostClassifier takes column 0 for categories"):
        bridge.to_torch(model)


def test_columns_of_a_frame_are_found_by_name():
    module = bridge.to_torch(CatBoostClassifier(**SMALL, cat_features=["c"]).fit(TABLE, Y))
    assert torch.equal(module.encode(TABLE[["c", "a"]]), module.encode(TABLE))


def test_a_native_file_gives_what_the_estimator_gives(tmp_path):
    model = CatBoostRegressor(**SMALL, cat_features=["c"]).fit(TABLE, X[:, 1])
    model.save_model(tmp_path / "model.cbm")
    module = bridge.to_torch(tmp_path / "model.cbm")
    assert np.array_equal(module.predict(module.encode(TABLE)).detach().numpy(), model.predict(TABLE))


def test_a_regressor_has_no_words_of_classes():
    assert not hasattr(bridge.to_torch(CatBoostRegressor(**SMALL).fit(X, X[:, 1])), "predict_labels")


@pytest.fixture(scope="module")
def dumps(tmp_path_factory):
    """JSON of an oblivious model and of another, and how many columns they have."""
    found = {}
    for case_id in ("CatBoostRegressor-values-and-combinations", "CatBoostRegressor-categories-lossguide"):
        file = tmp_path_factory.mktemp("dump") / "model.json"
        fitted(case_id).estimator.save_model(str(file), format="json")
        found[case_id.rpartition("-")[2]] = json.loads(file.read_text(encoding="utf-8"))
    return found


def _build(data):
    model = read_json(data, 6)
    sizes = [len(part[1]) + 1 for part in (*model.floats, *model.values)]
    sizes += [len(statistic.borders) + 1 for statistic in model.statistics]
    return CatBoostTrees(model, sizes)


def _leaf(tree):
    while "split" in tree:
        tree = tree["left"]
    return tree


DAMAGES = {
    "column": lambda data: data["features_info"]["float_features"][0].update(flat_feature_index=6),
    "negative column": lambda data: data["features_info"]["float_features"][0].update(flat_feature_index=-1),
    "category column": lambda data: data["features_info"]["categorical_features"][0].update(flat_feature_index=99),
    "borders": lambda data: data["features_info"]["float_features"][0]["borders"].reverse(),
    "no features": lambda data: data.pop("features_info"),
    "bias": lambda data: data.update(scale_and_bias=[1, [0, 0]]),
    "no trees": lambda data: data.update(oblivious_trees=[], trees=[]),
}

OBLIVIOUS = {
    "split": lambda data: data["oblivious_trees"][0]["splits"][0].update(split_index=10**6),
    "negative split": lambda data: data["oblivious_trees"][0]["splits"][0].update(split_index=-1),
    "leaves": lambda data: data["oblivious_trees"][0]["leaf_values"].pop(),
    "combined feature": lambda data: data["features_info"]["ctrs"][0]["elements"][0].update(cat_feature_index=17),
    "statistic": lambda data: data["features_info"]["ctrs"][0].update(identifier="none"),
    "kind": lambda data: data["features_info"]["ctrs"][0].update(ctr_type="Median"),
    "table": lambda data: next(iter(data["ctr_data"].values()))["hash_map"].pop(),
}

OTHERS = {
    "split": lambda data: data["trees"][0]["split"].update(split_index=10**6),
    "leaf": lambda data: _leaf(data["trees"][0]).update(value=[1.0, 2.0]),
    "no child": lambda data: data["trees"][0].pop("left"),
}


@pytest.mark.parametrize(
    ("kind", "damage"),
    [
        *(pytest.param("combinations", damage, id=name) for name, damage in {**DAMAGES, **OBLIVIOUS}.items()),
        *(pytest.param("lossguide", damage, id=f"{name} of others") for name, damage in {**DAMAGES, **OTHERS}.items()),
    ],
)
def test_a_damaged_model_is_found(kind, damage, dumps):
    data = copy.deepcopy(dumps[kind])
    _build(data)
    damage(data)
    with pytest.raises(CorruptEstimatorError):
        _build(data)
