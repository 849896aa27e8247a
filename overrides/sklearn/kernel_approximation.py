"""sklearn.kernel_approximation: feature maps whose products approximate kernels."""

import math
from typing import Any, Final

import numpy as np
import sklearn.kernel_approximation
import torch
from sklearn.metrics.pairwise import KERNEL_PARAMS
from torch import Tensor, nn

from ..core.fitted_dtype import fitted_in_float32
from ..core.module import Module
from ..core.pairwise_kernel import PairwiseKernel
from ..core.registry import OnnxGap, register
from ..errors import CorruptEstimatorError
from ..functional.sketch import convolution_of_rows, convolution_tables
from ..tracing.pairwise_function import function_of_pairs, objection_to_function


@register(sklearn.kernel_approximation.Nystroem, gaps=OnnxGap.CONVERTER)
class Nystroem(Module):
    """Kernel of the rows and ``components_``, times ``normalization_``.

    Notes
    -----
    Follows ``Nystroem.transform`` (sklearn/kernel_approximation.py); an option left at None has the default of the
    kernel's function in sklearn/metrics/pairwise.py.
    """

    in_own_floats = True

    components_: Tensor
    normalization_: Tensor

    @classmethod
    def precision_note(cls, estimator: Any) -> str:
        """That a kernel of the user's computes in the type of the rows that were fitted."""
        if not callable(estimator.kernel) or not fitted_in_float32(estimator):
            return super().precision_note(estimator)
        return "the kernel is handed components of float32, and computes with them in that type; the module in float64"

    @classmethod
    def float64_parts(cls, estimator: Any) -> dict[int, Any]:
        """The components in float64, where a kernel of the user's is handed those of float32."""
        return fitted_in_float32(estimator) if callable(estimator.kernel) else super().float64_parts(estimator)

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        components = estimator.components_
        components = np.asarray(components.toarray() if hasattr(components, "toarray") else components)
        self.add_parameter("components_", components)
        self.add_parameter("normalization_", estimator.normalization_)
        if self.normalization_.shape != (len(components), len(components)):
            raise CorruptEstimatorError(
                f"Nystroem has {len(components)} components_ and normalization_ of shape "
                f"{tuple(self.normalization_.shape)}: it is damaged"
            )
        weight = float(self.normalization_.detach().abs().sum(1).max())
        options = _kernel_options(estimator, components.shape[1])
        kernel = _function(estimator) if callable(estimator.kernel) else estimator.kernel
        self.kernel = PairwiseKernel(kernel, self.components_, **options, weight=weight)
        self.tile_rows = self.kernel.tile_rows

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """A kernel that is a function which cannot be traced."""
        return objection_to_function(estimator, "kernel", estimator.kernel, lambda: _function(estimator))

    def _transform(self, x: Tensor) -> Tensor:
        return torch.mm(self.kernel(x, self.components_), self.normalization_.t())


def _function(estimator: Any) -> nn.Module:
    return function_of_pairs(estimator.kernel, estimator.kernel_params, estimator.components_.shape[1])


def _kernel_options(estimator: Any, n_features: int) -> dict[str, float]:
    """Gamma, coef0 and degree as the kernel's function gets them: by attribute, by ``kernel_params``, by default."""
    options = {"gamma": 1.0 if estimator.kernel == "chi2" else 1.0 / n_features, "coef0": 1.0, "degree": 3.0}
    given = dict(estimator.kernel_params or {})
    names = () if callable(estimator.kernel) else KERNEL_PARAMS.get(estimator.kernel, ())
    for name in names:
        if getattr(estimator, name) is not None:
            given[name] = getattr(estimator, name)
        if given.get(name) is not None:
            options[name] = float(given[name])
    return options


@register(sklearn.kernel_approximation.RBFSampler, gaps=OnnxGap.CONVERTER)
class RBFSampler(Module):
    """``sqrt(2 / n_components) * cos(x @ random_weights_ + random_offset_)``."""

    random_weights_: Tensor
    random_offset_: Tensor
    scale: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.add_parameter("random_weights_", estimator.random_weights_)
        self.add_parameter("random_offset_", estimator.random_offset_)
        self.add_buffer("scale", (2.0 / estimator.n_components) ** 0.5)

    def _transform(self, x: Tensor) -> Tensor:
        return torch.addmm(self.random_offset_, x, self.random_weights_).cos() * self.scale


@register(sklearn.kernel_approximation.SkewedChi2Sampler, gaps=OnnxGap.CONVERTER)
class SkewedChi2Sampler(RBFSampler):
    """``sqrt(2 / n_components) * cos(log(x + skewedness) @ random_weights_ + random_offset_)``.

    Features at or below ``-skewedness``, at which scikit-learn raises, make their row NaN.
    """

    skewedness: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.add_buffer("skewedness", float(estimator.skewedness))
        self.add_buffer("scale", math.sqrt(2.0) / math.sqrt(estimator.n_components))

    def _transform(self, x: Tensor) -> Tensor:
        logs = (x + self.skewedness).log()
        return torch.addmm(self.random_offset_, logs, self.random_weights_).cos() * self.scale


