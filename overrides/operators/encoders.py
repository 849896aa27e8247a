"""LabelEncoder, CategoryMapper and OneHotEncoder; words are codes, see :mod:`~bridge.overrides.operators.words`."""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..core.module import refuse
from ..functional.lookup import exact_index
from .nodes import ML, attributes, require, result
from .words import codes, vocabulary


class LabelEncoder(nn.Module):
    """Values by key: ``forward`` gives a tensor of the input's shape in the type of the values.

    Parameters
    ----------
    keys : ndarray of shape (n_keys,)
        The first of equal keys counts.
    values : ndarray of shape (n_keys,)
    default : number
        For inputs that are no key.
    nan_is_key : bool
        A key that is NaN stands for NaN; otherwise NaN is no key.
    words : list of str
        Vocabulary of the codes where the values are words; empty where they are numbers.
    """

    words: list[str]
    keys: Tensor
    values: Tensor

    def __init__(self, keys: np.ndarray, values: np.ndarray, default: Any, nan_is_key: bool, words: list[str]) -> None:
        super().__init__()
        is_nan = np.isnan(keys) if keys.dtype.kind == "f" else np.zeros(len(keys), dtype=bool)
        sorted_keys, first = np.unique(keys[~is_nan], return_index=True)
        default = np.asarray(default, dtype=values.dtype).reshape(1)
        missing = values[is_nan][:1] if nan_is_key and is_nan.any() else default
        self.register_buffer("keys", torch.tensor(sorted_keys))
        # Behind the values of the keys: that of NaN, that of everything else.
        self.register_buffer("values", torch.tensor(np.concatenate([values[~is_nan][first], missing, default])))
        self.words = words

    def forward(self, x: Tensor) -> Tensor:
        """Result in the type of the values."""
        n_keys = self.keys.shape[0]
        position = exact_index(self.keys, x)
        position = torch.where(position < 0, torch.full_like(position, n_keys + 1), position)
        if x.is_floating_point():
            position = torch.where(torch.isnan(x), torch.full_like(position, n_keys), position)
        return self.values.index_select(0, position.reshape(-1)).view(x.shape)


class OneHotEncoder(nn.Module):
    """A column per category: ``forward`` gives float32 of shape (..., n_categories).

    Parameters
    ----------
    categories : ndarray of int64, shape (n_categories,)
        Of equal ones the last counts.
    zeros : bool
        An unknown category gives zeros; otherwise it is refused, except in a graph of torch.export, which cannot look
        at values.
    """

    keys: Tensor
    columns: Tensor

    def __init__(self, categories: np.ndarray, zeros: bool) -> None:
        super().__init__()
        keys, back = np.unique(categories[::-1], return_index=True)
        self.register_buffer("keys", torch.tensor(keys))
        self.register_buffer("columns", torch.tensor(len(categories) - 1 - back))
        self.n_categories = len(categories)
        self.zeros = zeros

    def forward(self, x: Tensor) -> Tensor:
        """Numbers are cut to whole ones first."""
        position = exact_index(self.keys, x.to(torch.int64))
        known = position >= 0
        if not self.zeros:
            self.demand(known)
        column = self.columns.index_select(0, position.clamp(min=0).reshape(-1)).view(x.shape)
        column = torch.where(known, column, torch.full_like(column, -1))
        every = torch.arange(self.n_categories, device=x.device)
        return (column.unsqueeze(-1) == every).to(torch.float32)

    def demand(self, known: Tensor) -> None:
        """Refuse unknown categories."""
        if not torch.jit.is_scripting():
            if torch.compiler.is_compiling():
                return
        if not bool(known.all()):
            refuse("OneHotEncoder: the rows have a category that the encoder does not know")


def _side(values: dict[str, Any], side: str, known: list[str]) -> tuple[np.ndarray, str] | None:
    """Keys or values of a LabelEncoder, and the kind that their default has; None where there are none."""
    for kind in ("int64", "float", "string"):
        found = values.get(f"{side}_{kind}s", ())
        if len(found) > 0:
            return (codes(found, known) if kind == "string" else np.asarray(found)), kind
    tensor = values.get(f"{side}_tensor")
    if tensor is None:
        return None
    return (codes(tensor.ravel().tolist(), known), "string") if tensor.dtype.kind in "OSU" else (tensor.ravel(), "")


def _convert_label_encoder(node: Any, graph: Any, nan_is_key: bool) -> Any:
    attributes_ = attributes(node)
    known = vocabulary(graph)
    keys, values = _side(attributes_, "keys", known), _side(attributes_, "values", known)
    if keys is None or values is None:
        require("LabelEncoder", False, "keys or values are missing")
        raise AssertionError
    require("LabelEncoder", len(keys[0]) == len(values[0]), f"{len(keys[0])} keys and {len(values[0])} values")
    default = attributes_.get("default_tensor")
    if default is not None:
        default = default.ravel()[0]
    else:
        defaults = {"int64": -1, "float": -0.0, "string": "_Unused", "": 0}
        default = attributes_.get(f"default_{values[1]}", defaults[values[1]])
    if values[1] == "string":
        default = codes([default], known)[0]
    words = known if values[1] == "string" else []
    return result(node, LabelEncoder(keys[0], values[0], default, nan_is_key, words))


def _convert_label_encoder_2(node: Any, graph: Any) -> Any:
    return _convert_label_encoder(node, graph, False)


def _convert_label_encoder_4(node: Any, graph: Any) -> Any:
    return _convert_label_encoder(node, graph, True)


def _takes_words(node: Any, graph: Any) -> bool:
    import onnx

    name = node.input_values[0]
    require(node.operation_type, name in graph.value_info, f"the type of {name!r} is unknown")
    return bool(graph.value_info[name].type.tensor_type.elem_type == onnx.TensorProto.STRING)


def _convert_category_mapper(node: Any, graph: Any) -> Any:
    values = attributes(node)
    known = vocabulary(graph)
    words = values.get("cats_strings", values.get("classes_strings", []))
    numbers = np.asarray(values.get("cats_int64s", np.arange(len(words))), dtype=np.int64)
    require(node.operation_type, len(words) == len(numbers) > 0, f"{len(words)} words for {len(numbers)} numbers")
    if _takes_words(node, graph):
        return result(node, LabelEncoder(codes(words, known), numbers, values.get("default_int64", -1), False, []))
    default = codes([values.get("default_string", "_Unused")], known)
    return result(node, LabelEncoder(numbers, codes(words, known), default, False, known))


def _convert_one_hot_encoder(node: Any, graph: Any) -> Any:
    values = attributes(node)
    categories = values.get("cats_int64s", np.zeros(0, dtype=np.int64))
    if len(values.get("cats_strings", ())) > 0:
        categories = codes(values["cats_strings"], vocabulary(graph))
    require("OneHotEncoder", len(categories) > 0, "there are no categories")
    return result(node, OneHotEncoder(np.asarray(categories), bool(values.get("zeros", 1))))


CONVERTERS = {
    (ML, "LabelEncoder", 1): _convert_category_mapper,
    (ML, "LabelEncoder", 2): _convert_label_encoder_2,
    (ML, "LabelEncoder", 4): _convert_label_encoder_4,
    (ML, "CategoryMapper", 1): _convert_category_mapper,
    (ML, "OneHotEncoder", 1): _convert_one_hot_encoder,
}
