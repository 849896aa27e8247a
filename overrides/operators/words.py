"""Strings as numbers: the vocabulary of a graph, and codes into it.

torch has no tensors of strings. Every string tensor of a graph, input and output included, is an int64 tensor of
codes: the index of the word in the graph's vocabulary, -1 for any word that the graph does not know. The vocabulary
is the sorted set of all words in the graph, so that where the labels of one classifier are its only words, a code is
the index of the class. Modules that return words have the vocabulary as ``words``.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np

_DATA = {
    "cats_strings",
    "classes_strings",
    "classlabels_strings",
    "default_string",
    "keys_strings",
    "value_string",
    "value_strings",
    "values_strings",
}
"""Attributes that hold words rather than the names of options."""


def vocabulary(graph: Any) -> list[str]:
    """All words in a graph's attributes, constants and initializers, sorted.

    Parameters
    ----------
    graph : OnnxGraph
    """
    import onnx

    words: set[str] = set()
    tensors = list(graph.proto.initializer)
    for node in graph.proto.node:
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.TENSOR:
                tensors.append(attribute.t)
            elif attribute.name in _DATA:
                words.update(word.decode() for word in attribute.strings)
                if attribute.type == onnx.AttributeProto.STRING:
                    words.add(attribute.s.decode())
    for tensor in tensors:
        if tensor.data_type == onnx.TensorProto.STRING:
            words.update(word.decode() for word in tensor.string_data)
    return sorted(words)


def codes(words: Iterable[Any], known: list[str]) -> np.ndarray:
    """Index of each word in a vocabulary as int64, -1 where it is not in it."""
    index = {word: code for code, word in enumerate(known)}
    plain = (word.decode() if isinstance(word, bytes) else str(word) for word in words)
    return np.array([index.get(word, -1) for word in plain], dtype=np.int64)


def class_labels(values: dict[str, Any], ints: str, graph: Any) -> tuple[np.ndarray, list[str]]:
    """Labels of a classifier's attributes: int64 labels and no words, or codes and the vocabulary.

    Parameters
    ----------
    values : dict
        Attributes of the node.
    ints : str
        Name of the attribute that holds labels that are numbers.
    graph : OnnxGraph
    """
    if len(values.get("classlabels_strings", ())) > 0:
        known = vocabulary(graph)
        return codes(values["classlabels_strings"], known), known
    return np.asarray(values.get(ints, np.zeros(0)), dtype=np.int64), []
