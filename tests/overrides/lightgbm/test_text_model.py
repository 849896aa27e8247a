"""The reader of LightGBM's text: what it refuses, and how it holds to bounds."""

import re

import numpy as np
import pytest

from bridge.overrides.errors import CorruptEstimatorError
from bridge.overrides.lightgbm.text_model import read_text
from bridge.overrides.lightgbm.trees import LightGBMTrees
from tests.cases import fitted


def _text(case_id="LGBMRegressor-codes"):
    return fitted(case_id).estimator.booster_.model_to_string()


def _changed(text, name, value, place=0):
    """The text with one number of one line of the first tree replaced."""
    line = re.search(rf"^{name}=(.*)$", text, re.MULTILINE)
    numbers = line.group(1).split()
    numbers[place] = str(value)
    return text[: line.start(1)] + " ".join(numbers) + text[line.end(1) :]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("split_feature", 6),
        ("split_feature", -1),
        ("left_child", 1000),
        ("left_child", -1000),
        ("right_child", 0),
        ("num_leaves", 3),
        ("num_leaves", 0),
        ("num_leaves", 10**9),
        ("decision_type", 12),
        ("max_feature_idx", 2),
        ("num_tree_per_iteration", 0),
        ("num_tree_per_iteration", 3),
        ("cat_boundaries", 7),
        ("cat_threshold", -3),
        ("num_cat", 9),
        ("leaf_value", ""),
    ],
)
def test_a_damaged_number_is_found(name, value):
    with pytest.raises(CorruptEstimatorError):
        LightGBMTrees(read_text(_changed(_text(), name, value)))


def test_a_set_of_categories_that_is_not_there_is_found():
    text = _text()
    kinds = re.search(r"^decision_type=(.*)$", text, re.MULTILINE).group(1).split()
    split = next(i for i, kind in enumerate(kinds) if int(kind) & 1)
    for value in (99, -1):
        with pytest.raises(CorruptEstimatorError):
            read_text(_changed(text, "threshold", value, split))


@pytest.mark.parametrize(("name", "value"), [("leaf_features", 6), ("num_features", 5), ("leaf_const", "")])
def test_damaged_linear_leaves_are_found(name, value):
    text = _text("LGBMRegressor-linear")
    start = next(match.start() for match in re.finditer(r"^leaf_features=.*\d", text, re.MULTILINE))
    start = text.rindex("Tree=", 0, start)
    with pytest.raises(CorruptEstimatorError):
        read_text(text[:start] + _changed(text[start:], name, value))


def test_a_model_without_trees_is_refused():
    text = _text()
    with pytest.raises(CorruptEstimatorError, match="no trees"):
        read_text(text.partition("\nTree=")[0] + "\nend of trees\n")


def test_every_number_of_a_tree_is_read():
    booster = fitted("LGBMRegressor-deep").estimator.booster_
    model, frame = read_text(booster.model_to_string()), booster.trees_to_dataframe()
    leaves = frame[frame["left_child"].isna()]
    assert np.array_equal(np.sort(model.leaf_value), np.sort(leaves["value"].to_numpy()))
    splits = frame[frame["left_child"].notna()]
    assert np.array_equal(np.sort(model.threshold), np.sort(splits["threshold"].to_numpy(dtype=np.float64)))
    assert model.n_trees == booster.num_trees()
