"""ArrayFeatureExtractor: columns by index, most often labels by the index of a class."""

from typing import Any

import torch
from torch import Tensor, nn

from .nodes import ML, constant, result
from .words import codes, vocabulary


def _extract(data: Tensor, indices: Tensor) -> Tensor:
    """Columns of the last axis; a vector counts as one row, as in onnxruntime."""
    chosen = data.index_select(data.dim() - 1, indices.reshape(-1).to(torch.int64))
    return chosen.unsqueeze(0) if data.dim() == 1 else chosen


class ArrayFeatureExtractor(nn.Module):
    """``data[..., indices]``: ``forward`` gives (..., n_indices), and (1, n_indices) of a vector."""

    def forward(self, data: Tensor, indices: Tensor) -> Tensor:
        """Result in the type of the data."""
        return _extract(data, indices)


class WordExtractor(nn.Module):
    """The same of constant words: ``forward`` takes the indices and gives codes into ``words``.

    Parameters
    ----------
    values : Tensor of int64
        Codes of the words.
    words : list of str
        Vocabulary.
    """

    words: list[str]
    values: Tensor

    def __init__(self, values: Tensor, words: list[str]) -> None:
        super().__init__()
        self.register_buffer("values", values)
        self.words = words

    def forward(self, indices: Tensor) -> Tensor:
        """Codes as int64."""
        return _extract(self.values, indices)


def _convert(node: Any, graph: Any) -> Any:
    data, indices = node.input_values
    value = constant(data, graph)
    if value is None or value.dtype.kind not in "OSU":
        return result(node, ArrayFeatureExtractor())
    words = vocabulary(graph)
    found = torch.tensor(codes(value.ravel().tolist(), words)).reshape(value.shape)
    return result(node, WordExtractor(found, words), inputs=[indices])


CONVERTERS = {(ML, "ArrayFeatureExtractor", 1): _convert}
