"""MultiLabelBinarizer (sklearn.preprocessing._label), on padded tensors of label sets."""

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from sklearn.preprocessing import MultiLabelBinarizer
from torch import Tensor

from ...core.module import check_rows, refuse
from ...core.registry import OnnxGap, register
from ...functional.lookup import exact_index
from ._label import LabelModule


@register(MultiLabelBinarizer, gaps=OnnxGap.CONVERTER)
class MultiLabelBinarizerModule(LabelModule):
    """MultiLabelBinarizer: sets of labels to an indicator matrix, and back.

    Notes
    -----
    - ``transform`` takes a tensor of shape (n_samples, max_labels), a set per row: the labels themselves, or codes into
      ``class_names`` where they are words, in any order, padded with NaN. What is no class (-1 among codes) is
      ignored, as in scikit-learn. ``encode`` makes such a tensor, as wide as there are classes, of any iterable of
      sets; in ONNX and torch.export, whose widths are fixed, it has to be that wide.
    - It returns the dense indicator matrix (n_samples, n_classes), also with ``sparse_output``.
    - ``inverse_transform`` takes an indicator matrix and returns such a padded tensor of shape (n_samples, n_classes),
      labels in the order of the classes; ``inverse_labels`` returns the words, a list per row. Anything but 0 and 1 is
      an InputError as in scikit-learn; a graph of torch.export or ONNX cannot raise, and takes it for 1.
    """

    class_names: list[str]
    classes_: Tensor
    labels: Tensor
    ascending: Tensor
    positions: Tensor
    padded: Tensor

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """Labels that cannot enter a tensor; NaN among them, which marks an absent label here."""
        objection = LabelModule.unsupported_reason(estimator)
        if objection is None and any(isinstance(label, float) and label != label for label in estimator.classes_):
            return "MultiLabelBinarizer has NaN as a label, which marks an absent label in a tensor"
        return objection

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.n_features_out = self.n_classes
        self.label_reader = replace(self._reader(), are_sets=True)
        order = torch.argsort(self.labels)
        self.add_buffer("ascending", self.labels[order].numpy())
        # Position of each ascending label among the classes, and one more for what is none of them: entry -1.
        self.add_buffer("positions", np.append(order.numpy(), self.n_classes))
        self.add_buffer("padded", np.append(self.labels.numpy(), np.nan))

    def as_returned(self, method: str, result: Any) -> Any:
        """Tuples of scikit-learn's ``inverse_transform`` as a padded array."""
        if method != "inverse_transform":
            return result
        return self._reader().encode(result, self.estimator_name).numpy()

    def sample_inputs(self, n_samples: int) -> Any:
        """The empty set, every label alone, and random sets."""
        labels = self.class_names or self.classes_.tolist()
        random = np.random.default_rng(0)
        sets = [tuple(label for label in labels if random.random() < 0.4) for _ in range(n_samples)]
        return [(), *((label,) for label in labels), *sets]

    def example_rows(self, method: str, n_samples: int) -> Tensor:
        """Sets for ``transform``, an indicator matrix for ``inverse_transform``: both as wide as there are classes."""
        return torch.zeros_like(self.labels).repeat(n_samples, 1)

    def _check(self, x: Tensor) -> Tensor:
        return check_rows(x, -1, self.estimator_name, self.anchor)

    def _transform(self, x: Tensor) -> Tensor:
        index = exact_index(self.ascending, x)
        column = self.positions[torch.where(index >= 0, index, self.n_classes)]
        blank = torch.zeros((x.shape[0], self.n_classes + 1), dtype=torch.int64, device=x.device)
        return blank.scatter(1, column, torch.ones_like(column))[:, : self.n_classes]

    def _inverse_transform(self, x: Tensor) -> Tensor:
        return self.padded[self._packed(x)]

    def _packed(self, x: Tensor) -> Tensor:
        """Positions of the labels that are on, to the left; n_classes for none."""
        is_on = x != 0
        self._check_indicator((x == 1) | ~is_on)
        position = torch.arange(self.n_classes, device=x.device)
        packed, _ = torch.sort(torch.where(is_on, position, self.n_classes), dim=1)
        return packed

    def _check_indicator(self, valid: Tensor) -> None:
        if not torch.jit.is_scripting():
            if torch.compiler.is_compiling():
                return
        if not bool(valid.all()):
            refuse(f"{self.estimator_name}.inverse_transform takes an indicator of 0 and 1, got other values")

    @torch.jit.export
    def inverse_labels(self, x: Tensor) -> list[list[str]]:
        """The words of ``inverse_transform``, a list of strings per row."""
        x = self._check_inverse(x)
        if len(self.class_names) == 0:
            refuse(f"{self.estimator_name} has numbers as labels, no words: use inverse_transform")
        rows: list[list[int]] = self._packed(x).tolist()
        words: list[list[str]] = []
        for row in rows:
            found: list[str] = []
            for code in row:
                if code < self.n_classes:
                    found.append(self.class_names[code])
            words.append(found)
        return words
