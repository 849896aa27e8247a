"""Small steps of functions that were traced from numpy, where torch has no operator of exactly that meaning."""

import torch
from torch import Tensor

from .interpolation import interp, knots_below


def as_numbers(x: Tensor, like: Tensor) -> Tensor:
    """Truth values and whole numbers in the dtype of ``like``."""
    return x.to(like.dtype)


def truth_of(x: Tensor) -> Tensor:
    """Whether each number is not 0; NaN is not."""
    return x != 0


def rows_like(x: Tensor, like: Tensor) -> Tensor:
    """One row, of shape (1, ...), as many times as ``like`` has rows."""
    return x.expand([like.shape[0]] + list(x.shape[1:]))  # noqa: RUF005  TorchScript unpacks no lists


def reshape_rows(x: Tensor, sizes: list[int]) -> Tensor:
    """Every row in another shape."""
    return x.reshape([x.shape[0]] + sizes)  # noqa: RUF005


def amax(x: Tensor, dim: int, keepdim: bool) -> Tensor:
    """``np.max`` along a dimension: NaN where one is among the numbers, which onnxruntime does not promise."""
    largest = torch.amax(x, dim=dim, keepdim=keepdim)
    return torch.where(torch.isnan(x).any(dim=dim, keepdim=keepdim), float("nan"), largest)


def amin(x: Tensor, dim: int, keepdim: bool) -> Tensor:
    """``np.min`` along a dimension; see :func:`amax`."""
    return -amax(-x, dim, keepdim)


def variance(x: Tensor, dim: int, keepdim: bool, ddof: int) -> Tensor:
    """``np.var`` along a dimension."""
    distance = x - x.mean(dim=dim, keepdim=True)
    return (distance * distance).sum(dim=dim, keepdim=keepdim) / (x.shape[dim] - ddof)


def median(x: Tensor, dim: int, keepdim: bool) -> Tensor:
    """``np.median`` along a dimension: the mean of the two in the middle of an even number."""
    size = x.shape[dim]
    ordered = torch.sort(x, dim=dim).values
    middle = (ordered.select(dim, (size - 1) // 2) + ordered.select(dim, size // 2)) * 0.5
    middle = torch.where(torch.isnan(x).any(dim=dim), float("nan"), middle)
    return middle.unsqueeze(dim) if keepdim else middle


def ordered(x: Tensor, dim: int) -> Tensor:
    """``np.sort`` along a dimension; NaN comes last."""
    return torch.sort(x, dim=dim).values


def euclidean_norm(x: Tensor, dim: int, keepdim: bool) -> Tensor:
    """``np.linalg.norm`` along a dimension; its gradient at 0 is 0."""
    squares = (x * x).sum(dim=dim, keepdim=keepdim)
    is_zero = squares == 0
    return torch.where(is_zero, 0.0, torch.sqrt(torch.where(is_zero, 1.0, squares)))


def rounded(x: Tensor, scale: Tensor, grows: bool) -> Tensor:
    """``np.round``: to the nearest whole number, even at a half, of ``x`` times, or over, a power of ten."""
    if grows:
        return torch.round(x * scale) / scale
    return torch.round(x / scale) * scale


def interpolated(x: Tensor, xp: Tensor, fp: Tensor) -> Tensor:
    """``np.interp`` of an array of any shape."""
    return interp(x.flatten(), xp, fp).reshape(x.shape)


def bins_below(x: Tensor, edges: Tensor, or_equal: bool) -> Tensor:
    """``np.searchsorted`` of an array of any shape; NaN, which numpy sorts last, is above all edges."""
    below = knots_below(x.flatten(), edges, or_equal).reshape(x.shape)
    return torch.where(torch.isnan(x), edges.shape[0], below)


def is_among(x: Tensor, values: Tensor) -> Tensor:
    """``np.isin``, for values of shape (n_values,)."""
    return (x.unsqueeze(-1) == values).any(dim=-1)


def to_float16(x: Tensor) -> Tensor:
    """Numbers rounded to float16, by way of float32 as numpy rounds them, in the dtype that they have."""
    return x.to(torch.float32).to(torch.float16).to(x.dtype)
