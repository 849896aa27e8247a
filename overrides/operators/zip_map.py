"""ZipMap: a row of scores as a map from label to score. Here a column per label is that map."""

from typing import Any

import torch
from torch import Tensor, nn

from .nodes import ML, attributes, result
from .words import class_labels


class ZipMap(nn.Module):
    """Scores as they are, (n_samples, n_classes), with the labels of the columns.

    Parameters
    ----------
    labels : Tensor of int64, shape (n_classes,)
    words : list of str
        Vocabulary of the codes in ``labels``; empty where they are numbers.

    Notes
    -----
    A sequence of maps is no tensor; torch.export and a batch of rows could not carry one.
    """

    words: list[str]

    def __init__(self, labels: Tensor, words: list[str]) -> None:
        super().__init__()
        self.register_buffer("labels", labels)
        self.words = words

    def forward(self, x: Tensor) -> Tensor:
        """The scores."""
        return x


def _convert(node: Any, graph: Any) -> Any:
    labels, words = class_labels(attributes(node), "classlabels_int64s", graph)
    return result(node, ZipMap(torch.tensor(labels), words))


CONVERTERS = {(ML, "ZipMap", 1): _convert}
