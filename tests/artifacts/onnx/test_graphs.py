"""What an ONNX file offers is what one X answers: in plain onnxruntime, without a name or an option of ours."""

import numpy as np
import onnxruntime
import pytest
import torch
from sklearn.ensemble import GradientBoostingRegressor

import bridge
from bridge.artifacts.onnx.export import to_model_proto
from bridge.overrides.core.methods import method_of, public_methods
from bridge.overrides.core.signature import Signature
from bridge.parity.compare import compare_eager
from bridge.runtimes.graphs import graphs_of, output_names
from tests.cases import all_cases, fitted

BY_DAY = (
    "StandardScaler",
    "KNeighborsClassifier",
    "RandomForestClassifier",
    "GradientBoostingRegressor",
    "GaussianProcessRegressor",
    "OneHotEncoder",
    "KMeans",
)
"""One class with each kind of graph, and of output."""


def _first_of_each_class():
    seen: set[str] = set()
    for case in all_cases():
        name = case.id.partition("-")[0]
        if name not in seen:
            seen.add(name)
            yield pytest.param(case, id=case.id, marks=[] if name in BY_DAY else [pytest.mark.nightly])


class _Plain:
    """Sessions of onnxruntime, asked for all outputs, as a stranger would."""

    name = "onnxruntime"

    def __init__(self, sessions, lengths):
        self.sessions = sessions
        self.lengths = lengths

    def call(self, method, x):
        session = self.sessions[method_of(method).graph]
        names = [item.name for item in session.get_outputs()]
        results = dict(zip(names, session.run(None, {"X": x.numpy()}), strict=True))
        assert all(len(result) == len(x) for result in results.values())
        parts = [results[name] for name in output_names(method, self.lengths.get(method))]
        parts = [part.tolist() if part.dtype == object else torch.from_numpy(part) for part in parts]
        return parts if method in self.lengths else parts[0]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", list(_first_of_each_class()))
def test_every_output_of_every_file_is_what_one_x_answers(case, capfd):
    found = fitted(case.id)
    module = bridge.to_torch(found.estimator, verify=False)
    sessions = {}
    for name, methods in graphs_of(public_methods(module)).items():
        proto = to_model_proto(module, methods)
        assert not {item.name for item in proto.graph.initializer} & {item.name for item in proto.graph.input}
        sessions[name] = onnxruntime.InferenceSession(proto.SerializeToString())
        assert [item.name for item in sessions[name].get_inputs()] == ["X"]
        assert [item.name for item in sessions[name].get_overridable_initializers()] == []
    assert "model" in sessions
    report = compare_eager(found.estimator, module, found.rows, [_Plain(sessions, Signature.of(module).outputs)])
    limited = {limit.method for limit in case.limits}
    assert {item.method for item in report.failures} <= limited, report.failures_text()
    assert capfd.readouterr().err == ""


def test_graphs_hold_each_method_once():
    methods = ("predict", "transform", "inverse_transform", "decision_path", "staged_predict", "staged_predict_proba")
    assert graphs_of(methods) == {
        "model": ("predict", "transform"),
        "inverse_transform": ("inverse_transform",),
        "decision_path": ("decision_path",),
        "staged": ("staged_predict", "staged_predict_proba"),
    }


@pytest.mark.parametrize("runtime", ["onnxruntime", "torch.export"])
def test_files_beside_the_main_one_are_opened_when_they_are_asked_for(runtime, tmp_path):
    X = np.random.default_rng(0).normal(size=(50, 3))
    model = GradientBoostingRegressor(n_estimators=5).fit(X[:40], X[:40].sum(1))
    manifest = bridge.export(model, tmp_path / "artifact", X[40:])
    ending = {"onnxruntime": "onnx", "torch.export": "pt2"}[runtime]
    assert {f"{name}.{ending}" for name in ("model", "apply", "staged")} <= {record.name for record in manifest.files}
    assert manifest.graphs["staged"] == ["staged_predict"]
    served = bridge.load(tmp_path / "artifact", runtime)
    (tmp_path / "artifact" / f"staged.{ending}").unlink()
    rows = torch.as_tensor(X)
    np.testing.assert_allclose(served.predict(rows), model.predict(X), rtol=1e-12)
    np.testing.assert_array_equal(served.apply(rows), model.apply(X))
    with pytest.raises(bridge.errors.ArtifactError, match=f"staged.{ending}"):
        served.staged_predict(rows)
