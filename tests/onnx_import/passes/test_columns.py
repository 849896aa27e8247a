"""Extractors and BatchProducts."""

import numpy as np
import torch

from bridge.onnx_import.passes.batch_products import BatchProducts
from bridge.onnx_import.passes.extractors import Extractors
from bridge.overrides.operators.array_feature_extractor import ArrayFeatureExtractor
from tests.onnx_import.graphs import calls, fx_model, rows


def _extract(graph, x, indices):
    return graph.call_module("extract", (x, indices))


def _model(write, **constants):
    return fx_model(write, {"extract": ArrayFeatureExtractor()}, **constants)


def test_extractors_rule_1_columns_of_rows_are_selected():
    for indices in (torch.tensor([2, 0]), torch.tensor([[2, 0]])):
        model = Extractors()(_model(_extract, i=indices)).model
        assert calls(model)[-1] == "index_select"
        torch.testing.assert_close(model(rows()), rows()[:, [2, 0]])


def _label(graph, x, table):
    index = graph.call_function(torch.argmax, (x,), {"dim": 1, "keepdim": True})
    return graph.call_module("extract", (table, index))


def test_extractors_rule_2_the_code_of_a_code_is_the_code():
    model = Extractors()(_model(_label, table=torch.tensor([0, 1, 2]))).model
    assert calls(model) == ["argmax", "reshape"]
    assert model(rows()).tolist() == [rows().argmax(1).tolist()]


def test_extractors_rule_3_another_table_stays_a_module():
    for table in (torch.tensor([5, 1, 2]), torch.tensor([0.5, 1.5, 2.5])):
        assert not Extractors()(_model(_label, table=table)).modified


def _product(graph, x, indices):
    return graph.call_function(
        torch.prod, (graph.call_function(torch.index_select, (x, 1, indices)),), {"dim": 1, "keepdim": True}
    )


def _joined(graph, x, *indices):
    parts = [x, *(_product(graph, x, index) for index in indices)]
    return graph.call_function(torch.cat, (parts,), {"dim": 1})


def _columns(*indices):
    return {f"i{k}": torch.tensor(index) for k, index in enumerate(indices)}


def _expected(*indices):
    x = rows().numpy()
    return np.hstack([x, *(x[:, list(index)].prod(1, keepdims=True) for index in indices)])


def test_products_rule_1_neighbours_of_one_degree_are_one_product():
    indices = ((0, 1), (1, 1), (0, 2), (0, 0, 1), (1, 2, 2))
    model = BatchProducts()(fx_model(_joined, **_columns(*indices))).model
    pairs = ["index_select", "index_select", "mul"]
    assert calls(model) == [*pairs, *pairs, "index_select", "mul", "cat"]
    np.testing.assert_allclose(model(rows()), _expected(*indices), rtol=1e-15)


def test_products_rule_2_products_of_one_column_are_the_columns():
    model = BatchProducts()(fx_model(_joined, **_columns((1,), (0,)))).model
    assert calls(model) == ["index_select", "cat"]
    np.testing.assert_array_equal(model(rows()), _expected((1,), (0,)))


def test_products_rule_3_a_product_alone_and_other_sums_stay():
    assert not BatchProducts()(fx_model(_joined, **_columns((1, 2)))).modified
    assert not BatchProducts()(fx_model(_joined, **_columns((1, 2), (0,)))).modified

    def rows_below(graph, x):
        return graph.call_function(torch.cat, ([x, x],), {"dim": 0})

    assert not BatchProducts()(fx_model(rows_below)).modified
