"""Linear projections, in scikit-learn's order of operations.

What takes an inverse of a matrix (the precision behind ``score_samples``, a ridge regression) is computed once, by
scikit-learn itself, and held as a buffer: ONNX has no inverse.
"""

import copy
import math
import warnings
from typing import Any

import numpy as np
import torch
from scipy import linalg
from sklearn.decomposition import (
    PCA,
    FactorAnalysis,
    FastICA,
    IncrementalPCA,
    MiniBatchSparsePCA,
    SparsePCA,
    TruncatedSVD,
)
from sklearn.linear_model import ridge_regression
from sklearn.utils.extmath import fast_logdet
from torch import Tensor

from ...core.facts import facts_of
from ...core.fitted_dtype import fitted_in_float32
from ...core.module import SMALL_RESULT, Module
from ...core.registry import OnnxGap, register


class _LikelihoodModule(Module):
    """``score_samples``: the logarithm of a normal density, for estimators with ``mean_`` and ``get_precision``.

    Notes
    -----
    It keeps the precision matrix of the fitted attributes, also where these are changed afterwards. Of features that
    depend on each other the precision is the inverse of a matrix that is singular up to rounding: scikit-learn raises,
    or returns what the rounding of one order of summation left. The first raises here too, and the second as well.
    """

    mean_: Tensor
    precision: Tensor
    constant: Tensor

    @classmethod
    def failing_methods(cls, estimator: Any) -> dict[str, str]:
        """``score_samples`` where scikit-learn cannot invert the covariance, or where only noise comes of it."""
        noise = _noise(estimator) if hasattr(estimator, "score_samples") else 0.0
        if noise <= 1e-8:
            return {}
        name = f"{type(estimator).__name__}.score_samples"
        if noise == math.inf:
            return {"score_samples": f"{name} needs the inverse of a covariance that is singular"}
        return {
            "score_samples": f"{name} is noise: the covariance is singular up to rounding, and one order of summation "
            f"differs from another by about {noise:.0e}; fit on fewer features, such as do not depend on each other"
        }

    @classmethod
    def nondeterministic_methods(cls, estimator: Any) -> tuple[str, ...]:
        """``score_samples`` where scikit-learn returns noise."""
        raises = "score_samples" in cls.failing_methods(estimator)
        return ("score_samples",) if raises and _noise(estimator) < math.inf else ()

    def set_precision(self, estimator: Any) -> None:
        """Register the precision matrix and what the log-likelihood adds to its quadratic form."""
        if "score_samples" not in facts_of(estimator).methods:
            return
        precision = _precision(estimator)
        self.add_buffer("precision", precision)
        self.add_buffer("constant", 0.5 * (len(precision) * math.log(2.0 * np.pi) - fast_logdet(precision)))

    def _score_samples(self, x: Tensor) -> Tensor:
        x = x - self.mean_
        return (x * (x @ self.precision)).sum(dim=1) * -0.5 - self.constant


