"""Scaler, Normalizer, Binarizer, Imputer and FeatureVectorizer; a float64 input keeps float64 to the end."""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from .nodes import ML, attributes, float_type, require, result
from .variadic import variadic


class Scaler(nn.Module):
    """``(x - offset) * scale``.

    Parameters
    ----------
    offset, scale : ndarray of shape (n_features,) or (1,)
    """

    def __init__(self, offset: np.ndarray, scale: np.ndarray) -> None:
        super().__init__()
        self.offset = nn.Parameter(torch.tensor(offset.astype(np.float64)))
        self.scale = nn.Parameter(torch.tensor(scale.astype(np.float64)))

    def forward(self, x: Tensor) -> Tensor:
        """Result in the input's float type, float32 for whole numbers."""
        return ((x.to(self.offset.dtype) - self.offset) * self.scale).to(float_type(x))


class Normalizer(nn.Module):
    """Rows divided by their norm; those of norm 0 stay as they are.

    Parameters
    ----------
    norm : {"MAX", "L1", "L2"}
        MAX is the largest element, not the largest absolute value.
    """

    def __init__(self, norm: str) -> None:
        super().__init__()
        self.norm = norm

    def forward(self, x: Tensor) -> Tensor:
        """Result in the input's float type, float32 for whole numbers."""
        x = x.to(float_type(x))
        if self.norm == "MAX":
            size = torch.amax(x, dim=-1, keepdim=True)
        elif self.norm == "L1":
            size = torch.sum(torch.abs(x), dim=-1, keepdim=True)
        else:
            size = torch.sum(x * x, dim=-1, keepdim=True)
        # The root is taken behind the replacement: its slope at 0 is infinite.
        size = torch.where(size == 0, torch.ones_like(size), size)
        return x / (torch.sqrt(size) if self.norm == "L2" else size)


class Binarizer(nn.Module):
    """1 where the input is above a threshold and 0 elsewhere, NaN included, in the input's type.

    Parameters
    ----------
    threshold : float
    """

    threshold: Tensor

    def __init__(self, threshold: float) -> None:
        super().__init__()
        self.register_buffer("threshold", torch.tensor(threshold, dtype=torch.float64))

    def forward(self, x: Tensor) -> Tensor:
        """Result in the input's type."""
        return (x > self.threshold).to(x.dtype)


class Imputer(nn.Module):
    """A value replaced by another one per feature.

    Parameters
    ----------
    values : ndarray of shape (n_features,) or (1,)
    replaced : float or int
        NaN replaces NaN.
    """

    values: Tensor
    replaced: Tensor

    def __init__(self, values: np.ndarray, replaced: float) -> None:
        super().__init__()
        if values.dtype.kind == "f":
            self.values = nn.Parameter(torch.tensor(values.astype(np.float64)))
        else:
            self.register_buffer("values", torch.tensor(values))
        self.register_buffer("replaced", torch.tensor(replaced))
        self.replaces_nan = replaced != replaced

    def forward(self, x: Tensor) -> Tensor:
        """Result in the input's type."""
        missing = torch.isnan(x) if self.replaces_nan else x == self.replaced
        return torch.where(missing, self.values.to(x.dtype), x)


def _vectorize(parts: list[Tensor], widths: list[int]) -> Tensor:
    cut: list[Tensor] = []
    for part, width in zip(parts, widths):  # noqa: B905  TorchScript knows no strict
        part = part.to(float_type(parts[0]))
        if part.dim() == 1:
            part = part.unsqueeze(1)
        if part.shape[1] < width:
            part = torch.nn.functional.pad(part, [0, width - part.shape[1]])
        cut.append(part[:, :width])
    return torch.cat(cut, dim=1)


class FeatureVectorizer(nn.Module):
    """Columns of several inputs side by side, each cut or filled with zeros to its width.

    Parameters
    ----------
    widths : list of int
    """

    widths: list[int]

    def __init__(self, widths: list[int]) -> None:
        super().__init__()
        self.widths = widths

    def combine(self, parts: list[Tensor]) -> Tensor:
        """Result in the float type of the first input, float32 for whole numbers."""
        return _vectorize(parts, self.widths)


def _convert_scaler(node: Any, graph: Any) -> Any:
    values = attributes(node)
    offset, scale = values.get("offset", np.zeros(1)), values.get("scale", np.ones(1))
    return result(node, Scaler(np.asarray(offset), np.asarray(scale)))


def _convert_normalizer(node: Any, graph: Any) -> Any:
    norm = attributes(node).get("norm", "MAX")
    require("Normalizer", norm in ("MAX", "L1", "L2"), f"norm is {norm!r}, none of MAX, L1, L2")
    return result(node, Normalizer(norm))


def _convert_binarizer(node: Any, graph: Any) -> Any:
    return result(node, Binarizer(float(attributes(node).get("threshold", 0.0))))


def _convert_imputer(node: Any, graph: Any) -> Any:
    values = attributes(node)
    kind = "float" if len(values.get("imputed_value_floats", ())) > 0 else "int64"
    imputed = np.asarray(values.get(f"imputed_value_{kind}s", np.zeros(0)))
    require("Imputer", len(imputed) > 0, "no imputed values")
    return result(node, Imputer(imputed, values.get(f"replaced_value_{kind}", 0)))


def _convert_feature_vectorizer(node: Any, graph: Any) -> Any:
    widths = [int(width) for width in attributes(node).get("inputdimensions", ())]
    n_inputs = len(node.input_values)
    require("FeatureVectorizer", len(widths) == n_inputs, f"{len(widths)} inputdimensions for {n_inputs} inputs")
    require("FeatureVectorizer", min(widths) >= 0 and max(widths) < 2**31, "inputdimensions are out of range")
    return result(node, variadic(FeatureVectorizer, n_inputs, "Tensor")(widths))


CONVERTERS = {
    (ML, "Scaler", 1): _convert_scaler,
    (ML, "Normalizer", 1): _convert_normalizer,
    (ML, "Binarizer", 1): _convert_binarizer,
    (ML, "Imputer", 1): _convert_imputer,
    (ML, "FeatureVectorizer", 1): _convert_feature_vectorizer,
}
