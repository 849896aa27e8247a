"""sklearn.mixture: log-densities of normal components, weighted and normalized."""

import math
from typing import Any, Final

import numpy as np
import torch
from scipy.special import digamma
from sklearn.mixture import BayesianGaussianMixture, GaussianMixture
from torch import Tensor

from ..core.module import Module
from ..core.registry import OnnxGap, register
from ..errors import CorruptEstimatorError
from ..functional.special.log_sums import log_sum_rows

N_FACTORS = 4
"""The most arrays that :meth:`MixtureModule._factors` returns."""


@register(GaussianMixture, BayesianGaussianMixture, gaps=(OnnxGap.METHOD, OnnxGap.TRAINING))
class MixtureModule(Module):
    """GaussianMixture, BayesianGaussianMixture: the likeliest component, responsibilities, and the log-density of all.

    Attributes
    ----------
    log_constants : Tensor of shape (n_components,) or ()
        What components add to their log-densities beside what is computed from parameters: for BayesianGaussianMixture
        the expected log-weights and log-determinants, which do not follow training.
    rounding_0, ... rounding_3 : Tensor
        Of a model fitted on float32 only: what scikit-learn, which computes in float32 what depends on the model alone,
        has more than this module.

    Notes
    -----
    Follows ``BaseMixture`` (sklearn/mixture/_base.py) and ``_estimate_log_gaussian_prob``
    (sklearn/mixture/_gaussian_mixture.py), which multiplies out the squares of "diag" and "spherical": far from the
    origin, relative to the deviations, results are rounded as scikit-learn's are.
    """

    in_own_floats = True

    means_: Tensor
    precisions_cholesky_: Tensor
    weights_: Tensor
    log_constants: Tensor
    rounding_0: Tensor
    rounding_1: Tensor
    rounding_2: Tensor
    rounding_3: Tensor
    covariance_type: Final[str]
    width: Final[int]
    has_weights: Final[bool]
    from_float32: Final[bool]

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.covariance_type = estimator.covariance_type
        n_components, self.width = np.shape(estimator.means_)
        _check_shapes(estimator, n_components, self.width)
        self.add_parameter("means_", estimator.means_)
        self.add_parameter("precisions_cholesky_", estimator.precisions_cholesky_)
        self.has_weights = isinstance(estimator, GaussianMixture)
        if self.has_weights:
            self.add_parameter("weights_", estimator.weights_)
            self.add_buffer("log_constants", -0.5 * self.width * math.log(2 * math.pi))
        else:
            self.add_buffer("log_constants", _bayesian_constants(estimator))
        self.tile_rows = max(16, min(4096, 2**18 // max(1, n_components * self.width)))
        fitted = (estimator.means_, estimator.precisions_cholesky_, estimator.weights_)
        self.from_float32 = self.has_weights and any(np.asarray(array).dtype != np.float64 for array in fitted)
        if self.from_float32:
            ours = [factor.detach().numpy() for factor in self._factors()]
            roundings = [theirs - factor for theirs, factor in zip(_factors_as_fitted(estimator), ours, strict=True)]
            for i in range(N_FACTORS):
                self.add_buffer(f"rounding_{i}", roundings[i] if i < len(roundings) else np.zeros(0))

    def _component_terms(self) -> Tensor:
        """Addend of each component, shape (n_components,) or ()."""
        roots = self.precisions_cholesky_
        if self.covariance_type == "full":
            terms = roots.reshape(-1, self.width * self.width)[:, :: self.width + 1].log().sum(dim=1)
        elif self.covariance_type == "tied":
            terms = roots.reshape(-1)[:: self.width + 1].log().sum()
        elif self.covariance_type == "diag":
            terms = roots.log().sum(dim=1)
        else:
            terms = roots.log() * float(self.width)
        if self.has_weights:
            terms = terms + self.weights_.log()
        return terms + self.log_constants

    def _factors(self) -> list[Tensor]:
        """What is computed from the model alone: the addend of each component, and factors of the squares."""
        means, roots, terms = self.means_, self.precisions_cholesky_, self._component_terms()
        if self.covariance_type == "full":
            return [terms, torch.matmul(means.unsqueeze(1), roots)]
        elif self.covariance_type == "tied":
            return [terms, torch.mm(means, roots)]
        elif self.covariance_type == "diag":
            precisions = roots * roots
            return [terms, (means * means * precisions).sum(dim=1), (means * precisions).t(), precisions.t()]
        else:
            precisions = roots * roots
            return [terms, (means * means).sum(dim=1) * precisions, precisions]

    def _rounded(self, factors: list[Tensor]) -> list[Tensor]:
        roundings = [self.rounding_0, self.rounding_1, self.rounding_2, self.rounding_3]
        return [factors[i] + roundings[i] for i in range(len(factors))]

    def _weighted_log_prob(self, x: Tensor) -> Tensor:
        """Log-density of each component and log-weight, shape (n_samples, n_components)."""
        factors = self._factors()
        if self.from_float32:
            factors = self._rounded(factors)
        if self.covariance_type == "full":
            deviations = torch.matmul(x, self.precisions_cholesky_) - factors[1]
            squares = (deviations * deviations).sum(dim=2).t()
        elif self.covariance_type == "tied":
            deviations = torch.mm(x, self.precisions_cholesky_).unsqueeze(1) - factors[1]
            squares = (deviations * deviations).sum(dim=2)
        elif self.covariance_type == "diag":
            squares = factors[1] - torch.mm(x * 2.0, factors[2]) + torch.mm(x * x, factors[3])
        else:
            norms = (x * x).sum(dim=1, keepdim=True)
            squares = factors[1] - torch.mm(x * 2.0, self.means_.t()) * factors[2] + norms * factors[2]
        return factors[0] - squares * 0.5

    def _score_samples(self, x: Tensor) -> Tensor:
        return log_sum_rows(self._weighted_log_prob(x)).squeeze(1)

    def _predict(self, x: Tensor) -> Tensor:
        return self._weighted_log_prob(x).argmax(dim=1)

    def _predict_proba(self, x: Tensor) -> Tensor:
        joint = self._weighted_log_prob(x)
        return torch.exp(joint - log_sum_rows(joint))


def _check_shapes(estimator: Any, n_components: int, width: int) -> None:
    wanted = {
        "full": (n_components, width, width),
        "tied": (width, width),
        "diag": (n_components, width),
        "spherical": (n_components,),
    }[estimator.covariance_type]
    found = np.shape(estimator.precisions_cholesky_)
    if found != wanted or np.shape(estimator.weights_) != (n_components,):
        raise CorruptEstimatorError(
            f"{type(estimator).__name__} has precisions_cholesky_ of shape {found}, not {wanted}, or "
            f"{np.size(estimator.weights_)} weights for {n_components} components: it is damaged"
        )


def _bayesian_constants(estimator: BayesianGaussianMixture) -> np.ndarray:
    """What ``BayesianGaussianMixture._estimate_log_prob`` (sklearn/mixture/_bayesian_mixture.py) adds, and weights."""
    freedom, width = estimator.degrees_of_freedom_, estimator.means_.shape[1]
    half = 0.5 * (freedom - np.arange(width)[:, np.newaxis])
    determinants = width * np.log(2.0) + digamma(half).sum(axis=0) - width * np.log(freedom)
    spread = width / estimator.mean_precision_ + width * np.log(2 * np.pi)
    return 0.5 * (determinants - spread) + estimator._estimate_log_weights()


def _factors_as_fitted(estimator: GaussianMixture) -> list[np.ndarray]:
    """:meth:`MixtureModule._factors` in the dtype and the order of ``_estimate_log_gaussian_prob``."""
    means, roots = estimator.means_, estimator.precisions_cholesky_
    width, kind = means.shape[1], estimator.covariance_type
    if kind == "full":
        terms = np.log(roots.reshape(len(means), -1)[:, :: width + 1]).sum(axis=1)
        factors = [np.stack([mean @ root for mean, root in zip(means, roots, strict=True)])[:, np.newaxis]]
    elif kind == "tied":
        terms = np.log(np.diagonal(roots)).sum()
        factors = [np.stack([mean @ roots for mean in means])]
    elif kind == "diag":
        precisions = roots**2
        terms = np.log(roots).sum(axis=1)
        factors = [(means**2 * precisions).sum(axis=1), (means * precisions).T, precisions.T]
    else:
        precisions = roots**2
        terms = width * np.log(roots)
        factors = [(means**2).sum(axis=1) * precisions, precisions]
    constant = 0.5 * width * math.log(2 * math.pi)
    weights = np.log(estimator.weights_).astype(np.float64)
    return [terms.astype(np.float64) - constant + weights, *factors]
