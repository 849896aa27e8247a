"""libsvm's coupling: against scikit-learn through its decision values, and the stopping rule of each row."""

import numpy as np
import pytest
import torch
from sklearn.datasets import make_classification
from sklearn.svm import SVC

from bridge.overrides.functional.solvers import coupling


@pytest.fixture(scope="module", params=[2, 3, 10])
def machine(request):
    """A classifier, 1,500 rows, and libsvm's decision values of theirs."""
    n_classes = request.param
    X, y = make_classification(
        1900, 12, n_informative=10, n_redundant=0, n_classes=n_classes, n_clusters_per_class=1, random_state=0
    )
    with pytest.warns(FutureWarning, match="probability"):
        model = SVC(probability=True, decision_function_shape="ovo", random_state=0).fit(X[:400], y[:400])
    rows = X[400:]
    values = model.decision_function(rows)
    return model, rows, -values[:, None] if n_classes == 2 else values


def _pairwise(model, values):
    bounds = torch.tensor([1e-7, 1 - 1e-7], dtype=torch.float64)
    arrays = (torch.as_tensor(array) for array in (values, model._probA, model._probB))
    pairs = coupling.sigmoid_predict(*arrays, bounds[0], bounds[1])
    return coupling.pair_matrix(pairs, coupling.pair_places(len(model.classes_)))


def test_equals_scikit_learn(machine):
    model, rows, values = machine
    result = coupling.multiclass_probability(_pairwise(model, values))
    np.testing.assert_allclose(result, model.predict_proba(rows), rtol=0, atol=1e-13)


def test_one_row_equals_the_batch(machine):
    model, _, values = machine
    r = _pairwise(model, values[:60])
    batch = coupling.multiclass_probability(r)
    alone = torch.cat([coupling.multiclass_probability(r[:, :, i : i + 1]) for i in range(60)])
    torch.testing.assert_close(alone, batch, rtol=0, atol=1e-15)


def test_a_rule_for_the_whole_batch_would_be_seen(machine):
    """Rows stop at different rounds, and one round more moves them by far more than what is tolerated."""
    model, rows, values = machine
    r = _pairwise(model, values)
    q, diagonal = coupling._quadratic_form(r)
    p = coupling.multiclass_probability(r).t()
    qp, pqp, error = coupling._errors(q, p)
    assert (error < 0.005 / len(model.classes_)).all()
    once_more = coupling._round(q, diagonal, p, qp, pqp).t()
    assert np.abs(once_more.numpy() - model.predict_proba(rows)).max() > 1e-4


class _Coupled(torch.nn.Module):
    def forward(self, r):
        return coupling.multiclass_probability(r)


def test_graph_gives_the_same_numbers(machine):
    model, _, values = machine
    r = _pairwise(model, values[:200])
    n_rows = torch.export.Dim("n", min=0)
    with torch.no_grad():
        program = torch.export.export(_Coupled(), (r[:, :, :5].contiguous(),), dynamic_shapes={"r": {2: n_rows}})
        for count in (0, 1, 200):
            part = r[:, :, :count].contiguous()
            torch.testing.assert_close(
                program.module()(part), coupling.multiclass_probability(part), rtol=0, atol=1e-14
            )


def test_script_keeps_double_precision(machine):
    model, _, values = machine
    r = _pairwise(model, values[:20])
    scripted = torch.jit.script(_Coupled())
    for count in (1, 20):
        part = r[:, :, :count]
        torch.testing.assert_close(scripted(part), coupling.multiclass_probability(part), rtol=0, atol=1e-15)


@pytest.mark.parametrize("count", [1, 8])
def test_gradient_of_the_iteration(machine, count):
    model, _, values = machine
    leaf = torch.as_tensor(values[:count]).clone().requires_grad_(True)

    def probabilities(decision):
        return coupling.multiclass_probability(_pairwise(model, decision))

    assert torch.autograd.gradcheck(probabilities, (leaf,), eps=1e-7, atol=1e-5)


def test_certain_and_undefined_decisions():
    """Decision values at the ends of the range give finite probabilities; NaN counts as certain, as in libsvm."""
    decision = torch.tensor([[1e300, -1e300, 0.0], [-torch.inf, torch.inf, torch.nan]], dtype=torch.float64)
    one, zero = torch.ones(3, dtype=torch.float64), torch.zeros(3, dtype=torch.float64)
    low, high = torch.tensor([1e-7, 1 - 1e-7], dtype=torch.float64)
    pairs = coupling.sigmoid_predict(decision, -one, zero, low, high)
    assert pairs.tolist() == [[1 - 1e-7, 1e-7, 0.5], [1e-7, 1 - 1e-7, 1e-7]]
    result = coupling.multiclass_probability(coupling.pair_matrix(pairs, coupling.pair_places(3)))
    assert result.isfinite().all()
    torch.testing.assert_close(result.sum(1), torch.ones(2, dtype=torch.float64))
