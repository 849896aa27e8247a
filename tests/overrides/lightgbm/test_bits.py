"""Raw scores of LightGBM are equal in every bit, in every runtime."""

import numpy as np
import pytest
import torch
from lightgbm import LGBMRegressor

import bridge
from bridge.overrides.lightgbm.boosting import Boosting
from tests.cases import all_cases, fitted

CASES = [case.id for case in all_cases() if case.family in ("lightgbm", "lightgbm_categories")]


def _reference(estimator, rows):
    return np.asarray(estimator.predict(rows, raw_score=True))


@pytest.mark.parametrize("case_id", CASES)
def test_raw_scores_and_leaves_are_equal(case_id):
    found = fitted(case_id)
    module = bridge.to_torch(found.estimator, verify=False)
    if not isinstance(module, Boosting):
        return
    x = module.encode(found.rows)
    raw, leaves = module.predict_raw(x).detach().numpy(), module.apply(x).numpy()
    assert np.array_equal(raw, _reference(found.estimator, found.rows), equal_nan=True)
    assert np.array_equal(leaves, np.asarray(found.estimator.predict(found.rows, pred_leaf=True)).reshape(leaves.shape))
    alone = torch.cat([module.predict_raw(x[i : i + 1]) for i in range(0, len(x), 9)]).detach().numpy()
    assert np.array_equal(alone, raw[::9], equal_nan=True)


@pytest.mark.parametrize(
    "case_id", ["LGBMClassifier-multiclass", "LGBMRegressor-codes", "LGBMRegressor-zero-as-missing"]
)
def test_graphs_give_the_same_bits(case_id, tmp_path):
    found = fitted(case_id)
    bridge.export(found.estimator, tmp_path / "artifact", found.rows)
    for runtime in ("torch.export", "onnxruntime"):
        served = bridge.load(tmp_path / "artifact", runtime=runtime)
        raw = np.asarray(served.predict_raw(served.encode(found.rows)))
        assert np.array_equal(raw, _reference(found.estimator, found.rows)), runtime


def test_large_batches_and_many_trees_have_the_same_bits():
    random = np.random.default_rng(0)
    X = random.normal(size=(3000, 8))
    y = X[:, 0] * X[:, 1] + random.normal(size=3000)
    for n_trees, n_leaves in ((60, 31), (12, 200)):
        model = LGBMRegressor(n_estimators=n_trees, num_leaves=n_leaves, verbose=-1, n_jobs=1).fit(X, y)
        rows = random.normal(size=(5000, 8))
        module = bridge.to_torch(model)
        assert np.array_equal(module.predict_raw(torch.tensor(rows)).detach().numpy(), model.predict(rows))
