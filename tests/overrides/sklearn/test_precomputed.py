"""Kernels and distances that are computed outside: one's own in front of a model, with its gradient."""

import numpy as np
import pytest
import torch
from sklearn.kernel_ridge import KernelRidge
from sklearn.metrics.pairwise import euclidean_distances, rbf_kernel
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsOneClassifier
from sklearn.neighbors import KNeighborsRegressor
from sklearn.svm import SVC, SVR

import bridge
from bridge.errors import CorruptEstimatorError, InputError

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(80, 4))
Y = np.digitize(X[:, 0] - X[:, 1], [-1.0, 0.5])
UNSEEN = RANDOM.normal(size=(20, 4))


class Kernel(torch.nn.Module):
    """An RBF kernel of one's own, with a length of each feature that trains."""

    def __init__(self, rows):
        super().__init__()
        self.rows = torch.nn.Parameter(torch.tensor(rows))
        self.lengths = torch.nn.Parameter(torch.ones(rows.shape[1], dtype=torch.float64))

    def forward(self, x):
        """Kernel of rows and the rows of the fit."""
        return torch.exp(-0.2 * (((x[:, None] - self.rows) / self.lengths) ** 2).sum(2))


@pytest.mark.parametrize("model", [SVR(kernel="precomputed"), KernelRidge(kernel="precomputed")])
def test_a_kernel_of_ones_own_learns_through_the_machine(model):
    """The gradient in its parameters and in the rows is that of the whole, by scikit-learn's own differences."""
    model.fit(rbf_kernel(X, gamma=0.2), X[:, 0] ** 2)
    kernel, machine = Kernel(X), bridge.to_torch(model)
    x = torch.tensor(UNSEEN).requires_grad_(True)
    predicted = machine(kernel(x))
    np.testing.assert_allclose(predicted.detach(), model.predict(rbf_kernel(UNSEEN, X, gamma=0.2)), rtol=1e-10)
    predicted.sum().backward()

    def total(lengths, rows):
        return model.predict(rbf_kernel(rows / lengths, X / lengths, gamma=0.2)).sum()

    for j in range(4):
        step = np.where(np.arange(4) == j, 1e-6, 0.0)
        slope = (total(1 + step, UNSEEN) - total(1 - step, UNSEEN)) / 2e-6
        assert kernel.lengths.grad[j].item() == pytest.approx(slope, rel=1e-5, abs=1e-6)
        slope = (total(np.ones(4), UNSEEN + step) - total(np.ones(4), UNSEEN - step)) / 2e-6
        assert x.grad[:, j].sum().item() == pytest.approx(slope, rel=1e-5, abs=1e-6)


def test_a_distance_of_ones_own_has_a_gradient():
    model = KNeighborsRegressor(3, metric="precomputed", weights="distance").fit(euclidean_distances(X), X[:, 0])
    module = bridge.to_torch(model)
    distances = torch.tensor(euclidean_distances(UNSEEN, X)).requires_grad_(True)
    module(distances).sum().backward()
    assert ((distances.grad != 0).sum(1) == 3).all()


def test_a_row_of_another_width_names_the_rows_of_the_fit():
    module = bridge.to_torch(SVC(kernel="precomputed").fit(rbf_kernel(X), Y))
    assert module.n_features_in_ == 80
    with pytest.raises(InputError, match=r"80\D+4"):
        module(torch.tensor(UNSEEN))


@pytest.mark.parametrize("runtimes", [("eager", "torchscript"), None])
@pytest.mark.parametrize(
    "model",
    [
        GridSearchCV(SVC(kernel="precomputed"), {"C": [0.1, 1.0]}, cv=3),
        OneVsOneClassifier(SVC(kernel="precomputed")),
        OneVsOneClassifier(KernelRidge(kernel="precomputed")),
    ],
)
def test_composites_hand_the_rows_on(model, runtimes):
    """A search fits on parts of the matrix, and each machine of a pair takes the columns of its own classes."""
    model.fit(rbf_kernel(X, gamma=0.2), np.array(["a", "b", "c"])[Y])
    report = bridge.check_parity(model, rbf_kernel(UNSEEN, X, gamma=0.2), runtimes=runtimes)
    assert report.ok, report.failures_text()


def test_columns_of_a_pair_that_are_none_are_damage():
    model = OneVsOneClassifier(SVC(kernel="precomputed")).fit(rbf_kernel(X), Y)
    model.pairwise_indices_ = [columns + 80 for columns in model.pairwise_indices_]
    with pytest.raises(CorruptEstimatorError, match="pairwise_indices_"):
        bridge.to_torch(model)
