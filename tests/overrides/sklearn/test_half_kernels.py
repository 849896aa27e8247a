"""Kernel machines in half precision: no constant overflows, whatever the kernel; results keep the dtype."""

import copy

import numpy as np
import pytest
import torch
from sklearn.decomposition import KernelPCA
from sklearn.kernel_approximation import Nystroem, PolynomialCountSketch
from sklearn.kernel_ridge import KernelRidge
from sklearn.semi_supervised import LabelSpreading
from sklearn.svm import SVC, SVR, OneClassSVM

import bridge

RANDOM = np.random.default_rng(0)
X, UNSEEN = RANDOM.uniform(0.1, 2.0, size=(60, 4)), RANDOM.uniform(0.1, 2.0, size=(15, 4))
Y = np.digitize(X[:, 0] - X[:, 1], [-0.5, 0.5])

MODELS = {
    "SVC": (SVC(), "decision_function"),
    "SVC far apart": (SVC(C=1e9), "predict"),
    "SVR": (SVR(), "predict"),
    "OneClassSVM": (OneClassSVM(nu=0.2), "score_samples"),
    "KernelPCA": (KernelPCA(2, kernel="rbf"), "transform"),
    "PolynomialCountSketch": (PolynomialCountSketch(n_components=6, random_state=0), "transform"),
    "LabelSpreading": (LabelSpreading(gamma=0.5), "predict_proba"),
    **{
        f"KernelRidge {name}": (KernelRidge(kernel=name, gamma=0.5), "predict")
        for name in ("rbf", "laplacian", "chi2", "cosine")
    },
    **{f"Nystroem {name}": (Nystroem(name, n_components=5), "transform") for name in ("rbf", "poly", "sigmoid")},
}


@pytest.mark.parametrize("n_rows", [1, 15])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize(("model", "method"), MODELS.values(), ids=MODELS)
def test_kernel_machines_run_in_half_precision(model, method, dtype, n_rows):
    module = bridge.to_torch(model.fit(X, Y))
    rows = torch.tensor(UNSEEN[:n_rows])
    exact = getattr(module, method)(rows).detach()
    value = getattr(copy.deepcopy(module).to(dtype), method)(rows).detach()
    assert value.isfinite().all()
    assert value.shape == exact.shape
    if value.is_floating_point():
        assert value.dtype == dtype
        if dtype == torch.float16:
            scale = max(1.0, float(exact.abs().max()))
            # Coefficients of many points, or of small eigenvalues, enlarge what half precision leaves.
            assert ((value - exact).abs() < 0.2 * scale).double().mean() > 0.5
