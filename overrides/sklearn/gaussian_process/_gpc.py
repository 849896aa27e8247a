"""``sklearn.gaussian_process._gpc``: GaussianProcessClassifier."""

from typing import Any

import numpy as np
import torch
from scipy.linalg import solve
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.gaussian_process._gpc import COEFS, LAMBDAS
from torch import Tensor, nn

from ...core.compose import compose
from ...core.delegate import delegating
from ...core.module import Module
from ...core.registry import OnnxGap, register
from ...functional.special.normal import erf
from ..multiclass import OneVersusOne, OneVersusRest
from .kernels import kernel_module, objection_to


class Laplace(Module):
    """The process of two classes, by Laplace's approximation.

    Notes
    -----
    Follows ``_BinaryGaussianProcessClassifierLaplace`` (sklearn/gaussian_process/_gpc.py).
    """

    classes_: Tensor
    X_train_: Tensor
    residual: Tensor
    weights: Tensor
    lambdas: Tensor
    coefs: Tensor
    two_pi: Tensor
    pi: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.kernel_ = kernel_module(estimator.kernel_)
        rows = np.asarray(estimator.X_train_, dtype=np.float64)
        self.n_features_in_ = rows.shape[1]
        self.set_classes(estimator.classes_)
        self.add_parameter("X_train_", rows)
        self.add_parameter("residual", estimator.y_train_ - estimator.pi_)
        self.add_buffer("weights", solve(estimator.L_, np.diag(estimator.W_sr_)))
        self.add_buffer("lambdas", LAMBDAS.ravel())
        self.add_buffer("coefs", COEFS.ravel())
        self.add_buffer("two_pi", np.float64(2.0 * np.pi))
        self.add_buffer("pi", np.float64(np.pi))
        self.tile_rows = max(1, min(self.tile_rows, 2**19 // len(rows)))

    def _predict(self, x: Tensor) -> Tensor:
        mean = self.kernel_(x, self.X_train_) @ self.residual
        return self.classes_.index_select(0, (mean > 0.0).int())

    def _predict_proba(self, x: Tensor) -> Tensor:
        kernel = self.kernel_(x, self.X_train_)
        explained = kernel @ self.weights.t()
        mean = kernel @ self.residual
        variance = self.kernel_.diag(x) - (explained * explained).sum(dim=1)
        alpha = (0.5 / variance).unsqueeze(1)
        gamma = mean.unsqueeze(1) * self.lambdas
        integrals = torch.sqrt(self.pi / alpha) * erf(gamma * torch.sqrt(alpha / (alpha + self.lambdas * self.lambdas)))
        integrals = integrals / (2.0 * torch.sqrt(variance * self.two_pi)).unsqueeze(1)
        second = (integrals * self.coefs).sum(dim=1) + 0.5 * self.coefs.sum()
        return torch.stack([1.0 - second, second], dim=1)


@register(GaussianProcessClassifier, gaps=(OnnxGap.CONVERTER, OnnxGap.METHOD))
class Classifier(delegating("base_estimator_"), Module):  # type: ignore[misc]
    """GaussianProcessClassifier: of two classes one process, of more one against the rest or one for each pair."""

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.base_estimator_ = _base(estimator.base_estimator_, self._binary(estimator), estimator.multi_class)
        self.n_features_in_ = self.base_estimator_.n_features_in_
        self.tile_rows = 4096
        self.set_classes(estimator.classes_)

    @staticmethod
    def _binary(estimator: Any) -> bool:
        return bool(estimator.n_classes_ == 2)

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """Kernels that are none of scikit-learn's."""
        base = estimator.base_estimator_
        for part in getattr(base, "estimators_", [base]):
            objection = objection_to(part.kernel_)
            if objection is not None:
                return f"GaussianProcessClassifier: {objection}"
        return None

    @classmethod
    def failing_methods(cls, estimator: Any) -> dict[str, str]:
        """Probabilities of more than two classes, one for each pair."""
        if cls._binary(estimator) or estimator.multi_class != "one_vs_one":
            return {}
        return {
            "predict_proba": "GaussianProcessClassifier with multi_class='one_vs_one' has no probabilities, in "
            "scikit-learn neither: use one_vs_rest"
        }


def _base(base: Any, is_binary: bool, multi_class: str) -> Any:
    if is_binary:
        return _laplace(base)
    parts: dict[str, nn.Module] = {f"estimators_.{k}": _laplace(part) for k, part in enumerate(base.estimators_)}
    strategy: Any = compose(OneVersusRest, ("predict", "predict_proba"))
    if multi_class == "one_vs_one":
        strategy = compose(OneVersusOne, ("predict",))
    return strategy(base, parts).eval()


def _laplace(estimator: Any) -> Any:
    return compose(Laplace, ("predict", "predict_proba"))(estimator).eval()
