import warnings

import numpy as np
import pytest
from onnx import TensorProto
from sklearn.cluster import KMeans
from sklearn.linear_model import LinearRegression, MultiTaskLasso
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import NearestCentroid
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

from bridge.errors import OnnxRouteError
from bridge.onnx_import.from_sklearn import cut, export, outputs_of, prepare
from tests.onnx_import.graphs import by_onnx, onnx_model, rows

X = np.random.default_rng(0).normal(size=(30, 3))
CLASSES = np.array(["a", "b", "c"])[np.arange(30) % 3]


def _operators(model):
    return [node.op_type for node in model.graph.node]


def _fitted(estimator, y=CLASSES):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return estimator.fit(X, y)


def test_one_graph_per_method_in_float64_with_the_methods_name():
    graphs = export(_fitted(KMeans(2, n_init=1)), ("predict", "transform"))
    assert list(graphs) == ["predict", "transform"]
    for name, model in graphs.items():
        assert [output.name for output in model.graph.output] == [name]
        assert [item.name for item in model.graph.input] == ["X"]
        assert model.graph.input[0].type.tensor_type.elem_type == TensorProto.DOUBLE
        assert {item.domain: item.version for item in model.opset_import}[""] <= 15
        assert TensorProto.FLOAT not in {item.data_type for item in model.graph.initializer}
    assert "Sqrt" not in _operators(graphs["predict"])
    assert "ArgMin" not in _operators(graphs["transform"])


def test_a_cut_keeps_what_its_value_needs():
    model = onnx_model(
        ("Add", "x a", "s", {}), ("Exp", "s", "y", {}), ("Add", "x b", "z", {}),
        constants={"a": np.ones(3), "b": np.zeros(3)},
    )  # fmt: skip
    part = cut(model, "s", "answer")
    assert _operators(part) == ["Add", "Identity"]
    assert [item.name for item in part.graph.initializer] == ["a"]
    np.testing.assert_array_equal(by_onnx(part, rows()), rows() + 1)
    assert len(model.graph.node) == 3


def test_a_cut_of_a_second_result_is_that_result():
    model = onnx_model(("TopK", "x k", "values indices", {"axis": 1}), constants={"k": np.array([1])}, output="values")
    np.testing.assert_array_equal(by_onnx(cut(model, "indices", "answer"), rows()), rows().argmax(1)[:, None])


def test_classes_are_exported_as_codes_and_the_estimator_is_left_alone():
    estimator = _fitted(GaussianNB())
    prepared = prepare(estimator)
    assert prepared is not estimator
    assert prepared.classes_.tolist() == [0, 1, 2]
    assert estimator.classes_.tolist() == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("estimator", "y", "shape"),
    [
        (LinearRegression(fit_intercept=False), X[:, 0], ()),
        (MultiTaskLasso(fit_intercept=False), X[:, :2], (2,)),
    ],
)
def test_an_intercept_that_is_the_number_zero_becomes_an_array(estimator, y, shape):
    estimator.fit(X, y)
    prepared = prepare(estimator)
    assert prepared.intercept_.shape == shape
    assert isinstance(estimator.intercept_, float)
    assert not prepared.intercept_.any()


def test_an_estimator_that_needs_no_preparation_is_itself():
    estimator = LinearRegression().fit(X, X[:, 0])
    assert prepare(estimator) is estimator


def test_log_probabilities_follow_scikit_learns_definition():
    perceptrons = export(prepare(_fitted(MLPClassifier(max_iter=5))), ("predict_log_proba",))["predict_log_proba"]
    assert _operators(perceptrons)[-2:] == ["Log", "Identity"]
    bayes = export(prepare(_fitted(GaussianNB())), ("predict_log_proba",))["predict_log_proba"]
    assert "Exp" not in _operators(bayes)


def test_a_method_without_an_output_has_no_index():
    scaler = StandardScaler().fit(X)
    assert outputs_of(scaler, "transform") == 0
    assert outputs_of(scaler, "inverse_transform") is None
    with pytest.raises(OnnxRouteError, match=r"no output for StandardScaler\.inverse_transform"):
        export(scaler, ("inverse_transform",))


def test_a_refusal_of_skl2onnx_is_told_in_one_line():
    from sklearn.neighbors import KNeighborsClassifier

    precomputed = KNeighborsClassifier(metric="precomputed").fit(np.abs(X @ X.T), CLASSES)
    with pytest.raises(
        OnnxRouteError, match=r"export: skl2onnx refuses KNeighborsClassifier: metric='precomputed'.*"
    ) as info:
        export(prepare(precomputed), ("predict",))
    assert "\n" not in str(info.value)


def test_an_estimator_without_converter_is_an_objection():
    from bridge.onnx_import import supports

    assert supports(_fitted(NearestCentroid()), ("predict",)) == "skl2onnx has no converter for NearestCentroid"
