"""The ONNX file: names, dynamic rows, metadata, and float64 constants that survive."""

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeRegressor
from torch import nn

import bridge
from bridge.artifacts.onnx.exact_constants import exact_constants
from bridge.artifacts.onnx.export import to_model_proto
from bridge.errors import ExportError
from bridge.overrides import build

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(60, 4))


def test_outputs_are_named_after_methods_and_rows_are_dynamic():
    words = np.array(["no", "yes"])[(X[:, 0] > 0).astype(int)]
    proto = bridge.to_onnx(LogisticRegression().fit(X, words))
    onnx.checker.check_model(proto, full_check=True)
    outputs = [output.name for output in proto.graph.output]
    assert outputs == ["predict", "predict_proba", "predict_log_proba", "decision_function", "predict_labels"]
    assert [value.name for value in proto.graph.input] == ["X"]
    assert proto.graph.input[0].type.tensor_type.shape.dim[0].dim_param
    session = onnxruntime.InferenceSession(proto.SerializeToString())
    for n_rows in (0, 1, 2, 17):
        results = session.run(None, {"X": X[:n_rows]})
        assert [len(result) for result in results] == [n_rows] * 5
    assert set(results[4]) <= {"no", "yes"}
    assert proto.producer_name == "sklearn-bridge"


def test_inverse_transform_is_a_graph_of_its_own():
    """It takes other rows."""
    scaler = StandardScaler().fit(X)
    for graph, expected in (("model", scaler.transform(X[:5])), ("inverse_transform", scaler.inverse_transform(X[:5]))):
        session = onnxruntime.InferenceSession(bridge.to_onnx(scaler, graph=graph).SerializeToString())
        assert [value.name for value in session.get_inputs()] == ["X"]
        (result,) = session.run(None, {"X": X[:5]})
        np.testing.assert_allclose(result, expected, rtol=1e-14)
    with pytest.raises(ExportError, match=r"no graph 'staged', only model, inverse_transform"):
        bridge.to_onnx(scaler, graph="staged")


def test_nothing_tells_where_it_was_made():
    proto = bridge.to_onnx(LogisticRegression().fit(X, X[:, 0] > 0))
    assert __file__.encode() not in proto.SerializeToString()
    assert b".py" not in proto.SerializeToString()


class _Constants(nn.Module):
    """One float that float32 cannot hold in every place that an operator has for it."""

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return (
            x * 0.1 + 0.3,
            (x - 0.7) / 1.1,
            torch.clamp(x, 0.1, 0.7),
            torch.clamp(x, min=0.1),
            torch.where(x > 0.1, x, 0.3),
            x.masked_fill(x < 0.3, 0.1),
            x.abs() ** 0.3,
            x * 0.5,
            1 - x,
            1.7 - x.abs(),
        )


def test_floats_survive_in_onnx():
    x = torch.linspace(-1, 1, 12, dtype=torch.float64).reshape(3, 4)
    shapes = {"x": {0: torch.export.Dim("n", min=0)}}
    program = torch.export.export(_Constants(), (x,), dynamic_shapes=shapes)
    assert exact_constants(program)
    for result, expected in zip(program.module()(x), _Constants()(x), strict=True):
        torch.testing.assert_close(result, expected, rtol=0, atol=0)
    proto = torch.onnx.export(program, dynamo=True, verbose=False).model_proto
    session = onnxruntime.InferenceSession(proto.SerializeToString())
    results = session.run(None, {session.get_inputs()[0].name: x.numpy()})
    for result, expected in zip(results, _Constants()(x), strict=True):
        np.testing.assert_allclose(result, expected.numpy(), rtol=1e-15, atol=1e-16)


class _NearNothing(nn.Module):
    """Numbers so near to 0 and 1 that the exporter would take them for these."""

    def __init__(self) -> None:
        super().__init__()
        self.small = nn.Parameter(torch.tensor(1e-12, dtype=torch.float64))
        self.register_buffer("one", torch.tensor(1.000003, dtype=torch.float64))

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return (
            torch.log(x + self.small),
            torch.log(self.small + x),
            x * self.one,
            -self.one * -x,
            x / self.one,
            torch.log(x + 1e-12),
            torch.log(x - -self.small),
        )


def test_numbers_near_zero_and_one_survive_in_onnx():
    x = torch.tensor([[0.0, 1e-12, 1.0], [2.0, 3.0, 4.0], [0.0, 0.0, 0.0]], dtype=torch.float64)
    shapes = {"x": {0: torch.export.Dim("n", min=0)}}
    program = torch.export.export(_NearNothing(), (x,), dynamic_shapes=shapes)
    assert exact_constants(program)
    proto = torch.onnx.export(program, dynamo=True, verbose=False).model_proto
    session = onnxruntime.InferenceSession(proto.SerializeToString())
    results = session.run(None, {session.get_inputs()[0].name: x.numpy()})
    for result, expected in zip(results, _NearNothing()(x), strict=True):
        np.testing.assert_allclose(result, expected.detach().numpy(), rtol=1e-15, atol=1e-16)


def test_exact_floats_are_left_alone():
    class Half(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x * 0.5 + 2.0

    program = torch.export.export(Half(), (torch.ones(3, dtype=torch.float64),))
    assert not exact_constants(program)
    assert not program.constants


class _Unwritable(bridge.Module):
    @staticmethod
    def methods_of(estimator):
        return ("transform",)

    def _transform(self, x: torch.Tensor) -> torch.Tensor:
        return torch.linalg.eigvals(x.T @ x).real.expand(x.shape[0], -1)


def test_a_module_that_onnx_cannot_express_is_named():
    module = build(_Unwritable, StandardScaler().fit(X))
    with pytest.raises(ExportError, match="StandardScaler cannot be written as ONNX"):
        to_model_proto(module, ("transform",))


def test_the_file_declares_the_oldest_form_that_its_operators_allow():
    plain = bridge.to_onnx(LogisticRegression().fit(X, X[:, 0] > 0))
    assert {item.domain: item.version for item in plain.opset_import} == {"": 18}
    assert plain.ir_version == 8
    forest = bridge.to_onnx(DecisionTreeRegressor().fit(X, X[:, 0]))
    assert forest.ir_version == onnx.helper.find_min_ir_version_for(forest.opset_import)
    onnx.checker.check_model(forest, full_check=True)


@pytest.mark.parametrize("model", [StandardScaler(), SVC(), DecisionTreeRegressor()], ids=lambda m: type(m).__name__)
@pytest.mark.parametrize("opset", [18, 19, 20, 21, 22])
def test_opset_that_was_asked_for(model, opset):
    model.fit(X, X[:, 0] > 0)
    proto = bridge.to_onnx(model, target_opset=opset)
    assert {item.version for item in proto.opset_import if item.domain == ""} == {opset}
    assert proto.ir_version == onnx.helper.find_min_ir_version_for(proto.opset_import)
    onnx.checker.check_model(proto, full_check=True)
    session = onnxruntime.InferenceSession(proto.SerializeToString())
    method = "transform" if hasattr(model, "transform") else "predict"
    (result,) = session.run([method], {"X": X[:9]})
    np.testing.assert_allclose(result, getattr(model, method)(X[:9]), rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("opset", [17, 23, "20"])
def test_opset_that_cannot_be_written_is_refused(opset, tmp_path):
    scaler = StandardScaler().fit(X)
    with pytest.raises(ExportError, match="choose one of 18, 19, 20, 21, 22"):
        bridge.to_onnx(scaler, target_opset=opset)
    with pytest.raises(ExportError, match="choose one of 18"):
        bridge.export(scaler, tmp_path / "artifact", target_opset=opset)
