"""sklearn.naive_bayes: joint log-probabilities of rows and classes, and what follows from them."""

import math
from typing import Any, Final

import numpy as np
import torch
from sklearn.naive_bayes import BernoulliNB, CategoricalNB, ComplementNB, GaussianNB, MultinomialNB
from torch import Tensor

from ..core.module import Module, refuse
from ..core.registry import OnnxGap, register
from ..errors import CorruptEstimatorError
from ..functional.csr import csr, linear
from ..functional.graph import in_graph
from ..functional.special.log_sums import log_sum_rows


class NaiveBayes(Module):
    """The class of the largest joint log-probability, and these normalized.

    Notes
    -----
    Follows ``_BaseNB`` (sklearn/naive_bayes.py). Subclasses give ``_predict_joint_log_proba``, a column per class.
    """

    classes_: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.set_classes(estimator.classes_)

    def check_shape(self, name: str, shape: tuple[int, ...]) -> None:
        """Raise CorruptEstimatorError unless the fitted array has a row per class, so that no class is out of range."""
        if len(shape) == 0 or shape[0] != len(self.classes_):
            raise CorruptEstimatorError(
                f"{self.estimator_name} has {name} of shape {shape} for {len(self.classes_)} classes: it is damaged"
            )

    def _predict_joint_log_proba(self, x: Tensor) -> Tensor:
        raise NotImplementedError

    def _predict_log_proba(self, x: Tensor) -> Tensor:
        joint = self._predict_joint_log_proba(x)
        return joint - log_sum_rows(joint)

    def _predict_proba(self, x: Tensor) -> Tensor:
        return torch.exp(self._predict_log_proba(x))

    def _predict(self, x: Tensor) -> Tensor:
        joint = self._predict_joint_log_proba(x)
        if in_graph():
            # The first NaN is the largest number to numpy and torch; onnxruntime passes over it.
            joint = joint.masked_fill(torch.isnan(joint), torch.inf)
        return self.classes_.index_select(0, joint.argmax(dim=1))


