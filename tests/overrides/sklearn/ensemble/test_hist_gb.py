"""Histogram gradient boosting beyond the contract: every edge of a split, categories of all kinds, damaged pickles."""

import copy

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

import bridge
from bridge.errors import CorruptEstimatorError, UnsupportedError
from bridge.overrides.encoding.columns import Column

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(300, 4))
Y = X[:, 0] * 2 + np.sin(X[:, 1] * 3) + (X[:, 2] > 0) * X[:, 3]


def raw(model, rows):
    """Bit for bit: leaves differ in their values, so equal sums mean equal leaves."""
    module = bridge.to_torch(model)
    x = torch.tensor(np.asarray(rows, dtype=np.float64))
    results = [module.predict(x).detach().numpy(), torch.jit.script(module).predict(x).detach().numpy()]
    for result in results:
        np.testing.assert_array_equal(result, model.predict(rows))
    return results[0]


def around_thresholds(model, rows):
    """Each threshold and the neighbours in float64 and float32, in rows of their own."""
    blocks = []
    for stage in model._predictors:
        for predictor in stage:
            for node in predictor.nodes[predictor.nodes["is_leaf"] == 0]:
                limit = node["num_threshold"]
                near = np.float32(limit)
                values = [limit, np.nextafter(limit, np.inf), np.nextafter(limit, -np.inf), near]
                values += [np.nextafter(near, np.float32(np.inf)), np.nextafter(near, np.float32(-np.inf))]
                block = np.repeat(rows[:1], len(values), axis=0)
                block[:, node["feature_idx"]] = values
                blocks.append(block)
    return np.vstack(blocks)


def test_every_threshold_parts_neighbouring_doubles():
    model = HistGradientBoostingRegressor(max_iter=10, random_state=0).fit(X, Y)
    raw(model, around_thresholds(model, X))


def test_missing_first_met_at_prediction_follows_the_larger_child():
    model = HistGradientBoostingRegressor(max_iter=10, random_state=0).fit(X, Y)
    rows = np.vstack([X[:20]] * 4)
    for column in range(4):
        rows[20 * column : 20 * column + 20, column] = np.nan
    raw(model, np.vstack([rows, np.full((1, 4), np.nan)]))


def test_a_split_between_the_missing_and_all_others_leaves_infinities_with_the_others():
    gaps = X.copy()
    gaps[::3, 0] = np.nan
    target = np.isnan(gaps[:, 0]) * 5.0 + 0.1 * Y
    model = HistGradientBoostingRegressor(max_iter=5, random_state=0).fit(gaps, target)
    nodes = np.concatenate([stage[0].nodes for stage in model._predictors])
    assert np.isposinf(nodes["num_threshold"]).any()
    rows = np.repeat(gaps[:1], 6, axis=0)
    rows[:, 0] = [np.inf, -np.inf, np.nan, 1.7976931348623157e308, -1.7976931348623157e308, 0.0]
    raw(model, rows)
    # In float32 the missing still go their way.
    single = bridge.to_torch(model).float().predict(torch.tensor(rows, dtype=torch.float32))
    np.testing.assert_allclose(single.detach(), model.predict(rows), rtol=1e-5)


@pytest.mark.parametrize("values", [(-np.inf, 0.0), (-np.inf, np.inf), (0.0, np.inf), (-1e308, 1e308)])
def test_thresholds_between_infinite_values(values):
    """Infinite, or no number at all: nothing is below NaN, so that all go right of it."""
    rows = X.copy()
    rows[:, 0] = np.where(Y > 0, values[0], values[1])
    rows[::5, 0] = np.nan
    with np.errstate(invalid="ignore", over="ignore"):
        model = HistGradientBoostingRegressor(max_iter=5, random_state=0).fit(rows, Y)
    probes = np.repeat(X[:1], 7, axis=0)
    probes[:, 0] = [-np.inf, np.inf, np.nan, 1.7976931348623157e308, -1.7976931348623157e308, 0.0, 3.0]
    raw(model, np.vstack([rows, probes]))


