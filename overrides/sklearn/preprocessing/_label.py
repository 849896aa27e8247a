"""Label transformers: sklearn.preprocessing._label, on tensors of labels.

Labels enter a tensor as themselves where they are numbers, and as codes into ``class_names`` where they are words: -1
is a word that was not seen in fit. They are floats of the module's dtype, as all that enters a module is; whole numbers
are exact up to 2**53. ``encode`` makes such tensors of lists, arrays and sets; ``encode_labels`` of words, in
TorchScript too.
"""

from typing import Any

import numpy as np
import torch
from sklearn.preprocessing import LabelBinarizer, LabelEncoder
from torch import Tensor

from ...core.classes import split_classes
from ...core.module import Module, check_rows, refuse
from ...core.registry import OnnxGap, register
from ...encoding.labels import Labels
from ...errors import InputError
from ...functional.lookup import exact_index

EXACT = 2**53
"""Whole numbers up to here are told apart in float64."""


def objection_to(classes: Any, name: str) -> str | None:
    """Why labels cannot enter a tensor, or None.

    Parameters
    ----------
    classes : ndarray of shape (n_classes,)
    name : str
        Estimator's name, for the message.
    """
    try:
        _, values = split_classes(classes)
    except (InputError, ValueError) as error:
        return f"{name} has labels that are neither all numbers nor all words: {error}"
    if values.ndim != 1:
        return (
            f"{name} has labels that are sequences, of length {values.shape[1]}: only numbers and words enter a tensor"
        )
    if len(values) == 0:
        return f"{name} was fitted on no label at all"
    if values.dtype.kind in "iu" and max(abs(int(values.max())), abs(int(values.min()))) > EXACT:
        return f"{name} has whole numbers beyond 2**53 as labels, which float64 does not tell apart"
    return None


def check_labels(x: Tensor, name: str, like: Tensor) -> Tensor:
    """Labels of shape (n_samples,) or (n_samples, 1) as (n_samples,) in the dtype of ``like``, or an InputError."""
    if isinstance(x, Tensor):
        if x.dim() == 1:
            x = x.unsqueeze(1)
        elif x.dim() != 2 or x.shape[1] != 1:
            refuse(f"{name} takes a 1-D tensor of labels (n_samples,), got shape {list(x.shape)}")
    return check_rows(x, 1, name, like).squeeze(1)