@register(sklearn.kernel_approximation.AdditiveChi2Sampler, gaps=OnnxGap.CONVERTER)
class AdditiveChi2Sampler(Module):
    """``sqrt(x L)``, then cosines and sines of ``j L log(x)``, by ``sqrt(2 x L / cosh(pi j L))``, for each step j.

    ``L`` is the sampling interval. A feature of 0 gives 0, with gradient 0; features below 0, at which scikit-learn
    raises, give NaN.
    """

    in_own_floats = True

    interval: Tensor
    steps: Tensor
    spectrum: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        interval = estimator.sample_interval
        if interval is None:
            interval = _INTERVALS[estimator.sample_steps]
        self.add_buffer("interval", float(interval))
        steps = np.arange(1, estimator.sample_steps, dtype=np.float64).reshape(-1, 1)
        self.add_buffer("steps", steps)
        with np.errstate(over="ignore"):
            self.add_buffer("spectrum", np.cosh(np.pi * steps * float(interval)))

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """An interval that scikit-learn has no default for."""
        if estimator.sample_interval is None and estimator.sample_steps not in _INTERVALS:
            return (
                f"AdditiveChi2Sampler has sample_steps={estimator.sample_steps} and no sample_interval: its transform "
                "raises in scikit-learn"
            )
        return None

    def _transform(self, x: Tensor) -> Tensor:
        nothing = x == 0
        positive = torch.where(nothing, torch.ones_like(x), x)
        zeros = torch.zeros_like(x)
        first = torch.where(nothing, zeros, (positive * self.interval).sqrt())
        angle = (positive.log() * self.interval).unsqueeze(1) * self.steps
        factor = ((positive * 2.0 * self.interval).unsqueeze(1) / self.spectrum).sqrt()
        waves = torch.stack([factor * angle.cos(), factor * angle.sin()], 2)
        waves = torch.where(nothing.unsqueeze(1).unsqueeze(2), torch.zeros_like(waves), waves)
        return torch.cat([first, waves.flatten(1)], 1)


_INTERVALS = {1: 0.8, 2: 0.5, 3: 0.4}
"""Intervals that scikit-learn takes where none is given, by number of steps."""


@register(sklearn.kernel_approximation.PolynomialCountSketch, gaps=OnnxGap.CONVERTER)
class PolynomialCountSketch(Module):
    """Circular convolution of ``degree`` count sketches of the rows (Tensor Sketch).

    Notes
    -----
    A count sketch is a product with a matrix of one sign per feature. The convolution is by FFT, and in graphs, whose
    runtimes have no exact one, by products with the matrix of the Fourier transform.
    """

    sketches: Tensor
    offset: Tensor
    cosines: Tensor
    sines: Tensor
    degree: Final[int]
    n_components: Final[int]

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.degree = int(estimator.degree)
        size = self.n_components = int(estimator.n_components)
        index, sign = np.asarray(estimator.indexHash_), np.asarray(estimator.bitHash_, dtype=np.float64)
        constant = estimator.coef0 != 0
        expected = (self.degree, self.n_features_in_ + constant)
        if index.shape != expected or sign.shape != expected or index.min() < 0 or index.max() >= size:
            raise CorruptEstimatorError(
                f"PolynomialCountSketch has hashes of shapes {index.shape} and {sign.shape}, up to {index.max()}, for "
                f"{expected} and {size} components: it is damaged"
            )
        matrix = np.zeros((expected[1], self.degree, size))
        for d in range(self.degree):
            matrix[np.arange(expected[1]), d, index[d]] = sign[d]
        matrix = matrix.reshape(expected[1], -1)
        root = np.sqrt(estimator.coef0) if constant else 0.0
        self.add_buffer("sketches", np.sqrt(estimator.gamma) * matrix[: self.n_features_in_])
        self.add_buffer("offset", root * matrix[-1] if constant else np.zeros(matrix.shape[1]))
        cosines, sines = convolution_tables(size)
        self.register_buffer("cosines", cosines)
        self.register_buffer("sines", sines)
        self.tile_rows = max(32, 2**17 // (size * self.degree))

    def _transform(self, x: Tensor) -> Tensor:
        sketches = torch.addmm(self.offset, x, self.sketches).view(-1, self.degree, self.n_components)
        if x.dtype == torch.float16 or x.dtype == torch.bfloat16:  # torch has no FFT of those
            wide = convolution_of_rows(
                sketches.to(torch.float32), self.cosines.to(torch.float32), self.sines.to(torch.float32)
            )
            return wide.to(x.dtype)
        return convolution_of_rows(sketches, self.cosines, self.sines)
