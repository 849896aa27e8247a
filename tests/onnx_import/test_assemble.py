"""Names of parameters, source of methods, and what is left of the tools in an artifact."""

import copy
import io
import operator
import pickle
import warnings
import zipfile

import numpy as np
import pytest
import torch
from sklearn.cluster import KMeans
from sklearn.linear_model import LinearRegression, MultiTaskLasso, PoissonRegressor, RANSACRegressor
from sklearn.naive_bayes import GaussianNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

import bridge
from bridge.errors import OnnxRouteError
from bridge.onnx_import import convert_via_onnx
from bridge.onnx_import.emit import method_source
from bridge.onnx_import.match_parameters import learned_arrays, match
from tests.onnx_import.graphs import fx_model

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(40, 4)), RNG.normal(size=(40, 2))
CLASSES = np.array(["no", "yes"])[(X[:, 0] > 0).astype(int)]


def _perceptrons(width):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it has not converged
        options = {"hidden_layer_sizes": (width,), "solver": "lbfgs", "max_iter": 2, "random_state": 0}
        return MLPRegressor(**options).fit(X, Y[:, 0])


NAMES = [
    (LinearRegression().fit(X, Y[:, 0]), {"coef_": (4,), "intercept_": ()}),
    (LinearRegression().fit(X, Y), {"coef_": (2, 4), "intercept_": (2,)}),
    (MultiTaskLasso(0.01).fit(X, Y), {"coef_": (2, 4), "intercept_": (2,)}),
    (PoissonRegressor().fit(X, np.exp(Y[:, 0])), {"coef_": (4,), "intercept_": ()}),
    (
        _perceptrons(3),
        {"coefs_0": (4, 3), "intercepts_0": (3,), "coefs_1": (3, 1), "intercepts_1": (1,)},
    ),
    (RANSACRegressor(random_state=0).fit(X, Y[:, 0]), {"estimator_.coef_": (4,), "estimator_.intercept_": ()}),
    (KMeans(3, n_init=1, random_state=0).fit(X), {"cluster_centers_": (3, 4)}),
    (GaussianNB().fit(X, CLASSES), {"theta_": (2, 4), "var_": (2, 4)}),
    (MultinomialNB().fit(np.abs(X), CLASSES), {"feature_log_prob_": (2, 4), "class_log_prior_": (2,)}),
    (PolynomialFeatures().fit(X), {}),
]


CARRIED = {
    **dict.fromkeys((GaussianNB, MultinomialNB), ("predict", "predict_proba", "predict_log_proba")),
    KNeighborsClassifier: ("predict", "predict_proba"),
}
"""Methods that the ONNX route has of a class, where those are not all."""


def _attribute(estimator, path):
    for word in path.split("."):
        name, _, index = word.rpartition("_")
        estimator = getattr(estimator, name + "_")[int(index)] if index.isdigit() else getattr(estimator, word)
    return estimator


@pytest.mark.parametrize(("estimator", "names"), NAMES, ids=lambda value: type(value).__name__)
def test_parameters_are_the_fitted_attributes(estimator, names):
    module = convert_via_onnx(estimator, CARRIED.get(type(estimator)))
    assert {name: tuple(parameter.shape) for name, parameter in module.named_parameters()} == names
    for name, parameter in module.named_parameters():
        assert parameter.dtype == torch.float64
        np.testing.assert_array_equal(parameter.detach(), _attribute(estimator, name))


def test_methods_share_what_they_both_read():
    module = convert_via_onnx(GaussianNB().fit(X, CLASSES), CARRIED[GaussianNB])
    assert len(list(module.parameters())) == 2
    assert len({tuple(value.flatten().tolist()) for value in module.buffers()}) == len(list(module.buffers()))


def test_a_single_number_is_only_taken_for_an_intercept():
    arrays = {"alpha_": np.float64(2.0).reshape(()), "intercept_": np.array([2.0])}
    found = match(torch.tensor(2.0, dtype=torch.float64), arrays)
    assert found is not None
    assert found.name == "intercept_"
    assert match(torch.tensor([2]), arrays) is None
    assert match(torch.tensor(2.0), {"alpha_": arrays["alpha_"]}) is None