@pytest.mark.parametrize("limit", [np.nan, np.inf, -np.inf, 0.25])
@pytest.mark.parametrize("missing_left", [0, 1])
def test_every_kind_of_threshold_by_hand(limit, missing_left):
    """Kinds that no fit may give today, against scikit-learn's own descent."""
    model = HistGradientBoostingRegressor(max_iter=1, max_leaf_nodes=2, random_state=0).fit(X, Y)
    nodes = model._predictors[0][0].nodes
    nodes["num_threshold"][0], nodes["missing_go_to_left"][0] = limit, missing_left
    rows = np.zeros((8, 4))
    rows[:, nodes["feature_idx"][0]] = [np.nan, np.inf, -np.inf, 1.7e308, -1.7e308, 0.25, np.nextafter(0.25, 1), 0.0]
    raw(model, rows)


def categorical(rows, count=40, seed=1):
    rows = rows.copy()
    rows[:, 2] = np.random.default_rng(seed).integers(0, count, len(rows)) * 1.5 - 7
    return rows


ODD = [-7.0, -7.5, -6.999999999, 0.5, 0.0, -0.0, 51.5, 53.0, 256.0, 1e300, -1e300, np.nan, np.nextafter(0.5, 1)]


def test_categories_known_unknown_between_negative_huge_and_missing():
    rows = categorical(X)
    target = Y + (rows[:, 2] * 2 % 7)
    model = HistGradientBoostingRegressor(categorical_features=[2], max_iter=20, random_state=0).fit(rows, target)
    nodes = np.concatenate([stage[0].nodes for stage in model._predictors])
    assert nodes["is_categorical"].any()
    probes = np.repeat(rows[:1], len(ODD), axis=0)
    probes[:, 2] = ODD
    raw(model, np.vstack([rows, probes]))


def test_a_category_that_only_the_validation_set_has_seen():
    rows = categorical(X, count=120)
    target = Y + (rows[:, 2] * 2 % 7)
    model = HistGradientBoostingRegressor(
        categorical_features=[2], early_stopping=True, validation_fraction=0.5, max_iter=8, random_state=0
    )
    raw(model.fit(rows, target), rows)


def test_as_many_categories_as_there_can_be():
    rows = np.zeros((510, 2))
    rows[:, 0] = np.arange(510) % 255
    model = HistGradientBoostingRegressor(categorical_features=[0], max_iter=3, min_samples_leaf=1)
    model.fit(rows, np.sin(rows[:, 0] * 12.9))
    probes = np.zeros((260, 2))
    probes[:, 0] = np.arange(-2, 258)
    raw(model, probes)


def test_only_categories_and_integers():
    rows = RANDOM.integers(0, 6, size=(200, 2))
    model = HistGradientBoostingClassifier(categorical_features=[0, 1], max_iter=5, min_samples_leaf=2)
    model.fit(rows, (rows.sum(axis=1) % 3 == 0).astype(int))
    module = bridge.to_torch(model)
    np.testing.assert_array_equal(module.predict_proba(torch.tensor(rows)).detach(), model.predict_proba(rows))


def frame(rows):
    return pd.DataFrame(categorical(rows, count=9), columns=list("abcd"))


def test_categories_of_a_frame_by_dtype_and_by_name():
    table = frame(X)
    target = Y + (table["c"] * 2 % 5)
    by_dtype = HistGradientBoostingRegressor(max_iter=5, random_state=0)
    by_dtype.fit(table.astype({"c": "category"}), target)
    by_name = HistGradientBoostingRegressor(categorical_features=["c"], max_iter=5, random_state=0).fit(table, target)
    for model in (by_dtype, by_name):
        assert model.is_categorical_.sum() == 1
        module = bridge.to_torch(model)
        result = module.predict(module.encode(table)).detach()
        np.testing.assert_array_equal(result, model.predict(table.astype({"c": "category"})))


def word_frame(rows):
    """A column of words, in an order other than that of their codes when joined with others, and gaps."""
    table = frame(rows)
    table["c"] = np.array(["Oslo", "Rome", "a", "Ärger", "zz", "b", "", "x", "nan"])[(table["c"] / 1.5 + 5).astype(int)]
    table.loc[::9, "c"] = np.nan
    return table


