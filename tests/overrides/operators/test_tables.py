"""All tables together: readable without onnxruntime's company, registered, and used by onnx2torch as a whole."""

import pickle
import subprocess
import sys

import numpy as np
import pytest
import torch
from onnx import TensorProto, defs, helper
from onnx2torch.node_converters.registry import get_converter

from bridge.onnx_import.translate import register_operators
from bridge.overrides.operators import all_converters
from tests.overrides.operators.support import ML, convert, model_of
from tests.overrides.operators.test_svm import ROWS
from tests.overrides.operators.test_svm import classifier as svm_classifier
from tests.overrides.operators.test_tree_ensemble import FLOATS, classifier


def test_tables_are_read_without_onnx():
    code = (
        "import sys; from bridge.overrides.operators import all_converters; assert len(all_converters()) > 30; "
        "assert not {'onnx', 'onnx2torch', 'onnxruntime', 'skl2onnx'} & set(sys.modules), 'imported too early'"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True)


def test_every_key_is_an_operator_at_a_version_that_changed_it():
    for domain, operator, version in all_converters():
        schema = defs.get_schema(operator, max_inclusive_version=version, domain=domain)
        assert schema.since_version == version, operator


@pytest.mark.parametrize("version", [1, 2, 3, 4, 5])
def test_no_classical_operator_of_numbers_is_missing(version):
    """At every version of ai.onnx.ml; maps from words to numbers are no tensors."""
    register_operators()
    names = {schema.name for schema in defs.get_all_schemas_with_history() if schema.domain == ML}
    missing = set()
    for name in names:
        try:
            schema = defs.get_schema(name, max_inclusive_version=version, domain=ML)
        except defs.SchemaError:
            continue
        try:
            get_converter(name, schema.since_version, ML)
        except NotImplementedError:
            missing.add(name)
    assert missing == {"CastMap", "DictVectorizer"}


def test_modules_have_no_class_of_onnx2torch_and_pickle():
    for model in (classifier(FLOATS, "all", (0, 1, 2)), svm_classifier(FLOATS, probability=True)):
        module, _ = convert(model)
        assert all(type(part).__module__.split(".")[0] in ("bridge", "torch") for part in module.modules())
        twin = pickle.loads(pickle.dumps(module))
        for part, expected in zip(twin(torch.tensor(FLOATS)), module(torch.tensor(FLOATS)), strict=True):
            torch.testing.assert_close(part, expected, rtol=0, atol=0)


def test_names_that_a_module_has_by_itself_are_not_shadowed():
    module, _ = convert(classifier(FLOATS, "all", (0, 1, 2)))
    assert list(module.children()) == []
    assert module.double().float()(torch.tensor(FLOATS))[1].dtype == torch.float32


def test_float_of_double_modules():
    x = torch.tensor(ROWS)
    module, _ = convert(svm_classifier(ROWS))
    whole = module(x)[1]
    torch.testing.assert_close(module.float()(x.float())[1], whole.float(), rtol=1e-4, atol=1e-4)


def test_input_types():
    """Types that onnx allows for numbers all pass."""
    for kind in (np.float32, np.float64, np.int32, np.int64):
        x = np.arange(6).reshape(2, 3).astype(kind)
        model = model_of("Scaler", {"x": x}, ["y"], offset=[1.0], scale=[2.0])
        assert convert(model)[0](torch.tensor(x)).tolist() == ((x - 1) * 2).tolist()


def test_models_of_several_nodes_go_through_onnx2torch():
    """A chain as skl2onnx writes it: probabilities, the best of them, and its label."""
    from bridge.onnx_import.translate import translate

    nodes = [
        helper.make_node("Scaler", ["x"], ["z"], domain=ML, offset=[0.0], scale=[1.0]),
        helper.make_node("ArgMax", ["z"], ["best"], axis=1),
        helper.make_node("ArrayFeatureExtractor", ["labels", "best"], ["y"], domain=ML),
    ]
    model = model_of(
        "Scaler", {"x": FLOATS}, ["y"], types=[TensorProto.INT64], constants={"labels": np.array([7, 3, 9])}
    )
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    rows = np.nan_to_num(FLOATS)
    result = translate(model, 3)(torch.tensor(rows))
    np.testing.assert_array_equal(result.reshape(-1), np.array([7, 3, 9])[rows.argmax(axis=1)])
