"""The comparison: what it calls an error, what it lets pass, and how it reports."""

import json

import numpy as np
import pytest
import torch
from sklearn.datasets import load_iris
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.impute import IterativeImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.svm import SVC
from torch import nn

import bridge
from bridge.errors import DataError, ModelError
from bridge.overrides.tolerances import TOLERANCES
from bridge.parity.reference import error_of

X, Y = load_iris(return_X_y=True)
INF, NAN = np.inf, np.nan


@pytest.mark.parametrize(
    ("value", "truth", "error"),
    [
        (1.0, 1.0, 0.0),
        (1.0 + 1e-6, 1.0, 1e-6),
        (2e6, 1e6, 1.0),
        (1e-3, 0.0, 1e-3),
        (NAN, NAN, 0.0),
        (INF, INF, 0.0),
        (-INF, INF, INF),
        (NAN, 1.0, INF),
        (1.0, NAN, INF),
        (1e300, INF, INF),
    ],
)
def test_error_of_numbers(value, truth, error):
    found = error_of(np.array([value]), np.array([truth]))
    assert found[0] == pytest.approx(error, rel=1e-6)


def test_error_of_words():
    assert error_of(np.array(["a", "b"], dtype=object), np.array(["a", "c"])).tolist() == [0.0, INF]


@pytest.fixture(scope="module")
def model():
    return LogisticRegression(max_iter=1000).fit(X[::2], Y[::2])


def test_every_witness_is_heard_on_every_method(model):
    report = bridge.check_parity(model, X[1::2])
    methods = ["predict", "predict_proba", "predict_log_proba", "decision_function"]
    assert {(item.method, item.runtime) for item in report.comparisons} == {
        (method, runtime) for method in methods for runtime in ("eager", "torchscript", "torch.export", "onnxruntime")
    }
    assert report.ok
    assert report.max_error < 1e-12
    assert report.n_rows == 75


def test_a_report_is_json_a_page_and_a_table(model):
    report = bridge.check_parity(model, X[1::2], runtimes=["eager"])
    data = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert data["ok"]
    assert data["comparisons"][0]["expected_shape"] == [75]
    page = report.to_html()
    assert page.count("<tr") == 1 + 4
    assert "predict_log_proba" in page
    assert "decision_function" in str(report)


def test_a_wrong_weight_is_seen_and_counted(model):
    module = bridge.to_torch(model)
    with torch.no_grad():
        module.coef_[0, 0] += 1e-6
    report = bridge.check_parity(model, X[1::2], module=module)
    wrong = {item.method for item in report.failures}
    assert "decision_function" in wrong
    assert {item.runtime for item in report.failures} == {"eager", "torchscript", "torch.export", "onnxruntime"}
    worst = next(item for item in report.failures if item.method == "decision_function")
    assert worst.rows_different == 75
    assert worst.max_error > TOLERANCES["float64"]
    assert "75 of 75 rows differ" in report.failures_text()


class _Foreign(nn.Module):
    """A user's own module, not built on ours."""

    def __init__(self, model):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(model.coef_))
        self.bias = nn.Parameter(torch.tensor(model.intercept_))

    def decision_function(self, x):
        return x @ self.weight.T + self.bias


class _WrongShape(_Foreign):
    def decision_function(self, x):
        return super().decision_function(x)[:, :2]


class _Raises(_Foreign):
    def decision_function(self, x):
        raise RuntimeError("out of order")


def test_a_module_of_the_users_own(model):
    report = bridge.check_parity(model, X, module=_Foreign(model))
    assert [(item.method, item.ok) for item in report.comparisons] == [("decision_function", True)]
    assert "shape" in bridge.check_parity(model, X, module=_WrongShape(model)).failures[0].note
    assert "out of order" in bridge.check_parity(model, X, module=_Raises(model)).failures[0].note
    with pytest.raises(ModelError, match="none of the methods"):
        bridge.check_parity(model, X, module=nn.Linear(4, 2))


def test_an_artifact_folder_alone_and_with_its_model(model, tmp_path):
    bridge.export(model, tmp_path / "iris", X[:9])
    alone = bridge.check_parity(tmp_path / "iris", X)
    assert alone.ok
    assert alone.reference == "torchscript"
    assert {item.runtime for item in alone.comparisons} == {"torch.export", "onnxruntime"}
    against = bridge.check_parity(model, X, artifact=tmp_path / "iris")
    assert against.reference == "scikit-learn"
    assert against.ok
    other = LogisticRegression(max_iter=1000, C=0.9).fit(X[::2], Y[::2])
    assert not bridge.check_parity(other, X, artifact=tmp_path / "iris", runtimes=["torchscript"]).ok


def test_what_scikit_learn_refuses_is_the_callers_mistake(model):
    with pytest.raises(DataError, match=r"LogisticRegression\.predict refuses"):
        bridge.check_parity(model, np.full((2, 4), np.nan), runtimes=["eager"])


def test_an_unknown_witness_is_named(model):
    with pytest.raises(ModelError, match="caffe"):
        bridge.check_parity(model, X, runtimes=["caffe"])


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_rows_stay_as_they_are():
    """scikit-learn's IterativeImputer fills the gaps of rows in the order of Fortran in place."""
    gaps = np.where(np.random.default_rng(0).uniform(size=X.shape) < 0.2, np.nan, X)
    model = IterativeImputer(LinearRegression(), max_iter=2).fit(gaps)
    rows = np.asfortranarray(gaps[:20])
    kept = rows.copy()
    assert bridge.check_parity(model, rows, runtimes=["eager"]).ok
    np.testing.assert_array_equal(rows, kept)


def test_verification_is_on_rows_that_tell_models_apart():
    """Rows are drawn where the model was fitted: on features around 1e4, zero-mean rows would see one class only."""
    from bridge.parity.reference import EstimatorReference
    from bridge.parity.verify import drawn

    shifted = SVC(gamma="scale").fit(X + 1e4, Y)
    rows, _ = drawn(EstimatorReference(shifted), bridge.to_torch(shifted))
    assert len(set(shifted.predict(rows))) > 1
