"""sklearn.neural_network: multi-layer perceptrons, and a restricted Boltzmann machine.

A regressor with squared error takes the ONNX route.
"""

from typing import Any, Final

import numpy as np
import torch
from sklearn.neural_network import BernoulliRBM, MLPClassifier, MLPRegressor
from torch import Tensor, nn

from ..core.module import Module
from ..core.registry import OnnxGap, register
from ..errors import CorruptEstimatorError
from ..functional.special.arithmetic import logaddexp
from ..functional.special.links import binary_probabilities, expit, log_probabilities, softmax


class Perceptrons(Module):
    """Layers of a multi-layer perceptron, the activation of the last included.

    Notes
    -----
    Follows ``BaseMultilayerPerceptron._forward_pass_fast`` (sklearn/neural_network/_multilayer_perceptron.py).
    """

    activation: Final[str]
    out_activation: Final[str]
    n_hidden: Final[int]

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.activation = estimator.activation
        self.out_activation = estimator.out_activation_
        self.n_hidden = len(estimator.coefs_) - 1
        self.coefs_ = _parameters(estimator.coefs_)
        self.intercepts_ = _parameters(estimator.intercepts_)
        # Hidden layers of a tile stay in the cache.
        widest = max(coef.shape[1] for coef in estimator.coefs_)
        self.tile_rows = max(512, min(4096, 2**16 // widest))

    def _activate(self, x: Tensor, name: str) -> Tensor:
        if name == "relu":
            return torch.relu(x)
        elif name == "tanh":
            return torch.tanh(x)
        elif name == "logistic":
            return expit(x)
        elif name == "softmax":
            return softmax(x)
        elif name == "exp":
            return torch.exp(x)
        else:
            return x

    def _outputs(self, x: Tensor) -> Tensor:
        """Values of the last layer, shape (n_samples, n_outputs)."""
        for i, (coef, intercept) in enumerate(zip(self.coefs_, self.intercepts_)):  # noqa: B905
            x = torch.addmm(intercept, x, coef)
            x = self._activate(x, self.activation if i < self.n_hidden else self.out_activation)
        return x


def _parameters(arrays: Any) -> nn.ParameterList:
    return nn.ParameterList([nn.Parameter(torch.tensor(array, dtype=torch.float64)) for array in arrays])


@register(MLPRegressor, gaps=OnnxGap.CONVERTER)
class PerceptronRegressor(Perceptrons):
    """Multi-layer perceptron of which the outputs are the predictions; skl2onnx has no exponential output."""

    one_output: Final[bool]

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.one_output = estimator.n_outputs_ == 1

    @staticmethod
    def prefers_onnx(estimator: Any) -> bool:
        """Whether the output is the identity, as that of the squared error."""
        return bool(estimator.out_activation_ == "identity")

    def _predict(self, x: Tensor) -> Tensor:
        outputs = self._outputs(x)
        return outputs.squeeze(1) if self.one_output else outputs


@register(MLPClassifier, gaps=OnnxGap.METHOD)
class PerceptronClassifier(Perceptrons):
    """Multi-layer perceptron of which the outputs are probabilities: of the second class, of each class or label.

    Notes
    -----
    ``predict`` is the inverse of scikit-learn's ``LabelBinarizer`` on the probabilities, not on the scores: where two
    of them round to one number the first class wins.
    """

    classes_: Tensor
    one_output: Final[bool]
    one_class: Final[bool]
    multilabel: Final[bool]

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.one_output = estimator.n_outputs_ == 1
        self.multilabel = estimator._label_binarizer.y_type_.startswith("multilabel")
        self.set_classes(estimator.classes_)
        n_classes = len(self.classes_)
        self.one_class = n_classes == 1
        if n_classes > 2 if self.one_output else n_classes != estimator.n_outputs_:
            raise CorruptEstimatorError(
                f"{self.estimator_name} has {estimator.n_outputs_} outputs for {n_classes} classes: it is damaged"
            )

    def _predict_proba(self, x: Tensor) -> Tensor:
        outputs = self._outputs(x)
        return binary_probabilities(outputs.squeeze(1)) if self.one_output else outputs

    def _predict_log_proba(self, x: Tensor) -> Tensor:
        return log_probabilities(self._predict_proba(x))

    def _predict(self, x: Tensor) -> Tensor:
        outputs = self._outputs(x)
        if self.multilabel:
            return (outputs > 0.5).long()
        elif self.one_output:
            second = (outputs.squeeze(1) > 0.5).int()
            return self.classes_.index_select(0, torch.zeros_like(second) if self.one_class else second)
        else:
            return self.classes_.index_select(0, outputs.argmax(dim=1))


@register(BernoulliRBM, gaps=OnnxGap.CONVERTER)
class BernoulliRBMModule(Module):
    """BernoulliRBM: the probabilities of the hidden units, and the pseudo-likelihood of rows.

    Notes
    -----
    ``score_samples`` flips a feature of each row that is drawn from torch's generator, whatever ``random_state`` is:
    its results are equal to scikit-learn's in distribution.
    """

    in_own_floats = True

    components_: Tensor
    intercept_hidden_: Tensor
    intercept_visible_: Tensor
    places: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.add_parameter("components_", estimator.components_)
        self.add_parameter("intercept_hidden_", estimator.intercept_hidden_)
        self.add_parameter("intercept_visible_", estimator.intercept_visible_)
        self.add_buffer("places", np.arange(self.n_features_in_))

    @classmethod
    def random_methods(cls, estimator: Any) -> tuple[str, ...]:
        """``score_samples``."""
        return ("score_samples",)

    def _transform(self, x: Tensor) -> Tensor:
        return expit(torch.addmm(self.intercept_hidden_, x, self.components_.t()))

    def _free_energy(self, x: Tensor) -> Tensor:
        hidden = torch.addmm(self.intercept_hidden_, x, self.components_.t())
        return -torch.mv(x, self.intercept_visible_) - logaddexp(torch.zeros_like(hidden), hidden).sum(1)

    def _score_samples(self, x: Tensor) -> Tensor:
        width = float(x.shape[1])
        # A chance next to 1 may round to the width itself.
        drawn = (torch.rand_like(x[:, :1]) * width).floor().clamp(max=width - 1.0)
        flipped = torch.where(drawn == self.places, 1.0 - x, x)
        rise = self._free_energy(x) - self._free_energy(flipped)
        return logaddexp(torch.zeros_like(rise), rise) * -width