def test_a_match_sees_shape_first_then_transposition_then_numbers():
    square = np.array([[1.0, 2.0], [3.0, 4.0]])
    arrays = {"coef_": square, "turned_": square.T.copy()}
    exact = match(torch.tensor(square.T.copy()), arrays)
    assert (exact.name, exact.transposed) == ("turned_", False)
    turned = match(torch.tensor(square.T.copy()), {"coef_": square})
    assert (turned.name, turned.transposed) == ("coef_", True)
    flat = match(torch.tensor(square.reshape(1, 4)), {"coef_": square})
    assert (flat.name, flat.transposed) == ("coef_", False)
    assert match(torch.tensor(square + 1e-12), {"coef_": square}) is None


def test_learned_arrays_are_fitted_floats_only():
    names = set(learned_arrays(LinearRegression().fit(X, Y)))
    assert {"coef_", "intercept_"} <= names
    assert not names & {"n_features_in_", "rank_", "fit_intercept", "classes_"}


def test_a_generated_class_survives_pickle_and_copy():
    module = convert_via_onnx(GaussianNB().fit(X, CLASSES), CARRIED[GaussianNB])
    x = torch.as_tensor(X)
    for twin in (pickle.loads(pickle.dumps(module)), copy.deepcopy(module)):
        assert type(twin) is type(module)
        torch.testing.assert_close(twin.predict_proba(x), module.predict_proba(x))
        assert twin.predict_labels(x) == module.predict_labels(x)
        torch.jit.script(twin)


def test_an_artifact_and_its_module_know_nothing_of_the_tools():
    for estimator in (GaussianNB().fit(X, CLASSES), KNeighborsClassifier(3).fit(X, CLASSES), NAMES[4][0]):
        module = convert_via_onnx(estimator, CARRIED.get(type(estimator)))
        for part in module.modules():
            assert type(part).__module__.split(".")[0] in ("bridge", "torch"), type(part)
        file = io.BytesIO()
        torch.jit.save(torch.jit.script(module), file)
        with zipfile.ZipFile(file) as archive:
            for name in archive.namelist():
                assert "onnx2torch" not in name
                assert b"onnx2torch" not in archive.read(name), name


def test_a_source_is_a_line_per_node_with_distinct_names():
    def write(graph, x):
        first = graph.call_method("to", (x, torch.int64))
        second = graph.call_method("to", (first, x))
        third = graph.call_function(torch.topk, (second, 2), {"dim": 1})
        item = graph.call_function(operator.getitem, (third, 1))
        return graph.call_function(operator.getitem, (item, (slice(None), slice(0, 1))))

    assert method_source("predict", fx_model(write).graph).splitlines() == [
        "    def _predict(self, x: Tensor) -> Tensor:",
        "        cast = x.to(torch.int64)",
        "        cast_2 = cast.to(x)",
        "        topk = torch.topk(cast_2, 2, dim=1)",
        "        item = topk[1]",
        "        item_2 = item[:, 0:1]",
        "        return item_2",
    ]


def test_a_float_in_a_graph_is_refused():
    model = fx_model(lambda graph, x: graph.call_function(torch.mul, (x, 0.1)))
    with pytest.raises(OnnxRouteError, match=r"0\.1 in a graph is no tensor"):
        method_source("predict", model.graph)


def test_an_error_names_the_estimator_the_stage_and_the_node(monkeypatch):
    from bridge.onnx_import import translate

    monkeypatch.setattr(translate, "unknown_operators", lambda model: ["node 'n' is the operator Odd (ai.onnx 15)"])
    with pytest.raises(OnnxRouteError, match=r"LinearRegression: the ONNX route ends at translate: node 'n' is .* Odd"):
        convert_via_onnx(NAMES[0][0])


def test_an_error_inside_a_pipeline_names_the_step(monkeypatch):
    from bridge.onnx_import import translate

    def refuse(model, n_features):
        raise OnnxRouteError("translate: no")

    pipeline = make_pipeline(StandardScaler(), LinearRegression()).fit(X, Y[:, 0])
    monkeypatch.setattr(translate, "translate", refuse)
    with pytest.raises(OnnxRouteError, match=r"step '.*linearregression': LinearRegression: the ONNX route ends at"):
        bridge.to_torch(pipeline)


def test_wide_layers_are_worked_on_in_smaller_tiles():
    assert convert_via_onnx(_perceptrons(500)).tile_rows == 131
    assert convert_via_onnx(_perceptrons(50)).tile_rows == 1310