@pytest.mark.parametrize("features", ["from_dtype", ["c"], [2]])
def test_categories_that_are_words(features):
    table = word_frame(X)
    if features == "from_dtype":
        table["c"] = table["c"].astype("category")
    target = Y + table["c"].isin(["Rome", "zz", ""]) * 3.0
    model = HistGradientBoostingRegressor(categorical_features=features, max_iter=8, random_state=0).fit(table, target)
    assert np.concatenate([stage[0].nodes for stage in model._predictors])["is_categorical"].any()
    probes = word_frame(X[::-1]).astype({"c": object})
    probes.loc[::5, "c"] = "unknown"
    module = bridge.to_torch(model)
    for rows in (table, probes, probes[list("dcba")]):
        expected = model.predict(rows[list("abcd")])
        np.testing.assert_array_equal(module.predict(module.encode(rows)).detach(), expected)


def test_categories_in_a_vocabulary_that_others_share():
    """Codes of words are not in the order of the categories where another step has put its own words in front."""
    model = HistGradientBoostingRegressor(categorical_features=["c"], max_iter=8, random_state=0)
    table = word_frame(X)
    model.fit(table, Y + table["c"].isin(["Rome", "zz", ""]) * 3.0)
    module = bridge.to_torch(model)
    column = Column("word", ("zz", "other", "b", "Rome")).joined(module.reads()[2])
    module.settle([Column(), Column(), column, Column()])
    rows = torch.tensor(table[list("abcd")].assign(c=table["c"].map(column.codes)).to_numpy(dtype=np.float64))
    np.testing.assert_array_equal(module.predict(rows).detach(), model.predict(table))


def test_categories_that_no_tensor_holds_are_refused_in_words():
    model = HistGradientBoostingRegressor(categorical_features=["c"], max_iter=2).fit(frame(X), Y)
    model._preprocessor.named_transformers_["encoder"].categories_[0] = np.array([1, "a"], dtype=object)
    with pytest.raises(UnsupportedError, match="HistGradientBoostingRegressor learned both words and numbers"):
        bridge.to_torch(model)


def test_sums_run_stage_by_stage():
    labels = np.digitize(Y, [-1, 1])
    for target in (labels, labels > 0):
        model = HistGradientBoostingClassifier(max_iter=30, random_state=0).fit(X, target)
        module = bridge.to_torch(model)
        assert np.array_equal(module.decision_function(torch.tensor(X)).detach(), model.decision_function(X))


def test_a_binary_score_of_zero_is_the_first_class():
    model = HistGradientBoostingClassifier(max_iter=1, min_samples_leaf=300).fit(X, np.arange(300) % 2)
    assert model.decision_function(X[:1]) == 0.0
    assert bridge.to_torch(model).predict(torch.tensor(X[:1])).item() == 0 == model.predict(X[:1])[0]


def test_values_of_leaves_train():
    module = bridge.to_torch(HistGradientBoostingRegressor(loss="poisson", max_iter=3).fit(X, Y - Y.min() + 1))
    module.predict(torch.tensor(X)).sum().backward()
    names = dict(module.named_parameters())
    assert set(names) == {"_predictors.value", "_baseline_prediction"}
    assert all(value.grad.abs().sum() > 0 for value in names.values())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("left", 10**6),
        ("right", 0),
        ("feature_idx", 77),
        ("feature_idx", -1),
        ("bitset_idx", 10**6),
        ("feature_idx", 1),
    ],
)
def test_a_hostile_pickle_is_refused(field, value):
    """A wrong number in a categorical split; feature 1 of the trees is no category."""
    rows = categorical(X)
    model = HistGradientBoostingRegressor(categorical_features=[2], max_iter=3, random_state=0)
    model.fit(rows, rows[:, 2] % 7)
    wrong = copy.deepcopy(model)
    nodes = wrong._predictors[0][0].nodes
    nodes[field][np.flatnonzero(nodes["is_categorical"])[0]] = value
    with pytest.raises(CorruptEstimatorError, match="damaged"):
        bridge.to_torch(wrong)


def test_trees_that_do_not_fit_the_classes_are_refused():
    model = HistGradientBoostingClassifier(max_iter=2).fit(X, np.digitize(Y, [-1, 1]))
    model.classes_ = model.classes_[:2]
    with pytest.raises(CorruptEstimatorError, match="classes"):
        bridge.to_torch(model)
    model._predictors[0] = model._predictors[0][:2]
    with pytest.raises(CorruptEstimatorError, match="trees per stage"):
        bridge.to_torch(model)