def _precision(estimator: Any) -> np.ndarray:
    """scikit-learn's precision matrix in float64, without its warning that it is ill-conditioned."""
    in_float32 = fitted_in_float32(estimator)
    if in_float32:
        estimator = copy.deepcopy(estimator, in_float32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", linalg.LinAlgWarning)
        return np.asarray(estimator.get_precision(), dtype=np.float64)


def _noise(estimator: Any) -> float:
    """How far two orders of summation of the log-likelihood may differ; infinity where scikit-learn raises.

    The quadratic form of a row of one deviation in each feature, in absolute values, times the machine epsilon: it does
    not depend on the scale of the features.
    """
    with np.errstate(all="ignore"):
        try:
            precision = _precision(estimator)
        except (ValueError, ZeroDivisionError):
            return math.inf
        if not math.isfinite(fast_logdet(precision)):
            return 0.0  # minus infinity for every row, whatever the order
        deviations = np.sqrt(np.diagonal(estimator.get_covariance()))
        noise = float(np.finfo(np.float64).eps * deviations @ np.abs(precision) @ deviations)
    return noise if math.isfinite(noise) else math.inf


@register(PCA, gaps=OnnxGap.METHOD)
class PCAModule(_LikelihoodModule):
    """PCA: the projection of the rows less the projection of the mean, over the deviations if whitened."""

    rounds_as_fitted = True
    components_: Tensor
    mean_: Tensor
    explained_variance_: Tensor
    precision: Tensor
    constant: Tensor

    __constants__ = ("whiten",)

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.n_features_out = len(estimator.components_)
        self.tile_rows = max(self.tile_rows, SMALL_RESULT // self.n_features_in_)
        self.whiten = bool(estimator.whiten)
        self.add_parameter("components_", estimator.components_)
        self.add_parameter("mean_", estimator.mean_)
        if self.whiten:
            self.add_parameter("explained_variance_", estimator.explained_variance_)
        self.set_precision(estimator)

    def _transform(self, x: Tensor) -> Tensor:
        weights = self.components_.t()
        x = x @ weights - self.mean_.unsqueeze(0) @ weights
        if self.whiten:
            # The deviation is at least 2**-52, the machine epsilon, which is bounded here under the root.
            x = x / torch.clamp(self.explained_variance_, min=2.0**-104).sqrt()
        return x

    def _inverse_transform(self, x: Tensor) -> Tensor:
        components = self.components_
        if self.whiten:
            components = self.explained_variance_.sqrt().unsqueeze(1) * components
        return x @ components + self.mean_


@register(IncrementalPCA, gaps=OnnxGap.METHOD)
class IncrementalPCAModule(PCAModule):
    """IncrementalPCA: as PCA, without ``score_samples``."""


@register(TruncatedSVD, gaps=OnnxGap.METHOD)
class TruncatedSVDModule(Module):
    """TruncatedSVD: the projection of the rows as they are."""

    reads_linear = True
    components_: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.n_features_out = len(estimator.components_)
        self.tile_rows = max(self.tile_rows, SMALL_RESULT // self.n_features_in_)
        self.add_parameter("components_", estimator.components_)

    def projection_weight(self) -> Tensor:
        """The components, shape (n_components, n_features)."""
        return self.components_

    def _transform(self, x: Tensor) -> Tensor:
        return x @ self.components_.t()

    def _transform_from(self, projection: Tensor) -> Tensor:
        return projection

    def _inverse_transform(self, x: Tensor) -> Tensor:
        return x @ self.components_


@register(FactorAnalysis, gaps=OnnxGap.CONVERTER)
class FactorAnalysisModule(_LikelihoodModule):
    """FactorAnalysis: the expected latent variables.

    Notes
    -----
    ``transform`` keeps the covariance of the latent variables, and ``score_samples`` the precision matrix, of the
    fitted attributes, also where these are changed afterwards.
    """

    components_: Tensor
    mean_: Tensor
    noise_variance_: Tensor
    covariance: Tensor
    precision: Tensor
    constant: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        components = estimator.components_
        self.add_parameter("components_", components)
        self.add_parameter("mean_", estimator.mean_)
        self.add_parameter("noise_variance_", estimator.noise_variance_)
        weights = components / estimator.noise_variance_
        self.add_buffer("covariance", linalg.inv(np.eye(len(components)) + weights @ components.T))
        self.set_precision(estimator)

    def _transform(self, x: Tensor) -> Tensor:
        weights = self.components_ / self.noise_variance_
        return (x - self.mean_) @ weights.t() @ self.covariance


@register(FastICA, gaps=OnnxGap.CONVERTER)
class FastICAModule(Module):
    """FastICA: the unmixing matrix on the rows, centred if they were whitened; the mixing matrix back."""

    components_: Tensor
    mixing_: Tensor
    mean_: Tensor

    __constants__ = ("whiten",)

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.n_features_out = len(estimator.components_)
        self.whiten = bool(estimator.whiten)
        self.add_parameter("components_", estimator.components_)
        self.add_parameter("mixing_", estimator.mixing_)
        if self.whiten:
            self.add_parameter("mean_", estimator.mean_)

    def _transform(self, x: Tensor) -> Tensor:
        if self.whiten:
            x = x - self.mean_
        return x @ self.components_.t()

    def _inverse_transform(self, x: Tensor) -> Tensor:
        x = x @ self.mixing_.t()
        if self.whiten:
            x = x + self.mean_
        return x


@register(SparsePCA, MiniBatchSparsePCA, gaps=OnnxGap.CONVERTER)
class SparsePCAModule(Module):
    """SparsePCA: ridge regression of the centred rows on the components; the components back.

    Notes
    -----
    The ridge regression is linear in the rows: ``projection`` is that of the identity matrix. ``transform`` keeps it
    where ``components_`` are changed afterwards. A row alone gives (1, n_components), as all numbers of rows do;
    scikit-learn's ridge regression drops that dimension.
    """

    rounds_as_fitted = True
    components_: Tensor
    mean_: Tensor
    projection: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        components = estimator.components_
        self.n_features_out = len(components)
        self.add_parameter("components_", components)
        self.add_parameter("mean_", estimator.mean_)
        identity = np.eye(components.shape[1])
        projection = ridge_regression(
            components.T.astype(np.float64), identity, estimator.ridge_alpha, solver="cholesky"
        )
        self.add_buffer("projection", projection.reshape(len(identity), len(components)))

    def _transform(self, x: Tensor) -> Tensor:
        return (x - self.mean_) @ self.projection

    def _inverse_transform(self, x: Tensor) -> Tensor:
        return x @ self.components_ + self.mean_