class LabelModule(Module):
    """What the label transformers share: classes as numbers or as words, and the way of words into a tensor.

    Attributes
    ----------
    classes_ : Tensor of shape (n_classes,)
        The labels, or their codes where they are words; in their own dtype.
    labels : Tensor of shape (n_classes,)
        ``classes_`` as rows carry them, floats.
    class_names : list of str
        The words; empty where the labels are numbers.
    """

    class_names: list[str]
    classes_: Tensor
    labels: Tensor

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """Labels that are neither numbers nor words, or too large for a float."""
        return objection_to(estimator.classes_, type(estimator).__name__)

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.set_classes(estimator.classes_)
        self.add_buffer("labels", self.classes_.to(torch.float64).numpy())
        self.n_classes = int(self.classes_.shape[0])
        self.label_reader = Labels(tuple(self.class_names or self.classes_.tolist()))
        # Rows times classes is what the widest step holds.
        self.tile_rows = max(16, min(4096, 2**22 // self.n_classes))

    @torch.jit.export
    def encode_labels(self, labels: list[str]) -> Tensor:
        """Words as the tensor of codes that the methods take, shape (n_samples,); an unknown word is -1."""
        if len(self.class_names) == 0:
            refuse(f"{self.estimator_name} has numbers as labels, no words: pass them as a tensor")
        codes: dict[str, int] = {}
        for code in range(len(self.class_names)):
            codes[self.class_names[code]] = code
        found: list[int] = []
        for label in labels:
            found.append(codes.get(label, -1))
        return torch.tensor(found, dtype=torch.int64).to(self.anchor)

    def _reader(self) -> Labels:
        assert self.label_reader is not None
        return self.label_reader

    def as_returned(self, method: str, result: Any) -> Any:
        """Words of scikit-learn's ``inverse_transform`` as codes."""
        if method != "inverse_transform" or not self.class_names:
            return result
        return self.encode(result).cpu().numpy().astype(np.int64)

    def sample_inputs(self, n_samples: int) -> Any:
        """Every label in turn."""
        labels = np.array(self.class_names) if self.class_names else self.classes_.cpu().numpy()
        return labels[np.arange(max(n_samples, len(labels))) % len(labels)]

    def example_rows(self, method: str, n_samples: int) -> Tensor:
        """Labels for ``transform``, codes for ``inverse_transform``."""
        first = torch.zeros_like(self.labels[:1]) if method == "inverse_transform" else self.labels[:1]
        return first.repeat(n_samples)

    def _check(self, x: Tensor) -> Tensor:
        return check_labels(x, self.estimator_name, self.anchor)

    def _words(self, codes: Tensor) -> list[str]:
        if len(self.class_names) == 0:
            refuse(f"{self.estimator_name} has numbers as labels, no words: use inverse_transform")
        numbers: list[int] = codes.tolist()
        return [self.class_names[code] for code in numbers]


@register(LabelEncoder, gaps=OnnxGap.METHOD)
class LabelEncoderModule(LabelModule):
    """LabelEncoder: labels of shape (n_samples,) to their positions among the classes, and back.

    Notes
    -----
    A label that was not seen in fit is an InputError, as it is a ValueError in scikit-learn; a graph of torch.export or
    ONNX cannot raise, and gives -1 for it. (scikit-learn cuts a word to the length of the longest class before it looks
    it up, so that "antelope" passes for "ant"; here it is an unknown word.) ``inverse_transform`` takes positions and
    returns labels, codes where they are words; ``inverse_labels`` returns the words.
    """

    class_names: list[str]
    classes_: Tensor
    labels: Tensor

    __constants__ = ("cast", "has_nan")

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        dtype = self.classes_.numpy().dtype
        # scikit-learn casts what it gets to the dtype of the classes.
        self.cast = "none" if self.class_names else {"f": dtype.name, "b": "bool"}.get(dtype.kind, "whole")
        self.has_nan = bool(torch.isnan(self.labels[-1]))

    def _transform(self, x: Tensor) -> Tensor:
        if self.cast == "whole":
            x = torch.trunc(x)
        elif self.cast == "bool":
            x = (x != 0).to(x.dtype)
        elif self.cast == "float32":
            x = x.to(torch.float32).to(x.dtype)
        index = exact_index(self.labels, x)
        if self.has_nan:
            index = torch.where(torch.isnan(x), self.n_classes - 1, index)
        self._check_known(index >= 0, "labels that were not seen in fit")
        return index

    def _check_inverse(self, x: Tensor) -> Tensor:
        return check_labels(x, self.estimator_name + ".inverse_transform", self.anchor)

    def _inverse_transform(self, x: Tensor) -> Tensor:
        index = x.to(torch.int64)
        self._check_known((index == x) & (index >= 0) & (index < self.n_classes), "positions that are none of a class")
        return self.classes_.index_select(0, index)

    def _check_known(self, known: Tensor, what: str) -> None:
        if not torch.jit.is_scripting():
            if torch.compiler.is_compiling():
                return
        if not bool(known.all()):
            refuse(f"{self.estimator_name} got {what}, at row {int(known.to(torch.int64).argmin())}")

    @torch.jit.export
    def inverse_labels(self, x: Tensor) -> list[str]:
        """The words of ``inverse_transform``, a string per row."""
        x = self._check_inverse(x)
        return self._words(self._inverse_transform(x))


@register(LabelBinarizer, gaps=OnnxGap.METHOD)
class LabelBinarizerModule(LabelModule):
    """LabelBinarizer: a column per class, one column for two classes.

    Attributes
    ----------
    threshold : Tensor
        Of ``inverse_transform`` for two classes and for indicators: half way between the two labels, as scikit-learn's
        default; set it to 0 for decision values, to 0.5 for probabilities.

    Notes
    -----
    - ``transform`` takes labels of shape (n_samples,); where the fit was on an indicator matrix, such a matrix of shape
      (n_samples, n_classes), and no labels, which scikit-learn takes then too. The result is dense, also with
      ``sparse_output``. A label that was not seen in fit gives a row of ``neg_label``.
    - scikit-learn looks at the whole batch: one with more than two different labels, unseen ones among them, makes two
      columns of a binarizer of two classes. Here a row's result does not depend on other rows.
    - ``inverse_transform`` takes (n_samples, n_classes); for two classes (n_samples, 1), and in eager torch and
      TorchScript (n_samples,) and (n_samples, 2) as well. It returns labels, codes where they are words;
      ``inverse_labels`` returns the words.
    """

    class_names: list[str]
    classes_: Tensor
    labels: Tensor
    threshold: Tensor
    neg_label: Tensor
    pos_label: Tensor

    __constants__ = ("is_indicator", "is_multiclass", "keeps_positive")

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.is_indicator = estimator.y_type_ == "multilabel-indicator"
        self.is_multiclass = estimator.y_type_ == "multiclass"
        if self.is_indicator:
            self.n_features_in_ = self.n_classes
            self.label_reader = None
        self.n_features_out = self.n_classes if self.is_indicator or self.is_multiclass else 1
        self.keeps_positive = estimator.pos_label == 1
        self.add_buffer("neg_label", np.int64(estimator.neg_label))
        self.add_buffer("pos_label", np.int64(estimator.pos_label))
        self.add_buffer("threshold", (estimator.pos_label + estimator.neg_label) / 2.0)

    def sample_inputs(self, n_samples: int) -> Any:
        """Every label in turn, or a random indicator matrix."""
        if self.is_indicator:
            return np.random.default_rng(0).integers(0, 2, size=(n_samples, self.n_classes))
        return super().sample_inputs(n_samples)

    def example_rows(self, method: str, n_samples: int) -> Tensor:
        """Labels or an indicator matrix for ``transform``, a column per class for ``inverse_transform``."""
        if method == "inverse_transform" or self.is_indicator:
            return torch.zeros_like(self.labels[:1]).repeat(n_samples, self.n_features_out)
        return self.labels[:1].repeat(n_samples)

    def _check(self, x: Tensor) -> Tensor:
        if self.is_indicator:
            return check_rows(x, self.n_features_in_, self.estimator_name, self.anchor)
        return check_labels(x, self.estimator_name, self.anchor)

    def _transform(self, x: Tensor) -> Tensor:
        if self.is_indicator:
            on = x if self.keeps_positive else torch.where(x != 0, self.pos_label.to(x.dtype), x)
            return torch.where(x != 0, on, self.neg_label.to(x.dtype)).to(torch.int64)
        if self.is_multiclass:
            is_class = x.unsqueeze(1) == self.labels
        elif self.n_classes == 1:
            is_class = torch.zeros_like(x, dtype=torch.bool).unsqueeze(1)
        else:
            is_class = (x == self.labels[1]).unsqueeze(1)
        return torch.where(is_class, self.pos_label, self.neg_label)

    def _check_inverse(self, x: Tensor) -> Tensor:
        name = self.estimator_name + ".inverse_transform"
        if self.is_indicator or self.is_multiclass:
            return check_rows(x, self.n_classes, name, self.anchor)
        if isinstance(x, Tensor):
            if x.dim() == 1:
                x = x.unsqueeze(1)
            elif x.dim() == 2 and x.shape[1] == 2:
                x = x[:, 1:]
        return check_rows(x, 1, name, self.anchor)

    def _inverse_transform(self, x: Tensor) -> Tensor:
        if self.is_indicator:
            return (x > self.threshold).to(torch.int64)
        if self.is_multiclass:
            index = x.argmax(dim=1)
        else:
            index = (x > self.threshold).to(torch.int64).squeeze(1)
            if self.n_classes == 1:
                index = torch.zeros_like(index)
        return self.classes_.index_select(0, index)

    @torch.jit.export
    def inverse_labels(self, x: Tensor) -> list[str]:
        """The words of ``inverse_transform``, a string per row."""
        x = self._check_inverse(x)
        return self._words(self._inverse_transform(x))
