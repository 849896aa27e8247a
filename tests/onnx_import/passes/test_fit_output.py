import numpy as np
import pytest
import torch

from bridge.errors import OnnxRouteError
from bridge.onnx_import.passes.fit_output import FitOutput, Signature
from tests.onnx_import.graphs import calls, fx_model, rows

FLOAT = torch.float64


def _column(graph, x):
    return graph.call_function(torch.sum, (x,), {"dim": [1], "keepdim": True})


def _index(graph, x):
    return graph.call_function(torch.argmax, (x,), {"dim": 1})


def test_rule_1_a_column_becomes_a_vector_and_a_vector_a_column():
    model = FitOutput(Signature((), FLOAT))(fx_model(_column)).model
    assert model(rows(4)).shape == (4,)
    assert model(rows(1)).shape == (1,)
    vector = fx_model(lambda graph, x: graph.call_function(torch.sum, (x,), {"dim": [1]}))
    assert FitOutput(Signature((1,), FLOAT))(vector).model(rows(4)).shape == (4, 1)


def test_rule_1_targets_below_each_other_become_columns():
    model = fx_model(lambda graph, x: graph.call_method("reshape", (x, [-1, 1])))
    torch.testing.assert_close(FitOutput(Signature((3,), FLOAT))(model).model(rows()), rows())


def test_rule_2_of_two_scores_the_second_is_taken():
    model = fx_model(lambda graph, x: graph.call_method("narrow", (x, 1, 0, 2)))
    torch.testing.assert_close(FitOutput(Signature((), FLOAT))(model).model(rows()), rows()[:, 1])


@pytest.mark.parametrize(
    "labels", [torch.tensor([7, -5, 0]), torch.tensor([0.5, 1.5, 2.5]), torch.tensor([True, False, True])]
)
def test_rule_3_a_code_becomes_the_label(labels):
    model = FitOutput(Signature((), labels.dtype, labels))(fx_model(_index)).model
    torch.testing.assert_close(model(rows()), labels[rows().argmax(1)])


def test_rule_4_dtypes_are_those_of_the_estimator():
    assert FitOutput(Signature((), torch.int32))(fx_model(_index)).model(rows()).dtype == torch.int32
    floating = FitOutput(Signature((), FLOAT))(fx_model(_index)).model
    assert floating(rows()).dtype == torch.float64
    assert floating(rows().float()).dtype == torch.float32


def test_rule_5_another_width_is_refused_with_both_shapes():
    with pytest.raises(OnnxRouteError, match=r"\(1,\), scikit-learn \(4,\)"):
        FitOutput(Signature((4,), FLOAT))(fx_model(_column))


def test_a_result_that_fits_is_left_alone():
    model = fx_model(lambda graph, x: graph.call_function(torch.exp, (x,)))
    assert not FitOutput(Signature((3,), FLOAT))(model).modified
    assert calls(model) == ["exp"]


def test_a_signature_knows_words_as_codes():
    assert Signature.of(np.array(["a", "b"])).dtype == torch.int64
    assert Signature.of(np.zeros((5, 2), dtype=np.float32)) == Signature((2,), torch.float32)