@register(GaussianNB, gaps=(OnnxGap.TRAINING, OnnxGap.METHOD))
class GaussianNBModule(NaiveBayes):
    """GaussianNB: a normal density of every feature in every class.

    Attributes
    ----------
    two_pi : Tensor of shape ()
    rounding : Tensor of shape (n_classes,)
        Of a model fitted on float32 only: what scikit-learn, which takes the logarithms in float32 then, has more than
        this module.
    """

    theta_: Tensor
    var_: Tensor
    class_prior_: Tensor
    two_pi: Tensor
    rounding: Tensor
    from_float32: Final[bool]

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        for name in ("theta_", "var_", "class_prior_"):
            self.check_shape(name, np.shape(getattr(estimator, name)))
            self.add_parameter(name, getattr(estimator, name))
        self.add_buffer("two_pi", 2.0 * math.pi)
        self.tile_rows = max(16, min(4096, 2**18 // max(1, self.theta_.numel())))
        prior, var = np.asarray(estimator.class_prior_), np.asarray(estimator.var_)
        self.from_float32 = not (prior.dtype == var.dtype == np.float64)
        if self.from_float32:
            with np.errstate(divide="ignore", invalid="ignore"):
                as_fitted = np.log(prior).astype(np.float64) - 0.5 * np.log(2.0 * np.pi * var).sum(axis=1)
                rounding = as_fitted - self._class_terms().detach().numpy()
            # A class of no prior has minus infinity in both.
            self.add_buffer("rounding", np.where(prior > 0, rounding, 0.0))

    def _class_terms(self) -> Tensor:
        return self.class_prior_.log() - torch.log(self.two_pi * self.var_).sum(dim=1) * 0.5

    def _predict_joint_log_proba(self, x: Tensor) -> Tensor:
        terms = self._class_terms()
        if self.from_float32:
            terms = terms + self.rounding
        x = x.unsqueeze(1) - self.theta_
        return terms - (x * x / self.var_).sum(dim=2) * 0.5


@register(MultinomialNB, ComplementNB, gaps=OnnxGap.METHOD)
class CountingNB(NaiveBayes):
    """MultinomialNB, ComplementNB: counts times the log-probabilities of features, and the log-prior.

    Notes
    -----
    ComplementNB has no prior, but where there is one class.
    """

    feature_log_prob_: Tensor
    class_log_prior_: Tensor
    has_prior: Final[bool]

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.takes_csr = True
        self.has_prior = isinstance(estimator, MultinomialNB) or len(self.classes_) == 1
        self.check_shape("feature_log_prob_", estimator.feature_log_prob_.shape)
        self.add_parameter("feature_log_prob_", estimator.feature_log_prob_)
        if self.has_prior:
            self.check_shape("class_log_prior_", np.shape(estimator.class_log_prior_))
            self.add_parameter("class_log_prior_", estimator.class_log_prior_)

    def _predict_joint_log_proba(self, x: Tensor) -> Tensor:
        joint = linear(x, self.feature_log_prob_)
        return joint + self.class_log_prior_ if self.has_prior else joint


@register(BernoulliNB, gaps=(OnnxGap.TRAINING, OnnxGap.METHOD))
class BernoulliNBModule(NaiveBayes):
    """BernoulliNB: log-probabilities of features that are on, and of those that are off.

    Notes
    -----
    The probabilities of features that are off are computed from ``feature_log_prob_`` at every call, as in
    scikit-learn. With ``binarize`` the result is piecewise constant in the rows, and has no gradient there.
    """

    feature_log_prob_: Tensor
    class_log_prior_: Tensor
    threshold: Tensor
    binarizes: Final[bool]

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        for name in ("feature_log_prob_", "class_log_prior_"):
            self.check_shape(name, getattr(estimator, name).shape)
            self.add_parameter(name, getattr(estimator, name))
        self.binarizes = estimator.binarize is not None
        if self.binarizes:
            self.add_buffer("threshold", float(estimator.binarize))
        # Of compressed rows the zeros are off, and stay out.
        self.takes_csr = not self.binarizes or float(estimator.binarize) >= 0.0

    def _on(self, x: Tensor) -> Tensor:
        """1 where a feature is on, 0 elsewhere."""
        if x.layout != torch.strided:
            return csr(x.crow_indices(), x.col_indices(), (x.values() > self.threshold).to(x.dtype), x.shape[1])
        return (x > self.threshold).to(x.dtype)

    def _predict_joint_log_proba(self, x: Tensor) -> Tensor:
        if self.binarizes:
            x = self._on(x)
        off = torch.log(1.0 - torch.exp(self.feature_log_prob_))
        return linear(x, self.feature_log_prob_ - off) + (self.class_log_prior_ + off.sum(dim=1))


@register(CategoricalNB, gaps=OnnxGap.CONVERTER)
class CategoricalNBModule(NaiveBayes):
    """CategoricalNB: the log-probability of each feature's category, looked up and summed.

    Attributes
    ----------
    feature_log_prob_ : Tensor of shape (sum of n_categories, n_classes)
        scikit-learn's list of arrays of shape (n_classes, n_categories), transposed, below each other.
    offsets : Tensor of int64, shape (n_features,)
        Where the categories of each feature begin.
    counts : Tensor of int64, shape (n_features,)
        How many it has.

    Notes
    -----
    A row holds whole numbers, 0 to the number of categories less one; fractions are cut off, as scikit-learn's cast to
    integers does. Other categories raise InputError, where scikit-learn raises IndexError; in torch.export and ONNX,
    which cannot raise, probabilities of such rows are NaN and the class means nothing. There is no gradient in the
    rows.
    """

    feature_log_prob_: Tensor
    class_log_prior_: Tensor
    offsets: Tensor
    counts: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        tables = [np.asarray(table) for table in estimator.feature_log_prob_]
        for table in tables:
            self.check_shape("feature_log_prob_", table.shape)
        self.check_shape("class_log_prior_", np.shape(estimator.class_log_prior_))
        counts = np.array([table.shape[1] for table in tables], dtype=np.int64)
        if len(counts) != self.n_features_in_:
            raise CorruptEstimatorError(
                f"CategoricalNB has {len(counts)} tables for {self.n_features_in_} features: it is damaged"
            )
        self.add_parameter("feature_log_prob_", np.concatenate([table.T for table in tables]))
        self.add_parameter("class_log_prior_", estimator.class_log_prior_)
        self.add_buffer("offsets", np.cumsum(counts) - counts)
        self.add_buffer("counts", counts)
        self.tile_rows = max(16, min(4096, 2**18 // (len(counts) * len(self.classes_))))

    def sample_inputs(self, n_samples: int) -> Any:
        """Categories drawn among those that each feature has."""
        counts = self.counts.cpu().numpy()
        return np.random.default_rng(0).integers(0, counts, size=(n_samples, len(counts))).astype(np.float64)

    def _predict_joint_log_proba(self, x: Tensor) -> Tensor:
        codes = x.to(torch.int64)
        known = (codes >= 0) & (codes < self.counts)
        self._check_known(known, codes)
        codes = torch.where(known, codes, torch.zeros_like(codes)) + self.offsets
        n_features, n_classes = self.offsets.shape[0], self.classes_.shape[0]
        terms = self.feature_log_prob_.index_select(0, codes.reshape(-1)).reshape(-1, n_features, n_classes)
        joint = terms.sum(dim=1) + self.class_log_prior_
        return joint.masked_fill(~known.all(dim=1, keepdim=True), torch.nan)

    def _check_known(self, known: Tensor, codes: Tensor) -> None:
        if not torch.jit.is_scripting():
            if torch.compiler.is_compiling():
                return
        if not bool(known.all()):
            row = int(known.all(dim=1).to(torch.int64).argmin())
            column = int(known[row].to(torch.int64).argmin())
            refuse(
                f"{self.estimator_name} got category {int(codes[row, column])} in column {column} at row {row}: it was "
                f"fitted with categories 0 to {int(self.counts[column]) - 1}; set min_categories to allow for more"
            )
