"""What the estimators of libsvm share: support vectors, the kernel and its exactness."""

from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn

from ...core.module import Module
from ...core.pairwise_kernel import PairwiseKernel
from ...errors import CorruptEstimatorError
from ...tracing.pairwise_function import function_of_rows, objection_to_function


class LibSVM(Module):
    """Base of the estimators of libsvm.

    Parameters
    ----------
    estimator : SVC, NuSVC, SVR, NuSVR or OneClassSVM
        Fitted on dense or sparse rows, or on the kernel matrix of the rows ("precomputed"): then rows are those of a
        kernel matrix, each with the kernel of one row and every row of the fit. A kernel that is a function is traced.

    Attributes
    ----------
    support_ : Tensor of int64, shape (n_support,)
        Which rows of the fit are support vectors: what is picked of the kernels with all rows of the fit, that were
        precomputed or come from a function.

    Notes
    -----
    Follows ``k_function`` and ``svm_predict_values`` (sklearn/svm/src/libsvm/svm.cpp). ``dual_coef_`` and
    ``intercept_`` are those that predict: scikit-learn keeps them under ``_dual_coef_`` and ``_intercept_``, with the
    sign turned for two classes, and leaves the public ones to be read.
    """

    support_vectors_: Tensor
    dual_coef_: Tensor
    intercept_: Tensor
    support_: Tensor
    is_linear: Final[bool]
    picks_support: Final[bool]

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.is_linear = estimator.kernel == "linear"
        # Functions, too, see all rows of the fit.
        self.picks_support = callable(estimator.kernel) or estimator.kernel == "precomputed"
        if callable(estimator.kernel):  # to scikit-learn rows are the function's own affair
            self.n_features_in_ = int(_fitted_rows(estimator).shape[1])
        vectors, dual, intercept = self._read(estimator)
        self.add_parameter("support_vectors_", vectors)
        self.add_parameter("dual_coef_", dual)
        self.add_parameter("intercept_", intercept)
        self.add_buffer("support_", np.asarray(estimator.support_, dtype=np.int64))
        self.kernel = PairwiseKernel(
            _function(estimator) if callable(estimator.kernel) else estimator.kernel,
            _fitted_rows(estimator) if callable(estimator.kernel) else self.support_vectors_,
            gamma=float(estimator._gamma),
            coef0=float(estimator.coef0),
            degree=float(estimator.degree),
            weight=np.abs(dual).max(axis=0, initial=0.0).sum() * _steepness(estimator),
        )
        if not self.is_linear:
            self.tile_rows = self.kernel.tile_rows

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """A kernel that is a function which cannot be traced."""
        return objection_to_function(estimator, "kernel", estimator.kernel, lambda: _function(estimator))

    def _read(self, estimator: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Support vectors, dual coefficients of shape (n_classes - 1, n_support) and intercepts, checked."""
        if self.picks_support:  # scikit-learn keeps none
            support = np.asarray(estimator.support_)
            if len(support) and not 0 <= support.min() <= support.max() < estimator.shape_fit_[0]:
                raise CorruptEstimatorError(f"{self.estimator_name} has a support_ beyond its rows: it is damaged")
            vectors = np.zeros((len(support), 0))
        else:
            vectors = _dense(estimator.support_vectors_).reshape(-1, self.n_features_in_)
        dual = _dense(estimator._dual_coef_)
        intercept = np.asarray(estimator._intercept_, dtype=np.float64)
        n_classes = len(getattr(estimator, "classes_", (0, 1)))
        dual = dual.reshape(n_classes - 1, -1)
        n_support = np.asarray(estimator.n_support_)
        if not len(vectors):  # fitted on sparse rows, n_support_ is not empty then
            n_support = np.zeros(1, dtype=np.int64)
        if dual.shape[1] != len(vectors) or n_support.sum() != len(vectors) or (n_support < 0).any():
            raise CorruptEstimatorError(
                f"{self.estimator_name} has {len(vectors)} support vectors, {dual.shape[1]} dual coefficients and "
                f"n_support_ {n_support.tolist()}: it is damaged"
            )
        if intercept.shape != (n_classes * (n_classes - 1) // 2,):
            raise CorruptEstimatorError(
                f"{self.estimator_name} has {intercept.shape} intercepts for {n_classes} classes: it is damaged"
            )
        return vectors, dual, intercept

    def _kernels(self, x: Tensor) -> Tensor:
        """Kernel of rows and support vectors, shape (n_samples, n_support)."""
        kernels: Tensor = self.kernel(x, self.support_vectors_)
        return kernels.index_select(1, self.support_) if self.picks_support else kernels

    def _weighed(self, x: Tensor) -> Tensor:
        """Sum of the kernel over the support vectors by their one coefficient, and intercept; shape (n_samples,)."""
        if self.is_linear:
            weights = torch.mv(self.support_vectors_.t(), self.dual_coef_[0])
            return torch.mv(x, weights) + self.intercept_
        return torch.mv(self._kernels(x), self.dual_coef_[0]) + self.intercept_


def _fitted_rows(estimator: Any) -> Tensor:
    """The rows of the fit, which a kernel that is a function is computed with."""
    return torch.as_tensor(_dense(estimator._BaseLibSVM__Xfit))


def _function(estimator: Any) -> nn.Module:
    return function_of_rows(estimator.kernel, estimator._BaseLibSVM__Xfit)


def _dense(values: Any) -> np.ndarray:
    return np.asarray(values.toarray() if hasattr(values, "toarray") else values, dtype=np.float64)


def _steepness(estimator: Any) -> float:
    """Largest slope of what is made of the decision values: 1, or Platt's sigmoids where they are steeper."""
    slopes = np.asarray(getattr(estimator, "_probA", ()), dtype=np.float64)
    return max(1.0, float(np.abs(slopes).max(initial=0.0)) / 4)
