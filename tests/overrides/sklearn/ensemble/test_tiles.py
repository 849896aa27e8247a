"""Forests in TorchScript work on a large batch in tiles, and their process ends well."""

import io
import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from sklearn.datasets import make_classification
from sklearn.ensemble import (
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    IsolationForest,
    RandomForestClassifier,
)

import bridge

X, y = make_classification(5500, 6, n_informative=4, n_redundant=0, random_state=0)
X[::50, 1] = np.nan

MODELS = {
    "predict_proba": RandomForestClassifier(20, max_depth=5, random_state=0),
    "apply": ExtraTreesRegressor(20, max_depth=5, random_state=0),
    "staged_decision_function": GradientBoostingClassifier(n_estimators=20, random_state=0),
    "decision_function": HistGradientBoostingClassifier(max_iter=20, random_state=0),
    "score_samples": IsolationForest(n_estimators=20, random_state=0),
}


@pytest.fixture(params=MODELS, name="pair")
def _pair(request):
    rows = np.nan_to_num(X) if request.param == "staged_decision_function" else X
    model = MODELS[request.param].fit(rows[:500], y[:500])
    module = bridge.to_torch(model, verify=False)
    file = io.BytesIO()
    torch.jit.save(torch.jit.script(module), file)
    file.seek(0)
    return model, module, torch.jit.load(file), request.param, rows[500:]


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
def test_tiles_of_torchscript_are_those_of_eager(pair):
    model, module, scripted, method, rows = pair
    x = torch.tensor(rows)
    assert len(x) > 2 * module.tile_rows
    expected = getattr(module, method)(x).detach()
    truth = getattr(model, method)(rows)
    if method.startswith("staged"):
        truth = np.stack(list(truth), axis=1)
    np.testing.assert_allclose(expected, truth, rtol=1e-12, atol=1e-12)
    call = (lambda x: scripted._c._get_method(method)(x)) if method == "apply" else getattr(scripted, method)
    with torch.no_grad():
        for batch in (x, x[: module.tile_rows + 1], x[:1], x[:0], x.to_sparse_csr()):
            wanted = expected if batch.layout != torch.strided else expected[: len(batch)]
            for _ in range(3):  # the first calls of TorchScript are not those that it keeps
                assert torch.equal(call(batch), wanted)


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
def test_gradients_reach_the_values_of_the_leaves():
    model = RandomForestClassifier(20, max_depth=5, random_state=0).fit(X[:500], y[:500])
    eager = bridge.to_torch(model, verify=False)
    scripted = torch.jit.script(bridge.to_torch(model, verify=False))
    x = torch.tensor(X[500:])
    for module in (eager, scripted):
        module.predict_proba(x)[:, 1].sum().backward()
    assert eager.estimators_.value.grad.abs().sum() > 0
    torch.testing.assert_close(scripted.estimators_.value.grad, eager.estimators_.value.grad, rtol=1e-12, atol=1e-12)


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
def test_an_error_in_one_tile_reaches_the_caller():
    model = RandomForestClassifier(20, max_depth=8, random_state=0).fit(X[:500], y[:500])
    module = bridge.to_torch(model, verify=False)
    scripted = torch.jit.script(module)
    # A node that leads out of the trees, as a file that was tampered with may have.
    with torch.no_grad():
        scripted.estimators_.record.bitwise_or_((1 << scripted.estimators_.shift) - 1)
        with pytest.raises(RuntimeError, match="index"):
            scripted.predict_proba(torch.tensor(X[500:]))


_PROGRAM = """
import sys, torch
module = torch.jit.load(sys.argv[1])
rows = torch.rand(20000, 6, dtype=torch.float64)
for _ in range(2):
    with torch.no_grad():
        getattr(module, sys.argv[2])(rows)
import os
if (child := os.fork()) == 0:  # as servers do, after the model was used
    with torch.no_grad():
        getattr(module, sys.argv[2])(rows)
    os._exit(0)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
@pytest.mark.skipif(sys.platform == "win32", reason="os.fork")
@pytest.mark.parametrize("method", ["predict_proba", "decision_function", "score_samples"])
def test_a_process_that_ends_after_a_large_batch_ends_well(method, tmp_path):
    """Also with a child that was forked after it: threads of TorchScript's own would be missing there."""
    path = tmp_path / "module.pt"
    torch.jit.script(bridge.to_torch(MODELS[method].fit(X[:500], y[:500]), verify=False)).save(path)
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    for _ in range(2):
        ended = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", _PROGRAM, path, method], env=environment, timeout=120, check=False
        )
        assert ended.returncode == 0
