"""Labels from outside as a tensor, without scikit-learn: a loaded artifact reads them by the same code."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..errors import InputError


@dataclass(frozen=True)
class Labels:
    """How labels, or sets of labels, enter a tensor.

    Attributes
    ----------
    classes : tuple of str or of numbers
        Words enter as their position here, numbers as themselves.
    are_sets : bool
        Whether a row is a set of labels.
    """

    classes: tuple[Any, ...]
    are_sets: bool = False

    @property
    def are_words(self) -> bool:
        """Whether the classes are words."""
        return all(isinstance(label, str) for label in self.classes)

    def encode(self, data: Any, name: str) -> Tensor:
        """Labels as float64: a word that is no class as -1; a set padded with NaN, without what is no class.

        Parameters
        ----------
        data : array-like of shape (n_samples,), or iterable of iterables; or Tensor
            A tensor is taken to hold what the methods take already.
        name : str
            Estimator's name, for the message.

        Returns
        -------
        Tensor of shape (n_samples,), or (n_samples, n_classes) for sets
        """
        if isinstance(data, Tensor):
            return data.to(torch.float64)
        index_of = {label: index for index, label in enumerate(self.classes)}
        if self.are_sets:
            try:
                sets = [[index_of[label] for label in row if label in index_of] for row in data]
            except TypeError as error:
                raise InputError(f"{name} takes a set, list or tuple of labels per row: {error}") from error
            return self.padded(sets)
        flat = np.asarray(data, dtype=object).reshape(len(data))
        if not self.are_words:
            return torch.tensor(flat.astype(np.float64))
        if not all(isinstance(word, str) for word in flat):
            raise InputError(f"{name} was fitted on words: pass words, or a tensor of their codes")
        return torch.tensor([float(index_of.get(word, -1)) for word in flat], dtype=torch.float64)

    def padded(self, sets: Iterable[Iterable[int]]) -> Tensor:
        """Sets of positions among the classes as rows of labels in the order of the classes, padded with NaN."""
        values = [float(i) if self.are_words else float(label) for i, label in enumerate(self.classes)]
        rows = [[values[index] for index in sorted(set(row))] for row in sets]
        width = len(self.classes)
        full = [[*row, *[float("nan")] * (width - len(row))] for row in rows]
        return torch.tensor(full, dtype=torch.float64).reshape(-1, width)

    def decode(self, rows: Tensor) -> list[Any]:
        """What ``inverse_transform`` returned, with words in the place of codes: a label or a tuple of them per row."""
        found = rows.detach().cpu().tolist()
        if not self.are_sets:
            return [self._label(value) for value in found]
        return [tuple(self._label(value) for value in row if value == value) for row in found]

    def _label(self, value: float) -> Any:
        return self.classes[int(value)] if self.are_words else value
