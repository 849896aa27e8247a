"""``sklearn.feature_extraction.image``: PatchExtractor."""

from typing import Any

import torch
from sklearn.feature_extraction.image import PatchExtractor
from torch import Tensor

from ...core.module import Module, refuse
from ...core.registry import OnnxGap, register


@register(PatchExtractor, gaps=OnnxGap.CONVERTER)
class PatchExtractorModule(Module):
    """PatchExtractor: all patches of images, row by row of each image.

    Attributes
    ----------
    image_shape : tuple of int
        Height and width, and channels where images have them, of the images that a graph of torch.export or ONNX
        takes, for those are fixed in it: the shape of the sample that the conversion was given, else of a patch. Eager
        torch and TorchScript take images of any size.

    Notes
    -----
    ``transform`` takes (n_images, height, width) or (n_images, height, width, n_channels), and returns
    (n_images * n_patches, patch_height, patch_width), with n_channels behind if there is more than one.
    """

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """Patches drawn at random; a size that is no pair."""
        if estimator.max_patches is not None:
            return (
                f"PatchExtractor has max_patches={estimator.max_patches!r}: it draws patches at random at every call; "
                "with max_patches=None it takes all of them"
            )
        if estimator.patch_size is not None and len(estimator.patch_size) != 2:
            return f"PatchExtractor has patch_size={estimator.patch_size!r}, which is no height and width"
        return None

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        height, width = estimator.patch_size or (0, 0)
        self.patch_height, self.patch_width = int(height), int(width)
        self.image_shape: tuple[int, ...] = (self.patch_height, self.patch_width) if estimator.patch_size else (20, 30)
        self.tile_rows = 16

    def infer_input_shape(self, sample: Any) -> None:
        """Take the shape of images."""
        self.image_shape = tuple(int(size) for size in self.encode(sample).shape[1:])

    def example_rows(self, method: str, n_samples: int) -> Tensor:
        """Images of ``image_shape``."""
        return torch.full((n_samples, *self.image_shape), 0.5, dtype=self.anchor.dtype, device=self.anchor.device)

    def sample_inputs(self, n_samples: int) -> Any:
        """Images of ``image_shape``."""
        size = [min(n_samples, 6), *self.image_shape]
        return torch.rand(size, dtype=torch.float64, generator=torch.Generator().manual_seed(0)).numpy()

    def _check(self, x: Tensor) -> Tensor:
        if not torch.jit.is_scripting():
            if not isinstance(x, Tensor) or x.layout != torch.strided:
                refuse(f"{self.estimator_name} takes a dense torch.Tensor of images, got {type(x).__name__}")
        if x.is_complex() or x.dim() < 3 or x.dim() > 4:
            refuse(
                f"{self.estimator_name} takes real images, (n_images, height, width) or "
                f"(n_images, height, width, n_channels), got {x.dtype} of shape {list(x.shape)}"
            )
        if x.device != self.anchor.device:
            refuse(f"{self.estimator_name} is on {self.anchor.device}, the images are on {x.device}: move one of them")
        if x.shape[1] < self.patch_height or x.shape[2] < self.patch_width:
            refuse(
                f"{self.estimator_name} takes patches of {self.patch_height} x {self.patch_width}, got images of "
                f"{x.shape[1]} x {x.shape[2]}, which are smaller"
            )
        return x.to(self.anchor.dtype)

    def _transform(self, x: Tensor) -> Tensor:
        if x.dim() == 3:
            x = x.unsqueeze(3)
        n_images, height, width, n_channels = x.shape[0], x.shape[1], x.shape[2], x.shape[3]
        patch_height = self.patch_height if self.patch_height > 0 else height // 10
        patch_width = self.patch_width if self.patch_width > 0 else width // 10
        n_down, n_across = height - patch_height + 1, width - patch_width + 1
        rows = torch.arange(n_down, device=x.device).unsqueeze(1) + torch.arange(patch_height, device=x.device)
        columns = torch.arange(n_across, device=x.device).unsqueeze(1) + torch.arange(patch_width, device=x.device)
        x = x.index_select(1, rows.flatten()).reshape(n_images, n_down, patch_height, width, n_channels)
        x = x.index_select(3, columns.flatten())
        x = x.reshape(n_images, n_down, patch_height, n_across, patch_width, n_channels).transpose(2, 3)
        if n_channels == 1:
            return x.reshape(n_images * n_down * n_across, patch_height, patch_width)
        return x.reshape(n_images * n_down * n_across, patch_height, patch_width, n_channels)
