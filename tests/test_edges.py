"""Rows on the edge are counted by themselves and refuse no model; no fault of a module passes as one."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import KMeans
from sklearn.datasets import load_wine
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestClassifier
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeRegressor

import bridge
from bridge.parity.edges import moved_estimator, moved_rows

X, Y = load_wine(return_X_y=True)
FIT, UNSEEN = slice(0, None, 2), X[1::2]


def _words(n_samples, seed):
    random = np.random.default_rng(seed)
    return pd.DataFrame({name: random.choice(list("xyz"), n_samples) for name in "abcd"})


@pytest.mark.parametrize("last", [KNeighborsClassifier(), KNeighborsRegressor(3)], ids=["classes", "numbers"])
def test_equal_neighbours_are_on_the_edge(last):
    words = _words(150, 0)
    model = make_pipeline(OneHotEncoder(handle_unknown="ignore"), last).fit(words, np.arange(150) % 3)
    # Another order of the points: what scikit-learn would give if it had been fitted in that order.
    order = torch.randperm(150, generator=torch.Generator().manual_seed(0))
    turned = make_pipeline(OneHotEncoder(handle_unknown="ignore"), last)
    turned.fit(words.iloc[order.numpy()], (np.arange(150) % 3)[order.numpy()])
    module = bridge.to_torch(turned)
    report = bridge.check_parity(model, _words(40, 1), module=module, runtimes=["eager"])
    assert report.ok
    assert report.on_edge > 0
    assert f"equal but for {report.on_edge} rows on the edge" in str(report)
    assert f"{report.on_edge} rows on the edge" in report.to_html()
    assert max(item["on_edge"] for item in report.to_dict()["comparisons"]) == report.on_edge


def test_an_ordinary_row_is_not_on_the_edge():
    model = make_pipeline(StandardScaler(), SVC()).fit(X[FIT], Y[FIT])
    report = bridge.check_parity(model, UNSEEN, runtimes=["eager"])
    assert report.ok
    assert report.on_edge == 0


def _scaled(values):
    values.mul_(1 + 1e-6)


def _flipped(values):
    values.neg_()


def _rolled(values):
    values.copy_(values.roll(1, 0))


def _rows_on_thresholds(model, rows):
    tree = (model.estimators_[0] if hasattr(model, "estimators_") else model).tree_
    rows = np.repeat(rows[:1], tree.node_count, axis=0)
    inner = tree.feature >= 0
    rows[inner, tree.feature[inner]] = tree.threshold[inner]
    return rows[inner]


MUTANTS = [
    ("scale_", _scaled, make_pipeline(StandardScaler(), LogisticRegression())),
    ("coef_", _flipped, make_pipeline(StandardScaler(), LogisticRegression())),
    ("coef_", _rolled, make_pipeline(StandardScaler(), LogisticRegression())),
    ("intercept_", _scaled, make_pipeline(StandardScaler(), LogisticRegression())),
    ("support_vectors_", _scaled, make_pipeline(StandardScaler(), SVC())),
    ("dual_coef_", _scaled, make_pipeline(StandardScaler(), SVC())),
    ("cluster_centers_", _scaled, make_pipeline(StandardScaler(), KMeans(3, n_init=1, random_state=0))),
    ("X_train_", _scaled, make_pipeline(StandardScaler(), GaussianProcessRegressor(alpha=1e-3))),
    ("coef_", _scaled, CalibratedClassifierCV(make_pipeline(StandardScaler(), LogisticRegression()), method="sigmoid")),
]


@pytest.mark.parametrize(("name", "mutate", "model"), MUTANTS, ids=[f"{n}-{m.__name__}" for n, m, _ in MUTANTS])
def test_no_fault_of_a_parameter_passes(name, mutate, model):
    model.fit(X[FIT], Y[FIT])
    module = bridge.to_torch(model)
    found = [value for key, value in module.named_parameters() if key.rpartition(".")[2] == name]
    assert found
    with torch.no_grad():
        for value in found:
            mutate(value)
    report = bridge.check_parity(model, UNSEEN, module=module, runtimes=["eager"])
    assert not report.ok
    assert sum(item.rows_different for item in report.failures) > sum(item.on_edge for item in report.comparisons)


@pytest.mark.parametrize(
    "model", [DecisionTreeRegressor(random_state=0), RandomForestClassifier(5, random_state=0)], ids=["tree", "forest"]
)
def test_a_row_on_a_threshold_is_no_edge(model):
    """``<`` for ``<=``: scikit-learn compares exactly, so nothing excuses the other side."""
    model.fit(X[FIT], Y[FIT])
    module = bridge.to_torch(model)
    rows = _rows_on_thresholds(model, UNSEEN)
    beside = np.nextafter(rows.astype(np.float32), np.float32(np.inf)).astype(np.float64)
    assert bridge.check_parity(model, rows, module=module, runtimes=["eager"]).ok
    module.encode = lambda data: torch.as_tensor(beside)
    report = bridge.check_parity(model, rows, module=module, runtimes=["eager"])
    assert not report.ok
    assert report.on_edge == 0


def test_what_moves_is_a_copy():
    model = make_pipeline(StandardScaler(), HistGradientBoostingRegressor(max_iter=3)).fit(X[FIT], Y[FIT])
    before = model.predict(UNSEEN)
    moved = moved_estimator(model, 0)
    assert moved[1]._predictors is model[1]._predictors, "trees are shared"
    assert (moved[0].mean_ != model[0].mean_).any()
    np.testing.assert_allclose(moved[0].mean_, model[0].mean_, rtol=1e-15)
    np.testing.assert_array_equal(model.predict(UNSEEN), before)
    rows = moved_rows(UNSEEN, 0)
    assert (rows != UNSEEN).any()
    np.testing.assert_allclose(rows, UNSEEN, rtol=1e-15)
